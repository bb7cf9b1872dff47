/* SPDX-License-Identifier: Apache-2.0 */
/* A window that slides over the ranges of a split, one after the other: what readers of lines,
 * records and rows stand on. Bytes [begin, end) are at hand, in place; a reader moves begin over
 * what it has taken and asks for more. */
#ifndef GYRE_IO_WINDOW_H
#define GYRE_IO_WINDOW_H

#include "io/stream.h"

#include <string.h>

typedef struct gyre__window {
    const gyre_split_t *split;
    size_t range; /* index of the next */
    gyre__stream_t stream;
    char *data;
    size_t begin, end, room;
    size_t room_max; /* 0: none */
    uint64_t at;     /* position of data[begin] in the file, decompressed */
    bool open;       /* a range is */
    bool last;       /* nothing of the file lies behind end */
} gyre__window_t;

/* room_max bounds what one line, record or row may take. */
void gyre__window_init(gyre__window_t *window, const gyre_split_t *split, size_t room_max);
void gyre__window_cleanup(gyre__window_t *window);

/* Goes on to the next range that has anything, starting back bytes before it, or at the file's
 * begin; window->open is false when there is none. */
gyre_status_t gyre__window_next(gyre__window_t *window, size_t back);

/* More bytes behind end; what lies before begin goes. Sets last when there are none. */
gyre_status_t gyre__window_more(gyre__window_t *window);

/* Goes on at a byte of the open file, which is not compressed. */
void gyre__window_jump(gyre__window_t *window, uint64_t to);

/* Takes all through the next newline. */
gyre_status_t gyre__window_skip_line(gyre__window_t *window);

/* Newlines before a byte of the open file, which is not compressed. */
gyre_status_t gyre__window_count_newlines(const gyre__window_t *window, uint64_t before,
                                          uint64_t *count);

/* The range that is open. */
const gyre_range_t *gyre__window_range(const gyre__window_t *window);

/* The next length bytes have been taken. */
static inline void gyre__window_take(gyre__window_t *window, size_t length)
{
    window->begin += length;
    window->at += length;
}

/* Length of the byte order mark that the text begins with. */
static inline size_t gyre__text_mark(gyre_text_t text)
{
    return text.length >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

#endif
