/* SPDX-License-Identifier: Apache-2.0 */
/* Members fold to a power of two; then in log2 n rounds partners swap the halves that are not
 * theirs, at halving distances, and (n - 1)/n of the vector in all; folded members get their
 * blocks at the end. Needs a commutative operation: partners far from each other come first.
 *
 * R. Rabenseifner: Optimization of collective reduction operations. ICCS 2004; and R. Thakur,
 * R. Rabenseifner, W. Gropp: Optimization of collective communication operations in MPICH. IJHPCA
 * 19(1), 2005, section 4.4. */
#include "harp/combine.h"
#include "harp/fold.h"
#include "harp/reduce_scatter/reduce_scatter.h"

/* Bytes of the blocks of the groups first to first + count - 1. */
static gyre__share_t groups_share(const gyre__plan_t *plan, const gyre__fold_t *fold, int first,
                                  int count)
{
    gyre__share_t from = gyre__share(plan, gyre__fold_lead(fold, first));
    uint64_t end = gyre__vector(plan);
    if (first + count < fold->size)
        end = gyre__share(plan, gyre__fold_lead(fold, first + count)).offset;
    return (gyre__share_t){from.offset, end - from.offset};
}

typedef struct halving {
    gyre__fold_t fold;
    gyre__ref_t value, sum; /* of the whole vector */
    int32_t ready;
} halving_t;

static void swap_half(const gyre__plan_t *plan, gyre__schedule_t *s, halving_t *h, int first,
                      int half)
{
    bool upper = h->fold.index >= first + half;
    int peer = gyre__fold_lead(&h->fold, upper ? h->fold.index - half : h->fold.index + half);
    gyre__share_t keep = groups_share(plan, &h->fold, upper ? first + half : first, half);
    gyre__share_t give = groups_share(plan, &h->fold, upper ? first : first + half, half);
    gyre__ref_t got = gyre__schedule_scratch(s, keep.length);
    int32_t received = gyre__recv(s, GYRE__NOW, got, keep.length, peer, 0);
    int32_t sent = gyre__send(s, h->ready, gyre__at(h->value, give.offset), give.length, peer, 0);
    h->ready = gyre__reduce_with(s, gyre__join(s, received, sent), gyre__at(h->value, keep.offset),
                                 got, upper, gyre__at(h->sum, keep.offset), keep.length);
    h->value = h->sum;
}

/* Members other than the leads get what their lead has for them. */
static void hand_out(const gyre__plan_t *plan, gyre__schedule_t *s, const halving_t *h)
{
    int32_t sent = h->ready;
    for (int r = h->fold.first; r < h->fold.last; r++) {
        gyre__share_t share = gyre__share(plan, r);
        if (r != plan->rank)
            sent = gyre__send(s, sent, gyre__at(h->value, share.offset), share.length, r, 1);
    }
    gyre__share_t mine = gyre__share(plan, plan->rank);
    gyre__copy(s, sent, gyre__at(h->value, mine.offset), gyre__out(0), mine.length);
}

void gyre__reduce_scatter_recursive_halving(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    uint64_t length = gyre__vector(plan);
    halving_t h = {.fold = gyre__fold(plan->rank, plan->size, 2, -1), .value = gyre__in(0)};
    if (length == 0)
        return;
    if (plan->rank != h.fold.lead) {
        int32_t sent = gyre__send(s, GYRE__NOW, gyre__in(0), length, h.fold.lead, 1);
        gyre__recv(s, sent, gyre__out(0), gyre__share(plan, plan->rank).length, h.fold.lead, 1);
        return;
    }
    h.sum = gyre__schedule_scratch(s, length);
    h.ready = gyre__fold_in(&h.fold, s, length, 1, &h.value, h.sum);
    for (int count = h.fold.size; count > 1; count /= 2)
        swap_half(plan, s, &h, h.fold.index / count * count, count / 2);
    hand_out(plan, s, &h);
}
