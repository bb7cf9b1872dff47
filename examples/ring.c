/* SPDX-License-Identifier: Apache-2.0 */
/* Non-blocking: each worker passes blocks to its right until all have gone around. */
#include "example.h"

int main(void)
{
    gyre_context_t *ctx;
    int out[1024], in[1024];
    if (gyre_init(NULL, &ctx) != GYRE_OK)
        return fail("init");
    gyre_comm_t *world = gyre_comm_world(ctx);
    int rank = gyre_comm_rank(world), size = gyre_comm_size(world);
    int left = (rank + size - 1) % size, right = (rank + 1) % size;
    for (int i = 0; i < 1024; i++)
        out[i] = rank * 1024 + i;
    for (int step = 0; step < size; step++) {
        gyre_request_t *reqs[2];
        if (gyre_irecv(world, in, sizeof(in), left, 0, &reqs[0]) != GYRE_OK ||
            gyre_isend(world, out, sizeof(out), right, 0, &reqs[1]) != GYRE_OK ||
            gyre_wait_all(2, reqs, NULL, NULL) != GYRE_OK)
            return fail("exchange");
        for (int i = 0; i < 1024; i++)
            out[i] = in[i];
    }
    int wrong = 0;
    for (int i = 0; i < 1024; i++)
        wrong += out[i] != rank * 1024 + i;
    printf("worker %d: %d of 1024 numbers came back\n", rank, 1024 - wrong);
    gyre_finalize(ctx);
    return wrong != 0;
}
