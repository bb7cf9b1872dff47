/* SPDX-License-Identifier: Apache-2.0 */
/* A channel's life. The wire drives it, as a poller, from its opening to the end of all that was
 * under way; the operator that owns it may have gone by then. */
#include "base/error.h"
#include "comm/failure.h"
#include "comm/wait.h"
#include "dataflow/channel_state.h"
#include "dataflow/conf.h"
#include "dataflow/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void gyre__channel_fail(gyre__channel_t *channel, gyre_status_t status)
{
    if (channel->status == GYRE_OK)
        channel->status = status;
    channel->events++;
}

static void channel_free(gyre__channel_t *channel)
{
    gyre__list_remove(&channel->poller.link);
    gyre__pages_cleanup(&channel->pages);
    gyre__pool_cleanup(&channel->letters);
    gyre__pool_cleanup(&channel->sents);
    gyre__pool_cleanup(&channel->incomings);
    free(channel->heads);
    free(channel->why);
    free(channel);
}

void gyre__channel_ended(gyre__channel_t *channel, gyre_status_t status)
{
    channel->busy--;
    if (status < 0)
        gyre__channel_fail(channel, status);
    channel->events++;
}

/* Data for those that have failed is released by nobody. */
static void forget_failed(gyre__channel_t *channel)
{
    for (int i = 0; i < channel->size; i++)
        if (channel->peers[i].pending && gyre__comm_member_failed(channel->comm, i))
            gyre__channel_forget_sent(channel, &channel->peers[i]);
}

static void free_if_over(gyre__channel_t *channel)
{
    if (channel->closed && !channel->comm && channel->busy == 0 && channel->held == 0)
        channel_free(channel);
}

/* Those that gave up may have sent before what waits to be refused here. */
static bool hears_no_more(const gyre__channel_t *channel)
{
    for (int i = 0; channel->given_up && i < channel->size; i++)
        if (i != channel->rank && !channel->peers[i].given_up &&
            !gyre__comm_member_failed(channel->comm, i))
            return false;
    return true;
}

/* A closed channel stays while anybody may read its pages, or its requests run. */
static void bury(gyre__channel_t *channel)
{
    if (channel->comm && gyre__comm_has_failed(channel->comm))
        forget_failed(channel);
    if (channel->comm && channel->pending == 0 && channel->held == 0 && hears_no_more(channel)) {
        gyre_comm_destroy(channel->comm); /* ends the receives */
        channel->comm = NULL;
    }
    free_if_over(channel);
}

static unsigned poll(gyre__poller_t *poller)
{
    gyre__channel_t *channel = gyre__container(poller, gyre__channel_t, poller);
    unsigned events = 0;
    if (channel->comm && channel->ctx->open) {
        events = gyre__channel_hear(channel);
        if (channel->due) {
            channel->due = false;
            gyre__channel_serve(channel);
        }
    }
    if (channel->closed)
        bury(channel);
    return events;
}

/* Peers of the old epoch read nothing any more. */
static void wire_closed(gyre__poller_t *poller)
{
    gyre__channel_t *channel = gyre__container(poller, gyre__channel_t, poller);
    for (int i = 0; i < channel->size; i++)
        gyre__channel_forget_sent(channel, &channel->peers[i]);
    gyre_comm_destroy(channel->comm);
    channel->comm = NULL;
    free_if_over(channel);
}

static void meet(gyre__channel_t *channel, int rank)
{
    gyre__correspondent_t *peer = &channel->peers[rank];
    gyre_worker_info_t own, other;
    peer->world = gyre__comm_world(channel->comm, rank);
    gyre__list_init(&peer->sent);
    gyre__list_init(&peer->incoming);
    peer->near = gyre_worker(channel->ctx, channel->ctx->rank, &own) == GYRE_OK &&
                 gyre_worker(channel->ctx, peer->world, &other) == GYRE_OK &&
                 own.node == other.node;
}

static gyre_status_t make(gyre_comm_t *comm, gyre__channel_t **made)
{
    size_t peers = (size_t)comm->size * sizeof(gyre__correspondent_t);
    gyre__channel_t *channel = calloc(1, sizeof(*channel) + peers);
    char *heads = aligned_alloc(64, (size_t)POSTED * HEAD_BYTES);
    if (!channel || !heads) {
        free(channel);
        free(heads);
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a channel to %d workers", comm->size);
    }
    channel->ctx = comm->ctx;
    channel->heads = heads;
    channel->rank = comm->rank;
    channel->size = comm->size;
    channel->window = gyre__dataflow_conf.window;
    channel->poller.poll = poll;
    channel->poller.closed = wire_closed;
    gyre__list_init(&channel->poller.link);
    gyre__list_init(&channel->ready);
    gyre__pages_init(&channel->pages, comm->ctx, gyre__dataflow_conf.page);
    gyre__pool_init(&channel->letters, sizeof(gyre__letter_t), 64, 8, NULL);
    gyre__pool_init(&channel->sents, sizeof(gyre__sent_t), 64, 32, NULL);
    gyre__pool_init(&channel->incomings, sizeof(gyre__incoming_t), 64, 32, NULL);
    *made = channel;
    return GYRE_OK;
}

gyre_status_t gyre__channel_open(gyre_comm_t *comm, gyre__channel_t **channel)
{
    gyre__channel_t *made = NULL;
    gyre_worker_info_t own;
    gyre_status_t status = gyre__dataflow_conf_open();
    if (status == GYRE_OK)
        status = gyre_worker(comm->ctx, comm->ctx->rank, &own);
    if (status == GYRE_OK)
        status = make(comm, &made);
    if (status != GYRE_OK)
        return status;
    gyre__memory_open(gyre__dataflow_conf.memory, own.local_count);
    status = gyre_comm_dup(comm, &made->comm);
    if (status != GYRE_OK) {
        channel_free(made);
        return status;
    }
    gyre__enter(made->ctx);
    for (int i = 0; i < made->size; i++)
        meet(made, i);
    gyre__list_append(&made->ctx->pollers, &made->poller.link);
    gyre__channel_listen(made);
    gyre__leave(made->ctx);
    *channel = made;
    return GYRE_OK;
}

void gyre__channel_close(gyre__channel_t *channel)
{
    if (!channel)
        return;
    gyre_context_t *ctx = channel->ctx;
    gyre__enter(ctx);
    channel->closed = true;
    gyre__channel_forget_incoming(channel);
    if (channel->comm)
        gyre__channel_serve(channel);
    bury(channel);
    gyre__leave(ctx);
}

static void tell_why(gyre__channel_t *channel)
{
    const char *why = channel->why ? channel->why : "";
    size_t length = strlen(why);
    gyre__head_t head = {.kind = GYRE__HEAD_GIVEN_UP,
                         .length = (uint64_t) - (int64_t)channel->status};
    head.count = (uint32_t)(length < SHORT_MAX ? length : SHORT_MAX);
    channel->given_up = true;
    for (int i = 0; i < channel->size; i++)
        if (i != channel->rank)
            gyre__channel_post(channel, i, &head, why, head.count);
}

void gyre__channel_give_up(gyre__channel_t *channel, gyre_status_t status, const char *why)
{
    gyre__enter(channel->ctx);
    if (!channel->given_up && status != GYRE_ERR_PEER_FAILED) { /* which all learn by themselves */
        if (asprintf(&channel->why, "rank %d gave up: %s", channel->rank, why) < 0)
            channel->why = NULL;
        gyre__channel_fail(channel, status);
        tell_why(channel);
    }
    gyre__leave(channel->ctx);
}

void gyre__channel_given_up(gyre__channel_t *channel, int worker, const gyre__head_t *head)
{
    channel->peers[worker].given_up = true;
    if (!channel->why)
        channel->why = strndup((const char *)(head + 1), head->count);
    gyre__channel_fail(channel, (gyre_status_t) - (int64_t)head->length);
    if (!channel->given_up)
        tell_why(channel);
}

gyre_status_t gyre__channel_trouble(const gyre__channel_t *channel)
{
    const char *why = channel->why ? channel->why : gyre_status_string(channel->status);
    return channel->status < 0 ? gyre__error(channel->status, "%s", why) : GYRE_OK;
}

size_t gyre__channel_room(const gyre__channel_t *channel)
{
    return channel->pages.size;
}

gyre_status_t gyre__channel_progress(gyre__channel_t *channel)
{
    gyre__enter(channel->ctx);
    channel->seen = channel->events;
    gyre__poll(channel->ctx);
    /* A member may have failed before there were receives to tell of it. */
    if (channel->comm && gyre__comm_trouble(channel->comm) != GYRE_OK)
        gyre__channel_fail(channel, gyre__comm_trouble(channel->comm));
    gyre_status_t status = gyre__channel_trouble(channel);
    gyre__leave(channel->ctx);
    return status;
}

bool gyre__channel_idle(const gyre__channel_t *channel)
{
    gyre__enter(channel->ctx); /* other threads release what they were given */
    bool idle = channel->pending == 0;
    gyre__leave(channel->ctx);
    return idle;
}

bool gyre__channel_idle_to(const gyre__channel_t *channel, int worker)
{
    gyre__enter(channel->ctx);
    bool idle = channel->peers[worker].pending == 0;
    gyre__leave(channel->ctx);
    return idle;
}

bool gyre__channel_has_news(const gyre__channel_t *channel)
{
    return channel->events != channel->seen;
}

static bool has_news(void *arg)
{
    return gyre__channel_has_news(arg);
}

gyre_status_t gyre__channel_wait(gyre__channel_t *channel)
{
    gyre__enter(channel->ctx);
    gyre_status_t status = gyre__wait(channel->ctx, has_news, channel);
    gyre__leave(channel->ctx);
    return status;
}

const gyre__channel_counts_t *gyre__channel_counts(const gyre__channel_t *channel)
{
    return &channel->counts;
}
