/* SPDX-License-Identifier: Apache-2.0 */
/* Views of a peer's store, opened through the peer's /proc entry. The place comes from elsewhere
 * and the process may be another by now: what is opened must be a memfd that cannot shrink, of
 * the nonce that the place names, and large enough. */
#include "config.h"

#include "comm/view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_store(int fd, const gyre__mem_place_t *place)
{
    struct stat info;
    uint64_t nonce, end = ((uint64_t)place->chunk + place->size) * GYRE__STORE_UNIT;
    int seals = fcntl(fd, F_GET_SEALS);
    return seals >= 0 && (seals & F_SEAL_SHRINK) && fstat(fd, &info) == 0 &&
           (uint64_t)info.st_size >= end && pread(fd, &nonce, sizeof(nonce), 0) == sizeof(nonce) &&
           nonce == place->nonce;
}

static gyre_status_t open_store(pid_t pid, const gyre__mem_place_t *place, int *fd)
{
    char path[64];
    struct stat info;
    snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, place->fd);
    if (stat(path, &info) != 0)
        return errno == ENOENT ? GYRE_ERR_SYNTAX : GYRE_ERR_NOT_SUPPORTED;
    if (!S_ISREG(info.st_mode)) /* opening a device or a pipe might do something */
        return GYRE_ERR_SYNTAX;
    *fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    return *fd < 0 ? GYRE_ERR_NOT_SUPPORTED : GYRE_OK;
}

gyre_status_t gyre__view_open(gyre__view_t **views, pid_t pid, const gyre__mem_place_t *place)
{
    int fd;
    if (place->nonce == 0 || place->chunk == 0 || place->size == 0)
        return GYRE_ERR_SYNTAX;
    gyre__view_t *view = malloc(sizeof(*view));
    gyre_status_t status = view ? open_store(pid, place, &fd) : GYRE_ERR_NO_MEMORY;
    if (status == GYRE_OK) {
        size_t size = place->size * GYRE__STORE_UNIT;
        *view = (gyre__view_t){.next = *views, .chunk = *place};
        if (!is_store(fd, place))
            status = GYRE_ERR_SYNTAX;
        else if (!(view->addr = gyre__store_map(fd, place->chunk * GYRE__STORE_UNIT, size)))
            status = GYRE_ERR_NOT_SUPPORTED;
        close(fd);
    }
    if (status == GYRE_OK)
        *views = view;
    else
        free(view);
    return status;
}

void gyre__view_close(gyre__view_t **views)
{
    gyre__view_t *view;
    while ((view = *views)) {
        *views = view->next;
        munmap(view->addr, view->chunk.size * GYRE__STORE_UNIT);
        free(view);
    }
}
