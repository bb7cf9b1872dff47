/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of a compression: one static const table each. */
#ifndef GYRE_IO_CODEC_H
#define GYRE_IO_CODEC_H

#include <gyre/output.h>

enum { GYRE__CODEC_HEAD = 4 }; /* bytes of a file that tell its compression */

/* What a step takes and gives: the pointers advance, the lengths shrink. */
typedef struct gyre__codec_io {
    const void *in;
    size_t in_length;
    void *out;
    size_t out_room;
} gyre__codec_io_t;

/* name is the file, for errors. */
typedef struct gyre__codec_ops {
    gyre_status_t (*decoder_create)(const char *name, void **decoder);
    /* *whole: all input so far was whole frames, so the file may end here. */
    gyre_status_t (*decode)(void *decoder, const char *name, gyre__codec_io_t *io, bool *whole);
    void (*decoder_destroy)(void *decoder);

    /* level 0: the library's default. */
    gyre_status_t (*encoder_create)(const char *name, int level, void **encoder);
    /* finish: no more input follows; called until *done. */
    gyre_status_t (*encode)(void *encoder, const char *name, gyre__codec_io_t *io, bool finish,
                            bool *done);
    void (*encoder_destroy)(void *encoder);
} gyre__codec_ops_t;

extern const gyre__codec_ops_t gyre__gzip, gyre__zstd;

/* NULL for GYRE_COMPRESSION_NONE; GYRE_ERR_NOT_SUPPORTED for one that this build lacks. */
gyre_status_t gyre__codec_find(gyre_compression_t compression, const char *name,
                               const gyre__codec_ops_t **ops);

/* By the first bytes of a file; fewer than GYRE__CODEC_HEAD only if it has no more. */
gyre_compression_t gyre__codec_recognise(const unsigned char *head, size_t length);

/* ".gz" */
const char *gyre__codec_suffix(gyre_compression_t compression);

#endif
