/* SPDX-License-Identifier: Apache-2.0 */
/* A store into a line that a far core holds waits for it, on some processors each store for its
 * own: many times the cost of a store past the caches, after which on the other hand the reader
 * waits for memory. Which is better differs between pairs of cores, and where a hypervisor moves
 * them about, from moment to moment. So copies are timed. The cached way is taken while it is not
 * very much dearer. Where it is, it rests, and is tried again from time to time: for a whole round
 * of the ring, because what it costs depends on where the last round has left the lines. */
#include "harp/carry.h"

#include "base/transfer.h"

#include <string.h>

#if defined(__x86_64__)
#include <x86intrin.h>

enum { FAR = 4, SAMPLE = 128, SETTLE = 4 << 20, PATIENCE_MIN = 16 << 20, PATIENCE_MAX = 1 << 30 };

static uint64_t timed(void (*copy)(void *, const void *, size_t), void *to, const void *from,
                      size_t length)
{
    uint64_t start = __rdtsc();
    copy(to, from, length);
    return (__rdtsc() - start) * 1024 / length + 1;
}

/* Interruptions are not the copy's: what is too dear to be true counts as just too dear. */
static void learn_cached(gyre__carrier_t *carrier, uint64_t ticks)
{
    uint64_t most = 2 * FAR * carrier->past;
    ticks = ticks < most ? ticks : most;
    carrier->cached += carrier->cached ? ticks / 16 - carrier->cached / 16 : ticks;
}

static void learn_past(gyre__carrier_t *carrier, uint64_t ticks)
{
    bool first = carrier->past == 0;
    carrier->past =
        first || ticks < carrier->past ? ticks : carrier->past + ticks / 64 - carrier->past / 64;
}

static void rest(gyre__carrier_t *carrier)
{
    uint64_t patience = carrier->patience ? 2 * carrier->patience : PATIENCE_MIN;
    carrier->patience = patience < PATIENCE_MAX ? patience : PATIENCE_MAX;
    carrier->resting = carrier->patience;
    carrier->settling = SETTLE;
    carrier->cached = 0;
}

static uint64_t less(uint64_t bytes, size_t length)
{
    return bytes > length ? bytes - length : 0;
}

void gyre__carry(gyre__carrier_t *carrier, void *to, const void *from, size_t length)
{
    if (length < GYRE__CARRIED) {
        memcpy(to, from, length);
    } else if (carrier->resting || carrier->turn++ % SAMPLE == 0) {
        learn_past(carrier, timed(gyre__transfer_past, to, from, length));
        carrier->resting = less(carrier->resting, length);
    } else {
        uint64_t ticks = timed(gyre__transfer, to, from, length);
        carrier->settling = less(carrier->settling, length);
        if (carrier->settling == 0)
            learn_cached(carrier, ticks);
        if (carrier->cached > FAR * carrier->past)
            rest(carrier);
    }
}
#else
void gyre__carry(gyre__carrier_t *carrier, void *to, const void *from, size_t length)
{
    (void)carrier;
    memcpy(to, from, length);
}
#endif
