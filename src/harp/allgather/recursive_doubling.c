/* SPDX-License-Identifier: Apache-2.0 */
/* Recursive doubling: in round k partners at distance 2^k swap all they have, log2 n rounds in
 * all; for powers of two.
 *
 * R. Thakur, R. Rabenseifner, W. Gropp: Optimization of collective communication operations in
 * MPICH. IJHPCA 19(1), 2005, section 4.1. */
#include "harp/allgather/allgather.h"
#include "harp/move.h"

void gyre__allgather_recursive_doubling(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    int32_t ready;
    if (gyre__span(plan, &plan->out, 0, plan->size) == 0)
        return;
    gyre__stage_t stage = gyre__stage(plan, s, &ready);
    for (int64_t width = 1; width < plan->size; width *= 2) {
        int count = (int)width, peer = plan->rank ^ count;
        int mine = plan->rank & ~(count - 1), theirs = peer & ~(count - 1);
        int32_t here = gyre__recv(s, ready, gyre__staged(plan, &stage, theirs),
                                  gyre__span(plan, &plan->out, theirs, count), peer, 0);
        gyre__send(s, ready, gyre__staged(plan, &stage, mine),
                   gyre__span(plan, &plan->out, mine, count), peer, 0);
        ready = here;
    }
    gyre__unstage(plan, s, ready, &stage);
}
