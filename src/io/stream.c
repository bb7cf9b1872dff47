/* SPDX-License-Identifier: Apache-2.0 */
/* A decoder is fed blocks of the file; it knows where a file may end. */
#include "io/stream.h"

#include "base/error.h"
#include "io/input.h"

#include <stdlib.h>
#include <string.h>

enum { IN_SIZE = 256 << 10 };

static gyre_status_t open_decoder(gyre__stream_t *stream)
{
    stream->in = malloc(IN_SIZE);
    if (!stream->in)
        return gyre__error(GYRE_ERR_NO_MEMORY, "%s: no memory to decompress it", stream->name);
    stream->whole = true;
    stream->to = UINT64_MAX;
    return stream->codec->decoder_create(stream->name, &stream->decoder);
}

/* Finds out by the file's first bytes whether it is compressed. */
static gyre_status_t open_codec(gyre__stream_t *stream, const gyre_range_t *range, bool *opened)
{
    unsigned char head[GYRE__CODEC_HEAD];
    size_t length;
    gyre_status_t status = gyre_file_read(stream->file, 0, head, sizeof(head), &length);
    if (status != GYRE_OK)
        return status;
    gyre_compression_t compression = gyre__codec_recognise(head, length);
    *opened = compression == GYRE_COMPRESSION_NONE || range->from == 0;
    if (compression == GYRE_COMPRESSION_NONE || !*opened)
        return GYRE_OK;
    status = gyre__codec_find(compression, stream->name, &stream->codec);
    return status == GYRE_OK ? open_decoder(stream) : status;
}

gyre_status_t gyre__stream_open(gyre__stream_t *stream, const gyre_split_t *split, size_t index,
                                size_t back, bool *opened)
{
    const gyre_range_t *range = &split->ranges[index];
    *stream = (gyre__stream_t){.name = range->path, .size = range->size, .to = range->to};
    stream->at = range->from > back ? range->from - back : 0;
    *opened = false;
    gyre_status_t status = gyre_file_open(range->path, &stream->file);
    if (status == GYRE_OK && split->input->opts.plain)
        *opened = true;
    else if (status == GYRE_OK)
        status = open_codec(stream, range, opened);
    if (status != GYRE_OK || !*opened)
        gyre__stream_close(stream);
    return status;
}

static gyre_status_t read_file(gyre__stream_t *stream, void *buffer, size_t room, size_t *got)
{
    gyre_status_t status = gyre_file_read(stream->file, stream->at, buffer, room, got);
    if (status != GYRE_OK)
        return status;
    stream->at += *got;
    if (*got < room && stream->at < stream->size)
        return gyre__error(GYRE_ERR_IO, "%s: ends at byte %llu, had %llu when it was listed",
                           stream->name, (unsigned long long)stream->at,
                           (unsigned long long)stream->size);
    return GYRE_OK;
}

static gyre_status_t refill(gyre__stream_t *stream)
{
    if (stream->in_from < stream->in_to || stream->in_end)
        return GYRE_OK;
    stream->in_from = 0;
    gyre_status_t status = read_file(stream, stream->in, IN_SIZE, &stream->in_to);
    stream->in_end = stream->in_to < IN_SIZE;
    return status;
}

static gyre_status_t decode(gyre__stream_t *stream, void *buffer, size_t room, size_t *got)
{
    gyre__codec_io_t io = {.out = buffer, .out_room = room};
    while (io.out_room > 0) {
        gyre_status_t status = refill(stream);
        if (status != GYRE_OK)
            return status;
        size_t room_before = io.out_room;
        io.in = stream->in + stream->in_from;
        io.in_length = stream->in_to - stream->in_from;
        status = stream->codec->decode(stream->decoder, stream->name, &io, &stream->whole);
        if (status != GYRE_OK)
            return status;
        stream->in_from = stream->in_to - io.in_length;
        if (stream->in_end && io.in_length == 0 && io.out_room == room_before)
            break;
    }
    *got = room - io.out_room;
    if (io.out_room > 0 && !stream->whole)
        return gyre__error(GYRE_ERR_SYNTAX,
                           "%s: its compressed data ends early, at byte %llu; it was cut off",
                           stream->name, (unsigned long long)stream->at);
    return GYRE_OK;
}

gyre_status_t gyre__stream_read(gyre__stream_t *stream, void *buffer, size_t room, size_t *got)
{
    return stream->codec ? decode(stream, buffer, room, got) : read_file(stream, buffer, room, got);
}

void gyre__stream_close(gyre__stream_t *stream)
{
    if (stream->decoder)
        stream->codec->decoder_destroy(stream->decoder);
    free(stream->in);
    gyre_file_close(stream->file);
    *stream = (gyre__stream_t){0};
}
