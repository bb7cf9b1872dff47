/* SPDX-License-Identifier: Apache-2.0 */
/* Each worker greets the next one in a ring. */
#include <gyre/gyre.h>
#include <stdio.h>

int main(void)
{
    gyre_context_t *ctx;
    if (gyre_init(NULL, &ctx) != GYRE_OK)
        return fprintf(stderr, "hello: %s\n", gyre_last_error()), 1;
    gyre_comm_t *world = gyre_comm_world(ctx);
    int rank = gyre_comm_rank(world), size = gyre_comm_size(world), from = -1;
    gyre_sendrecv(world, &rank, sizeof(rank), (rank + 1) % size, 0, &from, sizeof(from),
                  (rank + size - 1) % size, 0, NULL);
    printf("worker %d of %d was greeted by worker %d\n", rank, size, from);
    gyre_finalize(ctx);
    return from != (rank + size - 1) % size;
}
