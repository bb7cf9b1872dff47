/* SPDX-License-Identifier: Apache-2.0 */
/* n - 1 rounds; in round i a member sends its operand to the member i above and gets one from the
 * member i below, around the end. Operands so come in falling rank order, first those from below
 * this member, then those from above: each kind is put before what there is of it, and the two
 * kinds and the own operand are put together at the end, in rank order.
 *
 * R. Thakur, R. Rabenseifner, W. Gropp: Optimization of collective communication operations in
 * MPICH. IJHPCA 19(1), 2005, section 4.4. */
#include "harp/combine.h"
#include "harp/move.h"
#include "harp/reduce_scatter/reduce_scatter.h"

typedef struct sum {
    gyre__ref_t at, where; /* where: memory for it */
    bool empty;
} sum_t;

/* A sum of nothing takes the operand where it lies; then what is received next goes elsewhere. */
static int32_t put_before(gyre__schedule_t *s, int32_t after, gyre__ref_t operand, sum_t *sum,
                          uint64_t length)
{
    if (sum->empty)
        after = gyre__copy(s, after, operand, sum->where, length);
    else
        after = gyre__reduce(s, after, operand, sum->at, sum->where, length);
    sum->empty = false;
    sum->at = sum->where;
    return after;
}

static int32_t send_all(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    int32_t all = GYRE__NOW, last = GYRE__NOW;
    for (int i = 1; i < plan->size; i++) {
        int peer = gyre__around(plan->rank, i, plan->size);
        gyre__share_t theirs = gyre__share(plan, peer);
        if (theirs.length > 0)
            last = gyre__send(s, last, gyre__in(theirs.offset), theirs.length, peer, 0);
        all = last;
    }
    return all;
}

void gyre__reduce_scatter_pairwise(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    gyre__share_t mine = gyre__share(plan, plan->rank);
    int32_t sent = send_all(plan, s), ready = GYRE__NOW, used[2] = {GYRE__NOW, GYRE__NOW};
    if (mine.length == 0)
        return;
    sum_t below = {.at = gyre__in(mine.offset), .where = gyre__schedule_scratch(s, mine.length)};
    sum_t above = {.where = gyre__schedule_scratch(s, mine.length), .empty = true};
    gyre__ref_t got[2] = {gyre__schedule_scratch(s, mine.length),
                          gyre__schedule_scratch(s, mine.length)};
    for (int i = 1; i < plan->size; i++) {
        int peer = gyre__around(plan->rank, -i, plan->size);
        int32_t received = gyre__recv(s, used[i % 2], got[i % 2], mine.length, peer, 0);
        ready = put_before(s, gyre__join(s, received, ready), got[i % 2],
                           peer < plan->rank ? &below : &above, mine.length);
        used[i % 2] = ready;
    }
    gyre__ref_t result = plan->in_place ? below.where : gyre__out(0);
    ready = gyre__join(s, ready, sent);
    if (!above.empty)
        ready = gyre__reduce(s, ready, below.at, above.at, result, mine.length);
    else if (!plan->in_place || plan->size == 1)
        ready = gyre__copy(s, ready, below.at, result, mine.length);
    gyre__result_done(plan, s, ready, result);
}
