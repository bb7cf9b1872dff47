/* SPDX-License-Identifier: Apache-2.0 */
/* Peers on this machine, by process id: the one thing that tells at once and for sure that one
 * has ended, whatever the transport. Ids are compared only within one boot of one kernel and one
 * pid namespace, and with them when the process was started, for ids are used again. */
#include "comm/net/process.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include <xxhash.h>

#define LOOK_EVERY (10 * GYRE__MS)

enum { TURNS_PER_CLOCK = 32 };

uint64_t gyre__process_namespace(void)
{
    struct stat info;
    return stat("/proc/self/ns/pid", &info) == 0 ? (uint64_t)info.st_ino : 0;
}

static uint64_t this_host(void)
{
    char boot[64] = "";
    uint64_t space = gyre__process_namespace();
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");
    bool known = file && fgets(boot, sizeof(boot), file);
    if (file)
        fclose(file);
    return known && space ? XXH3_64bits_withSeed(boot, strlen(boot), space) : 0;
}

/* Unknown where /proc belongs to another pid namespace. */
static uint64_t start_of(int32_t pid)
{
    char path[32], text[512], self[16] = "";
    unsigned long long ticks = 0;
    if (readlink("/proc/self", self, sizeof(self) - 1) < 0 || atoi(self) != (int)getpid())
        return 0;
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    /* Field 22, counted from behind the name, which may hold anything. */
    const char *at = strrchr(text, ')');
    for (int field = 2; at && field < 22; field++)
        at = strchr(at + 1, ' ');
    return at && sscanf(at, "%llu", &ticks) == 1 ? ticks : 0;
}

void gyre__process_self(gyre__process_t *process)
{
    int32_t pid = (int32_t)getpid();
    *process = (gyre__process_t){.host = this_host(), .started = start_of(pid), .pid = pid};
}

bool gyre__process_near(const gyre__process_t *one, const gyre__process_t *other)
{
    return one->host != 0 && one->host == other->host && one->pid > 0 && other->pid > 0;
}

int gyre__process_open(const gyre__process_t *process)
{
    int fd = (int)syscall(SYS_pidfd_open, (pid_t)process->pid, 0);
    uint64_t found = fd >= 0 && process->started ? start_of(process->pid) : 0;
    if (found == 0 || found == process->started)
        return fd;
    close(fd);
    errno = ESRCH;
    return -1;
}

/* The dying lose their memory first, their files next, and are known to have ended last. */
static bool is_dying(const gyre__process_t *process)
{
    char byte;
    struct iovec here = {&byte, 1}, there = {NULL, 1};
    return process_vm_readv(process->pid, &here, 1, &there, 1, 0) < 0 && errno == ESRCH;
}

bool gyre__process_ended(const gyre__process_t *process)
{
    int fd = gyre__process_open(process);
    if (fd < 0)
        return errno == ESRCH;
    struct pollfd poller = {.fd = fd, .events = POLLIN}; /* readable: it has ended */
    bool ended = poll(&poller, 1, 0) == 1 || is_dying(process);
    close(fd);
    return ended;
}

bool gyre__process_look(gyre__process_pace_t *pace, bool slept)
{
    if (!slept && ++pace->turns % TURNS_PER_CLOCK != 0)
        return false;
    uint64_t now = gyre__clock_ns();
    if (!slept && now < pace->next)
        return false;
    pace->next = now + LOOK_EVERY;
    return true;
}
