/* SPDX-License-Identifier: Apache-2.0 */
/* Communicators: even and odd workers form groups of their own. */
#include "example.h"

int main(void)
{
    gyre_context_t *ctx;
    if (gyre_init(NULL, &ctx) != GYRE_OK)
        return fail("init");
    gyre_comm_t *world = gyre_comm_world(ctx);
    int rank = gyre_comm_rank(world);
    gyre_comm_t *half;
    if (gyre_comm_split(world, rank % 2, rank, &half) != GYRE_OK)
        return fail("split");
    printf("worker %d is member %d of %d in the %s half\n", rank, gyre_comm_rank(half),
           gyre_comm_size(half), rank % 2 ? "odd" : "even");
    int right = gyre_comm_rank(half) == rank / 2 &&
                gyre_comm_world_rank(half, gyre_comm_rank(half)) == rank;
    gyre_comm_destroy(half);
    gyre_finalize(ctx);
    return !right;
}
