/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files, one after the other: a file is its first range's. */
#include "base/error.h"
#include "io/input.h"
#include "io/stream.h"

#include <stdlib.h>

enum { ROOM_MIN = 64 << 10 };

struct gyre_whole {
    const gyre_split_t *split;
    size_t range; /* index of the next */
    char *data;
    size_t length, room;
};

gyre_status_t gyre_whole_open(const gyre_split_t *split, gyre_whole_t **out)
{
    gyre_whole_t *whole = calloc(1, sizeof(*whole));
    if (!whole)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to read files");
    whole->split = split;
    *out = whole;
    return GYRE_OK;
}

void gyre_whole_close(gyre_whole_t *whole)
{
    if (!whole)
        return;
    free(whole->data);
    free(whole);
}

static gyre_status_t reserve(gyre_whole_t *whole, const char *name, size_t room)
{
    if (whole->room >= room)
        return GYRE_OK;
    char *data = realloc(whole->data, room);
    if (!data)
        return gyre__error(GYRE_ERR_NO_MEMORY, "%s: no memory for its %zu bytes", name, room);
    whole->data = data;
    whole->room = room;
    return GYRE_OK;
}

/* Room for one byte more than a plain file has shows its end at the first read. */
static gyre_status_t read_all(gyre_whole_t *whole, gyre__stream_t *stream)
{
    size_t room = stream->size < ROOM_MIN ? ROOM_MIN : (size_t)stream->size + 1, got;
    whole->length = 0;
    for (;;) {
        gyre_status_t status = reserve(whole, stream->name, room);
        if (status == GYRE_OK)
            status =
                gyre__stream_read(stream, whole->data + whole->length, room - whole->length, &got);
        if (status != GYRE_OK)
            return status;
        whole->length += got;
        if (whole->length < room)
            return GYRE_OK;
        room *= 2;
    }
}

gyre_status_t gyre_whole_next(gyre_whole_t *whole, const char **path, gyre_text_t *content)
{
    const gyre_split_t *split = whole->split;
    *path = NULL;
    *content = (gyre_text_t){0};
    while (whole->range < split->count && split->ranges[whole->range].from > 0)
        whole->range++;
    if (whole->range == split->count)
        return GYRE_OK;
    const gyre_range_t *range = &split->ranges[whole->range];
    gyre__stream_t stream;
    bool opened;
    gyre_status_t status = gyre__stream_open(&stream, split, whole->range++, 0, &opened);
    if (status != GYRE_OK)
        return status;
    status = read_all(whole, &stream);
    gyre__stream_close(&stream);
    if (status != GYRE_OK)
        return status;
    *path = range->path;
    *content = (gyre_text_t){whole->data, whole->length};
    return GYRE_OK;
}
