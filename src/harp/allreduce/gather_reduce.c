/* SPDX-License-Identifier: Apache-2.0 */
/* All vectors to all members in ceil(log2 n) rounds, then each reduces them by itself, strictly
 * from the left: for small vectors. The rounds are those of J. Bruck, C.-T. Ho, S. Kipnis,
 * E. Upfal, D. Weathersby: Efficient algorithms for all-to-all communications in multiport
 * message-passing systems. IEEE TPDS 8(11), 1997. */
#include "harp/allreduce/allreduce.h"
#include "harp/move.h"

/* Scratch memory holds the vector of this member, that of the next one and so on, around the
 * end. */
static int32_t gather(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__ref_t all)
{
    int32_t ready = gyre__copy(s, GYRE__NOW, gyre__in(0), all, plan->bytes);
    for (int64_t have = 1; have < plan->size; have *= 2) {
        int64_t more = have < plan->size - have ? have : plan->size - have;
        uint64_t length = plan->bytes * (uint64_t)more;
        int32_t received = gyre__recv(s, GYRE__NOW, gyre__at(all, plan->bytes * (uint64_t)have),
                                      length, gyre__around(plan->rank, have, plan->size), 0);
        gyre__send(s, ready, all, length, gyre__around(plan->rank, -have, plan->size), 0);
        ready = gyre__join(s, ready, received);
    }
    return ready;
}

void gyre__allreduce_gather_reduce(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    uint64_t n = plan->bytes;
    gyre__ref_t all = gyre__schedule_scratch(s, n * (uint64_t)plan->size), sum = gyre__out(0);
    if (n == 0)
        return;
    int32_t ready = gather(plan, s, all);
    for (int r = 0; r < plan->size; r++) {
        uint64_t at = n * (uint64_t)gyre__around(r, -(int64_t)plan->rank, plan->size);
        if (r == 0)
            ready = gyre__copy(s, ready, gyre__at(all, at), sum, n);
        else
            ready = gyre__reduce(s, ready, sum, gyre__at(all, at), sum, n);
    }
}
