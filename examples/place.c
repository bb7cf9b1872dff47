/* SPDX-License-Identifier: Apache-2.0 */
/* Who is where, and where a worker would be bound to. */
#include "example.h"

static void print_place(const gyre_worker_info_t *mine)
{
    gyre_worker_info_t info = *mine;
    gyre_topo_t *topo = NULL;
    char set[256];
    if (gyre_topo_load(NULL, &topo) == GYRE_OK &&
        gyre_topo_place(topo, GYRE_TOPO_CORE, info.local_rank, info.local_count, set,
                        sizeof(set)) == GYRE_OK)
        printf("worker %u would be bound to processors %s\n", info.rank, set);
    gyre_topo_destroy(topo);
}

int main(void)
{
    gyre_context_t *ctx;
    gyre_worker_info_t mine;
    if (gyre_init(NULL, &ctx) != GYRE_OK)
        return fail("init");
    if (gyre_worker_rank(ctx) == 0) {
        for (uint32_t i = 0; i < gyre_worker_count(ctx); i++) {
            gyre_worker_info_t info;
            if (gyre_worker(ctx, i, &info) == GYRE_OK)
                printf("worker %u is on node %u, %s\n", i, info.node, info.host);
        }
    }
    if (gyre_worker(ctx, gyre_worker_rank(ctx), &mine) != GYRE_OK)
        return fail("worker");
    print_place(&mine);
    gyre_finalize(ctx);
    return 0;
}
