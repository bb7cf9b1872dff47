/* SPDX-License-Identifier: Apache-2.0 */
/* alltoall: each worker has rows of a matrix, and gets its columns. */
#include "example.h"

#include <stdlib.h>

int main(void)
{
    gyre_context_t *ctx;
    if (gyre_init(NULL, &ctx) != GYRE_OK)
        return fail("init");
    gyre_comm_t *world = gyre_comm_world(ctx);
    int rank = gyre_comm_rank(world), size = gyre_comm_size(world), wrong = 0;
    int *row = malloc((size_t)size * sizeof(int)), *column = malloc((size_t)size * sizeof(int));
    for (int i = 0; i < size; i++)
        row[i] = rank * size + i;
    if (gyre_alltoall(world, row, column, 1, GYRE_INT32) != GYRE_OK)
        return fail("alltoall");
    for (int i = 0; i < size; i++)
        wrong += column[i] != i * size + rank;
    printf("worker %d: column %d begins with %d, %d wrong\n", rank, rank, column[0], wrong);
    free(row);
    free(column);
    gyre_finalize(ctx);
    return wrong;
}
