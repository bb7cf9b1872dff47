/* SPDX-License-Identifier: Apache-2.0 */
/* Up a k-nomial tree (binomial without a radix): ceil(log_k n) rounds. Its top is root where the
 * operands may change places, else member 0, which passes the sum on.
 *
 * R. Thakur, R. Rabenseifner, W. Gropp: Optimization of collective communication operations in
 * MPICH. IJHPCA 19(1), 2005, section 4.6. */
#include "harp/knomial.h"
#include "harp/reduce/reduce.h"

enum { RESULT_TAG = 2 };

void gyre__reduce_knomial(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    int top = plan->commutative ? plan->root : 0;
    bool first = plan->rank == top, root = plan->rank == plan->root;
    gyre__ref_t sum = gyre__out(0);
    if (plan->bytes == 0)
        return;
    if (first && !root)
        sum = gyre__schedule_scratch(s, plan->bytes);
    int32_t ready = gyre__knomial_reduce(plan, s, top, sum);
    if (first && !root)
        gyre__send(s, ready, sum, plan->bytes, plan->root, RESULT_TAG);
    if (root && !first)
        gyre__recv(s, ready, gyre__out(0), plan->bytes, top, RESULT_TAG);
}
