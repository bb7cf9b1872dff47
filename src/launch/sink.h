/* SPDX-License-Identifier: Apache-2.0 */
/* Where forwarded output goes: gyre run's own stdout or stderr. Never blocks: what its reader does
 * not take waits in a queue, and while that is long nothing more is read from the workers. */
#ifndef GYRE_LAUNCH_SINK_H
#define GYRE_LAUNCH_SINK_H

#include "base/buf.h"
#include "launch/loop.h"

#include <stdbool.h>

typedef struct gyre__sink {
    gyre__source_t source; /* in the loop while the reader is slow */
    gyre__loop_t *loop;
    int fd;
    int kind;
    const char *name;
    gyre__buf_t queue;
    size_t sent; /* bytes of the queue that are out */
    bool full;
    bool broken;                /* the reader is gone: everything is dropped */
    bool failed;                /* it broke with another error than a reader gone */
    void (*changed)(void *arg); /* full or broken has changed */
    void *arg;
} gyre__sink_t;

void gyre__sink_init(gyre__sink_t *sink, gyre__loop_t *loop, int fd, const char *name);
void gyre__sink_cleanup(gyre__sink_t *sink);

/* Appends; gyre__sink_flush then sends as much as it can. */
void gyre__sink_put(gyre__sink_t *sink, const char *bytes, size_t length);
void gyre__sink_flush(gyre__sink_t *sink);

/* Whether all is out, or never will be. */
bool gyre__sink_done(const gyre__sink_t *sink);

#endif
