/* SPDX-License-Identifier: Apache-2.0 */
/* The node segment as provider: messages between workers of a node through shared memory.
 *
 * The area comes from the wire, zeroed, one per node; each worker opens it once. Registered
 * memory is the network provider's business. Invariant of progress: an idle call costs one load
 * for new contacts and one per worker that has ever sent to us, and no system call (but one in
 * 4096, to see who died). */
#include "config.h"

#include "comm/net/shm/shm.h"

#include "base/error.h"
#include "comm/conf.h"

#include <stdlib.h>

/* Measured: beyond WHOLE_MAX copying out while the rest is copied in pays for another record; a
 * stream goes on for longer. */
#define WHOLE_MAX    ((size_t)4 << 10)
#define EAGER_PIECE  ((size_t)4 << 10)
#define STREAM_PIECE ((size_t)8 << 10)
#define BEATS        4096 /* progress calls between looks at who is there */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* No record takes more than a quarter of the ring. */
static void set_sizes(gyre__shm_t *shm)
{
    size_t record = (shm->area.ring / 4 - GYRE__NET_HEADER_MAX - 2 * GYRE__RING_LINE) & ~1023;
    shm->eager_max = gyre__comm_conf.shm_eager;
    shm->whole_max = least(least(WHOLE_MAX, record), shm->eager_max);
    shm->eager_piece = least(EAGER_PIECE, record);
    shm->stream_piece = least(STREAM_PIECE, record);
}

static void shm_close(gyre__net_t *net)
{
    gyre__shm_t *shm = (gyre__shm_t *)net;
    if (shm->self->state == GYRE__SHM_OPEN) {
        gyre__shm_push(shm);
        __atomic_store_n(&shm->self->state, GYRE__SHM_CLOSED, __ATOMIC_SEQ_CST);
        gyre__shm_tell_watchers(shm);
    }
    gyre__shm_peers_free(shm);
    gyre__shm_bell_close(shm);
    gyre__map_cleanup(&shm->outs);
    gyre__map_cleanup(&shm->ins);
    gyre__pool_cleanup(&shm->out_pool);
    gyre__pool_cleanup(&shm->in_pool);
    free(shm->peers);
    free(shm->active);
    free(shm);
}

static gyre_status_t check(const gyre__net_params_t *params, const gyre__shm_area_t *area)
{
    if (params->local_rank >= params->local_workers)
        return gyre__error(GYRE_ERR_ARG, "local rank %u; expected less than %u", params->local_rank,
                           params->local_workers);
    gyre_status_t status = gyre__shm_area_join(area, params->area_size);
    if (!status && gyre__shm_area_worker(area, params->local_rank)->state != GYRE__SHM_ABSENT)
        status = gyre__error(GYRE_ERR_STATE, "worker %u of this node has opened the segment before",
                             params->local_rank);
    return status;
}

static gyre__shm_t *create(const gyre__net_params_t *params, const gyre__shm_area_t *area)
{
    gyre__shm_t *shm = calloc(1, sizeof(*shm));
    if (!shm)
        return NULL;
    shm->net.ops = &gyre__net_shm;
    shm->params = *params;
    shm->area = *area;
    shm->self = gyre__shm_area_worker(area, params->local_rank);
    shm->called = &shm->self->called;
    shm->pipe[0] = shm->pipe[1] = shm->epoll = -1;
    gyre__list_init(&shm->busy);
    gyre__list_init(&shm->dying);
    gyre__list_init(&shm->cma);
    gyre__map_init(&shm->outs);
    gyre__map_init(&shm->ins);
    gyre__pool_init(&shm->out_pool, sizeof(gyre__shm_out_t), GYRE__RING_LINE, 32, NULL);
    gyre__pool_init(&shm->in_pool, sizeof(gyre__shm_in_t), GYRE__RING_LINE, 32, NULL);
    shm->peers = calloc(area->workers, sizeof(shm->peers[0]));
    shm->active = calloc(area->workers, sizeof(shm->active[0]));
    set_sizes(shm);
    return shm;
}

static gyre_status_t shm_open(const gyre__net_params_t *params, gyre__net_t **net)
{
    gyre__shm_area_t area;
    gyre__shm_area_init(&area, params->area, params->local_workers);
    gyre_status_t status = check(params, &area);
    if (status)
        return status;
    gyre__shm_t *shm = create(params, &area);
    if (!shm)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the node segment");
    if (!shm->peers || !shm->active)
        status = gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %u workers", area.workers);
    if (!status)
        status = gyre__shm_bell_open(shm);
    if (status) {
        shm->area.workers = shm->peers ? area.workers : 0;
        shm_close(&shm->net);
        return status;
    }
    __atomic_store_n(&shm->self->state, GYRE__SHM_OPEN, __ATOMIC_SEQ_CST);
    gyre__shm_tell_watchers(shm);
    *net = &shm->net;
    return GYRE_OK;
}

static gyre_status_t shm_address(gyre__net_t *net, const void **address, size_t *length)
{
    *address = "";
    *length = 0;
    return GYRE_OK;
}

/* Rings in turn: whoever was first is last in the next call. */
static unsigned poll_rings(gyre__shm_t *shm)
{
    unsigned events = 0;
    uint32_t n = shm->active_count, at = shm->turn < n ? shm->turn : 0;
    shm->turn = at + 1;
    for (uint32_t i = 0; i < n; i++) {
        gyre__shm_peer_t *peer = shm->active[at];
        char *record;
        if (gyre__ring_peek(&peer->rx, &record))
            events += gyre__shm_receive(peer);
        else if (__builtin_expect(peer->incomplete, 0))
            gyre__shm_in_cut(peer);
        at = at + 1 == n ? 0 : at + 1;
    }
    return events;
}

static unsigned shm_progress(gyre__net_t *net)
{
    gyre__shm_t *shm = (gyre__shm_t *)net;
    unsigned events = 0;
    if (__builtin_expect(shm->armed, 0))
        gyre__shm_disarm(shm);
    if (__builtin_expect(__atomic_load_n(shm->called, __ATOMIC_RELAXED) != 0, 0))
        gyre__shm_answer_calls(shm);
    events += poll_rings(shm);
    if (!gyre__list_empty(&shm->busy))
        events += gyre__shm_push(shm);
    if (!gyre__list_empty(&shm->cma))
        events += gyre__shm_cma_progress(shm);
    if (__builtin_expect(++shm->beat % BEATS == 0, 0))
        events += gyre__shm_look_around(shm);
    if (!gyre__list_empty(&shm->dying))
        events += gyre__shm_bury(shm);
    return events;
}

static void shm_describe(FILE *out)
{
    fprintf(out, "rings of %zu bytes, %zu bytes without asking\n", gyre__comm_conf.shm_ring,
            gyre__comm_conf.shm_eager);
}

const gyre__net_ops_t gyre__net_shm = {
    .size = sizeof(gyre__net_ops_t),
    .name = "shm",
    .open = shm_open,
    .close = shm_close,
    .address = shm_address,
    .connect = gyre__shm_connect,
    .disconnect = gyre__shm_disconnect,
    .send = gyre__shm_send,
    .fetch = gyre__shm_fetch,
    .drop = gyre__shm_drop,
    .mem_map = gyre__net_no_mem_map,
    .mem_unmap = gyre__net_no_mem_unmap,
    .mem_key = gyre__net_no_mem_key,
    .key_import = gyre__net_no_key_import,
    .key_release = gyre__net_no_key_release,
    .put = gyre__net_no_put,
    .get = gyre__net_no_get,
    .atomic = gyre__net_no_atomic,
    .flush = gyre__shm_flush,
    .progress = shm_progress,
    .arm = gyre__shm_arm,
    .describe = shm_describe,
};
