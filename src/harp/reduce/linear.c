/* SPDX-License-Identifier: Apache-2.0 */
/* All send to root, which reduces strictly from the left, in rank order, and has WINDOW vectors
 * under way: one round, n - 1 messages to one member. */
#include "harp/reduce/reduce.h"

enum { WINDOW = 16 };

typedef struct fold_left {
    gyre__ref_t places, own, sum;
    int32_t vacant[WINDOW];
} fold_left_t;

static gyre__ref_t place_of(const gyre__plan_t *plan, const fold_left_t *fold, int rank)
{
    return gyre__at(fold->places, plan->bytes * (uint64_t)(rank % WINDOW));
}

/* Operand of rank; received where it is another's. */
static gyre__ref_t fetch(const gyre__plan_t *plan, gyre__schedule_t *s, const fold_left_t *fold,
                         int rank, int32_t *ready)
{
    if (rank == plan->rank)
        return gyre__in(0);
    gyre__ref_t place = place_of(plan, fold, rank);
    int32_t received = gyre__recv(s, fold->vacant[rank % WINDOW], place, plan->bytes, rank, 0);
    *ready = gyre__join(s, received, *ready);
    return place;
}

/* The sum is in scratch memory until the last operand: in place, the output is the own one. */
static void at_root(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    int places = plan->size < WINDOW ? plan->size : WINDOW;
    fold_left_t fold = {.places = gyre__schedule_scratch(s, plan->bytes * (uint64_t)places),
                        .sum = gyre__schedule_scratch(s, plan->bytes)};
    int32_t ready = GYRE__NOW;
    for (int i = 0; i < WINDOW; i++)
        fold.vacant[i] = GYRE__NOW;
    gyre__ref_t sum = fetch(plan, s, &fold, 0, &ready);
    for (int r = 1; r < plan->size; r++) {
        gyre__ref_t right = fetch(plan, s, &fold, r, &ready);
        gyre__ref_t to = r == plan->size - 1 ? gyre__out(0) : fold.sum;
        ready = gyre__reduce(s, ready, sum, right, to, plan->bytes);
        fold.vacant[r % WINDOW] = ready;
        if (r == 1)
            fold.vacant[0] = ready;
        sum = to;
    }
    if (plan->size == 1)
        gyre__copy(s, ready, sum, gyre__out(0), plan->bytes);
}

void gyre__reduce_linear(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    if (plan->bytes == 0)
        return;
    if (plan->rank == plan->root)
        at_root(plan, s);
    else
        gyre__send(s, GYRE__NOW, gyre__in(0), plan->bytes, plan->root, 0);
}
