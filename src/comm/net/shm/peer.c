/* SPDX-License-Identifier: Apache-2.0 */
/* Who is there. A worker is known once we connect to it or it sends to us, and stays so until
 * close.
 *
 * Memory tells nothing of a death; a pidfd per known worker does, looked at when we go to sleep
 * and every so many calls of progress. A worker that closes its provider counts as gone too.
 * Invariant: a peer fails only after its ring has been read to the end. */
#include "comm/net/shm/shm.h"

#include "base/error.h"
#include "base/log.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

gyre_status_t gyre__shm_peer_get(gyre__shm_t *shm, uint32_t index, gyre__shm_peer_t **out)
{
    uint32_t self = shm->params.local_rank;
    gyre__shm_peer_t *peer = *out = shm->peers[index];
    if (peer)
        return GYRE_OK;
    size_t size = gyre__shm_align(sizeof(*peer), GYRE__RING_APART);
    peer = aligned_alloc(GYRE__RING_APART, size);
    if (!peer)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for worker %u of this node", index);
    *peer = (gyre__shm_peer_t){.index = index, .shm = shm, .pidfd = -1, .bell = -1};
    gyre__ring_t *in = gyre__shm_area_ring(&shm->area, index, self);
    gyre__ring_rx_init(&peer->rx, in, shm->area.ring);
    gyre__ring_tx_init(&peer->tx, gyre__shm_area_ring(&shm->area, self, index), shm->area.ring);
    peer->worker = gyre__shm_area_worker(&shm->area, index);
    gyre__list_init(&peer->queue);
    gyre__list_init(&peer->busy);
    gyre__list_init(&peer->dying);
    gyre__list_init(&peer->streams);
    gyre__list_init(&peer->order);
    gyre__list_init(&peer->inbounds);
    *out = shm->peers[index] = peer;
    return GYRE_OK;
}

static uint32_t state_of(const gyre__shm_peer_t *peer)
{
    return __atomic_load_n(&peer->worker->state, __ATOMIC_SEQ_CST);
}

gyre_status_t gyre__shm_connect(gyre__net_t *net, uint32_t worker, const void *address,
                                size_t length, gyre__net_peer_t **out)
{
    gyre__shm_t *shm = (gyre__shm_t *)net;
    gyre__shm_peer_t *peer;
    if (worker >= shm->area.workers)
        return gyre__error(GYRE_ERR_RANK, "worker %u of this node; expected less than %u", worker,
                           shm->area.workers);
    gyre_status_t status = gyre__shm_peer_get(shm, worker, &peer);
    if (status)
        return status;
    if (peer->failed)
        return gyre__error(GYRE_ERR_PEER_FAILED, "worker %u of this node has failed", worker);
    gyre__shm_area_watch(&shm->area, shm->params.local_rank, worker);
    if (state_of(peer) != GYRE__SHM_ABSENT)
        status = gyre__shm_meet(peer);
    if (status)
        return status;
    peer->connected = true;
    *out = (gyre__net_peer_t *)peer;
    return GYRE_OK;
}

int32_t gyre__shm_pid(const gyre__net_peer_t *peer)
{
    return ((const gyre__shm_peer_t *)peer)->worker->pid;
}

void gyre__shm_look(gyre__net_t *net)
{
    ((gyre__shm_t *)net)->beat = UINT32_MAX;
}

void gyre__shm_disconnect(gyre__net_t *net, gyre__net_peer_t *out)
{
    gyre__shm_peer_t *peer = (gyre__shm_peer_t *)out;
    peer->connected = false;
    if (!gyre__list_empty(&peer->order)) {
        __atomic_fetch_add(&peer->tx.ring->cut, 1, __ATOMIC_SEQ_CST);
        gyre__shm_nudge(peer->shm, peer);
    }
    gyre__shm_out_end(peer, GYRE_ERR_CANCELED, false);
    gyre__shm_in_cancel(peer);
}

static void activate(gyre__shm_peer_t *peer)
{
    gyre__shm_t *shm = peer->shm;
    if (peer->active || peer->failed)
        return;
    peer->active = true;
    shm->active[shm->active_count++] = peer;
    if (gyre__shm_meet(peer))
        gyre__log(GYRE__LOG_WARN, "%s", gyre_last_error());
}

static void deactivate(gyre__shm_peer_t *peer)
{
    gyre__shm_t *shm = peer->shm;
    uint32_t i = 0;
    if (!peer->active)
        return;
    peer->active = false;
    while (shm->active[i] != peer)
        i++;
    shm->active[i] = shm->active[--shm->active_count];
}

/* One word of our contacts. */
static void answer_word(gyre__shm_t *shm, uint32_t word)
{
    uint64_t bits = __atomic_exchange_n(&shm->self->bits[word], 0, __ATOMIC_SEQ_CST);
    for (; bits; bits &= bits - 1) {
        uint32_t index = word * 64 + (uint32_t)__builtin_ctzll(bits);
        gyre__shm_peer_t *peer;
        if (index >= shm->area.workers)
            continue;
        if (!gyre__shm_peer_get(shm, index, &peer))
            activate(peer);
        else
            gyre__shm_area_contact(&shm->area, index, shm->params.local_rank);
    }
}

void gyre__shm_answer_calls(gyre__shm_t *shm)
{
    uint64_t called = __atomic_exchange_n(shm->called, 0, __ATOMIC_SEQ_CST);
    for (; called; called &= called - 1)
        for (size_t word = (size_t)__builtin_ctzll(called); word < shm->area.words; word += 64)
            answer_word(shm, (uint32_t)word);
}

void gyre__shm_gone(gyre__shm_peer_t *peer)
{
    if (!peer->failed && gyre__list_empty(&peer->dying))
        gyre__list_append(&peer->shm->dying, &peer->dying);
}

void gyre__shm_corrupt(gyre__shm_peer_t *peer, const char *what)
{
    gyre__error(GYRE_ERR_PEER_FAILED, "worker %u of this node %s", peer->index, what);
    gyre__log(GYRE__LOG_ERROR, "%s", gyre_last_error());
    gyre__ring_mute(&peer->rx);
    gyre__shm_gone(peer);
}

static void fail(gyre__shm_peer_t *peer)
{
    const gyre__net_params_t *params = &peer->shm->params;
    bool tell = peer->connected;
    peer->failed = true;
    peer->connected = false;
    peer->tx.broken = true;
    peer->tx.limit = peer->tx.tail;
    deactivate(peer);
    gyre__list_remove(&peer->busy);
    gyre__shm_out_end(peer, GYRE_ERR_PEER_FAILED, true);
    gyre__shm_in_fail(peer);
    if (tell)
        params->failed(params->arg, peer->index);
}

unsigned gyre__shm_bury(gyre__shm_t *shm)
{
    unsigned events = 0;
    char *record;
    gyre__link_t now;
    gyre__shm_list_take(&now, &shm->dying);
    for (gyre__link_t *link; (link = gyre__list_pop(&now)); events++) {
        gyre__shm_peer_t *peer = gyre__container(link, gyre__shm_peer_t, dying);
        gyre__shm_receive(peer);
        if (gyre__ring_peek(&peer->rx, &record))
            gyre__shm_gone(peer);
        else
            fail(peer);
    }
    return events;
}

unsigned gyre__shm_look_around(gyre__shm_t *shm)
{
    struct epoll_event ready[16];
    int n = epoll_wait(shm->epoll, ready, 16, 0);
    for (int i = 0; i < n; i++) {
        if (ready[i].data.u32 >= shm->area.workers)
            continue;
        gyre__shm_peer_t *peer = shm->peers[ready[i].data.u32];
        close(peer->pidfd);
        peer->pidfd = -1;
        gyre__shm_gone(peer);
    }
    for (uint32_t i = 0; i < shm->area.workers; i++) {
        gyre__shm_peer_t *peer = shm->peers[i];
        if (!peer || peer->failed)
            continue;
        uint32_t state = state_of(peer);
        if (state == GYRE__SHM_OPEN && peer->bell < 0 && gyre__shm_meet(peer))
            gyre__shm_corrupt(peer, "cannot be woken");
        else if (state == GYRE__SHM_CLOSED)
            gyre__shm_gone(peer);
    }
    return n > 0 ? (unsigned)n : 0;
}

bool gyre__shm_news(const gyre__shm_t *shm)
{
    for (uint32_t i = 0; i < shm->area.workers; i++) {
        const gyre__shm_peer_t *peer = shm->peers[i];
        if (!peer || peer->failed)
            continue;
        uint32_t state = state_of(peer);
        if (state == GYRE__SHM_CLOSED || (state == GYRE__SHM_OPEN && peer->bell < 0))
            return true;
    }
    return false;
}

void gyre__shm_tell_watchers(gyre__shm_t *shm)
{
    const uint64_t *watchers = shm->self->bits + shm->area.words;
    for (size_t word = 0; word < shm->area.words; word++) {
        uint64_t bits = __atomic_load_n(&watchers[word], __ATOMIC_SEQ_CST);
        for (; bits; bits &= bits - 1) {
            uint32_t index = (uint32_t)word * 64 + (uint32_t)__builtin_ctzll(bits);
            gyre__shm_peer_t *peer;
            if (index < shm->area.workers && !gyre__shm_peer_get(shm, index, &peer))
                gyre__shm_nudge(shm, peer);
        }
    }
}

/* Operations end before any peer goes: their owners may still look at others. */
void gyre__shm_peers_free(gyre__shm_t *shm)
{
    for (uint32_t i = 0; i < shm->area.workers; i++)
        if (shm->peers[i])
            gyre__shm_disconnect(&shm->net, (gyre__net_peer_t *)shm->peers[i]);
    for (uint32_t i = 0; i < shm->area.workers; i++) {
        gyre__shm_peer_t *peer = shm->peers[i];
        if (!peer)
            continue;
        gyre__list_each(at, &peer->inbounds) free(gyre__container(at, gyre__shm_in_t, link)->store);
        if (peer->pidfd >= 0)
            close(peer->pidfd);
        if (peer->bell >= 0)
            close(peer->bell);
        free(peer);
        shm->peers[i] = NULL;
    }
}
