/* SPDX-License-Identifier: Apache-2.0 */
/* A member dies while the others are in a call of the Harp model, or before they enter it: all get
 * an error in bounded time, whatever they wait for. Runs under pmix-hub --keep-going; the argument
 * says which call. */
#include "lib/check.h"

#include <gyre/harp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { LARGE = 1 << 20, AM_ID = 5 };

static gyre_harp_table_t *table, *global;
static gyre_harp_events_t *events;

static gyre_status_t rotate(void)
{
    return gyre_harp_rotate(check_world, table, NULL);
}

static gyre_status_t chain(void)
{
    return gyre_harp_bcast(check_world, table, 0, GYRE_HARP_CHAIN);
}

static gyre_status_t tree(void)
{
    return gyre_harp_bcast(check_world, table, 0, GYRE_HARP_TREE);
}

static gyre_status_t regroup(void)
{
    return gyre_harp_aggregate(check_world, table, NULL, NULL);
}

static gyre_status_t push(void)
{
    return gyre_harp_push(check_world, table, global, NULL, NULL);
}

static gyre_status_t pull(void)
{
    return gyre_harp_pull(check_world, table, global, NULL, NULL, false);
}

static gyre_status_t wait(void)
{
    gyre_harp_event_t event;
    gyre_status_t status = gyre_harp_event_wait(events, &event);
    if (status == GYRE_OK)
        gyre_harp_event_release(&event);
    return status;
}

static const struct {
    const char *name;
    gyre_status_t (*call)(void);
} calls[] = {{"rotate", rotate}, {"chain", chain}, {"tree", tree}, {"regroup", regroup},
             {"push", push},     {"pull", pull},   {"wait", wait}};

/* The last rank dies when all others are ready for that. */
static void ready(void)
{
    int victim = check_size - 1;
    if (check_rank != victim) {
        CHECK_OK(gyre_send(check_world, NULL, 0, victim, 0));
        return;
    }
    for (int rank = 0; rank < victim; rank++)
        CHECK_OK(gyre_recv(check_world, NULL, 0, rank, 0, NULL));
    raise(SIGKILL);
}

int main(int argc, char **argv)
{
    gyre_harp_pool_t *pool;
    gyre_harp_partition_t *partition;
    gyre_status_t (*call)(void) = NULL;
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; argc == 2 && i < sizeof(calls) / sizeof(calls[0]); i++)
        if (strcmp(argv[1], calls[i].name) == 0)
            call = calls[i].call;
    CHECK(call);
    check_open(GYRE_THREAD_SINGLE);
    check_step(argv[1], 60);
    CHECK_OK(gyre_harp_pool_create(check_ctx, &pool));
    CHECK_OK(gyre_harp_table_create(pool, 0, GYRE_FLOAT64, GYRE_MAX, &table));
    CHECK_OK(gyre_harp_table_create(pool, 1, GYRE_FLOAT64, GYRE_MAX, &global));
    CHECK_OK(gyre_harp_events_create(check_world, AM_ID, &events));
    for (int i = 0; i < 3; i++)
        CHECK_OK(gyre_harp_table_insert(table, check_rank * 3 + i, LARGE, &partition));
    CHECK_OK(gyre_harp_push(check_world, table, global, NULL, NULL));
    if (call != wait && call != chain && call != tree)
        CHECK_OK(call());
    ready();
    for (int round = 0; round < 100 && status == GYRE_OK; round++)
        status = call();
    CHECK_EQ(status, GYRE_ERR_PEER_FAILED);
    CHECK_IS(call(), GYRE_ERR_PEER_FAILED);
    /* The others can meet without it: nobody is left behind in the call. */
    gyre_comm_t *living;
    int ranks[64];
    for (int i = 0; i < check_size - 1; i++)
        ranks[i] = i;
    CHECK_OK(gyre_comm_subset(check_world, ranks, check_size - 1, &living));
    CHECK_OK(gyre_barrier(living));
    gyre_comm_destroy(living);
    gyre_harp_events_destroy(events);
    gyre_harp_table_destroy(table);
    gyre_harp_table_destroy(global);
    gyre_harp_pool_destroy(pool);
    check_close();
    return 0;
}
