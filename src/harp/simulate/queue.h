/* SPDX-License-Identifier: Apache-2.0 */
/* Events by time; among those of one time, by member and step, so that runs repeat. */
#ifndef GYRE_HARP_SIMULATE_QUEUE_H
#define GYRE_HARP_SIMULATE_QUEUE_H

#include <gyre/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct gyre__event {
    double time;
    int32_t member, step;
} gyre__event_t;

typedef struct gyre__queue {
    gyre__event_t *events; /* a heap in which everyone has four below */
    size_t count, room;
} gyre__queue_t;

gyre_status_t gyre__queue_put(gyre__queue_t *queue, gyre__event_t event);
bool gyre__queue_take(gyre__queue_t *queue, gyre__event_t *event);
void gyre__queue_cleanup(gyre__queue_t *queue);

#endif
