/* SPDX-License-Identifier: Apache-2.0 */
/* Up a k-nomial tree to member 0 and down again: 2 ceil(log_k n) rounds, 2 (n - 1) messages. */
#include "harp/allreduce/allreduce.h"
#include "harp/knomial.h"

void gyre__allreduce_reduce_bcast(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    if (plan->bytes == 0)
        return;
    gyre__knomial_bcast(plan, s, 0, gyre__knomial_reduce(plan, s, 0, gyre__out(0)));
}
