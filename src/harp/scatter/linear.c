/* SPDX-License-Identifier: Apache-2.0 */
/* From root to everybody, radix messages in flight. Also scatterv: only root knows all lengths. */
#include "harp/move.h"
#include "harp/scatter/scatter.h"

static void send_all(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    int32_t first = (int32_t)s->count;
    int count = 0;
    for (int i = 1; i < plan->size; i++) {
        int peer = gyre__around(plan->root, i, plan->size);
        uint64_t length = gyre__block_length(plan, &plan->in, peer);
        if (length > 0)
            gyre__send(s, gyre__window(first, count++, plan->radix, GYRE__NOW),
                       gyre__in(gyre__block_offset(plan, &plan->in, peer)), length, peer, 0);
    }
}

void gyre__scatter_linear(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    if (plan->rank != plan->root) {
        if (plan->bytes > 0)
            gyre__recv(s, GYRE__NOW, gyre__out(0), plan->bytes, plan->root, 0);
        return;
    }
    send_all(plan, s);
    gyre__copy(s, GYRE__NOW, gyre__in(gyre__block_offset(plan, &plan->in, plan->root)),
               gyre__out(0), gyre__block_length(plan, &plan->in, plan->root));
}
