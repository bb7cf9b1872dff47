/* SPDX-License-Identifier: Apache-2.0 */
/* Neighbours: heat spreads along a rod that the workers share; each tells its ends to those beside
 * it. Then a scan says how much heat lies before each worker. */
#include "example.h"

#include <math.h>

int main(void)
{
    enum { CELLS = 100, STEPS = 50 };
    gyre_context_t *ctx;
    gyre_comm_t *rod;
    if (gyre_init(NULL, &ctx) != GYRE_OK)
        return fail("init");
    gyre_comm_t *world = gyre_comm_world(ctx);
    int rank = gyre_comm_rank(world), size = gyre_comm_size(world), beside[2], count = 0;
    int left = rank > 0, right = rank < size - 1;
    if (left)
        beside[count++] = rank - 1;
    if (right)
        beside[count++] = rank + 1;
    if (gyre_comm_neighbors(world, beside, count, beside, count, &rod) != GYRE_OK)
        return fail("neighbors");
    double cell[CELLS] = {0}, ends[2], theirs[2], heat = 0, before = 0, total;
    cell[0] = rank == 0 ? 1000 : 0;
    for (int step = 0; step < STEPS; step++) {
        ends[0] = left ? cell[0] : cell[CELLS - 1];
        ends[1] = cell[CELLS - 1];
        if (gyre_neighbor_alltoall(rod, ends, theirs, 1, GYRE_FLOAT64) != GYRE_OK)
            return fail("neighbor_alltoall");
        double low = left ? theirs[0] : cell[0], high = right ? theirs[left] : cell[CELLS - 1];
        for (int i = 0; i < CELLS; i++) {
            double here = cell[i], next = i < CELLS - 1 ? cell[i + 1] : high;
            cell[i] += 0.4 * (low - 2 * here + next);
            low = here;
        }
    }
    for (int i = 0; i < CELLS; i++)
        heat += cell[i];
    if (gyre_exscan(world, &heat, &before, 1, GYRE_FLOAT64, GYRE_SUM) != GYRE_OK ||
        gyre_allreduce(world, &heat, &total, 1, GYRE_FLOAT64, GYRE_SUM) != GYRE_OK)
        return fail("exscan");
    printf("worker %d: %.3f of %.3f lie before\n", rank, before, total);
    gyre_comm_destroy(rod);
    gyre_finalize(ctx);
    return fabs(total - 1000) > 1e-6;
}
