/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of one range of a file in order, decompressed if need be, and those that follow it. A
 * compressed file cannot be cut: the range that has its first byte has all of it, others none. */
#ifndef GYRE_IO_STREAM_H
#define GYRE_IO_STREAM_H

#include "io/codec.h"

#include <gyre/input.h>
#include <gyre/store.h>

typedef struct gyre__stream {
    gyre_file_t *file;
    const char *name;
    uint64_t at;   /* next byte to read of the file */
    uint64_t size; /* when the input was made; a file that has become shorter is an error */
    uint64_t to;   /* UINT64_MAX for a compressed file */
    const gyre__codec_ops_t *codec; /* NULL: none */
    void *decoder;
    unsigned char *in; /* compressed bytes [in_from, in_to) */
    size_t in_from, in_to;
    bool whole, in_end;
} gyre__stream_t;

/* Of a range of the split. Starts back bytes before it; opens nothing when it has nothing. */
gyre_status_t gyre__stream_open(gyre__stream_t *stream, const gyre_split_t *split, size_t range,
                                size_t back, bool *opened);
/* Fewer bytes than room only at the end of the file. */
gyre_status_t gyre__stream_read(gyre__stream_t *stream, void *buffer, size_t room, size_t *got);
void gyre__stream_close(gyre__stream_t *stream);

#endif
