/* SPDX-License-Identifier: Apache-2.0 */
/* Flush. First the older ops to the peer end, among them the puts; a put ends when it is visible
 * at the target, where the provider can tell that. Then, if messages were sent, or puts that
 * cannot tell, since the last answer, one more message asks for an answer: the provider keeps
 * messages in order, and behind such puts, so the answer proves that all has arrived.
 *
 * Flushes of a peer run one after the other: an answer that an earlier one waits for counts for
 * the later too. */
#include "base/error.h"
#include "comm/net/ofi/ofi.h"

#include <string.h>

static bool clean(const gyre__net_peer_t *peer)
{
    return !peer->dirty && gyre__list_empty(&peer->ops) && gyre__list_empty(&peer->flushes);
}

static bool covered(const gyre__net_peer_t *peer, const gyre__ofi_op_t *flush)
{
    return gyre__list_empty(&peer->ops) ||
           gyre__container(peer->ops.next, gyre__ofi_op_t, link)->number > flush->number;
}

static void ask(gyre__ofi_t *net, gyre__net_peer_t *peer, gyre__ofi_op_t *flush)
{
    gyre_status_t status = gyre__ofi_op_await(net, flush);
    gyre__ofi_note_t note = {.kind = GYRE__OFI_FLUSH,
                             .body = &flush->id,
                             .body_length = sizeof(flush->id),
                             .sign = true};
    flush->asked = true;
    if (status == GYRE_OK)
        status = gyre__ofi_note(net, peer, &note);
    peer->dirty = false;
    if (status != GYRE_OK)
        gyre__ofi_peer_fail(net, peer, gyre_last_error());
}

void gyre__ofi_flush_run(gyre__ofi_t *net, gyre__net_peer_t *peer)
{
    if (peer->failed || peer->gone || gyre__list_empty(&peer->flushes))
        return;
    gyre__ofi_op_t *flush = gyre__container(peer->flushes.next, gyre__ofi_op_t, link);
    if (flush->asked || !covered(peer, flush))
        return;
    if (peer->dirty)
        ask(net, peer, flush);
    else
        gyre__ofi_op_end(net, flush, GYRE_OK); /* which runs the next */
}

/* Never ends within: there is something to wait for. */
static gyre__ofi_op_t *start(gyre__ofi_t *net, gyre__net_peer_t *peer, gyre__net_op_t *user)
{
    gyre__ofi_op_t *flush = gyre__ofi_op_new(net, peer, user);
    if (!flush)
        return NULL;
    gyre__list_remove(&flush->link);
    gyre__list_append(&peer->flushes, &flush->link);
    return flush;
}

static gyre_status_t no_memory(void)
{
    return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for an operation");
}

static gyre_status_t flush_one(gyre__ofi_t *net, gyre__net_peer_t *peer, gyre__net_op_t *user)
{
    if (peer->failed)
        return gyre__ofi_peer_usable(peer);
    if (clean(peer))
        return GYRE_OK;
    if (!start(net, peer, user))
        return no_memory();
    gyre__ofi_flush_run(net, peer);
    return GYRE_IN_PROGRESS;
}

/* Peers that have failed already cannot hold it up. */
static gyre_status_t flush_all(gyre__ofi_t *net, gyre__net_op_t *user)
{
    gyre__ofi_op_t *all = gyre__ofi_op_new(net, NULL, user);
    if (!all)
        return no_memory();
    gyre__list_each(link, &net->peers)
    {
        gyre__net_peer_t *peer = gyre__container(link, gyre__net_peer_t, link);
        if (peer->failed || clean(peer))
            continue;
        gyre__ofi_op_t *flush = start(net, peer, NULL);
        if (!flush) {
            all->status = no_memory();
            continue;
        }
        flush->parent = all;
        all->children++;
        gyre__ofi_flush_run(net, peer);
    }
    if (all->children > 0)
        return GYRE_IN_PROGRESS;
    gyre_status_t status = all->status;
    gyre__ofi_op_free(net, all);
    return status;
}

gyre_status_t gyre__ofi_flush(gyre__net_t *base, gyre__net_peer_t *peer, gyre__net_op_t *op)
{
    gyre__ofi_t *net = gyre__ofi_of(base);
    return peer ? flush_one(net, peer, op) : flush_all(net, op);
}

void gyre__ofi_flush_asked(gyre__ofi_t *net, const unsigned char *body, size_t length)
{
    uint64_t id;
    gyre__net_peer_t *peer;
    if (length < sizeof(id))
        return;
    memcpy(&id, body, sizeof(id));
    if (gyre__ofi_peer_back(net, body + sizeof(id), length - sizeof(id), &peer) == GYRE_OK)
        gyre__ofi_reply(net, peer, id, GYRE_OK, 0);
}
