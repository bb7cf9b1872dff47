/* SPDX-License-Identifier: Apache-2.0 */
/* The compressions by name. Those that a build lacks are still recognised, so that their files are
 * refused instead of read as text. */
#include "config.h"

#include "io/codec.h"

#include "base/error.h"

#include <string.h>

static const struct {
    const char *name, *suffix, *option;
    const gyre__codec_ops_t *ops;
} codecs[] = {
    [GYRE_COMPRESSION_NONE] = {"none", "", "", NULL},
    [GYRE_COMPRESSION_GZIP] = {"gzip", ".gz", "--with-zlib",
#ifdef HAVE_ZLIB
                               &gyre__gzip
#endif
    },
    [GYRE_COMPRESSION_ZSTD] = {"zstd", ".zst", "--with-zstd",
#ifdef HAVE_ZSTD
                               &gyre__zstd
#endif
    },
};

gyre_status_t gyre__codec_find(gyre_compression_t compression, const char *name,
                               const gyre__codec_ops_t **ops)
{
    if ((size_t)compression >= sizeof(codecs) / sizeof(codecs[0]))
        return gyre__error(GYRE_ERR_ARG, "%s: compression %d, expected none, gzip or zstd", name,
                           (int)compression);
    if (compression != GYRE_COMPRESSION_NONE && !codecs[compression].ops)
        return gyre__error(GYRE_ERR_NOT_SUPPORTED, "%s: %s is not in this build (configure %s)",
                           name, codecs[compression].name, codecs[compression].option);
    *ops = codecs[compression].ops;
    return GYRE_OK;
}

gyre_compression_t gyre__codec_recognise(const unsigned char *head, size_t length)
{
    static const unsigned char gzip[] = {0x1f, 0x8b, 0x08}, zstd[] = {0x28, 0xb5, 0x2f, 0xfd},
                               skippable[] = {0x2a, 0x4d, 0x18};
    if (length >= sizeof(gzip) && memcmp(head, gzip, sizeof(gzip)) == 0)
        return GYRE_COMPRESSION_GZIP;
    if (length >= sizeof(zstd) &&
        (memcmp(head, zstd, sizeof(zstd)) == 0 ||
         ((head[0] & 0xf0) == 0x50 && memcmp(head + 1, skippable, sizeof(skippable)) == 0)))
        return GYRE_COMPRESSION_ZSTD;
    return GYRE_COMPRESSION_NONE;
}

const char *gyre__codec_suffix(gyre_compression_t compression)
{
    return codecs[compression].suffix;
}
