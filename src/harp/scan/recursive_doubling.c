/* SPDX-License-Identifier: Apache-2.0 */
/* ceil(log2 n) rounds; in round i a member gets, from the member 2^i below, the sum of the 2^i
 * operands that end there, and puts it before its own. exscan keeps the sum without its own
 * operand beside it.
 *
 * W. D. Hillis, G. L. Steele: Data parallel algorithms. CACM 29(12), 1986. */
#include "harp/scan/scan.h"

typedef struct sums {
    gyre__ref_t with, without; /* of the own operand */
    gyre__ref_t got[2];        /* received in rounds of even and odd number */
    int32_t ready, vacant[2];
    bool exclusive, any; /* any: without holds something */
} sums_t;

/* The sum without the own operand is that of what came, later before earlier. In place, it takes
 * the place of the own operand: at the end only. */
static void add_without(const gyre__plan_t *plan, gyre__schedule_t *s, sums_t *sums, int odd)
{
    if (sums->any)
        sums->ready =
            gyre__reduce(s, sums->ready, sums->got[odd], sums->without, sums->without, plan->bytes);
    else
        sums->ready = gyre__copy(s, sums->ready, sums->got[odd], sums->without, plan->bytes);
    sums->any = true;
}

static void swap(const gyre__plan_t *plan, gyre__schedule_t *s, sums_t *sums, int step, int odd)
{
    bool low = plan->rank >= step, high = plan->size - plan->rank > step;
    bool needed = !sums->exclusive || plan->size - plan->rank > 2 * (int64_t)step;
    int32_t got = GYRE__NOW, sent = sums->ready;
    gyre__ref_t to = sums->exclusive ? sums->got[odd] : gyre__out(0);
    if (low)
        got = gyre__recv(s, sums->vacant[odd], sums->got[odd], plan->bytes, plan->rank - step, 0);
    if (high)
        sent = gyre__send(s, sums->ready, sums->with, plan->bytes, plan->rank + step, 0);
    sums->ready = sent;
    if (!low)
        return;
    sums->ready = gyre__join(s, sent, got);
    if (sums->exclusive)
        add_without(plan, s, sums, odd);
    if (needed) {
        sums->ready = gyre__reduce(s, sums->ready, sums->got[odd], sums->with, to, plan->bytes);
        sums->with = to;
    }
    sums->vacant[sums->exclusive ? 1 - odd : odd] = sums->ready;
}

void gyre__scan_recursive_doubling(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    sums_t sums = {.with = gyre__in(0),
                   .ready = GYRE__NOW,
                   .vacant = {GYRE__NOW, GYRE__NOW},
                   .exclusive = plan->coll == GYRE__EXSCAN};
    if (plan->bytes == 0)
        return;
    for (int i = 0; i < 2 && plan->rank > i; i++)
        sums.got[i] = gyre__schedule_scratch(s, plan->bytes);
    if (sums.exclusive && plan->rank > 0)
        sums.without = gyre__schedule_scratch(s, plan->bytes);
    int odd = 0;
    for (int64_t step = 1; step < plan->size; step *= 2, odd = 1 - odd)
        swap(plan, s, &sums, (int)step, odd);
    if (plan->rank > 0 && sums.exclusive)
        gyre__copy(s, sums.ready, sums.without, gyre__out(0), plan->bytes);
    if (plan->rank == 0 && !sums.exclusive)
        gyre__copy(s, GYRE__NOW, gyre__in(0), gyre__out(0), plan->bytes);
}
