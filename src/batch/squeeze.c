/* SPDX-License-Identifier: Apache-2.0 */
/* The compressions of spilled rows. */
#include "config.h"

#include "batch/squeeze.h"

#include "base/error.h"

#include <limits.h>
#ifdef HAVE_LZ4
#include <lz4.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

enum { ZSTD_LEVEL = 1 };

static const struct {
    const char *name;
    bool built;
} squeezes[] = {
    [GYRE__SQUEEZE_NONE] = {"none", true},
#ifdef HAVE_LZ4
    [GYRE__SQUEEZE_LZ4] = {"lz4", true},
#else
    [GYRE__SQUEEZE_LZ4] = {"lz4", false},
#endif
#ifdef HAVE_ZSTD
    [GYRE__SQUEEZE_ZSTD] = {"zstd", true},
#else
    [GYRE__SQUEEZE_ZSTD] = {"zstd", false},
#endif
};

gyre_status_t gyre__squeeze_check(gyre__squeeze_t squeeze)
{
    if (squeezes[squeeze].built)
        return GYRE_OK;
    return gyre__error(GYRE_ERR_NOT_SUPPORTED, "%s is not in this build (configure --with-%s)",
                       squeezes[squeeze].name, squeezes[squeeze].name);
}

size_t gyre__squeeze(gyre__squeeze_t squeeze, const void *from, size_t length, void *to,
                     size_t room)
{
    switch (squeeze) {
#ifdef HAVE_LZ4
    case GYRE__SQUEEZE_LZ4:
        if (length > LZ4_MAX_INPUT_SIZE)
            return 0;
        return (size_t)LZ4_compress_default(from, to, (int)length, (int)room);
#endif
#ifdef HAVE_ZSTD
    case GYRE__SQUEEZE_ZSTD:
        length = ZSTD_compress(to, room, from, length, ZSTD_LEVEL);
        return ZSTD_isError(length) ? 0 : length;
#endif
    default:
        return 0;
    }
}

bool gyre__unsqueeze(gyre__squeeze_t squeeze, const void *from, size_t from_length, void *to,
                     size_t length)
{
    switch (squeeze) {
#ifdef HAVE_LZ4
    case GYRE__SQUEEZE_LZ4:
        return from_length <= INT_MAX && length <= INT_MAX &&
               LZ4_decompress_safe(from, to, (int)from_length, (int)length) == (int)length;
#endif
#ifdef HAVE_ZSTD
    case GYRE__SQUEEZE_ZSTD:
        return ZSTD_decompress(to, length, from, from_length) == length;
#endif
    default:
        return false;
    }
}
