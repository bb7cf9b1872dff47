/* SPDX-License-Identifier: Apache-2.0 */
/* Peers on this machine, by process id: the one thing that tells at once and for sure that one
 * has ended, whatever the transport. Ids are compared only within one boot of one kernel and one
 * pid namespace. */
#include "comm/net/ofi/ofi.h"

#include <errno.h>
#include <poll.h>
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

bool gyre__ofi_process_ended(const gyre__ofi_t *net, const gyre__ofi_address_t *address)
{
    if (address->host == 0 || address->host != net->address.host || address->pid <= 0)
        return false;
    int fd = (int)syscall(SYS_pidfd_open, (pid_t)address->pid, 0);
    if (fd < 0)
        return errno == ESRCH;
    struct pollfd poller = {.fd = fd, .events = POLLIN}; /* readable: it has ended */
    bool ended = poll(&poller, 1, 0) == 1;
    close(fd);
    return ended;
}
