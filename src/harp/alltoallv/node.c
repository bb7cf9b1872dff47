/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks short enough lie side by side in one slot for all, at places that do not depend on
 * lengths, for nobody knows those of others; longer ones go as messages. */
#include "harp/alltoallv/alltoallv.h"

#include "harp/move.h"
#include "harp/node.h"

void gyre__alltoallv_node(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    uint64_t piece = gyre__node_piece(plan), length;
    uint32_t me = (uint32_t)plan->rank;
    int32_t ready = GYRE__NOW;
    gyre__ref_t input = gyre__alltoall_input(plan, s, &ready);
    int32_t at = gyre__reserve(s, ready, 0, (uint64_t)plan->size * piece);
    for (int k = 1; k < plan->size; k++) {
        int to = (plan->rank + k) % plan->size;
        gyre__ref_t block = gyre__at(input, gyre__block_offset(plan, &plan->in, to));
        if ((length = gyre__block_length(plan, &plan->in, to)) > piece)
            gyre__send(s, ready, block, length, to, 0);
        else
            at = gyre__copy(s, at, block, gyre__slot(me, 0, (uint64_t)to * piece), length);
    }
    at = gyre__publish(s, at, 0, gyre__slot(me, 0, 0), (uint64_t)plan->size * piece, GYRE__ALL);
    at = gyre__copy(s, at, gyre__at(input, gyre__block_offset(plan, &plan->in, plan->rank)),
                    gyre__out(gyre__block_offset(plan, &plan->out, plan->rank)),
                    gyre__block_length(plan, &plan->out, plan->rank));
    for (int k = 1; k < plan->size; k++) {
        int from = (plan->rank + plan->size - k) % plan->size;
        gyre__ref_t block = gyre__out(gyre__block_offset(plan, &plan->out, from));
        length = gyre__block_length(plan, &plan->out, from);
        at = gyre__await(s, at, 0, (uint32_t)from);
        if (length > piece)
            gyre__recv(s, ready, block, length, from, 0);
        else
            at = gyre__copy(s, at, gyre__slot((uint32_t)from, 0, me * piece), block, length);
    }
}
