/* SPDX-License-Identifier: Apache-2.0 */
/* Broadcast of a table, as one run of bytes whose length goes before. The tree is the binomial one,
 * for latency; the chain passes segments on while the next ones come, so that every link carries
 * the data once, at its full rate. */
#include "base/error.h"
#include "comm/comm.h"
#include "harp/model/regroup.h"
#include "harp/model/stream.h"
#include "harp/model/wire.h"

#include <stdlib.h>

#define SEGMENT ((size_t)256 << 10)
#define REFUSED SIZE_MAX

typedef struct run {
    gyre_comm_t *comm;
    int root, size, place; /* place counts from root on */
    char *data;
    size_t length;
} run_t;

static int rank_at(const run_t *run, int place)
{
    return (run->root + place) % run->size;
}

static gyre_status_t tree(const run_t *run)
{
    gyre_request_t *reqs[32] = {0};
    gyre_status_t status = GYRE_OK;
    size_t started = 0;
    int64_t bit = 1;
    while (bit < run->size && !(run->place & bit))
        bit *= 2;
    if (run->place) {
        status = gyre__harp_irecv(run->comm, run->data, run->length,
                                  rank_at(run, run->place - (int)bit), GYRE__STREAM_BCAST, reqs);
        status = status == GYRE_OK ? gyre__harp_wait(run->comm, reqs) : status;
    }
    for (bit /= 2; bit > 0 && status == GYRE_OK; bit /= 2)
        if (run->place + bit < run->size)
            status = gyre__harp_isend(run->comm, run->data, run->length,
                                      rank_at(run, run->place + (int)bit), GYRE__STREAM_BCAST,
                                      &reqs[started++]);
    return gyre__harp_wait_all(run->comm, status, reqs, started);
}

/* All receives are posted at once: requests, not memory, are what a long chain costs. */
static gyre_status_t chain(const run_t *run)
{
    size_t count = (run->length + SEGMENT - 1) / SEGMENT;
    bool sends = run->place < run->size - 1;
    gyre_status_t status = GYRE_OK;
    gyre_request_t **reqs = calloc(2 * count + 1, sizeof(*reqs)), **out = reqs + count;
    if (!reqs)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu requests", 2 * count);
    for (size_t i = 0; i < 2 * count && status == GYRE_OK; i++) {
        size_t at = i % count * SEGMENT, length = run->length - at;
        length = length < SEGMENT ? length : SEGMENT;
        if (i < count && run->place) {
            status = gyre__harp_irecv(run->comm, run->data + at, length,
                                      rank_at(run, run->place - 1), GYRE__STREAM_BCAST, &reqs[i]);
        } else if (i >= count) {
            status = reqs[i - count] ? gyre__harp_wait(run->comm, &reqs[i - count]) : GYRE_OK;
            if (sends && status == GYRE_OK)
                status = gyre__harp_isend(run->comm, run->data + at, length,
                                          rank_at(run, run->place + 1), GYRE__STREAM_BCAST,
                                          &out[i - count]);
        }
    }
    status = gyre__harp_wait_all(run->comm, status, reqs, 2 * count);
    free(reqs);
    return status;
}

static gyre_status_t move(const run_t *run, gyre_harp_way_t way)
{
    if (run->length == 0 || run->size == 1)
        return GYRE_OK;
    if (way == GYRE_HARP_AUTO)
        return gyre_bcast(run->comm, run->data, run->length, GYRE_BYTE, run->root);
    return way == GYRE_HARP_CHAIN ? chain(run) : tree(run);
}

/* root's bytes, packed; at others room for them. */
static gyre_status_t prepare(run_t *run, const gyre_harp_table_t *table)
{
    void *data = NULL;
    bool is_root = run->place == 0;
    for (size_t i = 0; i < table->count && is_root; i++)
        run->length += gyre__stream_length(table, table->list[i]->count);
    gyre_status_t ready =
        is_root ? gyre_harp_pool_get(table->pool, run->length, false, &data) : GYRE_OK;
    char *to = run->data = data;
    for (size_t i = 0; i < table->count && is_root && ready == GYRE_OK; i++)
        to = gyre__stream_pack(table, table->list[i], to);
    uint64_t length = ready == GYRE_OK ? run->length : REFUSED;
    gyre_status_t status = gyre_bcast(run->comm, &length, 1, GYRE_UINT64, run->root);
    if (status != GYRE_OK || ready != GYRE_OK)
        return ready != GYRE_OK ? ready : status;
    if (length == REFUSED)
        return gyre__error(GYRE_ERR_CANCELED, "rank %d could not take part", run->root);
    run->length = length;
    status = is_root ? GYRE_OK : gyre_harp_pool_get(table->pool, length, false, &data);
    run->data = data;
    return status;
}

gyre_status_t gyre_harp_bcast(gyre_comm_t *comm, gyre_harp_table_t *table, int root,
                              gyre_harp_way_t way)
{
    gyre_status_t status = gyre__harp_check(comm, table);
    if (status == GYRE_OK)
        status = gyre__comm_check_rank(comm, root);
    if (status == GYRE_OK && (way < GYRE_HARP_AUTO || way > GYRE_HARP_TREE))
        status = gyre__error(GYRE_ERR_ARG, "way %d of a broadcast", (int)way);
    if (status != GYRE_OK)
        return status;
    run_t run = {.comm = comm, .root = root, .size = gyre_comm_size(comm)};
    run.place = (gyre_comm_rank(comm) + run.size - root) % run.size;
    status = prepare(&run, table);
    if (status == GYRE_OK)
        status = move(&run, way);
    if (status == GYRE_OK && run.place)
        status = gyre__stream_merge(table, run.data, run.length);
    gyre_harp_pool_release(table->pool, run.data);
    return status;
}
