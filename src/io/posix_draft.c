/* SPDX-License-Identifier: Apache-2.0 */
/* Drafts of the posix store: ".NAME.<16 hex digits>.tmp" beside the file NAME, locked by its writer
 * (flock) as long as it lives. So a draft that nobody locks is a dead writer's and may be swept.
 * Where the file system knows no locks, drafts of the dead stay until somebody removes them. */
#include "io/posix.h"

#include "base/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_TRIES = 100 };

typedef struct draft {
    int fd;
    char *path;  /* of the draft */
    char *final; /* of the file */
} draft_t;

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void draft_free(draft_t *draft)
{
    if (draft->fd >= 0)
        close(draft->fd);
    free(draft->path);
    free(draft->final);
    free(draft);
}

/* 0, or EAGAIN when a sweeper was quicker than the lock and the name is to be chosen anew. */
static int open_locked(const char *path, int *out)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return errno == EEXIST ? EAGAIN : errno;
    struct stat found;
    bool swept = flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (swept || fstat(fd, &found) != 0 || found.st_nlink == 0) {
        close(fd);
        return EAGAIN;
    }
    *out = fd;
    return 0;
}

static int open_draft(draft_t *draft)
{
    const char *name = base_name(draft->final);
    for (int i = 0; i < NAME_TRIES; i++) {
        uint64_t number;
        if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
            return errno;
        if (asprintf(&draft->path, "%.*s.%s.%016" PRIx64 ".tmp", (int)(name - draft->final),
                     draft->final, name, number) < 0) {
            draft->path = NULL;
            return ENOMEM;
        }
        int errnum = open_locked(draft->path, &draft->fd);
        if (errnum != EAGAIN)
            return errnum;
        free(draft->path);
        draft->path = NULL;
    }
    return EAGAIN;
}

gyre_status_t gyre__posix_create(const gyre__uri_t *uri, void **out)
{
    gyre_status_t status = gyre__posix_check(uri);
    if (status != GYRE_OK)
        return status;
    if (!*base_name(uri->path))
        return gyre__error(GYRE_ERR_ARG, "%s: names a directory, expected a file", uri->text);
    draft_t *draft = calloc(1, sizeof(*draft));
    if (!draft)
        return gyre__error(GYRE_ERR_NO_MEMORY, "%s: no memory to write it", uri->text);
    draft->fd = -1;
    draft->final = strdup(uri->path);
    int errnum = draft->final ? open_draft(draft) : ENOMEM;
    if (errnum) {
        draft_free(draft);
        return gyre__error_errno(errnum, "%s: no draft of it can be made", uri->text);
    }
    *out = draft;
    return GYRE_OK;
}

gyre_status_t gyre__posix_write(void *state, const char *name, const void *bytes, size_t length)
{
    const draft_t *draft = state;
    for (size_t done = 0; done < length;) {
        ssize_t n = write(draft->fd, (const char *)bytes + done, length - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            return gyre__error_errno(errno, "%s: writing %zu bytes failed", name, length - done);
    }
    return GYRE_OK;
}

/* rename that fails with EEXIST instead of replacing; NFS and others know it by links only. */
static int rename_new(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    if (link(from, to) != 0)
        return errno;
    unlink(from);
    return 0;
}

/* Makes the names in the file's directory durable. Some file systems cannot and need not. */
static int sync_directory(const draft_t *draft)
{
    size_t length = (size_t)(base_name(draft->final) - draft->final);
    char *path = length ? strndup(draft->final, length) : strdup(".");
    if (!path)
        return ENOMEM;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int errnum = fd < 0 || fsync(fd) != 0 ? errno : 0;
    if (fd >= 0)
        close(fd);
    free(path);
    return errnum == EINVAL ? 0 : errnum;
}

static gyre_status_t put_in_place(draft_t *draft, const char *name, bool replace)
{
    if (fsync(draft->fd) != 0)
        return gyre__error_errno(errno, "%s: its draft cannot be made durable", name);
    int errnum = replace ? (rename(draft->path, draft->final) == 0 ? 0 : errno)
                         : rename_new(draft->path, draft->final);
    if (errnum == EEXIST)
        return gyre__error(GYRE_ERR_STATE, "%s: there is such a file, and it is not to be replaced",
                           name);
    if (errnum)
        return gyre__error_errno(errnum, "%s: its draft cannot be put in place", name);
    free(draft->path);
    draft->path = NULL;
    errnum = sync_directory(draft);
    return errnum ? gyre__error_errno(errnum, "%s: is in place, but perhaps not durable", name)
                  : GYRE_OK;
}

gyre_status_t gyre__posix_commit(void *state, const char *name, bool replace)
{
    draft_t *draft = state;
    gyre_status_t status = put_in_place(draft, name, replace);
    if (draft->path)
        unlink(draft->path);
    draft_free(draft);
    return status;
}

void gyre__posix_abort(void *state)
{
    draft_t *draft = state;
    unlink(draft->path);
    draft_free(draft);
}

static bool is_draft(const char *name)
{
    enum { DIGITS = 16 };
    size_t length = strlen(name), tail = DIGITS + sizeof(".tmp"); /* with the dot before */
    if (name[0] != '.' || length < tail + 2 || strcmp(name + length - 4, ".tmp") != 0)
        return false;
    const char *digits = name + length - tail;
    return *digits == '.' && strspn(digits + 1, "0123456789abcdef") == DIGITS;
}

/* Unlinks under the lock: a writer that is about to lock its new draft sees that it is gone. */
static void sweep_draft(int directory, const char *name)
{
    int fd = openat(directory, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return;
    struct stat found;
    if (fstat(fd, &found) == 0 && S_ISREG(found.st_mode) && flock(fd, LOCK_EX | LOCK_NB) == 0)
        unlinkat(directory, name, 0);
    close(fd);
}

gyre_status_t gyre__posix_sweep(const gyre__uri_t *uri)
{
    gyre_status_t status = gyre__posix_check(uri);
    if (status != GYRE_OK)
        return status;
    DIR *directory = opendir(uri->path);
    if (!directory)
        return gyre__error_errno(errno, "%s: cannot be swept", uri->text);
    for (const struct dirent *at; (at = readdir(directory));)
        if (is_draft(at->d_name))
            sweep_draft(dirfd(directory), at->d_name);
    closedir(directory);
    return GYRE_OK;
}
