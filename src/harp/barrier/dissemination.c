/* SPDX-License-Identifier: Apache-2.0 */
/* ceil(log_k n) rounds; in round i each member tells the k - 1 members at multiples of k^i above
 * it, around the end, and hears from as many below.
 *
 * D. Hensgen, R. Finkel, U. Manber: Two algorithms for barrier synchronization. IJPP 17(1), 1988;
 * radix k: T. Hoefler, T. Mehlan, F. Mietke, W. Rehm: Fast barrier synchronization for InfiniBand.
 * IPDPS 2006. */
#include "harp/barrier/barrier.h"
#include "harp/move.h"

void gyre__barrier_dissemination(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    int radix = plan->radix < 2 ? 2 : plan->radix;
    int32_t ready = GYRE__NOW;
    for (int64_t step = 1; step < plan->size; step *= radix) {
        int32_t all = ready;
        for (int64_t by = step; by < step * radix && by < plan->size; by += step) {
            gyre__send(s, ready, gyre__tmp(0), 0, gyre__around(plan->rank, by, plan->size), 0);
            int32_t told = gyre__recv(s, GYRE__NOW, gyre__tmp(0), 0,
                                      gyre__around(plan->rank, -by, plan->size), 0);
            all = gyre__join(s, all, told);
        }
        ready = all;
    }
}
