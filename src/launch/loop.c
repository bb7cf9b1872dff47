/* SPDX-License-Identifier: Apache-2.0 */
/* The event loop, over epoll. A source that is taken out while a batch of events is being handled
 * is struck from the batch, so that no handler is called for what is no more. */
#include "launch/loop.h"

#include "base/clock.h"
#include "base/error.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { BATCH = 64, WAIT_MAX_MS = 1000000 };

gyre_status_t gyre__loop_init(gyre__loop_t *loop)
{
    *loop = (gyre__loop_t){.fd = epoll_create1(EPOLL_CLOEXEC)};
    if (loop->fd < 0)
        return gyre__error_errno(errno, "cannot create an event loop");
    loop->batch = calloc(BATCH, sizeof(*loop->batch));
    if (loop->batch)
        return GYRE_OK;
    close(loop->fd);
    return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for an event loop");
}

void gyre__loop_cleanup(gyre__loop_t *loop)
{
    free(loop->batch);
    close(loop->fd);
}

gyre_status_t gyre__loop_add(gyre__loop_t *loop, gyre__source_t *source, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = source};
    source->events = events;
    if (events != 0 && epoll_ctl(loop->fd, EPOLL_CTL_ADD, source->fd, &event) != 0)
        return gyre__error_errno(errno, "cannot watch descriptor %d", source->fd);
    return GYRE_OK;
}

void gyre__loop_watch(gyre__loop_t *loop, gyre__source_t *source, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = source};
    if (source->fd < 0 || source->events == events)
        return;
    int change = source->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    source->events = events;
    epoll_ctl(loop->fd, events == 0 ? EPOLL_CTL_DEL : change, source->fd, &event);
}

void gyre__loop_remove(gyre__loop_t *loop, gyre__source_t *source)
{
    if (source->fd < 0)
        return;
    epoll_ctl(loop->fd, EPOLL_CTL_DEL, source->fd, NULL);
    for (int i = loop->batch_at; i < loop->batch_count; i++)
        if (loop->batch[i].data.ptr == source)
            loop->batch[i].data.ptr = NULL;
    source->fd = -1;
}

void gyre__loop_close(gyre__loop_t *loop, gyre__source_t *source)
{
    int fd = source->fd;
    gyre__loop_remove(loop, source);
    if (fd >= 0)
        close(fd);
}

static int milliseconds_to(uint64_t then)
{
    uint64_t now = gyre__clock_ns();
    if (then == GYRE__NEVER)
        return -1;
    uint64_t wait = then > now ? (then - now) / GYRE__MS + 1 : 0;
    return wait < WAIT_MAX_MS ? (int)wait : WAIT_MAX_MS;
}

void gyre__loop_turn(gyre__loop_t *loop, uint64_t until)
{
    int count = epoll_wait(loop->fd, loop->batch, BATCH, milliseconds_to(until));
    loop->batch_count = count > 0 ? count : 0;
    for (loop->batch_at = 0; loop->batch_at < loop->batch_count; loop->batch_at++) {
        const struct epoll_event *event = &loop->batch[loop->batch_at];
        gyre__source_t *source = event->data.ptr;
        if (source)
            source->ready(source, event->events);
    }
    loop->batch_at = loop->batch_count = 0;
}
