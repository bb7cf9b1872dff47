/* SPDX-License-Identifier: Apache-2.0 */
/* The communicator object: its members, its place among the context's. */
#include "comm/comm.h"

#include "base/error.h"
#include "comm/agreement.h"
#include "comm/conf.h"
#include "comm/context.h"
#include "comm/failure.h"

#include <stdlib.h>

static int compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static gyre_status_t index_members(gyre_comm_t *comm)
{
    if (!comm->world)
        return GYRE_OK;
    comm->members = malloc((size_t)comm->size * sizeof(*comm->members));
    if (!comm->members)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %d members", comm->size);
    for (int i = 0; i < comm->size; i++)
        comm->members[i] = (uint64_t)comm->world[i] << 32 | (uint32_t)i;
    qsort(comm->members, (size_t)comm->size, sizeof(*comm->members), compare_u64);
    return GYRE_OK;
}

/* Its slots in the node segment, which the lowest of several members here claims. */
static gyre_status_t claim_slots(gyre_comm_t *comm)
{
    gyre_context_t *ctx = comm->ctx;
    const gyre__entry_t *entries = ctx->directory.entries;
    uint32_t members = 0;
    int lowest = -1;
    if (!ctx->heap.pieces)
        return GYRE_OK;
    for (int i = 0; i < comm->size; i++)
        if (entries[gyre__comm_world(comm, i)].node == entries[ctx->rank].node) {
            lowest = lowest < 0 ? i : lowest;
            members++;
        }
    if (members > 1 && lowest == comm->rank && !gyre__heap_claim(&ctx->heap, comm->id + 1, members))
        return gyre__error(GYRE_ERR_NO_RESOURCE,
                           "too many communicators on this node: destroy some");
    comm->shares_slots = members > 1;
    return GYRE_OK;
}

bool gyre__comm_spans_nodes(const gyre_comm_t *comm)
{
    const gyre__entry_t *entries = comm->ctx->directory.entries;
    uint32_t node = entries[gyre__comm_world(comm, 0)].node;
    for (int i = 1; i < comm->size; i++)
        if (entries[gyre__comm_world(comm, i)].node != node)
            return true;
    return false;
}

bool gyre__comm_may_have_slots(const gyre_comm_t *comm)
{
    gyre__heap_t *heap = &comm->ctx->heap;
    void *memory;
    if (!heap->pieces || !gyre__heap_find(heap, comm->id + 1, &memory))
        return gyre__comm_conf.shm;
    return gyre__comm_conf.shm && memory;
}

gyre_status_t gyre__comm_new(gyre_context_t *ctx, uint64_t id, int rank, int size, uint32_t *world,
                             gyre_comm_t **out)
{
    gyre_comm_t *comm = gyre__pool_get(&ctx->comm_pool);
    if (!comm) {
        free(world);
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a communicator");
    }
    *comm = (gyre_comm_t){.live = GYRE__COMM_LIVE,
                          .epoch = ctx->epoch,
                          .ctx = ctx,
                          .id = id,
                          .rank = rank,
                          .size = size,
                          .world = world};
    gyre__match_init(&comm->match);
    gyre_status_t status = index_members(comm);
    if (status == GYRE_OK)
        status = claim_slots(comm);
    if (status == GYRE_OK)
        status = gyre__map_put(&ctx->comms, id, comm);
    if (status != GYRE_OK) {
        gyre__comm_free(comm);
        return status;
    }
    gyre__failure_count(comm);
    gyre__peer_adopt(ctx, id);
    *out = comm;
    return GYRE_OK;
}

static void drop_arrived(gyre_comm_t *comm, int64_t below)
{
    gyre__list_each(at, &comm->match.arrived_all)
    {
        gyre__arrival_t *arrival = gyre__container(at, gyre__arrival_t, all);
        if (arrival->envelope.tag >= below)
            continue;
        gyre__match_take(arrival);
        gyre__arrival_drop(comm->ctx, arrival);
    }
}

void gyre__comm_drop_arrived(gyre_comm_t *comm)
{
    drop_arrived(comm, INT64_MAX);
}

void gyre__comm_drop_collectives(gyre_comm_t *comm)
{
    drop_arrived(comm, GYRE__TAG_COLLECTIVES);
}

void gyre__comm_drop_team(gyre_comm_t *comm)
{
    if (comm->team)
        comm->team_free(comm->team);
    comm->team = NULL;
}

void gyre__comm_free(gyre_comm_t *comm)
{
    if (gyre__map_get(&comm->ctx->comms, comm->id) == comm)
        gyre__map_remove(&comm->ctx->comms, comm->id);
    gyre__comm_drop_team(comm);
    if (comm->shares_slots && comm->ctx->heap.pieces && comm->epoch == comm->ctx->epoch)
        gyre__heap_leave(&comm->ctx->heap, comm->id + 1);
    gyre__match_end_all(&comm->match, GYRE_ERR_CANCELED);
    gyre__comm_drop_arrived(comm);
    free(comm->sources);
    free(comm->dests);
    gyre__agreement_free(comm);
    free(comm->gone);
    free(comm->world);
    free(comm->members);
    comm->gone = NULL;
    comm->world = NULL;
    comm->members = NULL;
    comm->sources = comm->dests = NULL;
    comm->live = 0;
    gyre__pool_put(&comm->ctx->comm_pool, comm);
}

void gyre_comm_destroy(gyre_comm_t *comm)
{
    if (!comm || comm->live != GYRE__COMM_LIVE || comm == comm->ctx->world ||
        comm == comm->ctx->own)
        return;
    gyre_context_t *ctx = comm->ctx;
    gyre__enter(ctx);
    gyre__comm_free(comm);
    gyre__leave(ctx);
}

gyre_status_t gyre__comm_check(const gyre_comm_t *comm)
{
    if (__builtin_expect(comm && comm->live == GYRE__COMM_LIVE && comm->ctx->open &&
                             comm->epoch == comm->ctx->epoch,
                         1))
        return GYRE_OK;
    if (!comm)
        return gyre__error(GYRE_ERR_ARG, "no communicator: NULL");
    if (comm->live != GYRE__COMM_LIVE)
        return gyre__error(GYRE_ERR_STATE, "the communicator has been destroyed");
    if (comm->epoch != comm->ctx->epoch)
        return gyre__error(GYRE_ERR_STALE, "a communicator of epoch %u, this is epoch %u",
                           comm->epoch, comm->ctx->epoch);
    return gyre__context_check(comm->ctx);
}

gyre_status_t gyre__comm_check_rank(const gyre_comm_t *comm, int rank)
{
    gyre_status_t status = gyre__comm_check(comm);
    if (status == GYRE_OK && (rank < 0 || rank >= comm->size))
        return gyre__error(GYRE_ERR_RANK, "rank %d in a communicator of %d", rank, comm->size);
    return status;
}

int gyre__comm_member(const gyre_comm_t *comm, uint32_t world)
{
    if (!comm->members)
        return world < (uint32_t)comm->size ? (int)world : -1;
    int low = 0, high = comm->size;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (comm->members[middle] >> 32 < world)
            low = middle + 1;
        else
            high = middle;
    }
    return low < comm->size && comm->members[low] >> 32 == world ? (int)(uint32_t)comm->members[low]
                                                                 : -1;
}

gyre_comm_t *gyre_comm_world(gyre_context_t *ctx)
{
    return ctx ? ctx->world : NULL;
}

gyre_comm_t *gyre_comm_self(gyre_context_t *ctx)
{
    return ctx ? ctx->own : NULL;
}

int gyre_comm_rank(const gyre_comm_t *comm)
{
    return comm && comm->live == GYRE__COMM_LIVE ? comm->rank : -1;
}

int gyre_comm_size(const gyre_comm_t *comm)
{
    return comm && comm->live == GYRE__COMM_LIVE ? comm->size : -1;
}

int gyre_comm_world_rank(const gyre_comm_t *comm, int rank)
{
    return gyre__comm_check_rank(comm, rank) == GYRE_OK ? (int)gyre__comm_world(comm, rank) : -1;
}

gyre_context_t *gyre_comm_context(const gyre_comm_t *comm)
{
    return comm && comm->live == GYRE__COMM_LIVE ? comm->ctx : NULL;
}
