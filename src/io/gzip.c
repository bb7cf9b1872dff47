/* SPDX-License-Identifier: Apache-2.0 */
/* gzip (RFC 1952) by zlib, members one behind the other; zeros behind the last one are padding, as
 * for gzip(1). */
#include "io/codec.h"

#include "base/error.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

enum { GZIP_WINDOW = 15 + 16, MEMORY = 8 };

typedef struct gzip {
    z_stream z;
    bool ended; /* a member has, and none has begun since */
} gzip_t;

static gyre_status_t create(const char *name, gzip_t **gzip)
{
    *gzip = calloc(1, sizeof(**gzip));
    return *gzip ? GYRE_OK : gyre__error(GYRE_ERR_NO_MEMORY, "%s: no memory for gzip", name);
}

static uInt clip(size_t length)
{
    return length > UINT_MAX ? UINT_MAX : (uInt)length;
}

static void lend(z_stream *z, const gyre__codec_io_t *io)
{
    z->next_in = (Bytef *)(uintptr_t)io->in;
    z->avail_in = clip(io->in_length);
    z->next_out = io->out;
    z->avail_out = clip(io->out_room);
}

static void take_back(const z_stream *z, gyre__codec_io_t *io)
{
    io->in_length -= (size_t)(z->next_in - (const Bytef *)io->in);
    io->in = z->next_in;
    io->out_room -= (size_t)(z->next_out - (Bytef *)io->out);
    io->out = z->next_out;
}

static gyre_status_t decoder_create(const char *name, void **decoder)
{
    gzip_t *gzip;
    gyre_status_t status = create(name, &gzip);
    if (status != GYRE_OK)
        return status;
    if (inflateInit2(&gzip->z, GZIP_WINDOW) != Z_OK) {
        free(gzip);
        return gyre__error(GYRE_ERR_NO_MEMORY, "%s: no memory for gzip", name);
    }
    *decoder = gzip;
    return GYRE_OK;
}

static void skip_padding(gyre__codec_io_t *io)
{
    while (io->in_length > 0 && *(const unsigned char *)io->in == 0) {
        io->in = (const unsigned char *)io->in + 1;
        io->in_length--;
    }
}

static gyre_status_t decode(void *decoder, const char *name, gyre__codec_io_t *io, bool *whole)
{
    gzip_t *gzip = decoder;
    if (gzip->ended)
        skip_padding(io);
    if (io->in_length > 0 && gzip->ended) {
        inflateReset(&gzip->z);
        gzip->ended = false;
    }
    if (!gzip->ended) {
        lend(&gzip->z, io);
        int result = inflate(&gzip->z, Z_NO_FLUSH);
        take_back(&gzip->z, io);
        if (result == Z_MEM_ERROR)
            return gyre__error(GYRE_ERR_NO_MEMORY, "%s: no memory for gzip", name);
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
            return gyre__error(GYRE_ERR_SYNTAX, "%s: its gzip data is corrupt: %s", name,
                               gzip->z.msg ? gzip->z.msg : zError(result));
        gzip->ended = result == Z_STREAM_END;
    }
    *whole = gzip->ended;
    return GYRE_OK;
}

static void decoder_destroy(void *decoder)
{
    gzip_t *gzip = decoder;
    inflateEnd(&gzip->z);
    free(gzip);
}

static gyre_status_t encoder_create(const char *name, int level, void **encoder)
{
    gzip_t *gzip;
    gyre_status_t status = create(name, &gzip);
    if (status != GYRE_OK)
        return status;
    int result = deflateInit2(&gzip->z, level == 0 ? Z_DEFAULT_COMPRESSION : level, Z_DEFLATED,
                              GZIP_WINDOW, MEMORY, Z_DEFAULT_STRATEGY);
    if (result != Z_OK) {
        free(gzip);
        return result == Z_STREAM_ERROR
                   ? gyre__error(GYRE_ERR_RANGE, "%s: gzip level %d, expected 1 to 9", name, level)
                   : gyre__error(GYRE_ERR_NO_MEMORY, "%s: no memory for gzip", name);
    }
    *encoder = gzip;
    return GYRE_OK;
}

static gyre_status_t encode(void *encoder, const char *name, gyre__codec_io_t *io, bool finish,
                            bool *done)
{
    gzip_t *gzip = encoder;
    lend(&gzip->z, io);
    int result = deflate(&gzip->z, finish ? Z_FINISH : Z_NO_FLUSH);
    take_back(&gzip->z, io);
    *done = finish ? result == Z_STREAM_END : io->in_length == 0;
    if (result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR)
        return GYRE_OK;
    return gyre__error(GYRE_ERR_SYSTEM, "%s: gzip failed: %s", name, zError(result));
}

static void encoder_destroy(void *encoder)
{
    gzip_t *gzip = encoder;
    deflateEnd(&gzip->z);
    free(gzip);
}

const gyre__codec_ops_t gyre__gzip = {
    .decoder_create = decoder_create,
    .decode = decode,
    .decoder_destroy = decoder_destroy,
    .encoder_create = encoder_create,
    .encode = encode,
    .encoder_destroy = encoder_destroy,
};
