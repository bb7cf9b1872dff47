/* SPDX-License-Identifier: Apache-2.0 */
/* Nobody gets away: a process that loses its parent becomes our child, however it has detached
 * itself; so children are killed until there are none. */
#include "launch/kin.h"

#include "base/clock.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_S = 2 }; /* for processes that hang in the kernel */

void gyre__kin_adopt(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* 0 when it cannot be told. The name, in parentheses, may contain anything. */
static pid_t parent_of(const char *pid)
{
    char path[64], text[512];
    int parent = 0;
    snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    size_t length = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[length] = '\0';
    const char *end = strrchr(text, ')');
    if (!end || sscanf(end + 1, " %*c %d", &parent) != 1)
        return 0;
    return parent;
}

static void kill_children(void)
{
    DIR *folder = opendir("/proc");
    if (!folder)
        return;
    for (struct dirent *entry; (entry = readdir(folder));)
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
            parent_of(entry->d_name) == getpid())
            kill((pid_t)atoi(entry->d_name), SIGKILL);
    closedir(folder);
}

/* Returns 0 when children are left. */
static int reap(void)
{
    pid_t pid;
    do
        pid = waitpid(-1, NULL, WNOHANG);
    while (pid > 0 || (pid < 0 && errno == EINTR));
    return pid < 0;
}

void gyre__kin_kill(void)
{
    uint64_t end = gyre__clock_ns() + PATIENCE_S * GYRE__S;
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    while (!reap() && gyre__clock_ns() < end) {
        struct timespec soon = {.tv_nsec = 10 * (long)GYRE__MS};
        kill_children();
        while (!reap() && sigtimedwait(&child, NULL, &soon) == SIGCHLD)
            ;
    }
}
