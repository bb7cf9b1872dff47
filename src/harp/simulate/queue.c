/* SPDX-License-Identifier: Apache-2.0 */
/* A heap of four ways: half the levels of a binary one, and four events are a cache line. */
#include "harp/simulate/queue.h"

#include "base/error.h"

#include <stdlib.h>

enum { WAYS = 4, FIRST_ROOM = 256 };

static bool before(const gyre__event_t *a, const gyre__event_t *b)
{
    if (a->time != b->time)
        return a->time < b->time;
    return a->member != b->member ? a->member < b->member : a->step < b->step;
}

gyre_status_t gyre__queue_put(gyre__queue_t *queue, gyre__event_t event)
{
    if (queue->count == queue->room) {
        size_t room = queue->room ? 2 * queue->room : FIRST_ROOM;
        gyre__event_t *events = realloc(queue->events, room * sizeof(*events));
        if (!events)
            return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu events", room);
        queue->events = events;
        queue->room = room;
    }
    size_t at = queue->count++;
    for (size_t above; at > 0; at = above) {
        above = (at - 1) / WAYS;
        if (!before(&event, &queue->events[above]))
            break;
        queue->events[at] = queue->events[above];
    }
    queue->events[at] = event;
    return GYRE_OK;
}

/* The first of those below at; count: there is none. */
static size_t first_below(const gyre__queue_t *queue, size_t at)
{
    size_t first = at * WAYS + 1;
    for (size_t i = first + 1; i <= at * WAYS + WAYS && i < queue->count; i++)
        if (before(&queue->events[i], &queue->events[first]))
            first = i;
    return first < queue->count ? first : queue->count;
}

bool gyre__queue_take(gyre__queue_t *queue, gyre__event_t *event)
{
    if (queue->count == 0)
        return false;
    *event = queue->events[0];
    gyre__event_t last = queue->events[--queue->count];
    size_t at = 0;
    for (size_t below; (below = first_below(queue, at)) < queue->count; at = below) {
        if (!before(&queue->events[below], &last))
            break;
        queue->events[at] = queue->events[below];
    }
    if (queue->count > 0)
        queue->events[at] = last;
    return true;
}

void gyre__queue_cleanup(gyre__queue_t *queue)
{
    free(queue->events);
    *queue = (gyre__queue_t){0};
}
