/* SPDX-License-Identifier: Apache-2.0 */
#include "base/transfer.h"

#include "base/clones.h"

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <emmintrin.h>

enum { LINE = 64, BLOCK = 4 * LINE };

typedef char line_t __attribute__((vector_size(LINE), aligned(1), may_alias));

GYRE__CLONES
void gyre__transfer(void *to, const void *from, size_t length)
{
    char *out = to;
    const char *in = from;
    for (; length >= BLOCK; length -= BLOCK, in += BLOCK, out += BLOCK) {
        const line_t *from_line = (const line_t *)in;
        line_t *to_line = (line_t *)out;
        line_t a = from_line[0], b = from_line[1], c = from_line[2], d = from_line[3];
        to_line[0] = a;
        to_line[1] = b;
        to_line[2] = c;
        to_line[3] = d;
    }
    memcpy(out, in, length);
}

void gyre__transfer_past(void *to, const void *from, size_t length)
{
    char *out = to;
    const char *in = from;
    size_t head = -(uintptr_t)out % LINE;
    if (length < head + LINE) {
        memcpy(out, in, length);
        return;
    }
    memcpy(out, in, head);
    for (out += head, in += head, length -= head; length >= LINE;
         length -= LINE, in += LINE, out += LINE)
        for (int at = 0; at < LINE; at += (int)sizeof(__m128i))
            _mm_stream_si128((__m128i *)(out + at), _mm_loadu_si128((const __m128i *)(in + at)));
    _mm_sfence();
    memcpy(out, in, length);
}

#else
void gyre__transfer(void *to, const void *from, size_t length)
{
    memcpy(to, from, length);
}

void gyre__transfer_past(void *to, const void *from, size_t length)
{
    memcpy(to, from, length);
}
#endif
