/* SPDX-License-Identifier: Apache-2.0 */
/* Short blocks lie side by side in slots for all, piece by piece at places that do not depend on
 * lengths, for nobody knows those of others; longer ones go as messages. Which way a block goes its
 * two members know, so each waits for those only whose short blocks it gets. Of two members each
 * knows all lengths. */
#include "harp/alltoall/alltoall.h"
#include "harp/alltoallv/alltoallv.h"

#include "harp/move.h"
#include "harp/node.h"

enum { UNITS = GYRE__SLOTS_SURE };

static bool is_short(uint64_t length, uint64_t piece)
{
    return length <= UNITS * piece;
}

static void send_long(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__ref_t input,
                      int32_t ready, uint64_t piece)
{
    for (int k = 1; k < plan->size; k++) {
        int to = (plan->rank + k) % plan->size;
        uint64_t length = gyre__block_length(plan, &plan->in, to);
        if (!is_short(length, piece))
            gyre__send(s, ready, gyre__at(input, gyre__block_offset(plan, &plan->in, to)), length,
                       to, 0);
    }
}

static void receive_long(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t ready,
                         uint64_t piece)
{
    for (int k = 1; k < plan->size; k++) {
        int from = (plan->rank + plan->size - k) % plan->size;
        uint64_t length = gyre__block_length(plan, &plan->out, from);
        if (!is_short(length, piece))
            gyre__recv(s, ready, gyre__out(gyre__block_offset(plan, &plan->out, from)), length,
                       from, 0);
    }
}

/* What lies in a unit of a block, short or long. */
static uint64_t in_unit(uint64_t length, uint64_t piece, uint32_t unit)
{
    return is_short(length, piece) ? gyre__node_chunk_length(length, piece, unit) : 0;
}

static int32_t give(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__ref_t input, int32_t at,
                    uint64_t piece, uint32_t unit)
{
    uint32_t me = (uint32_t)plan->rank;
    uint64_t all = (uint64_t)plan->size * piece;
    bool any = false;
    for (int k = 1; k < plan->size; k++) {
        int to = (plan->rank + k) % plan->size;
        uint64_t length = in_unit(gyre__block_length(plan, &plan->in, to), piece, unit);
        uint64_t offset = gyre__block_offset(plan, &plan->in, to) + unit * piece;
        if (length == 0)
            continue;
        at = any ? at : gyre__reserve(s, at, unit, all);
        at = gyre__copy(s, at, gyre__at(input, offset), gyre__slot(me, unit, (uint64_t)to * piece),
                        length);
        any = true;
    }
    return any ? gyre__publish(s, at, unit, gyre__slot(me, unit, 0), all, GYRE__ALL) : at;
}

static int32_t take(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t at, uint64_t piece,
                    uint32_t unit)
{
    uint64_t mine = (uint64_t)plan->rank * piece;
    for (int k = 1; k < plan->size; k++) {
        int from = (plan->rank + plan->size - k) % plan->size;
        uint64_t length = in_unit(gyre__block_length(plan, &plan->out, from), piece, unit);
        uint64_t offset = gyre__block_offset(plan, &plan->out, from) + unit * piece;
        if (length == 0)
            continue;
        at = gyre__await(s, at, unit, (uint32_t)from);
        at = gyre__copy(s, at, gyre__slot((uint32_t)from, unit, mine), gyre__out(offset), length);
    }
    return at;
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
    send_long(plan, s, input, ready, piece);
    receive_long(plan, s, ready, piece);
    int32_t at = ready;
    for (uint32_t unit = 0; unit < UNITS; unit++)
        at = give(plan, s, input, at, piece, unit);
    at = gyre__copy(s, at, gyre__at(input, gyre__block_offset(plan, &plan->in, plan->rank)),
                    gyre__out(gyre__block_offset(plan, &plan->out, plan->rank)),
                    gyre__block_length(plan, &plan->out, plan->rank));
    for (uint32_t unit = 0; unit < UNITS; unit++)
        at = take(plan, s, at, piece, unit);
    s->swaps = true;
    s->units = UNITS + 1; /* odd: the first unit, often the only one, has all slots in turn */
}
