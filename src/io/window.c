/* SPDX-License-Identifier: Apache-2.0 */
/* The window holds BLOCK bytes and grows only for something that does not fit. Behind the range it
 * is read in steps that are small at first, for what begins in the range mostly ends soon after
 * it. */
#include "io/window.h"

#include "base/error.h"
#include "io/input.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 512 << 10, BEHIND = 16 << 10 };

void gyre__window_init(gyre__window_t *window, const gyre_split_t *split, size_t room_max)
{
    *window = (gyre__window_t){.split = split, .room_max = room_max};
}

static void close_range(gyre__window_t *window)
{
    if (window->open)
        gyre__stream_close(&window->stream);
    window->open = false;
}

void gyre__window_cleanup(gyre__window_t *window)
{
    close_range(window);
    free(window->data);
}

gyre_status_t gyre__window_next(gyre__window_t *window, size_t back)
{
    close_range(window);
    window->begin = window->end = 0;
    window->last = false;
    gyre_status_t status = GYRE_OK;
    while (!window->open && window->range < window->split->count && status == GYRE_OK)
        status =
            gyre__stream_open(&window->stream, window->split, window->range++, back, &window->open);
    if (window->open)
        window->at = window->stream.at;
    return status;
}

const gyre_range_t *gyre__window_range(const gyre__window_t *window)
{
    return &window->split->ranges[window->range - 1];
}

static gyre_status_t grow(gyre__window_t *window)
{
    size_t room = window->room ? window->room * 2 : BLOCK;
    if (window->room_max && window->room >= BLOCK && room > window->room_max)
        room = window->room_max > window->room ? window->room_max : 0;
    if (room == 0)
        return gyre__error(GYRE_ERR_RANGE,
                           "%s: what begins at byte %llu is longer than %zu bytes, the bound set",
                           window->stream.name, (unsigned long long)window->at, window->room);
    char *data = realloc(window->data, room);
    if (!data)
        return gyre__error(GYRE_ERR_NO_MEMORY,
                           "%s: no memory for the %zu bytes that begin at byte %llu",
                           window->stream.name, room, (unsigned long long)window->at);
    window->data = data;
    window->room = room;
    return GYRE_OK;
}

/* How much to read at most. */
static size_t wanted(const gyre__window_t *window)
{
    uint64_t at = window->stream.at, to = window->stream.to;
    size_t room = window->room - window->end;
    size_t behind = window->end > BEHIND ? window->end : BEHIND;
    uint64_t useful = (at < to ? to - at : 0) + (to == UINT64_MAX ? 0 : behind);
    return room < useful ? room : (size_t)useful;
}

gyre_status_t gyre__window_more(gyre__window_t *window)
{
    if (window->begin > 0) {
        window->end -= window->begin;
        memmove(window->data, window->data + window->begin, window->end);
        window->begin = 0;
    }
    if (window->end == window->room) {
        gyre_status_t status = grow(window);
        if (status != GYRE_OK)
            return status;
    }
    size_t room = wanted(window), got;
    gyre_status_t status =
        gyre__stream_read(&window->stream, window->data + window->end, room, &got);
    if (status != GYRE_OK)
        return status;
    window->end += got;
    window->last = got < room;
    return GYRE_OK;
}

void gyre__window_jump(gyre__window_t *window, uint64_t to)
{
    window->at = window->stream.at = to;
    window->begin = window->end = 0;
    window->last = false;
}

gyre_status_t gyre__window_skip_line(gyre__window_t *window)
{
    for (;;) {
        gyre_status_t status = gyre__window_more(window);
        if (status != GYRE_OK)
            return status;
        const char *begin = window->data + window->begin;
        size_t length = window->end - window->begin;
        const char *newline = length ? memchr(begin, '\n', length) : NULL;
        gyre__window_take(window, newline ? (size_t)(newline - begin) + 1 : length);
        if (newline || window->last)
            return GYRE_OK;
    }
}

gyre_status_t gyre__window_count_newlines(const gyre__window_t *window, uint64_t before,
                                          uint64_t *count)
{
    char *block = malloc(BLOCK);
    if (!block)
        return gyre__error(GYRE_ERR_NO_MEMORY, "%s: no memory to count its lines",
                           window->stream.name);
    gyre_status_t status = GYRE_OK;
    uint64_t newlines = 0;
    size_t got = 0;
    for (uint64_t at = 0; at < before; at += got) {
        size_t length = before - at < BLOCK ? (size_t)(before - at) : BLOCK;
        status = gyre_file_read(window->stream.file, at, block, length, &got);
        if (status != GYRE_OK || got == 0)
            break;
        for (size_t i = 0; i < got; i++)
            newlines += block[i] == '\n';
    }
    free(block);
    if (status == GYRE_OK)
        *count = newlines;
    return status;
}
