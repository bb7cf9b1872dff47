/* SPDX-License-Identifier: Apache-2.0 */
/* Groups reduce to their leads, in rank order. Two leads swap in one round
 * only: one tag will do. */
#include "harp/fold.h"

#include "harp/combine.h"

enum { IN_TAG, OUT_TAG, ROUND };

int32_t gyre__fold_in(const gyre__fold_t *fold, gyre__schedule_t *s, uint64_t length, uint32_t tag,
                      gyre__ref_t *value, gyre__ref_t sum)
{
    gyre__operands_t x = {.count = fold->last - fold->first,
                          .own = fold->lead - fold->first,
                          .value = *value,
                          .length = length};
    int32_t ready = GYRE__NOW;
    if (x.count == 1)
        return ready;
    x.got = gyre__schedule_scratch(s, length * (uint64_t)(x.count - 1));
    for (int i = 0; i < x.count; i++)
        if (i != x.own)
            ready = gyre__join(
                s, ready,
                gyre__recv(s, GYRE__NOW, gyre__operand(&x, i), length, fold->first + i, tag));
    *value = sum;
    return gyre__combine(s, ready, &x, sum);
}

void gyre__fold_out(const gyre__fold_t *fold, gyre__schedule_t *s, int32_t ready, gyre__ref_t value,
                    uint64_t length, uint32_t tag)
{
    for (int r = fold->first; r < fold->last; r++)
        if (r != fold->lead)
            gyre__send(s, ready, value, length, r, tag);
}

void gyre__fold_allreduce(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__among_leads_fn fn)
{
    gyre__fold_t fold = gyre__fold(plan->rank, plan->size, plan->radix, -1);
    gyre__ref_t value = gyre__in(0);
    if (plan->bytes == 0)
        return;
    if (plan->rank != fold.lead) {
        int32_t sent = gyre__send(s, GYRE__NOW, value, plan->bytes, fold.lead, IN_TAG);
        gyre__recv(s, sent, gyre__out(0), plan->bytes, fold.lead, OUT_TAG);
        return;
    }
    int32_t ready = gyre__fold_in(&fold, s, plan->bytes, IN_TAG, &value, gyre__out(0));
    ready = fn(plan, &fold, s, value, ready);
    gyre__fold_out(&fold, s, ready, gyre__out(0), plan->bytes, OUT_TAG);
}

gyre__round_t gyre__fold_round(const gyre__fold_t *fold, int weight)
{
    return (gyre__round_t){weight, fold->index / weight % fold->radix};
}

int gyre__fold_peer(const gyre__fold_t *fold, const gyre__round_t *round, int digit)
{
    return gyre__fold_lead(fold, fold->index + (digit - round->digit) * round->weight);
}

void gyre__split_part(const gyre__plan_t *plan, const gyre__split_t *split, int first, int count,
                      uint64_t *offset, uint64_t *length)
{
    uint64_t end, unused;
    gyre__partition(plan, split->fold.size, first, offset, &unused);
    gyre__partition(plan, split->fold.size, first + count, &end, &unused);
    *length = end - *offset;
}

/* Each of the radix partners keeps one of radix parts of what they have in common. */
static void reduce_round(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__split_t *split,
                         int weight)
{
    const gyre__fold_t *fold = &split->fold;
    gyre__round_t round = gyre__fold_round(fold, weight);
    int count = split->count / fold->radix;
    uint64_t mine, offset, length;
    gyre__operands_t x = {.count = fold->radix, .own = round.digit};
    gyre__split_part(plan, split, split->first + round.digit * count, count, &mine, &x.length);
    x.got = gyre__schedule_scratch(s, x.length * (uint64_t)(fold->radix - 1));
    x.value = gyre__at(split->value, mine);
    int32_t all = GYRE__NOW;
    for (int i = 1; i < fold->radix; i++) {
        int digit = (round.digit + i) % fold->radix, peer = gyre__fold_peer(fold, &round, digit);
        gyre__split_part(plan, split, split->first + digit * count, count, &offset, &length);
        all = gyre__join(s, all,
                         gyre__recv(s, GYRE__NOW, gyre__operand(&x, digit), x.length, peer, ROUND));
        all = gyre__join(
            s, all,
            gyre__send(s, split->ready, gyre__at(split->value, offset), length, peer, ROUND));
    }
    split->ready = gyre__combine(s, all, &x, gyre__at(split->sum, mine));
    split->first += round.digit * count;
    split->count = count;
    split->value = split->sum;
}

void gyre__split_reduce(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__split_t *split)
{
    split->first = 0;
    split->count = split->fold.size;
    for (int weight = 1; weight < split->fold.size; weight *= split->fold.radix)
        reduce_round(plan, s, split, weight);
}
