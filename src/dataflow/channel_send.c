/* SPDX-License-Identifier: Apache-2.0 */
/* The sending end of a channel: heads, pages, and what is known of them until they are released. */
#include "base/error.h"
#include "dataflow/channel_state.h"

#include <string.h>

static void letter_done(gyre_request_t *req)
{
    gyre__letter_t *letter = req->owner;
    gyre__channel_t *channel = letter->channel;
    gyre_status_t status = req->status;
    gyre__pool_put(&channel->letters, letter);
    gyre__channel_ended(channel, status);
}

/* A request that starts at once may be done by then: it is counted before. */
static void start(gyre__channel_t *channel, gyre_request_t *req, void *owner,
                  void (*on_done)(gyre_request_t *req))
{
    gyre__request_init(req, channel->ctx, channel->comm, GYRE__REQUEST_SEND);
    req->on_done = on_done;
    req->owner = owner;
    channel->busy++;
}

void gyre__channel_post(gyre__channel_t *channel, int worker, const gyre__head_t *head,
                        const void *data, size_t length)
{
    gyre__letter_t *letter = gyre__pool_get(&channel->letters);
    if (!letter) {
        gyre__channel_fail(channel, gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a message"));
        return;
    }
    letter->channel = channel;
    memcpy(letter->bytes, head, sizeof(*head));
    if (length)
        memcpy(letter->bytes + sizeof(*head), data, length);
    start(channel, &letter->req, letter, letter_done);
    gyre_status_t status = gyre__message_send(&letter->req, letter->bytes, sizeof(*head) + length,
                                              channel->peers[worker].world, TAG_HEAD);
    if (status < 0) {
        gyre__pool_put(&channel->letters, letter);
        gyre__channel_ended(channel, status);
    }
}

/* Its receiver has no more use for it, nor has a request. */
static void forget(gyre__channel_t *channel, gyre__correspondent_t *peer, gyre__sent_t *sent)
{
    gyre__list_remove(&sent->link);
    peer->pending -= sent->length;
    channel->pending -= sent->length;
    channel->events++;
    channel->due = true; /* somebody may want the page */
    if (sent->page)
        gyre__pages_drop(&channel->pages, sent->page);
    gyre__pool_put(&channel->sents, sent);
}

static void long_done(gyre_request_t *req)
{
    gyre__sent_t *sent = req->owner;
    gyre__channel_t *channel = sent->channel;
    gyre_status_t status = req->status;
    sent->busy = false;
    if (sent->released)
        forget(channel, &channel->peers[sent->worker], sent);
    gyre__channel_ended(channel, status);
}

static void send_long(gyre__channel_t *channel, int worker, gyre__sent_t *sent)
{
    int tag = gyre__data_tag(sent->serial);
    start(channel, &sent->req, sent, long_done);
    sent->busy = true;
    gyre_status_t status = gyre__message_send(&sent->req, sent->page->data, sent->length,
                                              channel->peers[worker].world, tag);
    if (status < 0) {
        sent->busy = false;
        gyre__channel_ended(channel, status);
    }
}

static gyre__sent_t *find(const gyre__correspondent_t *peer, uint64_t serial)
{
    gyre__list_each(at, &peer->sent)
    {
        gyre__sent_t *sent = gyre__container(at, gyre__sent_t, link);
        if (sent->serial == serial)
            return sent;
    }
    return NULL;
}

void gyre__channel_released(gyre__channel_t *channel, int worker, const uint64_t *serials,
                            uint32_t count)
{
    gyre__correspondent_t *peer = &channel->peers[worker];
    for (uint32_t i = 0; i < count; i++) {
        gyre__sent_t *sent = find(peer, serials[i]);
        if (!sent)
            continue;
        sent->released = true;
        if (!sent->busy)
            forget(channel, peer, sent);
    }
}

void gyre__channel_refused(gyre__channel_t *channel, int worker, uint64_t serial)
{
    gyre__sent_t *sent = find(&channel->peers[worker], serial);
    channel->peers[worker].near = false;
    if (sent && !sent->busy)
        send_long(channel, worker, sent);
}

void gyre__channel_forget_sent(gyre__channel_t *channel, gyre__correspondent_t *peer)
{
    gyre__list_each(at, &peer->sent)
    {
        gyre__sent_t *sent = gyre__container(at, gyre__sent_t, link);
        sent->released = true;
        if (!sent->busy)
            forget(channel, peer, sent);
    }
}

/* Whoever has nothing under way may be sent anything. */
static bool fits_window(const gyre__channel_t *channel, int worker, size_t length)
{
    size_t pending = channel->peers[worker].pending;
    return pending == 0 || pending + length <= channel->window;
}

gyre_status_t gyre__channel_page(gyre__channel_t *channel, const int *workers, int count,
                                 size_t length, gyre__page_t **page)
{
    gyre__enter(channel->ctx);
    gyre_status_t status = gyre__channel_trouble(channel);
    for (int i = 0; i < count && status == GYRE_OK; i++)
        status = fits_window(channel, workers[i], length) ? GYRE_OK : GYRE_IN_PROGRESS;
    if (status == GYRE_OK)
        status = gyre__pages_take(&channel->pages, length, GYRE__PAGE_SEND, page);
    if (status == GYRE_IN_PROGRESS)
        channel->counts.refused++;
    gyre__leave(channel->ctx);
    return status;
}

void gyre__channel_give_back(gyre__channel_t *channel, gyre__page_t *page)
{
    gyre__enter(channel->ctx);
    gyre__pages_drop(&channel->pages, page);
    gyre__leave(channel->ctx);
}

static gyre__sent_t *remember(gyre__channel_t *channel, int worker, gyre__page_t *page,
                              size_t length)
{
    gyre__correspondent_t *peer = &channel->peers[worker];
    gyre__sent_t *sent = gyre__pool_get(&channel->sents);
    if (!sent)
        return NULL;
    sent->channel = channel;
    sent->worker = worker;
    sent->page = page;
    sent->length = length;
    sent->serial = peer->serial++;
    sent->busy = sent->released = false;
    gyre__list_append(&peer->sent, &sent->link);
    peer->pending += length;
    channel->pending += length;
    return sent;
}

/* One user of the page is this worker's. */
static gyre_status_t send_to(gyre__channel_t *channel, int worker, const gyre__label_t *label,
                             gyre__page_t *page, size_t length)
{
    gyre__head_t head = {.length = length, .label = *label};
    bool is_short = length <= SHORT_MAX;
    channel->counts.parcels_sent++;
    channel->counts.bytes_sent += length;
    if (worker == channel->rank)
        return gyre__channel_deliver_own(channel, label, page, length);
    gyre__sent_t *sent = remember(channel, worker, is_short ? NULL : page, length);
    if (!sent)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to send a page");
    head.serial = sent->serial;
    if (is_short) {
        head.kind = GYRE__HEAD_SHORT;
        gyre__channel_post(channel, worker, &head, page->data, length);
        gyre__pages_drop(&channel->pages, page);
        return channel->status;
    }
    bool near = channel->peers[worker].near &&
                gyre__mem_describe(channel->ctx, page->data, length, &head.place);
    head.kind = near ? GYRE__HEAD_PLACE : GYRE__HEAD_LONG;
    gyre__channel_post(channel, worker, &head, NULL, 0);
    if (!near)
        send_long(channel, worker, sent);
    return channel->status;
}

gyre_status_t gyre__channel_send(gyre__channel_t *channel, const int *workers, int count,
                                 const gyre__label_t *label, gyre__page_t *page, size_t length)
{
    gyre_status_t status = GYRE_OK;
    gyre__enter(channel->ctx);
    page->users += (unsigned)count - 1;
    for (int i = 0; i < count; i++) {
        gyre_status_t sent = send_to(channel, workers[i], label, page, length);
        status = status == GYRE_OK ? sent : status;
    }
    gyre__leave(channel->ctx);
    return status;
}

gyre_status_t gyre__channel_mark(gyre__channel_t *channel, int worker, const gyre__label_t *label)
{
    gyre__head_t head = {.kind = GYRE__HEAD_MARK, .label = *label};
    gyre_status_t status;
    gyre__enter(channel->ctx);
    if (worker == channel->rank)
        status = gyre__channel_deliver_own(channel, label, NULL, 0);
    else {
        gyre__channel_post(channel, worker, &head, NULL, 0);
        status = channel->status;
    }
    gyre__leave(channel->ctx);
    return status;
}
