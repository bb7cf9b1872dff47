/* SPDX-License-Identifier: Apache-2.0 */
/* The receiving end of a channel. Heads come into receives that are always posted and are taken in
 * order; parcels of one worker are handed on in the order of their heads. */
#include "base/error.h"
#include "dataflow/channel_state.h"

#include <stdlib.h>
#include <string.h>

static void head_done(gyre_request_t *req)
{
    gyre__channel_t *channel = req->owner;
    gyre_status_t status = req->status;
    gyre__channel_ended(channel, channel->closed && status == GYRE_ERR_CANCELED ? GYRE_OK : status);
}

static void flush(gyre__channel_t *channel, int worker)
{
    gyre__correspondent_t *peer = &channel->peers[worker];
    gyre__head_t head = {.kind = GYRE__HEAD_RELEASE, .count = (uint32_t)peer->release_count};
    if (peer->release_count == 0)
        return;
    gyre__channel_post(channel, worker, &head, peer->releases,
                       (size_t)peer->release_count * sizeof(uint64_t));
    peer->release_count = 0;
}

/* Its sender learns of it at the next progress. */
static void release(gyre__channel_t *channel, gyre__incoming_t *in)
{
    int worker = in->parcel.worker;
    gyre__correspondent_t *peer = &channel->peers[worker];
    gyre__list_remove(&in->parcel.link);
    channel->held--;
    if (in->page)
        gyre__pages_drop(&channel->pages, in->page);
    free(in->copy);
    channel->due = true; /* somebody may want the page */
    peer->marks -= in->parcel.length == 0 && !channel->closed;
    if (worker == channel->rank) {
        peer->pending -= in->parcel.length;
        channel->pending -= in->parcel.length;
        channel->events++;
    } else if (in->parcel.length > 0 && channel->comm) {
        if (peer->release_count == SERIALS_MAX)
            flush(channel, worker);
        peer->releases[peer->release_count++] = in->serial;
    }
    gyre__pool_put(&channel->incomings, in);
}

static void listen(gyre__channel_t *channel, int index)
{
    gyre_request_t *req = &channel->receives[index];
    gyre__request_init(req, channel->ctx, channel->comm, GYRE__REQUEST_RECV);
    req->on_done = head_done;
    req->owner = channel;
    channel->busy++;
    gyre_status_t status = gyre__message_recv(req, channel->heads + (size_t)index * HEAD_BYTES,
                                              HEAD_BYTES, GYRE_ANY_SOURCE, TAG_HEAD);
    if (status < 0) {
        req->state = GYRE__REQUEST_IDLE;
        gyre__channel_ended(channel, status);
    }
}

void gyre__channel_listen(gyre__channel_t *channel)
{
    for (int i = 0; i < POSTED; i++)
        listen(channel, i);
}

/* Hands on what stands in front of the first parcel that has not all come. */
static void hand_on(gyre__channel_t *channel, gyre__correspondent_t *peer)
{
    gyre__list_each(at, &peer->incoming)
    {
        gyre__incoming_t *in = gyre__container(at, gyre__incoming_t, parcel.link);
        if (!in->ready)
            return;
        gyre__list_remove(at);
        gyre__list_append(&channel->ready, at);
        peer->marks += in->parcel.length == 0;
        channel->events++;
    }
}

static gyre__incoming_t *incoming(gyre__channel_t *channel, int worker, const gyre__label_t *label,
                                  size_t length)
{
    gyre__incoming_t *in = gyre__pool_get(&channel->incomings);
    if (!in) {
        gyre__channel_fail(channel, gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a parcel"));
        return NULL;
    }
    in->parcel.worker = worker;
    in->parcel.label = *label;
    in->parcel.data = NULL;
    in->parcel.length = length;
    in->channel = channel;
    in->page = NULL;
    in->copy = NULL;
    in->serial = 0;
    in->ready = in->wanted = in->fetching = false;
    gyre__list_append(&channel->peers[worker].incoming, &in->parcel.link);
    channel->held++;
    channel->counts.parcels_received++;
    channel->counts.bytes_received += length;
    return in;
}

static void copy_short(gyre__incoming_t *in, const char *data)
{
    size_t length = in->parcel.length;
    in->copy = aligned_alloc(64, (length + 63) / 64 * 64 + 64);
    if (in->copy)
        in->parcel.data = memcpy(in->copy, data, length);
    else
        gyre__channel_fail(in->channel,
                           gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu bytes", length));
    in->ready = true;
}

gyre_status_t gyre__channel_deliver_own(gyre__channel_t *channel, const gyre__label_t *label,
                                        gyre__page_t *page, size_t length)
{
    gyre__correspondent_t *peer = &channel->peers[channel->rank];
    gyre__incoming_t *in = incoming(channel, channel->rank, label, length);
    if (!in)
        return channel->status;
    if (page && length <= SHORT_MAX) {
        copy_short(in, page->data);
        gyre__pages_drop(&channel->pages, page);
    } else {
        in->page = page;
        in->parcel.data = page ? page->data : NULL;
        in->ready = true;
    }
    peer->pending += length;
    channel->pending += length;
    hand_on(channel, peer);
    return GYRE_OK;
}

static void reach(gyre__incoming_t *in, const gyre__head_t *head)
{
    gyre__channel_t *channel = in->channel;
    const gyre__correspondent_t *peer = &channel->peers[in->parcel.worker];
    in->ready = channel->closed;
    if (in->ready)
        return;
    if (gyre__place_holds(&head->place, head->length))
        in->parcel.data = gyre__mem_reach(channel->ctx, peer->world, &head->place);
    in->ready = in->parcel.data != NULL;
    if (in->ready)
        return;
    in->wanted = true;
    gyre__head_t refusal = {.kind = GYRE__HEAD_REFUSED, .count = 1};
    gyre__channel_post(channel, in->parcel.worker, &refusal, &head->serial, sizeof(head->serial));
}

static void parcel_came(gyre__channel_t *channel, int worker, const gyre__head_t *head)
{
    gyre__incoming_t *in = incoming(channel, worker, &head->label, head->length);
    if (!in)
        return;
    in->serial = head->serial;
    if (head->kind == GYRE__HEAD_SHORT)
        copy_short(in, (const char *)(head + 1));
    else if (head->kind == GYRE__HEAD_PLACE)
        reach(in, head);
    else if (head->kind == GYRE__HEAD_LONG)
        in->wanted = true;
    else
        in->ready = true;
    channel->due |= in->wanted;
    if (channel->closed && in->ready)
        release(channel, in);
    hand_on(channel, &channel->peers[worker]);
}

bool gyre__head_sound(const gyre__head_t *head, size_t received)
{
    size_t behind = received - sizeof(*head);
    if (received < sizeof(*head) || received > HEAD_BYTES)
        return false;
    switch ((gyre__head_kind_t)head->kind) {
    case GYRE__HEAD_MARK:
        return behind == 0 && head->length == 0;
    case GYRE__HEAD_SHORT:
        return behind == head->length && head->length > 0;
    case GYRE__HEAD_PLACE:
    case GYRE__HEAD_LONG:
        return behind == 0 && head->length > SHORT_MAX && head->length <= PTRDIFF_MAX;
    case GYRE__HEAD_RELEASE:
    case GYRE__HEAD_REFUSED:
        return head->count > 0 && head->count <= SERIALS_MAX &&
               behind == head->count * sizeof(uint64_t);
    case GYRE__HEAD_GIVEN_UP:
        return behind == head->count && head->length > 0 && head->length <= INT_MAX;
    }
    return false;
}

static void hear(gyre__channel_t *channel, int worker, const gyre__head_t *head, size_t received)
{
    const uint64_t *serials = (const uint64_t *)(head + 1);
    if (!gyre__head_sound(head, received))
        gyre__channel_fail(channel, gyre__error(GYRE_ERR_SYNTAX,
                                                "rank %d sent a malformed head of %zu bytes to an "
                                                "operator",
                                                worker, received));
    else if (head->kind == GYRE__HEAD_RELEASE)
        gyre__channel_released(channel, worker, serials, head->count);
    else if (head->kind == GYRE__HEAD_REFUSED)
        gyre__channel_refused(channel, worker, serials[0]);
    else if (head->kind == GYRE__HEAD_GIVEN_UP)
        gyre__channel_given_up(channel, worker, head);
    else
        parcel_came(channel, worker, head);
}

unsigned gyre__channel_hear(gyre__channel_t *channel)
{
    unsigned events = 0;
    for (;; events++) {
        int index = channel->next;
        gyre_request_t *req = &channel->receives[index];
        if (req->state != GYRE__REQUEST_DONE || req->status == GYRE_ERR_CANCELED)
            return events;
        if (req->status == GYRE_OK)
            hear(channel, req->info.source,
                 (const gyre__head_t *)(channel->heads + (size_t)index * HEAD_BYTES),
                 req->info.length);
        channel->next = (index + 1) % POSTED;
        listen(channel, index);
    }
}

static void fetched(gyre_request_t *req)
{
    gyre__incoming_t *in = req->owner;
    gyre__channel_t *channel = in->channel;
    gyre_status_t status = req->status;
    in->fetching = false;
    in->ready = status == GYRE_OK;
    channel->due = true;
    if (channel->closed)
        release(channel, in);
    gyre__channel_ended(channel, status == GYRE_ERR_TRUNCATED ? GYRE_OK : status);
}

/* A closed channel takes nothing of the data, which refuses it: nobody may wait for us to take it.
 */
static gyre_status_t fetch(gyre__incoming_t *in, gyre__page_use_t use)
{
    gyre__channel_t *channel = in->channel;
    int tag = gyre__data_tag(in->serial);
    size_t length = channel->closed ? 0 : in->parcel.length;
    gyre_status_t status = GYRE_OK;
    if (length)
        status = gyre__pages_take(&channel->pages, length, use, &in->page);
    if (status != GYRE_OK)
        return status;
    in->parcel.data = length ? in->page->data : NULL;
    in->wanted = false;
    in->fetching = true;
    gyre__request_init(&in->req, channel->ctx, channel->comm, GYRE__REQUEST_RECV);
    in->req.on_done = fetched;
    in->req.owner = in;
    channel->busy++;
    status = gyre__message_recv(&in->req, in->page ? in->page->data : NULL, length,
                                channel->peers[in->parcel.worker].world, tag);
    if (status >= 0)
        return GYRE_OK;
    in->fetching = false;
    if (channel->closed)
        release(channel, in);
    gyre__channel_ended(channel, status);
    return status;
}

/* False: there is no page for what is wanted, and waits for nothing else. */
static bool fetch_from(gyre__channel_t *channel, gyre__correspondent_t *peer)
{
    gyre__page_use_t use = peer->marks ? GYRE__PAGE_AHEAD : GYRE__PAGE_RECEIVE;
    gyre__list_each(at, &peer->incoming)
    {
        gyre__incoming_t *in = gyre__container(at, gyre__incoming_t, parcel.link);
        gyre_status_t status = in->wanted ? fetch(in, use) : GYRE_OK;
        if (in->parcel.length == 0)
            use = GYRE__PAGE_AHEAD;
        if (status < 0)
            gyre__channel_fail(channel, status);
        if (status != GYRE_OK)
            return use == GYRE__PAGE_AHEAD;
    }
    return true;
}

void gyre__channel_serve(gyre__channel_t *channel)
{
    bool pages = true;
    for (int i = 1; i <= channel->size; i++) {
        int worker = (channel->rank + i) % channel->size;
        gyre__correspondent_t *peer = &channel->peers[worker];
        pages = pages && fetch_from(channel, peer);
        hand_on(channel, peer);
        flush(channel, worker);
    }
}

/* Those that are being fetched are left to end; those that are to be, will be refused. */
static void forget(gyre__channel_t *channel, gyre__link_t *list)
{
    gyre__list_each(at, list)
    {
        gyre__incoming_t *in = gyre__container(at, gyre__incoming_t, parcel.link);
        if (!in->fetching && !in->wanted)
            release(channel, in);
    }
}

void gyre__channel_forget_incoming(gyre__channel_t *channel)
{
    forget(channel, &channel->ready);
    for (int i = 0; i < channel->size; i++)
        forget(channel, &channel->peers[i].incoming);
}

gyre__parcel_t *gyre__channel_take(gyre__channel_t *channel)
{
    gyre__enter(channel->ctx);
    gyre__link_t *link = gyre__list_pop(&channel->ready);
    gyre__leave(channel->ctx);
    return link ? gyre__container(link, gyre__parcel_t, link) : NULL;
}

void gyre__parcel_release(gyre__parcel_t *parcel)
{
    gyre__incoming_t *in = gyre__container(parcel, gyre__incoming_t, parcel);
    gyre_context_t *ctx = in->channel->ctx;
    gyre__enter(ctx);
    release(in->channel, in);
    gyre__leave(ctx);
}
