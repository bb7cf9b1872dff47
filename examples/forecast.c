/* SPDX-License-Identifier: Apache-2.0 */
/* What an allreduce would cost on a machine that is not there: no context, no other worker. */
#include <gyre/gyre.h>
#include <stdio.h>

int main(void)
{
    const char *name = "allreduce";
    gyre_coll_simulate_opts_t opts = GYRE_COLL_SIMULATE_OPTS_INIT;
    opts.ranks = 1024;
    opts.ranks_per_node = 16;
    opts.collectives = &name;
    opts.collective_count = 1;
    gyre_status_t status = gyre_coll_simulate(&opts, stdout);
    if (status != GYRE_OK)
        fprintf(stderr, "%s\n", gyre_last_error());
    return status != GYRE_OK;
}
