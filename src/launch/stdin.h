/* SPDX-License-Identifier: Apache-2.0 */
/* The standard input, which is rank 0's. */
#ifndef GYRE_LAUNCH_STDIN_H
#define GYRE_LAUNCH_STDIN_H

#include "launch/loop.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct gyre__stdin {
    gyre__source_t terminal; /* ours, while there is room for more */
    gyre__source_t pipe;     /* to rank 0, while it has not taken all */
    gyre__loop_t *loop;
    int null;        /* of all other ranks */
    int child;       /* of rank 0 */
    bool background; /* the terminal is not ours to read at present */
    char chunk[4096];
    size_t at, length; /* of chunk not yet written */
} gyre__stdin_t;

gyre_status_t gyre__stdin_open(gyre__stdin_t *in, gyre__loop_t *loop);
void gyre__stdin_close(gyre__stdin_t *in);

/* What to give to a worker as its descriptor 0. */
int gyre__stdin_of(const gyre__stdin_t *in, unsigned rank);

/* All workers have theirs. */
void gyre__stdin_started(gyre__stdin_t *in);

/* While in->background: looks whether the terminal is ours now. */
void gyre__stdin_check(gyre__stdin_t *in);

#endif
