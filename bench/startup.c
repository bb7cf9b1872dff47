/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up: initialise, one barrier, finalise. bench/peers/mpi-startup.c is its twin; finalising
 * waits for all workers, which is the barrier. */
#include <gyre/gyre.h>
#include <stdio.h>

int main(void)
{
    gyre_context_t *ctx;
    if (gyre_init(NULL, &ctx)) {
        fprintf(stderr, "startup: %s\n", gyre_last_error());
        return 1;
    }
    gyre_finalize(ctx);
    return 0;
}
