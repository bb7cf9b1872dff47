/* SPDX-License-Identifier: Apache-2.0 */
/* Peers on this machine, by process id: the one thing that tells at once and for sure that one
 * has ended, whatever the transport. Ids are compared only within one boot of one kernel and one
 * pid namespace, and with them when the process was started, for ids are used again. */
#include "comm/net/ofi/ofi.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <xxhash.h>

uint64_t gyre__ofi_pid_namespace(void)
{
    struct stat info;
    return stat("/proc/self/ns/pid", &info) == 0 ? (uint64_t)info.st_ino : 0;
}

uint64_t gyre__ofi_host(void)
{
    char boot[64] = "";
    uint64_t space = gyre__ofi_pid_namespace();
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");
    bool known = file && fgets(boot, sizeof(boot), file);
    if (file)
        fclose(file);
    return known && space ? XXH3_64bits_withSeed(boot, strlen(boot), space) : 0;
}

/* Unknown where /proc belongs to another pid namespace. */
uint64_t gyre__ofi_process_started(int32_t pid)
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

int gyre__ofi_pid_open(int32_t pid, uint64_t started)
{
    int fd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
    uint64_t found = fd >= 0 && started ? gyre__ofi_process_started(pid) : 0;
    if (found == 0 || found == started)
        return fd;
    close(fd);
    errno = ESRCH;
    return -1;
}

bool gyre__ofi_pid_ended(int32_t pid, uint64_t started)
{
    int fd = gyre__ofi_pid_open(pid, started);
    if (fd < 0)
        return errno == ESRCH;
    struct pollfd poller = {.fd = fd, .events = POLLIN}; /* readable: it has ended */
    bool ended = poll(&poller, 1, 0) == 1;
    close(fd);
    return ended;
}

bool gyre__ofi_process_ended(const gyre__ofi_t *net, const gyre__ofi_address_t *address)
{
    return address->host != 0 && address->host == net->address.host && address->pid > 0 &&
           gyre__ofi_pid_ended(address->pid, address->started);
}
