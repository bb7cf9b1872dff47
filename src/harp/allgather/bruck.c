/* SPDX-License-Identifier: Apache-2.0 */
/* Bruck's concatenation: blocks are kept in the order in which they follow one's own; in a round
 * with m of them at hand, radix - 1 members at distances m, 2 m, ... below get them while as many
 * above send theirs. ceil(log_radix n) rounds for any n, and one turn of the blocks at the end.
 *
 * J. Bruck, C.-T. Ho, S. Kipnis, E. Upfal, D. Weathersby: Efficient algorithms for all-to-all
 * communications in multiport message-passing systems. IEEE TPDS 8(11), 1997, section 4. */
#include "harp/allgather/allgather.h"
#include "harp/move.h"

/* Bytes of the blocks of the count members from this one on. */
static uint64_t span(const gyre__plan_t *plan, int count)
{
    return gyre__span(plan, &plan->out, plan->rank, count);
}

static int32_t round_of(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__ref_t blocks,
                        int64_t have, int32_t ready)
{
    int32_t all = GYRE__NOW;
    int radix = plan->radix < 2 ? 2 : plan->radix;
    for (int64_t far = have; far < have * radix && far < plan->size; far += have) {
        int count = (int)(have < plan->size - far ? have : plan->size - far);
        uint64_t start = span(plan, (int)far);
        int32_t here =
            gyre__recv(s, ready, gyre__at(blocks, start), span(plan, (int)far + count) - start,
                       gyre__around(plan->rank, far, plan->size), 0);
        gyre__send(s, ready, blocks, span(plan, count), gyre__around(plan->rank, -far, plan->size),
                   0);
        all = gyre__join(s, all, here);
    }
    return all;
}

void gyre__allgather_bruck(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    int radix = plan->radix < 2 ? 2 : plan->radix;
    uint64_t all = span(plan, plan->size);
    if (all == 0)
        return;
    gyre__ref_t blocks = gyre__schedule_scratch(s, all);
    int32_t ready = gyre__copy(s, GYRE__NOW, gyre__in(0), blocks, span(plan, 1));
    for (int64_t have = 1; have < plan->size; have *= radix)
        ready = round_of(plan, s, blocks, have, ready);
    gyre__unpack(plan, s, ready, blocks, plan->rank, plan->size);
}
