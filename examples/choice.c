/* SPDX-License-Identifier: Apache-2.0 */
/* Which algorithm serves an allreduce, before and after a word with the library. */
#include "example.h"

static gyre_status_t show(gyre_comm_t *comm, const char *when)
{
    for (size_t bytes = 64; bytes <= 65536; bytes *= 32) {
        gyre_coll_algorithm_t algorithm;
        gyre_status_t status = gyre_coll_choice(comm, "allreduce", bytes, &algorithm);
        if (status != GYRE_OK)
            return status;
        if (gyre_comm_rank(comm) == 0)
            printf("%s, %zu bytes: %s, %s\n", when, bytes, algorithm.name, algorithm.brief);
    }
    return GYRE_OK;
}

int main(void)
{
    gyre_context_t *ctx;
    gyre_status_t status = gyre_init(NULL, &ctx);
    if (status != GYRE_OK)
        return fail("init");
    gyre_comm_t *world = gyre_comm_world(ctx);
    if (show(world, "before") != GYRE_OK)
        return fail("choice");
    status = gyre_coll_tune(world, "allreduce:0-4k:@recursive_doubling,allreduce:@ring");
    if (status != GYRE_OK)
        return fail("tune");
    if (show(world, "after") != GYRE_OK)
        return fail("choice");
    gyre_finalize(ctx);
    return 0;
}
