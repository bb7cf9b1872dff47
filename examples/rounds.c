/* SPDX-License-Identifier: Apache-2.0 */
/* Persistent and non-blocking: a request made once and started every round, while the worker
 * computes; then the totals go to worker 0 and the average to all. */
#include "example.h"

#include <stdlib.h>

int main(void)
{
    enum { ROUNDS = 10 };
    gyre_context_t *ctx;
    gyre_request_t *req;
    long mine = 0, sum = 0, busy = 0;
    if (gyre_init(NULL, &ctx) != GYRE_OK)
        return fail("init");
    gyre_comm_t *world = gyre_comm_world(ctx);
    int rank = gyre_comm_rank(world), size = gyre_comm_size(world);
    if (gyre_allreduce_init(world, &mine, &sum, 1, GYRE_INT64, GYRE_SUM, &req) != GYRE_OK)
        return fail("allreduce_init");
    for (int round = 1; round <= ROUNDS; round++) {
        mine = round * (rank + 1);
        if (gyre_start(req) != GYRE_OK)
            return fail("start");
        for (int i = 0; i < 1000; i++)
            busy += i % round;
        if (gyre_wait(&req, NULL) != GYRE_OK)
            return fail("wait");
        if (sum != (long)round * size * (size + 1) / 2)
            return fail("sum");
    }
    gyre_request_free(&req);
    long *all = malloc((size_t)size * sizeof(*all)), average = 0;
    if (gyre_gather(world, &busy, all, 1, GYRE_INT64, 0) != GYRE_OK)
        return fail("gather");
    for (int i = 0; rank == 0 && i < size; i++)
        average += all[i] / size;
    if (gyre_bcast(world, &average, 1, GYRE_INT64, 0) != GYRE_OK)
        return fail("bcast");
    printf("worker %d: %ld after round %d, average of %ld\n", rank, sum, ROUNDS, average);
    free(all);
    gyre_finalize(ctx);
    return 0;
}
