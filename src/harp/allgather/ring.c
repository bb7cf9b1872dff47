/* SPDX-License-Identifier: Apache-2.0 */
/* Around the ring: n - 1 rounds, in each of which a member passes on the block it got last, n - 1
 * blocks in all, to its right neighbour only. No copy but that of the own block.
 *
 * R. Thakur, R. Rabenseifner, W. Gropp: Optimization of collective communication operations in
 * MPICH. IJHPCA 19(1), 2005, section 4.1. */
#include "harp/allgather/allgather.h"
#include "harp/move.h"

void gyre__allgather_ring(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    const gyre__blocks_t *out = &plan->out;
    if (gyre__span(plan, &plan->out, 0, plan->size) == 0)
        return;
    int left = gyre__around(plan->rank, -1, plan->size);
    int right = gyre__around(plan->rank, 1, plan->size);
    int32_t here =
        gyre__copy(s, GYRE__NOW, gyre__in(0), gyre__out(gyre__block_offset(plan, out, plan->rank)),
                   gyre__block_length(plan, out, plan->rank));
    int32_t before = GYRE__NOW;
    for (int i = 0; i < plan->size - 1; i++) {
        int mine = gyre__around(plan->rank, -(int64_t)i, plan->size);
        int theirs = gyre__around(mine, -1, plan->size);
        /* One receive is posted ahead of the message. */
        int32_t next = gyre__recv(s, before, gyre__out(gyre__block_offset(plan, out, theirs)),
                                  gyre__block_length(plan, out, theirs), left, (uint32_t)i);
        gyre__send(s, here, gyre__out(gyre__block_offset(plan, out, mine)),
                   gyre__block_length(plan, out, mine), right, (uint32_t)i);
        before = i == 0 ? GYRE__NOW : here;
        here = next;
    }
}
