/* SPDX-License-Identifier: Apache-2.0 */
/* One-sided: a counter in worker 0's memory gives every worker tickets that no other gets. */
#include "example.h"

#define TICKETS 10

int main(void)
{
    gyre_context_t *ctx;
    gyre_mem_t *mem = NULL;
    gyre_remote_t *counter;
    char key[GYRE_KEY_MAX];
    size_t length = sizeof(key);
    uint64_t ticket = 0, done = 0;
    gyre_message_info_t info;
    if (gyre_init(NULL, &ctx) != GYRE_OK)
        return fail("init");
    gyre_comm_t *world = gyre_comm_world(ctx);
    int rank = gyre_comm_rank(world), size = gyre_comm_size(world);
    if (rank == 0) {
        if (gyre_mem_alloc(ctx, sizeof(uint64_t), &mem) != GYRE_OK ||
            gyre_mem_export(mem, key, &length) != GYRE_OK)
            return fail("counter");
        for (int i = 1; i < size; i++)
            if (gyre_send(world, key, length, i, 0) != GYRE_OK)
                return fail("key");
    } else if (gyre_recv(world, key, sizeof(key), 0, 0, &info) != GYRE_OK) {
        return fail("key");
    } else {
        length = info.length;
    }
    if (gyre_remote_import(world, 0, key, length, &counter) != GYRE_OK)
        return fail("import");
    for (int i = 0; i < TICKETS; i++) {
        if (gyre_atomic(counter, 0, GYRE_ATOMIC_FETCH_ADD, 8, 1, 0, &ticket) != GYRE_OK)
            return fail("ticket");
        if (ticket >= (uint64_t)size * TICKETS)
            return 1;
    }
    printf("worker %d: my last ticket is %llu\n", rank, (unsigned long long)ticket);
    for (int i = 1; i < size; i++) { /* worker 0 hears that all have theirs */
        if (rank == 0 && gyre_recv(world, &ticket, sizeof(ticket), i, 1, NULL) != GYRE_OK)
            return fail("done");
        if (rank == i && gyre_send(world, &ticket, sizeof(ticket), 0, 1) != GYRE_OK)
            return fail("done");
    }
    if (rank == 0 && gyre_get(counter, 0, &done, sizeof(done)) != GYRE_OK)
        return fail("get");
    gyre_remote_release(counter);
    gyre_finalize(ctx);
    return rank == 0 && done != (uint64_t)size * TICKETS;
}
