/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks short enough lie side by side in one slot for all, at places that do not depend on
 * lengths, for nobody knows those of others; longer ones go as messages. Which way a block goes
 * its two members know, so each waits for those only whose short blocks it gets. Of two members
 * each knows all lengths. */
#include "harp/alltoall/alltoall.h"
#include "harp/alltoallv/alltoallv.h"

#include "harp/move.h"
#include "harp/node.h"

static int32_t give(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__ref_t input, int32_t ready,
                    uint64_t piece)
{
    uint32_t me = (uint32_t)plan->rank;
    uint64_t all = (uint64_t)plan->size * piece;
    int32_t at = GYRE__NOW;
    for (int k = 1; k < plan->size; k++) {
        int to = (plan->rank + k) % plan->size;
        uint64_t length = gyre__block_length(plan, &plan->in, to);
        gyre__ref_t block = gyre__at(input, gyre__block_offset(plan, &plan->in, to));
        if (length > piece) {
            gyre__send(s, ready, block, length, to, 0);
        } else if (length > 0) {
            at = at == GYRE__NOW ? gyre__reserve(s, ready, 0, all) : at;
            at = gyre__copy(s, at, block, gyre__slot(me, 0, (uint64_t)to * piece), length);
        }
    }
    if (at == GYRE__NOW)
        return ready;
    return gyre__publish(s, at, 0, gyre__slot(me, 0, 0), all, GYRE__ALL);
}

static void take(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t ready, int32_t at,
                 uint64_t piece)
{
    uint64_t mine = (uint64_t)plan->rank * piece;
    for (int k = 1; k < plan->size; k++) {
        int from = (plan->rank + plan->size - k) % plan->size;
        uint64_t length = gyre__block_length(plan, &plan->out, from);
        gyre__ref_t block = gyre__out(gyre__block_offset(plan, &plan->out, from));
        if (length > piece) {
            gyre__recv(s, ready, block, length, from, 0);
        } else if (length > 0) {
            at = gyre__await(s, at, 0, (uint32_t)from);
            at = gyre__copy(s, at, gyre__slot((uint32_t)from, 0, mine), block, length);
        }
    }
}

void gyre__alltoallv_node(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    if (plan->size == 2) {
        gyre__alltoall_node_swap(plan, s);
        return;
    }
    uint64_t piece = gyre__node_piece(plan);
    int32_t ready = GYRE__NOW;
    gyre__ref_t input = gyre__alltoall_input(plan, s, &ready);
    int32_t at = give(plan, s, input, ready, piece);
    at = gyre__copy(s, at, gyre__at(input, gyre__block_offset(plan, &plan->in, plan->rank)),
                    gyre__out(gyre__block_offset(plan, &plan->out, plan->rank)),
                    gyre__block_length(plan, &plan->out, plan->rank));
    take(plan, s, ready, at, piece);
    s->units = 1;
}
