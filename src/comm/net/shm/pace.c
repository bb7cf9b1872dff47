/* SPDX-License-Identifier: Apache-2.0 */
/* How a large message comes: streamed through the ring by both sides, or read by the receiver.
 *
 * Which is faster depends on caches and kernel, on how the sender used its buffer and on whether
 * it is there to stream: two times either way on one and the same machine. So it is measured, per
 * peer and power of two, as bytes over the time of a period of fetches, alone or many at once; a
 * few periods of each way at first, then the better one, and now and then the other. More workers
 * than processors: one copy is better than two whatever the clock says, for the sender need not
 * run. */
#include "comm/net/shm/shm.h"

#include "base/clock.h"
#include "comm/conf.h"

enum { FIRST_TRIES = 4, RETRY = 64, RETRY_BAD = 1024 };
#define PERIOD_MAX 64 /* fetches; a stream without a gap is cut into such pieces */

static gyre__shm_pace_t *pace_of(const gyre__shm_in_t *in)
{
    return &in->peer->pace[63 - __builtin_clzll(in->length)];
}

static bool better(const gyre__shm_pace_t *pace)
{
    return pace->cost[true] && pace->cost[true] < pace->cost[false];
}

/* A way that is far behind is tried again less often. */
static unsigned retry_after(const gyre__shm_pace_t *pace)
{
    uint64_t best = pace->cost[better(pace)], other = pace->cost[!better(pace)];
    return other < 2 * best ? RETRY : RETRY_BAD;
}

static void begin(gyre__shm_period_t *period, gyre__shm_pace_t *pace)
{
    period->pace = pace;
    period->since = gyre__clock_ns();
    period->bytes = period->ended = 0;
    if (pace->samples < 2 * FIRST_TRIES)
        period->by_cma = pace->samples >= FIRST_TRIES;
    else
        period->by_cma = better(pace) != (pace->samples % retry_after(pace) == 0);
}

/* Keeps the least, which a rare slow sample does not move and a lasting change soon does. */
static void end(gyre__shm_period_t *period)
{
    gyre__shm_pace_t *pace = period->pace;
    if (!pace || period->bytes == 0)
        return;
    uint64_t *cost = &pace->cost[period->by_cma];
    uint64_t took = gyre__clock_ns() - period->since;
    uint64_t now = (uint64_t)((double)took * (1 << 20) / (double)period->bytes) + 1;
    uint64_t before = *cost + *cost / 16;
    *cost = before && before < now ? before : now;
    pace->samples++;
}

bool gyre__shm_pace_start(gyre__shm_in_t *in)
{
    gyre__shm_t *shm = in->peer->shm;
    gyre__shm_period_t *period = &shm->period;
    gyre__shm_pace_t *pace = pace_of(in);
    int large = gyre__comm_conf.shm_large;
    bool first = period->fetching++ == 0;
    if (in->peer->no_cma || large == GYRE__LARGE_COPY || large == GYRE__LARGE_CMA ||
        shm->params.crowded) {
        period->pace = NULL;
        return !in->peer->no_cma && large != GYRE__LARGE_COPY;
    }
    if (first)
        begin(period, pace);
    if (period->pace == pace)
        return period->by_cma;
    period->pace = NULL;
    return better(pace);
}

void gyre__shm_pace_end(gyre__shm_in_t *in)
{
    gyre__shm_period_t *period = &in->peer->shm->period;
    gyre__shm_pace_t *pace = period->pace;
    period->fetching--;
    if (!pace)
        return;
    if (in->received < in->length) {
        period->pace = NULL;
        return;
    }
    period->bytes += in->length;
    if (++period->ended < PERIOD_MAX && period->fetching > 0)
        return;
    end(period);
    if (period->fetching > 0)
        begin(period, pace);
}
