/* SPDX-License-Identifier: Apache-2.0 */
/* allreduce: each worker integrates its share of 4 / (1 + x^2); all learn the sum. */
#include "example.h"

#include <math.h>

int main(void)
{
    enum { STEPS = 1000000 };
    gyre_context_t *ctx;
    if (gyre_init(NULL, &ctx) != GYRE_OK)
        return fail("init");
    gyre_comm_t *world = gyre_comm_world(ctx);
    double share = 0, pi;
    for (int i = gyre_comm_rank(world); i < STEPS; i += gyre_comm_size(world)) {
        double x = (i + 0.5) / STEPS;
        share += 4 / (1 + x * x) / STEPS;
    }
    if (gyre_allreduce(world, &share, &pi, 1, GYRE_FLOAT64, GYRE_SUM) != GYRE_OK)
        return fail("allreduce");
    printf("worker %d: pi is %.10f\n", gyre_comm_rank(world), pi);
    gyre_finalize(ctx);
    return fabs(pi - 3.1415926536) > 1e-9;
}
