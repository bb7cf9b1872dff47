/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes that -c sends and looks for. Each eight of them depend on sender, turn, place in the
 * window and position, so that a byte left over, misplaced or from another message is seen. */
#include "bench.h"

#include <stdio.h>
#include <string.h>

uint64_t gyre__bench_mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static uint64_t seed(const gyre__bench_t *bench, int sender, int place)
{
    return gyre__bench_mix(gyre__bench_mix(bench->turn + 1) + ((uint64_t)(unsigned)sender << 32) +
                           (unsigned)place);
}

static int places(const gyre__bench_t *bench)
{
    return bench->stride ? bench->opts.window : 1;
}

void gyre__bench_fill(gyre__bench_t *bench)
{
    if (!(bench->opts.op->fills & bench->role))
        return;
    for (int place = 0; place < places(bench); place++) {
        char *message = bench->send + (size_t)place * bench->stride;
        uint64_t start = seed(bench, bench->rank, place);
        for (size_t at = 0; at < bench->length; at += 8) {
            uint64_t bytes = gyre__bench_mix(start + at);
            size_t left = bench->length - at;
            memcpy(message + at, &bytes, left < 8 ? left : 8);
        }
    }
}

/* First differing position; length when there is none. */
static size_t compare(const char *message, size_t length, uint64_t start, unsigned char *expected)
{
    for (size_t at = 0; at < length; at += 8) {
        uint64_t bytes = gyre__bench_mix(start + at);
        size_t left = length - at < 8 ? length - at : 8;
        if (!memcmp(message + at, &bytes, left))
            continue;
        for (size_t i = 0; i < left; i++) {
            *expected = ((unsigned char *)&bytes)[i];
            if ((unsigned char)message[at + i] != *expected)
                return at + i;
        }
    }
    return length;
}

void gyre__bench_check(gyre__bench_t *bench)
{
    unsigned char expected = 0;
    if (!(bench->opts.op->checks & bench->role))
        return;
    for (int place = 0; place < places(bench); place++) {
        const char *message = bench->recv + (size_t)place * bench->stride;
        size_t at = compare(message, bench->length, seed(bench, bench->peer, place), &expected);
        if (at == bench->length)
            continue;
        if (!bench->wrong++)
            fprintf(stderr,
                    "%s %s: rank %d: byte %zu of message %d (%zu bytes) from rank %d is 0x%02x, "
                    "expected 0x%02x\n",
                    bench->side->program, bench->opts.op->name, bench->rank, at, place,
                    bench->length, bench->peer, (unsigned char)message[at], expected);
    }
}
