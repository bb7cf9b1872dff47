/* SPDX-License-Identifier: Apache-2.0 */
/* The session directory. Its name carries the launcher's process id for people; that it is stale
 * is told by the lock alone, which also holds between containers that share a /tmp. */
#include "launch/session.h"

#include "base/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *parent_folder(void)
{
    const char *folder = getenv("TMPDIR");
    return folder && folder[0] ? folder : "/tmp";
}

gyre_status_t gyre__session_name(gyre__session_t *session)
{
    uint32_t salt;
    if (getrandom(&salt, sizeof(salt), 0) != sizeof(salt))
        return gyre__error_errno(errno, "cannot pick a name for the job");
    snprintf(session->job, sizeof(session->job), "%d-%08x", (int)getpid(), salt);
    int length =
        snprintf(session->path, sizeof(session->path), "%s/gyre.%s", parent_folder(), session->job);
    if ((size_t)length >= sizeof(session->path))
        return gyre__error(GYRE_ERR_RANGE, "TMPDIR is longer than a path may be");
    return GYRE_OK;
}

gyre_status_t gyre__session_create(const gyre__session_t *session)
{
    if (mkdir(session->path, 0700) != 0)
        return gyre__error_errno(errno, "cannot create %s (in TMPDIR or /tmp)", session->path);
    int fd = open(session->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        (void)flock(fd, LOCK_EX | LOCK_NB);
    return GYRE_OK;
}

static void remove_entries(int fd);

/* fd is the folder's; the entry may be anything. */
static void remove_entry(int fd, const char *name)
{
    if (unlinkat(fd, name, 0) == 0 || errno == ENOENT)
        return;
    int inner = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (inner < 0)
        return;
    remove_entries(inner);
    unlinkat(fd, name, AT_REMOVEDIR);
}

/* Takes the descriptor over. */
static void remove_entries(int fd)
{
    DIR *folder = fdopendir(fd);
    if (!folder) {
        close(fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(folder));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            remove_entry(dirfd(folder), entry->d_name);
    closedir(folder);
}

void gyre__session_remove(const gyre__session_t *session)
{
    if (rmdir(session->path) != 0 && (errno == ENOTEMPTY || errno == EEXIST))
        remove_entry(AT_FDCWD, session->path);
}

static bool is_stale(int folder, const char *name)
{
    int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return false;
    struct stat info;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    /* One just made may not be locked yet. */
    bool stale = fstat(fd, &info) == 0 && info.st_uid == geteuid() &&
                 info.st_ctim.tv_sec + 1 < now.tv_sec && flock(fd, LOCK_EX | LOCK_NB) == 0;
    close(fd);
    return stale;
}

static bool is_session(const char *name)
{
    int length = -1;
    sscanf(name, "gyre.%*[0-9]-%*8[0-9a-f]%n", &length);
    return length > 0 && name[length] == '\0';
}

void gyre__session_sweep(const gyre__session_t *session)
{
    DIR *folder = opendir(parent_folder());
    if (!folder)
        return;
    for (struct dirent *entry; (entry = readdir(folder));)
        if (is_session(entry->d_name) && is_stale(dirfd(folder), entry->d_name))
            remove_entry(dirfd(folder), entry->d_name);
    closedir(folder);
}
