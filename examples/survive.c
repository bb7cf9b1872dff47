/* SPDX-License-Identifier: Apache-2.0 */
/* Going on without the dead: ten sums, each done again by those that are left when a worker dies
 * in it. Try it with a launcher that lets the others live, and kill -9. */
#include "example.h"

/* A sum over the living members; *comm becomes a communicator of them when some have died. */
static gyre_status_t sum(gyre_comm_t **comm, const double *mine, double *total)
{
    for (;;) {
        gyre_comm_t *smaller;
        gyre_status_t status = gyre_allreduce(*comm, mine, total, 1, GYRE_FLOAT64, GYRE_SUM);
        if (status != GYRE_OK && status != GYRE_ERR_PEER_FAILED && status != GYRE_ERR_REVOKED)
            return status;
        if (status != GYRE_OK)
            gyre_comm_revoke(*comm);
        uint64_t good = status == GYRE_OK;
        status = gyre_comm_agree(*comm, &good);
        if (status != GYRE_OK && status != GYRE_ERR_PEER_FAILED)
            return status;
        if (good)
            return GYRE_OK;
        status = gyre_comm_shrink(*comm, &smaller);
        if (status != GYRE_OK)
            return status;
        gyre_comm_destroy(*comm);
        *comm = smaller;
    }
}

int main(void)
{
    gyre_context_t *ctx;
    double one = 1, total = 0;
    if (gyre_init(NULL, &ctx) != GYRE_OK)
        return fail("init");
    gyre_comm_t *comm = gyre_comm_world(ctx);
    for (int round = 0; round < 10; round++) {
        if (sum(&comm, &one, &total) != GYRE_OK)
            return fail("sum");
        if (gyre_comm_rank(comm) == 0)
            printf("round %d: %g workers\n", round, total);
    }
    gyre_comm_destroy(comm);
    gyre_finalize(ctx);
    return total < 1;
}
