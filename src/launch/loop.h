/* SPDX-License-Identifier: Apache-2.0 */
/* The launcher's event loop: file descriptors and what to do when one is ready. */
#ifndef GYRE_LAUNCH_LOOP_H
#define GYRE_LAUNCH_LOOP_H

#include <gyre/status.h>
#include <stdint.h>

struct epoll_event;

typedef struct gyre__source gyre__source_t;
struct gyre__source {
    int fd; /* -1: not in the loop */
    uint32_t events;
    void (*ready)(gyre__source_t *source, uint32_t events);
};

typedef struct gyre__loop {
    int fd;
    struct epoll_event *batch; /* being handled */
    int batch_at, batch_count;
} gyre__loop_t;

gyre_status_t gyre__loop_init(gyre__loop_t *loop);
void gyre__loop_cleanup(gyre__loop_t *loop);

/* source->fd and source->ready are set. events as epoll's; 0: none, not even hang-ups. */
gyre_status_t gyre__loop_add(gyre__loop_t *loop, gyre__source_t *source, uint32_t events);
void gyre__loop_watch(gyre__loop_t *loop, gyre__source_t *source, uint32_t events);

/* Takes it out and closes the descriptor. Allowed at any time, also for one that is not in. */
void gyre__loop_close(gyre__loop_t *loop, gyre__source_t *source);

/* The same, but the descriptor stays open. */
void gyre__loop_remove(gyre__loop_t *loop, gyre__source_t *source);

/* Waits for events until that time of gyre__clock_ns (GYRE__NEVER: any time) and handles them. */
#define GYRE__NEVER UINT64_MAX
void gyre__loop_turn(gyre__loop_t *loop, uint64_t until);

#endif
