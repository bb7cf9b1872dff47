/* SPDX-License-Identifier: Apache-2.0 */
/* Operands in rank order, and shares that their owners reduce. All members know the lengths of all
 * shares. */
#include "harp/combine.h"

#include "harp/move.h"

gyre__ref_t gyre__operand(const gyre__operands_t *x, int i)
{
    return gyre__at(x->got, x->length * (uint64_t)(i < x->own ? i : i - 1));
}

static gyre__ref_t operand(const gyre__operands_t *x, int i)
{
    return i == x->own ? x->value : gyre__operand(x, i);
}

int32_t gyre__combine(gyre__schedule_t *s, int32_t after, const gyre__operands_t *x, gyre__ref_t to)
{
    gyre__ref_t sum = operand(x, 0);
    if (x->count == 1)
        return gyre__copy(s, after, sum, to, x->length);
    for (int i = 1; i < x->count; i++) {
        gyre__ref_t right = operand(x, i), here = to;
        if (i < x->count - 1)
            here = i == 1 && x->own == 0 ? right : sum;
        after = gyre__reduce(s, after, sum, right, here, x->length);
        sum = here;
    }
    return after;
}

int32_t gyre__reduce_with(gyre__schedule_t *s, int32_t after, gyre__ref_t value, gyre__ref_t tmp,
                          bool below, gyre__ref_t to, uint64_t length)
{
    return gyre__reduce(s, after, below ? tmp : value, below ? value : tmp, to, length);
}

static bool has_blocks(const gyre__plan_t *plan)
{
    return plan->coll == GYRE__REDUCE_SCATTER || plan->coll == GYRE__REDUCE_SCATTER_BLOCK;
}

gyre__share_t gyre__share(const gyre__plan_t *plan, int i)
{
    gyre__share_t share;
    if (!has_blocks(plan))
        gyre__partition(plan, plan->size, i, &share.offset, &share.length);
    else
        share = (gyre__share_t){gyre__block_offset(plan, &plan->in, i),
                                gyre__block_length(plan, &plan->in, i)};
    return share;
}

uint64_t gyre__vector(const gyre__plan_t *plan)
{
    gyre__share_t last = gyre__share(plan, plan->size - 1);
    return has_blocks(plan) ? last.offset + last.length : plan->bytes;
}

gyre__ref_t gyre__result(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    if (!plan->in_place)
        return gyre__out(0);
    return gyre__schedule_scratch(s, gyre__share(plan, plan->rank).length);
}

void gyre__result_done(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t after,
                       gyre__ref_t result)
{
    if (plan->in_place)
        gyre__copy(s, after, result, gyre__out(0), gyre__share(plan, plan->rank).length);
}

/* The window is that of this member's messages of one direction. The earliest message that is not
 * over is under way at both ends, whatever the width: so no width can stop all. */
static int32_t send_shares(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    int32_t all = GYRE__NOW, first = (int32_t)s->count;
    for (int i = 1, sent = 0; i < plan->size; i++) {
        int peer = gyre__around(plan->rank, i, plan->size);
        gyre__share_t share = gyre__share(plan, peer);
        if (share.length == 0)
            continue;
        gyre__send(s, gyre__window(first, sent, plan->radix, GYRE__NOW), gyre__in(share.offset),
                   share.length, peer, 0);
        sent++;
    }
    for (int32_t end = (int32_t)s->count, i = first; i < end; i++)
        all = gyre__join(s, all, i);
    return all;
}

static int32_t recv_operands(const gyre__plan_t *plan, gyre__schedule_t *s,
                             const gyre__operands_t *x)
{
    int32_t all = GYRE__NOW, first = (int32_t)s->count;
    for (int i = 1; i < plan->size; i++) {
        int peer = gyre__around(plan->rank, -i, plan->size);
        gyre__recv(s, gyre__window(first, i - 1, plan->radix, GYRE__NOW), gyre__operand(x, peer),
                   x->length, peer, 0);
    }
    for (int32_t end = (int32_t)s->count, i = first; i < end; i++)
        all = gyre__join(s, all, i);
    return all;
}

int32_t gyre__owner_reduce(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__ref_t result)
{
    gyre__share_t mine = gyre__share(plan, plan->rank);
    gyre__operands_t x = {.count = plan->size,
                          .own = plan->rank,
                          .value = gyre__in(mine.offset),
                          .length = mine.length};
    int32_t received = GYRE__NOW;
    if (mine.length > 0) {
        x.got = gyre__schedule_scratch(s, mine.length * (uint64_t)(plan->size - 1));
        received = recv_operands(plan, s, &x);
    }
    int32_t sent = send_shares(plan, s);
    return gyre__combine(s, gyre__join(s, received, sent), &x, result);
}

static uint64_t longest_share(const gyre__plan_t *plan)
{
    uint64_t most = 0;
    for (int i = 0; i < plan->size; i++) {
        uint64_t length = gyre__share(plan, i).length;
        most = length > most ? length : most;
    }
    return most;
}

int32_t gyre__ring_reduce(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__ref_t result)
{
    int left = gyre__around(plan->rank, -1, plan->size);
    int right = gyre__around(plan->rank, 1, plan->size);
    gyre__share_t share = gyre__share(plan, plan->size == 1 ? 0 : left);
    gyre__ref_t from = gyre__in(share.offset), got[2];
    int32_t ready = GYRE__NOW, sent[2] = {GYRE__NOW, GYRE__NOW};
    if (plan->size == 1)
        return gyre__copy(s, ready, from, result, share.length);
    uint64_t most = longest_share(plan);
    got[0] = gyre__schedule_scratch(s, most);
    got[1] = gyre__schedule_scratch(s, most);
    for (int i = 0; i < plan->size - 1; i++) {
        bool last = i == plan->size - 2;
        gyre__share_t next = gyre__share(plan, gyre__around(left, -1 - i, plan->size));
        gyre__ref_t here = got[i % 2];
        int32_t received = gyre__recv(s, sent[i % 2], here, next.length, left, (uint32_t)i);
        sent[(i + 1) % 2] = gyre__send(s, ready, from, share.length, right, (uint32_t)i);
        ready = gyre__join(s, received, last ? sent[(i + 1) % 2] : ready);
        ready =
            gyre__reduce(s, ready, here, gyre__in(next.offset), last ? result : here, next.length);
        share = next;
        from = here;
    }
    return ready;
}

void gyre__ring_gather(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t ready)
{
    int left = gyre__around(plan->rank, -1, plan->size);
    int right = gyre__around(plan->rank, 1, plan->size);
    int32_t here = ready;
    for (int i = 0; i < plan->size - 1; i++) {
        gyre__share_t mine = gyre__share(plan, gyre__around(plan->rank, -i, plan->size));
        gyre__share_t theirs = gyre__share(plan, gyre__around(left, -i, plan->size));
        uint32_t tag = (uint32_t)(plan->size + i);
        int32_t next = gyre__recv(s, ready, gyre__out(theirs.offset), theirs.length, left, tag);
        gyre__send(s, here, gyre__out(mine.offset), mine.length, right, tag);
        here = next;
    }
}
