/* SPDX-License-Identifier: Apache-2.0 */
/* Pairwise exchange: n - 1 rounds, each with one message out and one in, the next when both are
 * done; for powers of two partners swap (rank xor round), else to one above, from one below.
 *
 * R. Thakur, R. Rabenseifner, W. Gropp: Optimization of collective communication operations in
 * MPICH. IJHPCA 19(1), 2005, section 4.3 (long messages). */
#include "harp/alltoall/alltoall.h"
#include "harp/move.h"

static int32_t receive_from(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t after, int peer)
{
    uint64_t length = gyre__block_length(plan, &plan->out, peer);
    if (length == 0)
        return after;
    return gyre__recv(s, after, gyre__out(gyre__block_offset(plan, &plan->out, peer)), length, peer,
                      0);
}

static int32_t send_to(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t after,
                       gyre__ref_t from, int peer)
{
    uint64_t length = gyre__block_length(plan, &plan->in, peer);
    if (length == 0)
        return after;
    return gyre__send(s, after, gyre__at(from, gyre__block_offset(plan, &plan->in, peer)), length,
                      peer, 0);
}

void gyre__alltoall_pairwise(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    int32_t ready;
    gyre__ref_t from = gyre__alltoall_input(plan, s, &ready);
    bool swap = (plan->size & (plan->size - 1)) == 0;
    gyre__copy(s, ready, gyre__at(from, gyre__block_offset(plan, &plan->in, plan->rank)),
               gyre__out(gyre__block_offset(plan, &plan->out, plan->rank)),
               gyre__block_length(plan, &plan->out, plan->rank));
    for (int i = 1; i < plan->size; i++) {
        int below = swap ? plan->rank ^ i : gyre__around(plan->rank, -(int64_t)i, plan->size);
        int above = swap ? plan->rank ^ i : gyre__around(plan->rank, i, plan->size);
        int32_t in = receive_from(plan, s, ready, below);
        int32_t out = send_to(plan, s, ready, from, above);
        ready = gyre__join(s, in, out);
    }
}
