/* SPDX-License-Identifier: Apache-2.0 */
/* Rank 0 gets our very descriptor when it is a file, pipe or socket: nothing is read ahead, and
 * its end is rank 0's. A terminal cannot be given away, because it lets only its foreground
 * process group read, which the workers are not: it is read here and passed on by a pipe. */
#include "launch/stdin.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static void watch(gyre__stdin_t *in)
{
    bool waiting = in->at < in->length;
    gyre__loop_watch(in->loop, &in->terminal, waiting || in->background ? 0 : EPOLLIN);
    gyre__loop_watch(in->loop, &in->pipe, waiting ? EPOLLOUT : 0);
}

static void end(gyre__stdin_t *in)
{
    gyre__loop_remove(in->loop, &in->terminal);
    gyre__loop_close(in->loop, &in->pipe);
    in->background = false;
}

static void on_room(gyre__source_t *source, uint32_t events)
{
    gyre__stdin_t *in = (gyre__stdin_t *)((char *)source - offsetof(gyre__stdin_t, pipe));
    ssize_t wrote = write(in->pipe.fd, in->chunk + in->at, in->length - in->at);
    if (wrote > 0)
        in->at += (size_t)wrote;
    else if (wrote < 0 && errno != EAGAIN && errno != EINTR)
        end(in); /* rank 0 reads no more */
    watch(in);
}

/* Reading a terminal in the background would stop us. */
static bool in_foreground(void)
{
    pid_t group = tcgetpgrp(STDIN_FILENO);
    return group < 0 || group == getpgrp();
}

static void on_typed(gyre__source_t *source, uint32_t events)
{
    gyre__stdin_t *in = (gyre__stdin_t *)((char *)source - offsetof(gyre__stdin_t, terminal));
    if (!in_foreground()) {
        in->background = true;
        watch(in);
        return;
    }
    ssize_t length = read(in->terminal.fd, in->chunk, sizeof(in->chunk));
    if (length < 0 && errno == EINTR)
        return;
    if (length <= 0) {
        end(in);
        return;
    }
    in->at = 0;
    in->length = (size_t)length;
    on_room(&in->pipe, 0);
}

static gyre_status_t open_pipe(gyre__stdin_t *in)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return gyre__error_errno(errno, "cannot create a pipe");
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    in->child = ends[0];
    in->terminal = (gyre__source_t){.fd = STDIN_FILENO, .ready = on_typed};
    in->pipe = (gyre__source_t){.fd = ends[1], .ready = on_room};
    gyre_status_t status = gyre__loop_add(in->loop, &in->terminal, 0);
    return status == GYRE_OK ? gyre__loop_add(in->loop, &in->pipe, 0) : status;
}

gyre_status_t gyre__stdin_open(gyre__stdin_t *in, gyre__loop_t *loop)
{
    *in = (gyre__stdin_t){.terminal.fd = -1, .pipe.fd = -1, .loop = loop, .child = STDIN_FILENO};
    in->null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (in->null < 0)
        return gyre__error_errno(errno, "cannot open /dev/null");
    return isatty(STDIN_FILENO) ? open_pipe(in) : GYRE_OK;
}

void gyre__stdin_close(gyre__stdin_t *in)
{
    end(in);
    if (in->null >= 0)
        close(in->null);
}

int gyre__stdin_of(const gyre__stdin_t *in, unsigned rank)
{
    return rank == 0 ? in->child : in->null;
}

void gyre__stdin_started(gyre__stdin_t *in)
{
    if (in->child != STDIN_FILENO) {
        close(in->child);
        in->child = -1;
    }
    watch(in);
}

void gyre__stdin_check(gyre__stdin_t *in)
{
    if (in->background && in_foreground()) {
        in->background = false;
        watch(in);
    }
}
