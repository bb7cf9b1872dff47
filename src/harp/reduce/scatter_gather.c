/* SPDX-License-Identifier: Apache-2.0 */
/* Members fold to a power of the radix k, root being a lead; in log_k n rounds the leads reduce
 * the vector in parts, and in as many rounds the parts come to root. 2 (n - 1)/n of the vector at
 * root. The members nearest in rank come first, so that rank order is kept.
 *
 * R. Rabenseifner: Optimization of collective reduction operations. ICCS 2004. */
#include "harp/fold.h"
#include "harp/reduce/reduce.h"

enum { FOLD_TAG = 2, GATHER_TAG = 3 };

/* Of the partners of a round, those that differ from root give theirs to the one that does not. */
static void give(const gyre__plan_t *plan, gyre__schedule_t *s, const gyre__split_t *split,
                 const gyre__round_t *round, int to)
{
    uint64_t offset, length;
    gyre__split_part(plan, split, split->first, split->count, &offset, &length);
    gyre__send(s, split->ready, gyre__at(split->value, offset), length,
               gyre__fold_peer(&split->fold, round, to), GATHER_TAG);
}

static void take(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__split_t *split,
                 const gyre__round_t *round, int32_t reduced)
{
    uint64_t offset, length;
    int first = split->first - round->digit * split->count;
    for (int digit = 0; digit < split->fold.radix; digit++) {
        if (digit == round->digit)
            continue;
        gyre__split_part(plan, split, first + digit * split->count, split->count, &offset, &length);
        split->ready =
            gyre__join(s, split->ready,
                       gyre__recv(s, reduced, gyre__at(split->sum, offset), length,
                                  gyre__fold_peer(&split->fold, round, digit), GATHER_TAG));
    }
    split->first = first;
    split->count *= split->fold.radix;
}

static void gather(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__split_t *split)
{
    const gyre__fold_t *fold = &split->fold;
    int32_t reduced = split->ready;
    int root = gyre__fold_index(fold, plan->root);
    for (int weight = fold->size / fold->radix; weight > 0; weight /= fold->radix) {
        gyre__round_t round = gyre__fold_round(fold, weight);
        int to = root / weight % fold->radix;
        if (round.digit != to) {
            give(plan, s, split, &round, to);
            return;
        }
        take(plan, s, split, &round, reduced);
    }
}

void gyre__reduce_scatter_gather(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    gyre__split_t split = {.fold = gyre__fold(plan->rank, plan->size, plan->radix, plan->root),
                           .value = gyre__in(0)};
    if (plan->bytes == 0)
        return;
    if (plan->rank != split.fold.lead) {
        gyre__send(s, GYRE__NOW, gyre__in(0), plan->bytes, split.fold.lead, FOLD_TAG);
        return;
    }
    split.sum = plan->rank == plan->root ? gyre__out(0) : gyre__schedule_scratch(s, plan->bytes);
    split.ready = gyre__fold_in(&split.fold, s, plan->bytes, FOLD_TAG, &split.value, split.sum);
    if (plan->size == 1)
        gyre__copy(s, GYRE__NOW, split.value, split.sum, plan->bytes);
    gyre__split_reduce(plan, s, &split);
    gather(plan, s, &split);
}
