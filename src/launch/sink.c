/* SPDX-License-Identifier: Apache-2.0 */
/* Sinks. The descriptor is shared with the shell and others, so it must not be made non-blocking:
 * a pipe or terminal is opened a second time instead, and where that is not allowed a write is at
 * most what a pipe that polls writable takes without blocking. */
#include "launch/sink.h"

#include "launch/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FULL = 256 << 10, DRAINED = 64 << 10 };
enum { KIND_DIRECT, KIND_POLLED, KIND_SOCKET };

static int open_again(int fd)
{
    char path[32];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static void pick_kind(gyre__sink_t *sink, int fd)
{
    struct stat info;
    sink->fd = fd;
    sink->kind = KIND_DIRECT;
    if (fstat(fd, &info) != 0)
        return;
    if (S_ISSOCK(info.st_mode))
        sink->kind = KIND_SOCKET;
    if (!S_ISFIFO(info.st_mode) && !S_ISCHR(info.st_mode))
        return;
    int again = open_again(fd);
    if (again >= 0)
        sink->fd = again;
    else
        sink->kind = KIND_POLLED;
}

void gyre__sink_init(gyre__sink_t *sink, gyre__loop_t *loop, int fd, const char *name)
{
    *sink = (gyre__sink_t){.source.fd = -1, .loop = loop, .name = name};
    gyre__buf_init(&sink->queue);
    pick_kind(sink, fd);
}

void gyre__sink_cleanup(gyre__sink_t *sink)
{
    gyre__loop_remove(sink->loop, &sink->source);
    gyre__buf_cleanup(&sink->queue);
    if (sink->fd > STDERR_FILENO)
        close(sink->fd);
}

static void changed(gyre__sink_t *sink)
{
    if (sink->changed)
        sink->changed(sink->arg);
}

/* Readers that leave are common (head, less) and no news; other errors are. */
static void break_off(gyre__sink_t *sink, int errnum)
{
    sink->broken = true;
    sink->full = false;
    gyre__buf_cleanup(&sink->queue);
    sink->sent = 0;
    gyre__loop_remove(sink->loop, &sink->source);
    if (errnum != EPIPE && errnum != ECONNRESET) {
        sink->failed = true;
        gyre__say("%s: %s; further output is lost", sink->name, strerror(errnum));
    }
    changed(sink);
}

void gyre__sink_put(gyre__sink_t *sink, const char *bytes, size_t length)
{
    if (sink->broken)
        return;
    if (gyre__buf_append(&sink->queue, bytes, length) != GYRE_OK)
        break_off(sink, ENOMEM);
}

static ssize_t write_some(const gyre__sink_t *sink, const char *bytes, size_t length)
{
    if (sink->kind == KIND_SOCKET)
        return send(sink->fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sink->kind == KIND_POLLED) {
        struct pollfd ready = {.fd = sink->fd, .events = POLLOUT};
        if (poll(&ready, 1, 0) <= 0) {
            errno = EAGAIN;
            return -1;
        }
        length = length < PIPE_BUF ? length : PIPE_BUF;
    }
    return write(sink->fd, bytes, length);
}

static void on_writable(gyre__source_t *source, uint32_t events)
{
    gyre__sink_flush((gyre__sink_t *)source); /* its first member */
}

static void wait_for_reader(gyre__sink_t *sink)
{
    if (sink->source.fd >= 0)
        return;
    sink->source.fd = sink->fd;
    sink->source.ready = on_writable;
    if (gyre__loop_add(sink->loop, &sink->source, EPOLLOUT) != GYRE_OK) {
        sink->source.fd = -1;
        break_off(sink, EIO);
    }
}

static void set_full(gyre__sink_t *sink)
{
    size_t waiting = sink->queue.length - sink->sent;
    bool full = waiting > (sink->full ? DRAINED : FULL);
    if (full == sink->full)
        return;
    sink->full = full;
    changed(sink);
}

static void forget_sent(gyre__sink_t *sink)
{
    if (sink->sent < sink->queue.length && sink->sent < FULL)
        return;
    gyre__buf_consume(&sink->queue, sink->sent);
    sink->sent = 0;
}

void gyre__sink_flush(gyre__sink_t *sink)
{
    while (!sink->broken && sink->sent < sink->queue.length) {
        ssize_t wrote =
            write_some(sink, sink->queue.data + sink->sent, sink->queue.length - sink->sent);
        if (wrote >= 0)
            sink->sent += (size_t)wrote;
        else if (errno == EAGAIN)
            break;
        else if (errno != EINTR)
            break_off(sink, errno);
    }
    if (sink->broken)
        return;
    forget_sent(sink);
    if (sink->queue.length == 0)
        gyre__loop_remove(sink->loop, &sink->source);
    else
        wait_for_reader(sink);
    set_full(sink);
}

bool gyre__sink_done(const gyre__sink_t *sink)
{
    return sink->broken || sink->queue.length == 0;
}
