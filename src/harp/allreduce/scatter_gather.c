/* SPDX-License-Identifier: Apache-2.0 */
/* Members fold to a power of the radix k; then, in log_k n rounds, k members at a time share what
 * they have in common, each reducing one of k parts, until every lead has the sum of one part; the
 * same rounds backwards give all parts to all. 2 (n - 1)/n of the vector each way. The members
 * nearest in rank come first, so that rank order is kept.
 *
 * Radix 2: R. Rabenseifner: Optimization of collective reduction operations. ICCS 2004. Radix k:
 * the same with k partners, as "SRA knomial" in UCC. */
#include "harp/allreduce/allreduce.h"
#include "harp/combine.h"
#include "harp/fold.h"

enum { TAG = 3 };

static void gather_round(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__split_t *split,
                         int weight, int32_t reduced)
{
    const gyre__fold_t *fold = &split->fold;
    gyre__round_t round = gyre__fold_round(fold, weight);
    int all_first = split->first - round.digit * split->count;
    uint64_t mine, length, theirs, their_length;
    gyre__split_part(plan, split, split->first, split->count, &mine, &length);
    int32_t all = split->ready;
    for (int i = 1; i < fold->radix; i++) {
        int digit = (round.digit + i) % fold->radix, peer = gyre__fold_peer(fold, &round, digit);
        gyre__split_part(plan, split, all_first + digit * split->count, split->count, &theirs,
                         &their_length);
        all =
            gyre__join(s, all, gyre__recv(s, reduced, gyre__out(theirs), their_length, peer, TAG));
        gyre__send(s, split->ready, gyre__out(mine), length, peer, TAG);
    }
    split->first = all_first;
    split->count *= fold->radix;
    split->ready = all;
}

static int32_t among_leads(const gyre__plan_t *plan, const gyre__fold_t *fold, gyre__schedule_t *s,
                           gyre__ref_t value, int32_t ready)
{
    gyre__split_t split = {.fold = *fold, .value = value, .sum = gyre__out(0), .ready = ready};
    if (fold->size == 1)
        return gyre__copy(s, ready, value, gyre__out(0), plan->bytes);
    gyre__split_reduce(plan, s, &split);
    int32_t reduced = split.ready;
    for (int weight = fold->size / fold->radix; weight > 0; weight /= fold->radix)
        gather_round(plan, s, &split, weight, reduced);
    return split.ready;
}

void gyre__allreduce_scatter_gather(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    gyre__fold_allreduce(plan, s, among_leads);
}
