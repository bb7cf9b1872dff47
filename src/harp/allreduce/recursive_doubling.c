/* SPDX-License-Identifier: Apache-2.0 */
/* Members fold to a power of the radix k; then, in log_k n rounds, k members at a time swap all
 * that they have. Every member computes the same sum in the same order.
 *
 * R. Thakur, R. Rabenseifner, W. Gropp: Optimization of collective communication operations in
 * MPICH. IJHPCA 19(1), 2005, section 4.5; k above 2: P. Sack, W. Gropp: Faster topology-aware
 * collective algorithms through non-minimal communication. PPoPP 2012 (recursive multiplying). */
#include "harp/allreduce/allreduce.h"
#include "harp/combine.h"
#include "harp/fold.h"

enum { TAG = 2 };

static int32_t swap(const gyre__fold_t *fold, gyre__schedule_t *s, const gyre__operands_t *x,
                    int weight, int32_t ready, int32_t vacant)
{
    gyre__round_t round = gyre__fold_round(fold, weight);
    int32_t all = GYRE__NOW;
    for (int i = 1; i < fold->radix; i++) {
        int digit = (round.digit + i) % fold->radix, peer = gyre__fold_peer(fold, &round, digit);
        all = gyre__join(s, all,
                         gyre__recv(s, vacant, gyre__operand(x, digit), x->length, peer, TAG));
        all = gyre__join(s, all, gyre__send(s, ready, x->value, x->length, peer, TAG));
    }
    return all;
}

/* What is received in a round takes the place of what was two rounds ago. */
static int32_t among_leads(const gyre__plan_t *plan, const gyre__fold_t *fold, gyre__schedule_t *s,
                           gyre__ref_t value, int32_t ready)
{
    uint64_t room = plan->bytes * (uint64_t)(fold->radix - 1);
    gyre__ref_t got[2];
    int32_t vacant[2] = {GYRE__NOW, GYRE__NOW};
    if (fold->size == 1)
        return gyre__copy(s, ready, value, gyre__out(0), plan->bytes);
    for (int i = 0, weight = 1; weight < fold->size; i = 1 - i, weight *= fold->radix) {
        if (weight <= fold->radix)
            got[i] = gyre__schedule_scratch(s, room);
        gyre__operands_t x = {.count = fold->radix,
                              .own = gyre__fold_round(fold, weight).digit,
                              .value = value,
                              .got = got[i],
                              .length = plan->bytes};
        int32_t all = swap(fold, s, &x, weight, ready, vacant[i]);
        ready = vacant[i] = gyre__combine(s, all, &x, gyre__out(0));
        value = gyre__out(0);
    }
    return ready;
}

void gyre__allreduce_recursive_doubling(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    gyre__fold_allreduce(plan, s, among_leads);
}
