/* SPDX-License-Identifier: Apache-2.0 */
/* Long vectors whose result lies apart from the operands: stored past the caches, since otherwise
 * memory is read only to be overwritten. Worth it once the result exceeds what caches keep for
 * whoever reads it next: by a quarter at 4 MiB and a half from 16 MiB on, when measured (Sapphire
 * Rapids); below it costs as much. */
#include "harp/kernel/kernel.h"
#include "base/transfer.h"
#include "harp/op.h"

#if defined(__SSE2__)
#include <emmintrin.h>

enum { BLOCK = 4096, LINE = 64 };

static bool is_apart(const char *out, const char *operand, size_t bytes)
{
    return out + bytes <= operand || operand + bytes <= out;
}

static void store_block(char *out, const char *block)
{
    for (size_t at = 0; at < BLOCK; at += sizeof(__m128i))
        _mm_stream_si128((__m128i *)(out + at), _mm_load_si128((const __m128i *)(block + at)));
}

/* Whole blocks from at on; where the rest begins. */
static size_t stream(const gyre__kernel_t *kernel, const char *left, const char *right, char *out,
                     size_t at, size_t bytes, gyre_type_t type)
{
    _Alignas(LINE) char block[BLOCK];
    size_t count = BLOCK / gyre_type_size(type);
    for (; at + BLOCK <= bytes; at += BLOCK) {
        kernel->fn(kernel->arg, left + at, right + at, block, count, type);
        store_block(out + at, block);
    }
    _mm_sfence();
    return at;
}

static bool streams(const char *left, const char *right, const char *out, size_t bytes,
                    size_t element)
{
    return bytes >= GYRE__BEYOND_CACHES && BLOCK % element == 0 && (uintptr_t)out % element == 0 &&
           is_apart(out, left, bytes) && is_apart(out, right, bytes);
}

void gyre__kernel_run(const gyre__kernel_t *kernel, const void *left, const void *right, void *out,
                      size_t count, size_t element, gyre_type_t type)
{
    const char *l = left, *r = right;
    char *o = out;
    if (__builtin_expect(!streams(l, r, o, count * element, element), 1)) {
        kernel->fn(kernel->arg, left, right, out, count, type);
        return;
    }
    size_t bytes = count * element, head = -(uintptr_t)o % (LINE > element ? LINE : element);
    kernel->fn(kernel->arg, l, r, o, head / element, type);
    size_t done = stream(kernel, l, r, o, head, bytes, type);
    kernel->fn(kernel->arg, l + done, r + done, o + done, (bytes - done) / element, type);
}
#else
void gyre__kernel_run(const gyre__kernel_t *kernel, const void *left, const void *right, void *out,
                      size_t count, size_t element, gyre_type_t type)
{
    kernel->fn(kernel->arg, left, right, out, count, type);
}
#endif
