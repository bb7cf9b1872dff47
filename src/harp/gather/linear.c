/* SPDX-License-Identifier: Apache-2.0 */
/* Everybody to root at once; root keeps radix receives posted, so that it holds no more state than
 * that while a million members send. Also gatherv: only root knows all lengths. */
#include "harp/gather/gather.h"
#include "harp/move.h"

static void receive_all(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    int32_t first = (int32_t)s->count;
    int count = 0;
    for (int i = 1; i < plan->size; i++) {
        int peer = gyre__around(plan->root, i, plan->size);
        uint64_t length = gyre__block_length(plan, &plan->out, peer);
        if (length > 0)
            gyre__recv(s, gyre__window(first, count++, plan->radix, GYRE__NOW),
                       gyre__out(gyre__block_offset(plan, &plan->out, peer)), length, peer, 0);
    }
}

void gyre__gather_linear(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    if (plan->rank != plan->root) {
        if (plan->bytes > 0)
            gyre__send(s, GYRE__NOW, gyre__in(0), plan->bytes, plan->root, 0);
        return;
    }
    gyre__copy(s, GYRE__NOW, gyre__in(0),
               gyre__out(gyre__block_offset(plan, &plan->out, plan->root)),
               gyre__block_length(plan, &plan->out, plan->root));
    receive_all(plan, s);
}
