/* SPDX-License-Identifier: Apache-2.0 */
/* v forms: worker 0 deals out slices that differ in length; each doubles its own; all get all. */
#include "example.h"

#include <stdlib.h>

int main(void)
{
    gyre_context_t *ctx;
    if (gyre_init(NULL, &ctx) != GYRE_OK)
        return fail("init");
    gyre_comm_t *world = gyre_comm_world(ctx);
    size_t rank = (size_t)gyre_comm_rank(world), size = (size_t)gyre_comm_size(world), total = 0;
    size_t *counts = malloc(size * sizeof(size_t)), *displs = malloc(size * sizeof(size_t));
    for (size_t i = 0; i < size; i++) {
        displs[i] = total;
        counts[i] = i + 1;
        total += counts[i];
    }
    int *all = calloc(total, sizeof(int)), *slice = malloc(counts[rank] * sizeof(int)), wrong = 0;
    for (size_t i = 0; rank == 0 && i < total; i++)
        all[i] = (int)i;
    if (gyre_scatterv(world, all, counts, displs, slice, counts[rank], GYRE_INT32, 0) != GYRE_OK)
        return fail("scatterv");
    for (size_t i = 0; i < counts[rank]; i++)
        slice[i] *= 2;
    if (gyre_allgatherv(world, slice, counts[rank], all, counts, displs, GYRE_INT32) != GYRE_OK)
        return fail("allgatherv");
    for (size_t i = 0; i < total; i++)
        wrong += all[i] != 2 * (int)i;
    printf("worker %zu: %zu numbers, %d wrong\n", rank, total, wrong);
    free(counts);
    free(displs);
    free(all);
    free(slice);
    gyre_finalize(ctx);
    return wrong;
}
