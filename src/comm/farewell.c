/* SPDX-License-Identifier: Apache-2.0 */
/* Who leaves says so in two steps. LEFT: it reads nothing of the other's any more, so that two who
 * leave need not wait for each other's messages to be taken. GONE: it waits for nothing any more.
 * Each step ends when what was sent is out, but not to those that are gone: they do not listen. */
#include "comm/farewell.h"

#include "comm/comm.h"
#include "comm/control.h"
#include "comm/wait.h"

void gyre__farewell_started(gyre_context_t *ctx, gyre__peer_t *peer, gyre__owed_t what)
{
    if (what == GYRE__OWED_MESSAGE ? peer->left : peer->gone)
        return;
    peer->owed[what]++;
    ctx->owed++;
}

void gyre__farewell_ended(gyre_context_t *ctx, uint32_t worker, gyre__owed_t what)
{
    gyre__peer_t *peer = ctx->peers ? ctx->peers[worker] : NULL;
    if (!peer || peer->owed[what] == 0)
        return;
    peer->owed[what]--;
    if (--ctx->owed == 0)
        gyre__wait_notify(ctx);
}

static void forgive(gyre_context_t *ctx, gyre__peer_t *peer, gyre__owed_t what)
{
    ctx->owed -= peer->owed[what];
    peer->owed[what] = 0;
}

static void drop_offers(gyre_context_t *ctx, gyre__link_t *list, const gyre__peer_t *peer)
{
    gyre__list_each(at, list)
    {
        gyre__arrival_t *arrival = gyre__container(at, gyre__arrival_t, link);
        if (arrival->peer != peer || !arrival->desc)
            continue;
        gyre__list_remove(at);
        gyre__arrival_drop(ctx, arrival);
    }
}

static void drop_unexpected(gyre_comm_t *comm, const gyre__peer_t *peer)
{
    gyre__list_each(at, &comm->match.arrived_all)
    {
        gyre__arrival_t *arrival = gyre__container(at, gyre__arrival_t, all);
        if (arrival->peer != peer || !arrival->desc)
            continue;
        gyre__match_take(arrival);
        gyre__arrival_drop(comm->ctx, arrival);
    }
}

/* What waits for a receive, or for a function. */
static void drop_waiting(gyre_context_t *ctx, const gyre__peer_t *peer)
{
    size_t at = 0;
    uint64_t id;
    void *comm;
    while (gyre__map_next(&ctx->comms, &at, &id, &comm))
        drop_unexpected(comm, peer);
    drop_offers(ctx, &ctx->orphans, peer);
    for (int i = 0; i < GYRE_AM_IDS; i++)
        drop_offers(ctx, &ctx->am[i].kept, peer);
}

void gyre__farewell_deaf(gyre_context_t *ctx)
{
    ctx->deaf = true;
    for (uint32_t i = 0; i < ctx->size; i++)
        if (ctx->peers[i])
            drop_waiting(ctx, ctx->peers[i]);
}

void gyre__farewell_heard(gyre_context_t *ctx, gyre__peer_t *peer, bool gone)
{
    peer->left = true;
    forgive(ctx, peer, GYRE__OWED_MESSAGE);
    if (gone) {
        peer->gone = true;
        forgive(ctx, peer, GYRE__OWED_CONTROL);
    }
    drop_waiting(ctx, peer);
    drop_offers(ctx, &peer->active, peer);
    gyre__wait_notify(ctx);
}

static bool has_fetched(void *arg)
{
    return ((gyre_context_t *)arg)->fetching == 0;
}

/* A copy of what has ended for its sender, and would be lost with the wire. */
static bool waits_for_room(const gyre__peer_t *peer)
{
    return peer->link && !peer->failed && !peer->gone && peer->carrier->ops->sent_all &&
           !peer->carrier->ops->sent_all(peer->carrier, peer->link);
}

static bool owes_nothing(void *arg)
{
    gyre_context_t *ctx = arg;
    if (ctx->owed > 0 || !gyre__list_empty(&ctx->outbox))
        return false;
    for (uint32_t i = 0; i < ctx->size; i++)
        if (ctx->peers[i] && waits_for_room(ctx->peers[i]))
            return false;
    return true;
}

static void tell(gyre_context_t *ctx, gyre__control_t control)
{
    for (uint32_t i = 0; i < ctx->size; i++)
        if (i != ctx->rank && ctx->peers[i] && ctx->peers[i]->link && !ctx->peers[i]->failed)
            gyre__control_send(ctx, i, control, 0, NULL, 0);
    gyre__control_run(ctx);
    gyre__wait(ctx, owes_nothing, ctx);
}

void gyre__farewell(gyre_context_t *ctx)
{
    ctx->closing = true;
    for (uint32_t i = 0; i < ctx->size; i++)
        if (ctx->peers[i])
            gyre__arrival_drop_list(ctx, &ctx->peers[i]->active);
    gyre__wait(ctx, has_fetched, ctx);
    if (ctx->owed > 0)
        tell(ctx, GYRE__CONTROL_LEFT);
    tell(ctx, GYRE__CONTROL_GONE);
}
