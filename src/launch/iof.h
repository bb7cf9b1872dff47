/* SPDX-License-Identifier: Apache-2.0 */
/* Forwarding of the workers' output, line by line, so that lines of two workers never mix. */
#ifndef GYRE_LAUNCH_IOF_H
#define GYRE_LAUNCH_IOF_H

#include "base/buf.h"
#include "launch/loop.h"
#include "launch/sink.h"

#include <stdbool.h>

typedef struct gyre__iof gyre__iof_t;

/* One worker's stdout or stderr. */
typedef struct gyre__stream {
    gyre__source_t source;
    gyre__iof_t *iof;
    gyre__sink_t *sink;
    unsigned rank;
    gyre__buf_t line; /* the part of a line that has come */
    char *last;       /* stderr of several workers: its latest output, for failure reports */
    size_t last_length;
} gyre__stream_t;

struct gyre__iof {
    gyre__loop_t *loop;
    gyre__sink_t out, err;
    gyre__sink_t *err_sink;  /* err, or out when both lead to the same place */
    gyre__stream_t *streams; /* stdout and stderr of rank 0, of rank 1, ... */
    unsigned workers;
    unsigned open;     /* streams not at their end */
    unsigned speakers; /* workers that have written to stderr */
    bool tag;
    char *chunk; /* what is being read */
};

gyre_status_t gyre__iof_init(gyre__iof_t *iof, gyre__loop_t *loop, unsigned workers, bool tag);
void gyre__iof_cleanup(gyre__iof_t *iof);

/* Forwards what comes from the pipes of a worker; takes them over. */
gyre_status_t gyre__iof_open(gyre__iof_t *iof, unsigned rank, int out, int err);

/* Reads all that a worker has written so far. */
void gyre__iof_drain(gyre__iof_t *iof, unsigned rank);

/* Says the last lines that a worker wrote to stderr, unless they are on the screen anyway. */
void gyre__iof_say_last(gyre__iof_t *iof, unsigned rank);

/* Gives up on workers' ends that are still open, and on readers of ours. */
void gyre__iof_close(gyre__iof_t *iof);

/* Whether all output has come and is out. */
bool gyre__iof_done(const gyre__iof_t *iof);

#endif
