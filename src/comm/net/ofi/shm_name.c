/* SPDX-License-Identifier: Apache-2.0 */
/* Names of libfabric's shm regions.
 *
 * libfabric's shm keeps a file per endpoint in /dev/shm, under a name that the address gives,
 * and removes it when the endpoint closes or from signal handlers, which a library has no
 * business to install (endpoint.c puts the handlers back). So that nothing stays after a kill,
 * names say whose they are, gyre-ofi-<pid namespace>-<pid>-<time>, a launcher can remove those of
 * its dead workers, and every worker that opens shm or finds another dead removes those of all the
 * dead. */
#include "base/clock.h"
#include "base/error.h"
#include "comm/net/ofi/ofi.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SCHEME "fi_shm://"
#define PREFIX "gyre-ofi-"

/* The process that a region of this pid namespace belongs to; 0: not such a name. */
static pid_t owner(const char *name)
{
    uint64_t space;
    int pid;
    if (sscanf(name, PREFIX "%" SCNu64 "-%d-", &space, &pid) != 2 ||
        space != gyre__process_namespace())
        return 0;
    return pid > 0 ? pid : 0;
}

void gyre__ofi_shm_sweep(void)
{
    DIR *folder = opendir("/dev/shm");
    if (!folder)
        return;
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        gyre__process_t process = {.pid = owner(entry->d_name)};
        if (process.pid && gyre__process_ended(&process))
            shm_unlink(entry->d_name);
    }
    closedir(folder);
}

gyre_status_t gyre__ofi_shm_rename(struct fi_info *info)
{
    char name[128];
    gyre__ofi_shm_sweep();
    int length = snprintf(name, sizeof(name), SCHEME PREFIX "%" PRIu64 "-%d-%" PRIx64,
                          gyre__process_namespace(), (int)getpid(), gyre__clock_ns());
    free(info->src_addr);
    info->src_addr = strdup(name);
    info->src_addrlen = (size_t)length + 1;
    return info->src_addr ? GYRE_OK
                          : gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the address of shm");
}
