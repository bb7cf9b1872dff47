/* SPDX-License-Identifier: Apache-2.0 */
/* New communicators out of old ones. The id of a new one is its first member's world rank and a
 * number that this worker gives only once: unique in the job without any agreement. */
#include "base/error.h"
#include "comm/comm.h"
#include "comm/context.h"
#include "comm/message.h"
#include "comm/wait.h"

#include <stdlib.h>
#include <string.h>

/* Numbers come again after 2^24 communicators of this worker: long before that the old ones are
 * gone, and one that is not is passed over. */
static uint32_t next_number(gyre_context_t *ctx)
{
    uint32_t number;
    do
        number = ctx->next_comm++ % GYRE__COMM_NUMBERS;
    while (number == 0 || gyre__map_get(&ctx->comms, GYRE__COMM_ID(ctx->rank, number)));
    return number;
}

uint64_t gyre__comm_next_id(gyre_context_t *ctx)
{
    return GYRE__COMM_ID(ctx->rank, next_number(ctx));
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

static gyre_status_t agree_on_slots(gyre_comm_t *comm)
{
    if (!gyre__comm_spans_nodes(comm))
        return GYRE_OK;
    char mine = gyre__comm_may_have_slots(comm), *all = malloc((size_t)comm->size);
    if (!all)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %d members", comm->size);
    gyre_status_t status = gyre__comm_allgather(comm, &mine, 1, all);
    comm->slots = status == GYRE_OK && !memchr(all, 0, (size_t)comm->size);
    free(all);
    return status;
}

/* A new communicator, about which its members agree. */
static gyre_status_t make(gyre_context_t *ctx, uint64_t id, int rank, int size, uint32_t *world,
                          gyre_comm_t **part)
{
    gyre_comm_t *comm;
    gyre_status_t status = gyre__comm_new(ctx, id, rank, size, world, &comm);
    if (status != GYRE_OK)
        return status;
    status = agree_on_slots(comm);
    if (status == GYRE_OK)
        *part = comm;
    else
        gyre__comm_free(comm);
    return status;
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
    return make(comm->ctx, GYRE__COMM_ID(world[0], all[first].number), rank, size, world, part);
}

static gyre_status_t split(gyre_comm_t *comm, int color, int key, gyre_comm_t **part)
{
    split_entry_t mine = {color, key, comm->rank, next_number(comm->ctx)};
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
        *number = next_number(comm->ctx);
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
        status = make(comm->ctx, GYRE__COMM_ID(world[0], number), rank, count, world, part);
    else
        free(world);
    gyre__leave(comm->ctx);
    return status;
}
