/* SPDX-License-Identifier: Apache-2.0 */
/* Communicators. The id of a new one is its first member's world rank and a number that this
 * worker gives only once: unique in the job without any agreement. */
#include "comm/comm.h"

#include "base/error.h"
#include "comm/message.h"
#include "comm/wait.h"

#include <stdlib.h>
#include <string.h>

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

gyre_status_t gyre__comm_new(gyre_context_t *ctx, uint64_t id, int rank, int size,
                             uint32_t *world, gyre_comm_t **out)
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
        status = gyre__map_put(&ctx->comms, id, comm);
    if (status != GYRE_OK) {
        gyre__comm_free(comm);
        return status;
    }
    gyre__peer_adopt(ctx, id);
    *out = comm;
    return GYRE_OK;
}

void gyre__comm_drop_arrived(gyre_comm_t *comm)
{
    gyre__list_each(at, &comm->match.arrived_all) {
        gyre__arrival_t *arrival = gyre__container(at, gyre__arrival_t, all);
        gyre__match_take(arrival);
        gyre__arrival_drop(comm->ctx, arrival);
    }
}

void gyre__comm_free(gyre_comm_t *comm)
{
    if (gyre__map_get(&comm->ctx->comms, comm->id) == comm)
        gyre__map_remove(&comm->ctx->comms, comm->id);
    gyre__match_cancel_all(&comm->match);
    gyre__comm_drop_arrived(comm);
    free(comm->world);
    free(comm->members);
    comm->world = NULL;
    comm->members = NULL;
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

/* Bruck, Ho, Kipnis, Upfal, Weathersby, "Efficient algorithms for all-to-all communications in
 * multiport message-passing systems", 1997: ceil(log2 size) exchanges for any size. */
gyre_status_t gyre__comm_allgather(gyre_comm_t *comm, const void *block, size_t size, void *out)
{
    size_t n = (size_t)comm->size, me = (size_t)comm->rank;
    char *turned = malloc(n * size);
    gyre_status_t status =
        turned ? GYRE_OK : gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu blocks", n);
    if (turned)
        memcpy(turned, block, size);
    for (size_t have = 1; have < n && status == GYRE_OK; have *= 2) {
        size_t more = have < n - have ? have : n - have;
        status = gyre__message_exchange(comm, turned, more * size, (int)((me + n - have) % n),
                                        turned + have * size, more * size,
                                        (int)((me + have) % n), GYRE__TAG_ALLGATHER);
    }
    for (size_t i = 0; i < n && status == GYRE_OK; i++)
        memcpy((char *)out + (me + i) % n * size, turned + i * size, size);
    free(turned);
    return status;
}

/* Hensgen, Finkel, Manber, "Two algorithms for barrier synchronization", 1988. */
gyre_status_t gyre__comm_barrier(gyre_comm_t *comm)
{
    gyre_status_t status = GYRE_OK;
    for (int step = 1; step < comm->size && status == GYRE_OK; step *= 2)
        status = gyre__message_exchange(comm, NULL, 0, (comm->rank + step) % comm->size, NULL, 0,
                                        (comm->rank - step + comm->size) % comm->size,
                                        GYRE__TAG_BARRIER);
    return status;
}

typedef struct split_entry {
    int32_t color, key;
    int32_t rank;
    uint32_t number; /* for the id, should this be the part's first member */
} split_entry_t;

static int compare_entries(const void *a, const void *b)
{
    const split_entry_t *x = a, *y = b;
    if (x->color != y->color)
        return x->color < y->color ? -1 : 1;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

/* The caller's part out of the sorted table of all members. */
static gyre_status_t make_part(gyre_comm_t *comm, const split_entry_t *all, int color,
                               gyre_comm_t **part)
{
    int first = 0, size = 0, rank = 0;
    while (all[first].color != color)
        first++;
    while (first + size < comm->size && all[first + size].color == color)
        size++;
    uint32_t *world = malloc((size_t)size * sizeof(*world));
    if (!world)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %d members", size);
    for (int i = 0; i < size; i++) {
        world[i] = gyre__comm_world(comm, all[first + i].rank);
        rank = all[first + i].rank == comm->rank ? i : rank;
    }
    return gyre__comm_new(comm->ctx, (uint64_t)world[0] << 32 | all[first].number, rank, size,
                          world, part);
}

static gyre_status_t split(gyre_comm_t *comm, int color, int key, gyre_comm_t **part)
{
    split_entry_t mine = {color, key, comm->rank, (uint32_t)comm->ctx->next_comm++};
    split_entry_t *all = malloc((size_t)comm->size * sizeof(*all));
    if (!all)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to split %d members", comm->size);
    gyre_status_t status = gyre__comm_allgather(comm, &mine, sizeof(mine), all);
    if (status == GYRE_OK && color != GYRE_COLOR_NONE) {
        qsort(all, (size_t)comm->size, sizeof(*all), compare_entries);
        status = make_part(comm, all, color, part);
    }
    free(all);
    return status;
}

gyre_status_t gyre_comm_split(gyre_comm_t *comm, int color, int key, gyre_comm_t **part)
{
    gyre_status_t status = gyre__comm_check(comm);
    if (status != GYRE_OK)
        return status;
    if (color < GYRE_COLOR_NONE || !part)
        return gyre__error(part ? GYRE_ERR_RANGE : GYRE_ERR_ARG,
                           "color %d, expected 0 or more or GYRE_COLOR_NONE; part at %p", color,
                           (void *)part);
    *part = NULL;
    gyre__enter(comm->ctx);
    status = gyre__wait_allowed(comm->ctx);
    if (status == GYRE_OK)
        status = split(comm, color, key, part);
    gyre__leave(comm->ctx);
    return status;
}

gyre_status_t gyre_comm_dup(gyre_comm_t *comm, gyre_comm_t **copy)
{
    gyre_status_t status = gyre__comm_check(comm);
    return status == GYRE_OK ? gyre_comm_split(comm, 0, comm->rank, copy) : status;
}

/* World ranks of the listed members, each once, the caller among them at *rank. */
static gyre_status_t subset_members(const gyre_comm_t *comm, const int *ranks, int count,
                                    uint32_t *world, int *rank)
{
    char *seen = calloc((size_t)comm->size, 1);
    gyre_status_t status =
        seen ? GYRE_OK : gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %d members", comm->size);
    *rank = -1;
    for (int i = 0; i < count && status == GYRE_OK; i++) {
        status = gyre__comm_check_rank(comm, ranks[i]);
        if (status == GYRE_OK && seen[ranks[i]]++)
            status = gyre__error(GYRE_ERR_RANK, "rank %d is listed twice", ranks[i]);
        if (status == GYRE_OK) {
            world[i] = gyre__comm_world(comm, ranks[i]);
            *rank = ranks[i] == comm->rank ? i : *rank;
        }
    }
    if (status == GYRE_OK && *rank < 0)
        status = gyre__error(GYRE_ERR_RANK, "the caller, rank %d, is not listed", comm->rank);
    free(seen);
    return status;
}

/* The first member gives the number, and passes it to the others. */
static gyre_status_t subset_number(gyre_comm_t *comm, const int *ranks, int count, int rank,
                                   uint32_t *number)
{
    gyre_request_t req;
    gyre_status_t status = GYRE_OK;
    if (rank == 0)
        *number = (uint32_t)comm->ctx->next_comm++;
    for (int i = 1; i < count && status == GYRE_OK; i++) {
        if (rank != 0 && rank != i)
            continue;
        gyre__request_init(&req, comm->ctx, comm, rank ? GYRE__REQUEST_RECV : GYRE__REQUEST_SEND);
        status = rank ? gyre__message_recv(&req, number, sizeof(*number),
                                           gyre__comm_world(comm, ranks[0]), GYRE__TAG_SUBSET)
                      : gyre__message_send(&req, number, sizeof(*number),
                                           gyre__comm_world(comm, ranks[i]), GYRE__TAG_SUBSET);
        if (status == GYRE_OK)
            status = gyre__request_wait(&req);
    }
    return status;
}

gyre_status_t gyre_comm_subset(gyre_comm_t *comm, const int *ranks, int count, gyre_comm_t **part)
{
    uint32_t number;
    int rank;
    gyre_status_t status = gyre__comm_check(comm);
    if (status != GYRE_OK)
        return status;
    if (!ranks || !part || count < 1 || count > comm->size)
        return gyre__error(GYRE_ERR_ARG, "%d ranks at %p, expected 1 to %d; part at %p", count,
                           (const void *)ranks, comm->size, (void *)part);
    uint32_t *world = malloc((size_t)count * sizeof(*world));
    if (!world)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %d members", count);
    gyre__enter(comm->ctx);
    status = gyre__wait_allowed(comm->ctx);
    if (status == GYRE_OK)
        status = subset_members(comm, ranks, count, world, &rank);
    if (status == GYRE_OK)
        status = subset_number(comm, ranks, count, rank, &number);
    if (status == GYRE_OK)
        status = gyre__comm_new(comm->ctx, (uint64_t)world[0] << 32 | number, rank, count, world,
                                part);
    else
        free(world);
    gyre__leave(comm->ctx);
    return status;
}
