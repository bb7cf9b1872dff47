/* SPDX-License-Identifier: Apache-2.0 */
/* Every block straight to its member, the nearest above first, with radix sends and as many
 * receives in flight. All members take their peers in the same order of distance, so the oldest
 * message in flight always has both ends waiting for it: throttling cannot lock up.
 *
 * R. Thakur, R. Rabenseifner, W. Gropp: Optimization of collective communication operations in
 * MPICH. IJHPCA 19(1), 2005, section 4.3 (medium messages). */
#include "harp/alltoall/alltoall.h"
#include "harp/move.h"

static void receive_all(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t ready)
{
    int32_t first = (int32_t)s->count;
    int count = 0;
    for (int i = 1; i < plan->size; i++) {
        int peer = gyre__around(plan->rank, -(int64_t)i, plan->size);
        uint64_t length = gyre__block_length(plan, &plan->out, peer);
        if (length > 0)
            gyre__recv(s, gyre__window(first, count++, plan->radix, ready),
                       gyre__out(gyre__block_offset(plan, &plan->out, peer)), length, peer, 0);
    }
}

static void send_all(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__ref_t from, int32_t ready)
{
    int32_t first = (int32_t)s->count;
    int count = 0;
    for (int i = 1; i < plan->size; i++) {
        int peer = gyre__around(plan->rank, i, plan->size);
        uint64_t length = gyre__block_length(plan, &plan->in, peer);
        if (length > 0)
            gyre__send(s, gyre__window(first, count++, plan->radix, ready),
                       gyre__at(from, gyre__block_offset(plan, &plan->in, peer)), length, peer, 0);
    }
}

void gyre__alltoall_linear(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    int32_t ready;
    gyre__ref_t from = gyre__alltoall_input(plan, s, &ready);
    receive_all(plan, s, ready);
    send_all(plan, s, from, ready);
    gyre__copy(s, ready, gyre__at(from, gyre__block_offset(plan, &plan->in, plan->rank)),
               gyre__out(gyre__block_offset(plan, &plan->out, plan->rank)),
               gyre__block_length(plan, &plan->out, plan->rank));
}
