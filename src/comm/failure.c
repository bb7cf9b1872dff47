/* SPDX-License-Identifier: Apache-2.0 */
/* Failures. What a worker knows is a list that only grows; each peer remembers how much of it has
 * been told to it. So the same list serves the flood through the world, in which every worker
 * brings its neighbours up to date whenever it learns something, and an agreement, whose messages
 * bring their receiver up to date first. Nothing is sent, nobody connected, before a failure.
 *
 * A worker that leaves in good order, for another epoch or for good, says so to those that it is
 * connected to; that is not passed on. In gyre_finalize all leave at once, said or not. */
#include "comm/failure.h"

#include "base/clock.h"
#include "base/log.h"
#include "comm/agreement.h"
#include "comm/overlay.h"
#include "comm/revoke.h"
#include "comm/wait.h"

#include <string.h>

/* The whole of the namespace's hash first, for the envelope has but half of it. */
enum { WORDS = GYRE__CONTROL_MAX / 4, FIRST_WORKER = 1 };

#define GRACE GYRE__S /* for a provider to find out for itself that a worker is dead */

void gyre__failure_open(gyre_context_t *ctx)
{
    ctx->first_failed = ctx->last_failed = ctx->last_cut = NULL;
    ctx->news = ctx->leaving = false;
}

void gyre__failure_watch(gyre_context_t *ctx, gyre__watcher_t *watcher)
{
    gyre__list_append(&ctx->watchers, &watcher->link);
}

void gyre__failure_unwatch(gyre__watcher_t *watcher)
{
    gyre__list_remove(&watcher->link);
}

static bool has_failed(const gyre_context_t *ctx, uint32_t worker)
{
    return ctx->peers[worker] && ctx->peers[worker]->failed;
}

bool gyre__comm_member_failed(const gyre_comm_t *comm, int rank)
{
    return comm->failed > 0 && has_failed(comm->ctx, gyre__comm_world(comm, rank));
}

void gyre__failure_count(gyre_comm_t *comm)
{
    for (gyre__peer_t *at = comm->ctx->first_failed; at; at = at->next_failed)
        comm->failed += gyre__comm_member(comm, at->worker) >= 0;
}

static void fail_in_comms(gyre_context_t *ctx, uint32_t worker)
{
    size_t at = 0;
    uint64_t id;
    void *value;
    while (gyre__map_next(&ctx->comms, &at, &id, &value)) {
        gyre_comm_t *comm = value;
        int rank = gyre__comm_member(comm, worker);
        if (rank < 0)
            continue;
        comm->failed++;
        gyre__match_fail_source(&comm->match, worker);
        gyre__comm_drop_collectives(comm);
        gyre__revoke_around(comm, rank);
        gyre__agreement_shake(comm);
    }
}

static void call_watchers(gyre_context_t *ctx, uint32_t worker)
{
    gyre__list_each(at, &ctx->watchers)
    {
        gyre__watcher_t *watcher = gyre__container(at, gyre__watcher_t, link);
        watcher->failed(watcher, worker);
    }
}

static void fail(gyre_context_t *ctx, uint32_t worker, uint32_t informant)
{
    gyre__peer_t *peer;
    if (!ctx->peers || worker >= ctx->size || has_failed(ctx, worker) ||
        gyre__peer_get(ctx, worker, &peer) != GYRE_OK)
        return;
    bool expected = (ctx->leaving || peer->left) && informant == ctx->rank;
    gyre__log(expected ? GYRE__LOG_DEBUG : GYRE__LOG_INFO, "rank %u has %s", worker,
              expected ? "left or failed" : "failed");
    peer->failed = true;
    peer->failed_at = gyre__clock_ns();
    peer->informant = informant;
    if (ctx->last_failed)
        ctx->last_failed->next_failed = peer;
    else
        ctx->first_failed = peer;
    ctx->last_failed = peer;
    fail_in_comms(ctx, worker);
    ctx->news |= !expected;
    ctx->due = true;
    call_watchers(ctx, worker);
    gyre__wait_notify(ctx);
}

void gyre__peer_failed(void *arg, uint32_t worker)
{
    gyre_context_t *ctx = arg;
    fail(ctx, worker, ctx->rank);
}

void gyre__peer_failed_shm(void *arg, uint32_t local_rank)
{
    gyre_context_t *ctx = arg;
    uint32_t node = ctx->directory.entries[ctx->rank].node;
    for (uint32_t i = 0; i < ctx->size; i++)
        if (ctx->directory.entries[i].node == node &&
            ctx->directory.entries[i].local_rank == local_rank)
            gyre__peer_failed(ctx, i);
}

/* The others go on without this worker: to it they are all gone. */
static void give_up(gyre_context_t *ctx, uint32_t informant)
{
    gyre__log(GYRE__LOG_ERROR,
              "rank %u says that this worker, rank %u, has failed: the others go "
              "on without it",
              informant, ctx->rank);
    for (uint32_t i = 0; i < ctx->size; i++)
        if (i != ctx->rank)
            fail(ctx, i, ctx->rank);
    ctx->news = false;
}

void gyre__failure_hear(gyre_context_t *ctx, gyre__peer_t *from, const void *bytes, size_t length)
{
    uint32_t words[WORDS];
    if (from->failed || length < 4 || length > sizeof(words) || length % 4)
        return;
    memcpy(words, bytes, length);
    if (words[0] != ctx->wire_id)
        return;
    for (size_t i = FIRST_WORKER; i < length / 4; i++) {
        if (words[i] == ctx->rank) {
            give_up(ctx, from->worker);
            return;
        }
        fail(ctx, words[i], from->worker);
    }
}

void gyre__failure_refuse(gyre_context_t *ctx, gyre__peer_t *from)
{
    uint32_t words[] = {ctx->wire_id, from->worker};
    if (from->refused || ctx->leaving || (from->cut && from->carrier != ctx->shm))
        return;
    from->refused = true;
    gyre__control_send(ctx, from->worker, GYRE__CONTROL_FAILED, 0, words, sizeof(words));
}

void gyre__failure_tell(gyre_context_t *ctx, uint32_t worker)
{
    uint32_t words[WORDS] = {ctx->wire_id};
    size_t count = FIRST_WORKER;
    gyre__peer_t *peer;
    if (has_failed(ctx, worker) || gyre__peer_get(ctx, worker, &peer) != GYRE_OK)
        return;
    gyre__peer_t *at = peer->told ? peer->told->next_failed : ctx->first_failed;
    for (; at; at = at->next_failed) {
        peer->told = at;
        if (at->informant == worker)
            continue;
        words[count++] = at->worker;
        if (count < WORDS)
            continue;
        gyre__control_send(ctx, worker, GYRE__CONTROL_FAILED, 0, words, sizeof(words));
        count = FIRST_WORKER;
    }
    if (count > FIRST_WORKER)
        gyre__control_send(ctx, worker, GYRE__CONTROL_FAILED, 0, words, count * sizeof(words[0]));
}

/* To one that lives something under way would not end before it goes on. Providers end it
 * themselves to one that is dead, soon. */
static bool may_hang(const gyre_context_t *ctx, const gyre__peer_t *peer)
{
    bool under_way = peer->owed[GYRE__OWED_MESSAGE] > 0 || peer->owed[GYRE__OWED_CONTROL] > 0 ||
                     ctx->fetching > 0;
    return under_way && peer->link && !peer->left;
}

static bool may_cut(const gyre_context_t *ctx, const gyre__peer_t *peer)
{
    return gyre__clock_ns() - peer->failed_at >= GRACE &&
           (ctx->fetching == 0 || !peer->carrier->ops->fetches_linger);
}

static void cut(gyre__peer_t *peer)
{
    gyre__net_t *net = peer->carrier;
    peer->cut = true;
    net->ops->disconnect(net, peer->link);
    if (peer->net_link == peer->link)
        peer->net_link = NULL;
    peer->link = NULL;
}

bool gyre__failure_cut(gyre_context_t *ctx)
{
    gyre__peer_t *at = ctx->last_cut ? ctx->last_cut->next_failed : ctx->first_failed;
    for (; at; at = at->next_failed) {
        if (may_hang(ctx, at)) {
            if (!may_cut(ctx, at))
                return false;
            cut(at);
        }
        ctx->last_cut = at;
    }
    return true;
}

void gyre__failure_fetching(gyre_context_t *ctx, gyre__peer_t *from)
{
    if (!from->failed)
        return;
    from->failed_at = gyre__clock_ns();
    ctx->last_cut = NULL;
    ctx->due = true;
}

static bool skip(const void *arg, int worker)
{
    return has_failed(arg, (uint32_t)worker);
}

static void tell(void *arg, int worker)
{
    gyre__failure_tell(arg, (uint32_t)worker);
}

void gyre__failure_spread(gyre_context_t *ctx)
{
    gyre__overlay_t overlay = {(int)ctx->size, skip, ctx};
    if (!ctx->news)
        return;
    ctx->news = false;
    gyre__overlay_flood(&overlay, (int)ctx->rank, -1, tell, ctx);
}
