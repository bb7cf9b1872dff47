/* SPDX-License-Identifier: Apache-2.0 */
/* Along the chain of members, in pieces of SEGMENT bytes: what came from the left is the result of
 * exscan; with the own operand to its right it is that of scan and goes on. Strictly from the
 * left. In place, the output is the own operand. */
#include "harp/flow.h"
#include "harp/scan/scan.h"

typedef struct chain {
    gyre__flow_t flow;
    gyre__ref_t sums; /* DEPTH pieces: what exscan sends on */
    bool exclusive;
} chain_t;

static int32_t send_on(const gyre__plan_t *plan, gyre__schedule_t *s, const chain_t *chain,
                       uint32_t i, int32_t ready, gyre__ref_t from, uint64_t length)
{
    return chain->flow.at.parent < 0 ? ready
                                     : gyre__send(s, ready, from, length, plan->rank + 1, i);
}

/* got is what came from the left. */
static int32_t pass(const gyre__plan_t *plan, gyre__schedule_t *s, const chain_t *chain, uint32_t i,
                    uint64_t at, uint64_t length)
{
    uint64_t place = i % GYRE__FLOW_DEPTH * chain->flow.piece;
    gyre__ref_t got = gyre__at(chain->flow.got[0], place), out = gyre__out(at);
    gyre__ref_t sum = chain->exclusive ? gyre__at(chain->sums, place) : out;
    int32_t ready =
        gyre__recv(s, chain->flow.vacant[i % GYRE__FLOW_DEPTH], got, length, plan->rank - 1, i);
    if (!chain->exclusive || chain->flow.at.parent >= 0)
        ready = gyre__reduce(s, ready, got, gyre__in(at), sum, length);
    int32_t sent = send_on(plan, s, chain, i, ready, sum, length);
    return chain->exclusive ? gyre__join(s, sent, gyre__copy(s, ready, got, out, length)) : ready;
}

void gyre__scan_linear(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    bool last = plan->rank == plan->size - 1, exclusive = plan->coll == GYRE__EXSCAN;
    gyre__branch_t at = {last ? -1 : plan->rank + 1, plan->rank - 1, -1};
    chain_t chain = {.flow = gyre__flow(plan, s, at, 0, plan->bytes, 0, true),
                     .exclusive = exclusive};
    if (exclusive && !last && plan->rank > 0)
        chain.sums = gyre__schedule_scratch(s, chain.flow.piece * GYRE__FLOW_DEPTH);
    for (uint32_t i = 0; i < chain.flow.pieces; i++) {
        uint64_t from = i * chain.flow.piece, rest = plan->bytes - from;
        uint64_t length = rest < chain.flow.piece ? rest : chain.flow.piece;
        if (plan->rank > 0)
            chain.flow.vacant[i % GYRE__FLOW_DEPTH] = pass(plan, s, &chain, i, from, length);
        else
            send_on(plan, s, &chain, i, GYRE__NOW, gyre__in(from), length);
    }
    if (plan->rank == 0 && !exclusive)
        gyre__copy(s, GYRE__NOW, gyre__in(0), gyre__out(0), plan->bytes);
}
