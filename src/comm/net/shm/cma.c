/* SPDX-License-Identifier: Apache-2.0 */
/* Large messages in one copy: the receiver reads the sender's memory through the kernel.
 *
 * One copy by one core beats two copies by two cores only where there are fewer cores than
 * workers. A piece per progress call keeps the receiver responsive. Where the kernel refuses, the
 * message goes on as a stream from where it is. The sender may have taken its buffer back by
 * disconnecting; its cut count, read after the data, tells. */
#include "config.h"

#include "comm/net/shm/shm.h"

#include "base/error.h"
#include "base/log.h"

#include <errno.h>
#include <sys/uio.h>

#define PIECE ((size_t)512 << 10)

static gyre_status_t complete(gyre__shm_in_t *in)
{
    in->peer->incomplete--;
    if (__atomic_load_n(&in->peer->rx.ring->cut, __ATOMIC_ACQUIRE) != in->cut)
        return GYRE_ERR_PEER_FAILED;
    return gyre__shm_answer(in, GYRE__SHM_DONE, 0);
}

static ssize_t read_some(const gyre__shm_peer_t *peer, void *to, uint64_t from, size_t length)
{
    struct iovec here = {to, length}, there = {(void *)(uintptr_t)from, length};
    return process_vm_readv(peer->worker->pid, &here, 1, &there, 1, 0);
}

gyre_status_t gyre__shm_cma_piece(gyre__shm_in_t *in)
{
    uint64_t left = in->length - in->received;
    ssize_t n = read_some(in->peer, in->dest + in->received, in->address + in->received,
                          left < PIECE ? left : PIECE);
    if (n <= 0) {
        gyre__log(GYRE__LOG_DEBUG, "shm: worker %u's memory cannot be read (%s), copying instead",
                  in->peer->index, strerror(errno));
        in->peer->no_cma = true;
        return GYRE_ERR_NOT_SUPPORTED;
    }
    in->received += (uint64_t)n;
    return in->received < in->length ? GYRE_IN_PROGRESS : complete(in);
}

unsigned gyre__shm_cma_progress(gyre__shm_t *shm)
{
    unsigned events = 0;
    gyre__link_t now;
    gyre__shm_list_take(&now, &shm->cma);
    for (gyre__link_t *link; (link = gyre__list_pop(&now)); events++) {
        gyre__shm_in_t *in = gyre__container(link, gyre__shm_in_t, cma);
        gyre_status_t status = gyre__shm_cma_piece(in);
        if (status == GYRE_ERR_NOT_SUPPORTED && !(status = gyre__shm_stream(in)))
            continue;
        if (status == GYRE_IN_PROGRESS)
            gyre__list_append(&shm->cma, &in->cma);
        else
            gyre__shm_in_end(in, status);
    }
    return events;
}

/* Address 0 is never there, but whether we may look comes first. */
bool gyre__shm_readable(gyre__net_peer_t *to)
{
    gyre__shm_peer_t *peer = (gyre__shm_peer_t *)to;
    char byte;
    if (!peer->readable_known && peer->worker->pid) {
        peer->readable_known = true;
        peer->readable = read_some(peer, &byte, 0, 1) > 0 || errno == EFAULT;
    }
    return peer->readable && !peer->failed;
}

static gyre_status_t refused(const gyre__shm_peer_t *peer, const char *what, size_t length)
{
    return gyre__error(errno == ESRCH    ? GYRE_ERR_PEER_FAILED
                       : errno == EFAULT ? GYRE_ERR_RANGE
                                         : GYRE_ERR_NOT_SUPPORTED,
                       "cannot %s %zu bytes of worker %u of this node: %s", what, length,
                       peer->index, strerror(errno));
}

gyre_status_t gyre__shm_read(gyre__net_peer_t *of, void *to, uint64_t from, size_t length)
{
    const gyre__shm_peer_t *peer = (const gyre__shm_peer_t *)of;
    for (size_t done = 0; done < length;) {
        ssize_t n = read_some(peer, (char *)to + done, from + done, length - done);
        if (n <= 0)
            return refused(peer, "read", length);
        done += (size_t)n;
    }
    return GYRE_OK;
}
