/* SPDX-License-Identifier: Apache-2.0 */
/* Forwarding. A stream gives whole lines to its sink; the part of a line that has come waits, up
 * to LINE_MAX_LENGTH, then it goes out in pieces. The bytes of a stream are never changed but for
 * --tag-output, which puts the rank before every line and ends the last one and every piece. */
#include "launch/iof.h"

#include "base/error.h"
#include "launch/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_MAX_LENGTH = 64 << 10, CHUNK = 64 << 10, LAST = 1024, LAST_LINES = 5 };

static gyre__stream_t *stream_of(const gyre__iof_t *iof, unsigned rank, int which)
{
    return &iof->streams[2 * (size_t)rank + (size_t)which];
}

/* No reading for a sink that is full. One whose reader is gone: its streams are closed, so that
 * the workers learn of it as they would without us. */
static void sink_changed(void *arg)
{
    gyre__iof_t *iof = arg;
    for (size_t i = 0; i < 2 * (size_t)iof->workers; i++) {
        gyre__stream_t *stream = &iof->streams[i];
        if (stream->source.fd < 0)
            continue;
        if (stream->sink->broken) {
            gyre__loop_close(iof->loop, &stream->source);
            iof->open--;
        } else {
            gyre__loop_watch(iof->loop, &stream->source, stream->sink->full ? 0 : EPOLLIN);
        }
    }
}

static bool same_place(int a, int b)
{
    struct stat one, other;
    return fstat(a, &one) == 0 && fstat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

static void put_said(void *arg, const char *line, size_t length)
{
    gyre__iof_t *iof = arg;
    gyre__sink_put(iof->err_sink, line, length);
    gyre__sink_flush(iof->err_sink);
}

gyre_status_t gyre__iof_init(gyre__iof_t *iof, gyre__loop_t *loop, unsigned workers, bool tag)
{
    *iof = (gyre__iof_t){.loop = loop, .workers = workers, .tag = tag};
    iof->streams = calloc(2 * (size_t)workers, sizeof(*iof->streams));
    iof->chunk = malloc(CHUNK);
    if (!iof->streams || !iof->chunk) {
        free(iof->streams);
        free(iof->chunk);
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the output of %u workers", workers);
    }
    for (size_t i = 0; i < 2 * (size_t)workers; i++)
        iof->streams[i].source.fd = -1;
    gyre__sink_init(&iof->out, loop, STDOUT_FILENO, "stdout");
    gyre__sink_init(&iof->err, loop, STDERR_FILENO, "stderr");
    iof->err_sink = same_place(STDOUT_FILENO, STDERR_FILENO) ? &iof->out : &iof->err;
    iof->out.changed = iof->err.changed = sink_changed;
    iof->out.arg = iof->err.arg = iof;
    gyre__say_through(put_said, iof);
    return GYRE_OK;
}

void gyre__iof_cleanup(gyre__iof_t *iof)
{
    gyre__say_through(NULL, NULL);
    gyre__iof_close(iof);
    for (size_t i = 0; i < 2 * (size_t)iof->workers; i++) {
        gyre__buf_cleanup(&iof->streams[i].line);
        free(iof->streams[i].last);
    }
    free(iof->streams);
    free(iof->chunk);
    gyre__sink_cleanup(&iof->out);
    gyre__sink_cleanup(&iof->err);
}

static void put_tag(const gyre__stream_t *stream)
{
    char tag[16];
    gyre__sink_put(stream->sink, tag, (size_t)snprintf(tag, sizeof(tag), "[%u] ", stream->rank));
}

/* One or more lines, the last perhaps without its newline. */
static void put_lines(const gyre__stream_t *stream, const char *text, size_t length)
{
    if (!stream->iof->tag) {
        gyre__sink_put(stream->sink, text, length);
        return;
    }
    while (length > 0) {
        const char *end = memchr(text, '\n', length);
        size_t line = end ? (size_t)(end - text) + 1 : length;
        put_tag(stream);
        gyre__sink_put(stream->sink, text, line);
        if (!end)
            gyre__sink_put(stream->sink, "\n", 1);
        text += line;
        length -= line;
    }
}

/* The part that waits, with more of it, goes out as one. */
static void put_with_waiting(gyre__stream_t *stream, const char *text, size_t length)
{
    if (stream->line.length == 0) {
        put_lines(stream, text, length);
        return;
    }
    if (gyre__buf_append(&stream->line, text, length) == GYRE_OK) {
        put_lines(stream, stream->line.data, stream->line.length);
    } else {
        put_lines(stream, stream->line.data, stream->line.length);
        put_lines(stream, text, length);
    }
    gyre__buf_cleanup(&stream->line);
}

static void forward(gyre__stream_t *stream, const char *text, size_t length)
{
    bool whole = stream->iof->workers == 1 && !stream->iof->tag; /* nobody to mix with */
    const char *newline = whole ? text + length - 1 : memrchr(text, '\n', length);
    size_t lines = newline ? (size_t)(newline - text) + 1 : 0;
    if (lines > 0)
        put_with_waiting(stream, text, lines);
    if (lines == length)
        return;
    if (stream->line.length + (length - lines) >= LINE_MAX_LENGTH)
        put_with_waiting(stream, text + lines, length - lines);
    else if (gyre__buf_append(&stream->line, text + lines, length - lines) != GYRE_OK)
        put_with_waiting(stream, text + lines, length - lines);
}

/* Keeps the latest LAST bytes. */
static void remember(gyre__stream_t *stream, const char *text, size_t length)
{
    if (!stream->last) {
        stream->iof->speakers++;
        stream->last = malloc(LAST);
        if (!stream->last)
            return;
    }
    if (length > LAST) {
        text += length - LAST;
        length = LAST;
    }
    size_t keep = stream->last_length < LAST - length ? stream->last_length : LAST - length;
    memmove(stream->last, stream->last + stream->last_length - keep, keep);
    memcpy(stream->last + keep, text, length);
    stream->last_length = keep + length;
}

static void finish(gyre__stream_t *stream)
{
    gyre__loop_close(stream->iof->loop, &stream->source);
    stream->iof->open--;
    put_lines(stream, stream->line.data, stream->line.length);
    gyre__buf_cleanup(&stream->line);
}

/* Returns false when there is nothing more for now. */
static bool read_some(gyre__stream_t *stream)
{
    gyre__iof_t *iof = stream->iof;
    ssize_t length = read(stream->source.fd, iof->chunk, CHUNK);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (length > 0) {
        if (iof->workers > 1 && stream == stream_of(iof, stream->rank, 1))
            remember(stream, iof->chunk, (size_t)length);
        forward(stream, iof->chunk, (size_t)length);
    } else {
        finish(stream);
    }
    gyre__sink_flush(stream->sink);
    return stream->source.fd >= 0;
}

static void on_readable(gyre__source_t *source, uint32_t events)
{
    gyre__stream_t *stream = (gyre__stream_t *)source; /* its first member */
    if (!stream->sink->full)
        read_some(stream);
}

static gyre_status_t open_stream(gyre__iof_t *iof, unsigned rank, int which, int fd)
{
    gyre__stream_t *stream = stream_of(iof, rank, which);
    *stream = (gyre__stream_t){.source = {.fd = fd, .ready = on_readable},
                               .iof = iof,
                               .sink = which ? iof->err_sink : &iof->out,
                               .rank = rank};
    fcntl(fd, F_SETFL, O_NONBLOCK);
    if (stream->sink->broken) {
        close(fd);
        stream->source.fd = -1;
        return GYRE_OK;
    }
    gyre_status_t status =
        gyre__loop_add(iof->loop, &stream->source, stream->sink->full ? 0 : EPOLLIN);
    if (status == GYRE_OK)
        iof->open++;
    else
        gyre__loop_close(iof->loop, &stream->source);
    return status;
}

gyre_status_t gyre__iof_open(gyre__iof_t *iof, unsigned rank, int out, int err)
{
    gyre_status_t status = open_stream(iof, rank, 0, out);
    return status == GYRE_OK ? open_stream(iof, rank, 1, err) : status;
}

void gyre__iof_drain(gyre__iof_t *iof, unsigned rank)
{
    for (int which = 0; which < 2; which++) {
        gyre__stream_t *stream = stream_of(iof, rank, which);
        while (stream->source.fd >= 0 && read_some(stream))
            ;
    }
}

/* Where the last LAST_LINES lines start. */
static size_t start_of_last(const char *text, size_t length)
{
    for (int lines = 0; length > 0; length--)
        if (text[length - 1] == '\n' && ++lines == LAST_LINES)
            break;
    return length;
}

void gyre__iof_say_last(gyre__iof_t *iof, unsigned rank)
{
    const gyre__stream_t *stream = stream_of(iof, rank, 1);
    if (iof->speakers < 2 || !stream->last || stream->last_length == 0)
        return;
    size_t length = stream->last_length;
    length -= stream->last[length - 1] == '\n';
    gyre__say("the last that rank %u wrote to stderr:", rank);
    for (size_t at = start_of_last(stream->last, length), line; at < length; at += line + 1) {
        const char *newline = memchr(stream->last + at, '\n', length - at);
        line = newline ? (size_t)(newline - stream->last) - at : length - at;
        gyre__say("  %.*s", (int)line, stream->last + at);
    }
}

void gyre__iof_close(gyre__iof_t *iof)
{
    for (size_t i = 0; i < 2 * (size_t)iof->workers; i++)
        gyre__loop_close(iof->loop, &iof->streams[i].source);
    iof->open = 0;
}

bool gyre__iof_done(const gyre__iof_t *iof)
{
    return iof->open == 0 && gyre__sink_done(&iof->out) && gyre__sink_done(&iof->err);
}
