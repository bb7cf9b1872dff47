/* SPDX-License-Identifier: Apache-2.0 */
/* Shared memory that has lost its owner. Gyre's own segments and UCX's have no name, so nothing of
 * them stays; libfabric's shm provider keeps named files, which only its own end removes. */
#include "launch/litter.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t pid_namespace(void)
{
    struct stat info;
    return stat("/proc/self/ns/pid", &info) == 0 ? (uint64_t)info.st_ino : 0;
}

/* The process in the name; 0 when it is not such a name. */
static int owner(const char *name)
{
    uint64_t space;
    int pid, user, index, length = -1;
    if (sscanf(name, "gyre-ofi-%" SCNu64 "-%d-", &space, &pid) == 2)
        return space == pid_namespace() ? pid : 0;
    if (sscanf(name, "%d:%d:%d%n", &pid, &user, &index, &length) == 3 && name[length] == '\0')
        return pid;
    return 0;
}

void gyre__litter_sweep(void)
{
    DIR *folder = opendir("/dev/shm");
    if (!folder)
        return;
    for (struct dirent *entry; (entry = readdir(folder));) {
        struct stat info;
        int pid = owner(entry->d_name);
        if (pid > 0 && kill(pid, 0) != 0 && errno == ESRCH &&
            fstatat(dirfd(folder), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
            info.st_uid == geteuid())
            unlinkat(dirfd(folder), entry->d_name, 0);
    }
    closedir(folder);
}
