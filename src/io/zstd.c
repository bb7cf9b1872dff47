/* SPDX-License-Identifier: Apache-2.0 */
/* zstd (RFC 8878), frames one behind the other, skippable ones among them. Written frames carry a
 * checksum. */
#include "io/codec.h"

#include "base/error.h"

#include <stdlib.h>
#include <zstd.h>

typedef struct decoder {
    ZSTD_DCtx *zstd;
    bool whole; /* to go on without input would begin a frame that may never come */
} decoder_t;

static gyre_status_t decoder_create(const char *name, void **out)
{
    decoder_t *decoder = malloc(sizeof(*decoder));
    ZSTD_DCtx *zstd = ZSTD_createDCtx();
    if (!decoder || !zstd) {
        free(decoder);
        ZSTD_freeDCtx(zstd);
        return gyre__error(GYRE_ERR_NO_MEMORY, "%s: no memory for zstd", name);
    }
    *decoder = (decoder_t){zstd, true};
    *out = decoder;
    return GYRE_OK;
}

static gyre_status_t decode(void *state, const char *name, gyre__codec_io_t *io, bool *whole)
{
    decoder_t *decoder = state;
    if (io->in_length > 0 || !decoder->whole) {
        ZSTD_inBuffer in = {io->in, io->in_length, 0};
        ZSTD_outBuffer out = {io->out, io->out_room, 0};
        size_t result = ZSTD_decompressStream(decoder->zstd, &out, &in);
        if (ZSTD_isError(result))
            return gyre__error(GYRE_ERR_SYNTAX, "%s: its zstd data is corrupt: %s", name,
                               ZSTD_getErrorName(result));
        io->in = (const char *)io->in + in.pos;
        io->in_length -= in.pos;
        io->out = (char *)io->out + out.pos;
        io->out_room -= out.pos;
        decoder->whole = result == 0;
    }
    *whole = decoder->whole;
    return GYRE_OK;
}

static void decoder_destroy(void *state)
{
    decoder_t *decoder = state;
    ZSTD_freeDCtx(decoder->zstd);
    free(decoder);
}

static gyre_status_t encoder_create(const char *name, int level, void **encoder)
{
    if (level < ZSTD_minCLevel() || level > ZSTD_maxCLevel())
        return gyre__error(GYRE_ERR_RANGE, "%s: zstd level %d, expected %d to %d", name, level,
                           ZSTD_minCLevel(), ZSTD_maxCLevel());
    ZSTD_CCtx *zstd = ZSTD_createCCtx();
    if (!zstd)
        return gyre__error(GYRE_ERR_NO_MEMORY, "%s: no memory for zstd", name);
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);
    *encoder = zstd;
    return GYRE_OK;
}

static gyre_status_t encode(void *encoder, const char *name, gyre__codec_io_t *io, bool finish,
                            bool *done)
{
    ZSTD_inBuffer in = {io->in, io->in_length, 0};
    ZSTD_outBuffer out = {io->out, io->out_room, 0};
    size_t result = ZSTD_compressStream2(encoder, &out, &in, finish ? ZSTD_e_end : ZSTD_e_continue);
    if (ZSTD_isError(result))
        return gyre__error(GYRE_ERR_SYSTEM, "%s: zstd failed: %s", name, ZSTD_getErrorName(result));
    io->in = (const char *)io->in + in.pos;
    io->in_length -= in.pos;
    io->out = (char *)io->out + out.pos;
    io->out_room -= out.pos;
    *done = finish ? result == 0 : io->in_length == 0;
    return GYRE_OK;
}

static void encoder_destroy(void *encoder)
{
    ZSTD_freeCCtx(encoder);
}

const gyre__codec_ops_t gyre__zstd = {
    .decoder_create = decoder_create,
    .decode = decode,
    .decoder_destroy = decoder_destroy,
    .encoder_create = encoder_create,
    .encode = encode,
    .encoder_destroy = encoder_destroy,
};
