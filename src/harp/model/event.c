/* SPDX-License-Identifier: Apache-2.0 */
/* Events: active messages whose function does nothing but copy them to the end of a queue. Memory
 * that runs out there cannot be reported to the sender, so it is to the one who takes events. */
#include "base/error.h"
#include "base/list.h"
#include "comm/failure.h"
#include "comm/wait.h"
#include "harp/model/wire.h"

#include <gyre/harp.h>
#include <stdlib.h>
#include <string.h>

typedef struct queued {
    gyre__link_t link;
    gyre_harp_event_t event;
    char data[];
} queued_t;

typedef struct head {
    int64_t name;
    int64_t type;
} head_t;

struct gyre_harp_events {
    gyre_comm_t *comm;
    gyre_context_t *ctx;
    int am_id;
    gyre__link_t queue;
    size_t lost;
};

static gyre_status_t enqueue(gyre_harp_events_t *events, gyre_harp_event_type_t type, int source,
                             int64_t name, const void *data, size_t length)
{
    queued_t *queued = malloc(sizeof(*queued) + length);
    if (!queued)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for an event of %zu bytes", length);
    queued->event = (gyre_harp_event_t){type, source, name, length, length ? queued->data : NULL};
    if (length)
        memcpy(queued->data, data, length);
    gyre__list_append(&events->queue, &queued->link);
    gyre__wait_notify(events->ctx);
    return GYRE_OK;
}

static void arrive(void *arg, const gyre_am_message_t *message)
{
    gyre_harp_events_t *events = arg;
    head_t head;
    if (message->comm != events->comm || message->header_length != sizeof(head))
        return;
    memcpy(&head, message->header, sizeof(head));
    events->lost += enqueue(events, (gyre_harp_event_type_t)head.type, message->source, head.name,
                            message->data, message->length) != GYRE_OK;
}

gyre_status_t gyre_harp_events_create(gyre_comm_t *comm, int am_id, gyre_harp_events_t **events)
{
    gyre_status_t status = gyre__comm_check(comm);
    if (status == GYRE_OK && !events)
        status = gyre__error(GYRE_ERR_ARG, "no place for the events: NULL");
    if (status != GYRE_OK)
        return status;
    gyre_harp_events_t *made = calloc(1, sizeof(*made));
    if (!made)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for an event queue");
    *made = (gyre_harp_events_t){.comm = comm, .ctx = gyre_comm_context(comm), .am_id = am_id};
    gyre__list_init(&made->queue);
    status = gyre_am_register(made->ctx, am_id, arrive, made);
    if (status == GYRE_OK)
        *events = made;
    else
        free(made);
    return status;
}

void gyre_harp_events_destroy(gyre_harp_events_t *events)
{
    if (!events)
        return;
    (void)gyre_am_register(events->ctx, events->am_id, NULL, NULL);
    gyre__list_each(at, &events->queue) free(gyre__container(at, queued_t, link));
    free(events);
}

static gyre_status_t send_to_all(gyre_harp_events_t *events, const head_t *head, const void *data,
                                 size_t length)
{
    int size = gyre_comm_size(events->comm), rank = gyre_comm_rank(events->comm);
    gyre_request_t **reqs = calloc((size_t)size, sizeof(*reqs));
    gyre_status_t status = GYRE_OK;
    if (!reqs)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %d requests", size);
    for (int i = 1; i < size && status == GYRE_OK; i++)
        status = gyre_iam_send(events->comm, (rank + i) % size, events->am_id, head, sizeof(*head),
                               data, length, &reqs[i]);
    status = gyre__harp_wait_all(events->comm, status, reqs, (size_t)size);
    free(reqs);
    return status;
}

static gyre_status_t enqueue_own(gyre_harp_events_t *events, const head_t *head, const void *data,
                                 size_t length)
{
    gyre__enter(events->ctx);
    gyre_status_t status = enqueue(events, (gyre_harp_event_type_t)head->type,
                                   gyre_comm_rank(events->comm), head->name, data, length);
    gyre__leave(events->ctx);
    return status;
}

gyre_status_t gyre_harp_event_send(gyre_harp_events_t *events, gyre_harp_event_type_t type,
                                   int dest, int64_t name, const void *data, size_t length)
{
    if (!events || (!data && length))
        return gyre__error(GYRE_ERR_ARG, "events at %p, data at %p for %zu bytes", (void *)events,
                           data, length);
    head_t head = {name, type};
    if (type == GYRE_HARP_EVENT_MESSAGE)
        return gyre_am_send(events->comm, dest, events->am_id, &head, sizeof(head), data, length);
    if (type != GYRE_HARP_EVENT_LOCAL && type != GYRE_HARP_EVENT_COLLECTIVE)
        return gyre__error(GYRE_ERR_ARG, "event type %d", (int)type);
    gyre_status_t status = enqueue_own(events, &head, data, length);
    if (status == GYRE_OK && type == GYRE_HARP_EVENT_COLLECTIVE)
        status = send_to_all(events, &head, data, length);
    return status;
}

/* Inside the context. */
static gyre_status_t take(gyre_harp_events_t *events, gyre_harp_event_t *event)
{
    gyre__link_t *link = gyre__list_pop(&events->queue);
    size_t lost = events->lost;
    if (link) {
        *event = gyre__container(link, queued_t, link)->event;
        event->data = gyre__container(link, queued_t, link)->data;
        return GYRE_OK;
    }
    events->lost = 0;
    return lost ? gyre__error(GYRE_ERR_NO_MEMORY, "%zu events found no memory", lost)
                : GYRE_IN_PROGRESS;
}

static bool has_news(void *arg)
{
    const gyre_harp_events_t *events = arg;
    return !gyre__list_empty(&events->queue) || events->lost || gyre__comm_trouble(events->comm);
}

gyre_status_t gyre_harp_event_get(gyre_harp_events_t *events, gyre_harp_event_t *event)
{
    if (!events || !event)
        return gyre__error(GYRE_ERR_ARG, "events at %p, event at %p", (void *)events,
                           (void *)event);
    gyre__enter(events->ctx);
    gyre__poll(events->ctx);
    gyre_status_t status = take(events, event);
    gyre__leave(events->ctx);
    return status;
}

gyre_status_t gyre_harp_event_wait(gyre_harp_events_t *events, gyre_harp_event_t *event)
{
    if (!events || !event)
        return gyre__error(GYRE_ERR_ARG, "events at %p, event at %p", (void *)events,
                           (void *)event);
    gyre__enter(events->ctx);
    gyre_status_t status = gyre__comm_check(events->comm);
    if (status == GYRE_OK)
        status = gyre__wait(events->ctx, has_news, events);
    if (status == GYRE_OK)
        status = take(events, event);
    if (status == GYRE_IN_PROGRESS)
        status = gyre__error(gyre__comm_trouble(events->comm),
                             "no event is there, and a member has failed or ended the group");
    gyre__leave(events->ctx);
    return status;
}

void gyre_harp_event_release(gyre_harp_event_t *event)
{
    if (!event || !event->data)
        return;
    free((char *)event->data - offsetof(queued_t, data));
    event->data = NULL;
}
