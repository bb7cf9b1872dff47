/* SPDX-License-Identifier: Apache-2.0 */
/* Neighbour exchange: members talk to their two neighbours in turn, n / 2 rounds; after the first,
 * the two blocks that came last go on. Half the rounds of the ring; for even n.
 *
 * J. Chen, L. Zhang, Y. Zhang, W. Yuan: Performance evaluation of allgather algorithms on
 * terascale Linux cluster with fast Ethernet. HPC-Asia 2005. */
#include "harp/allgather/allgather.h"
#include "harp/move.h"

typedef struct gyre__exchange {
    int peer[2]; /* of even and odd rounds */
    int from[2]; /* first block that came in the last such round */
    int step[2]; /* to that of the next */
} exchange_t;

static exchange_t exchange_of(const gyre__plan_t *plan)
{
    int left = gyre__around(plan->rank, -1, plan->size);
    int right = gyre__around(plan->rank, 1, plan->size);
    if (plan->rank % 2 == 0)
        return (exchange_t){{right, left}, {plan->rank, plan->rank}, {2, -2}};
    return (exchange_t){{left, right}, {left, left}, {-2, 2}};
}

void gyre__allgather_neighbor_exchange(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    int32_t ready;
    if (gyre__span(plan, &plan->out, 0, plan->size) == 0)
        return;
    gyre__stage_t stage = gyre__stage(plan, s, &ready);
    exchange_t exchange = exchange_of(plan);
    int mine = plan->rank, theirs = exchange.peer[0], count = 1;
    for (int i = 0; i < plan->size / 2; i++) {
        int *from = &exchange.from[i % 2], peer = exchange.peer[i % 2];
        if (i > 0)
            theirs = *from = gyre__around(*from, exchange.step[i % 2], plan->size);
        int32_t here = gyre__recv(s, ready, gyre__staged(plan, &stage, theirs),
                                  gyre__span(plan, &plan->out, theirs, count), peer, (uint32_t)i);
        gyre__send(s, ready, gyre__staged(plan, &stage, mine),
                   gyre__span(plan, &plan->out, mine, count), peer, (uint32_t)i);
        mine = i > 0 ? theirs : plan->rank & ~1; /* the first round made a pair of blocks */
        count = 2;
        ready = here;
    }
    gyre__unstage(plan, s, ready, &stage);
}
