/* SPDX-License-Identifier: Apache-2.0 */
/* How a large message comes: streamed through the ring by both sides, or read by the receiver.
 *
 * Which is faster depends on caches and kernel, on how the sender used its buffer and on whether
 * it is there to stream: two times either way on one and the same machine. So it is measured, per
 * peer and power of two, on messages that were fetched alone; a few of each at first, then the
 * better one, and now and then the other. More workers than processors: one copy is better than
 * two whatever the clock says, for the sender need not run. */
#include "comm/net/shm/shm.h"

#include "base/clock.h"
#include "comm/conf.h"

enum { FIRST_TRIES = 4, RETRY = 64, RETRY_BAD = 1024 };

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

bool gyre__shm_pace_start(gyre__shm_in_t *in)
{
    gyre__shm_t *shm = in->peer->shm;
    int large = gyre__comm_conf.shm_large;
    bool alone = shm->fetching++ == 0;
    shm->timed = NULL;
    if (in->peer->no_cma || large == GYRE__LARGE_COPY)
        return false;
    if (large == GYRE__LARGE_CMA || shm->params.crowded)
        return true;
    const gyre__shm_pace_t *pace = pace_of(in);
    if (!alone)
        return better(pace);
    shm->timed = in;
    in->since = gyre__clock_ns();
    if (pace->samples < 2 * FIRST_TRIES)
        return pace->samples >= FIRST_TRIES;
    return better(pace) != (pace->samples % retry_after(pace) == 0);
}

/* Keeps the least, which a rare slow sample does not move and a lasting change soon does. */
void gyre__shm_pace_end(gyre__shm_in_t *in)
{
    gyre__shm_t *shm = in->peer->shm;
    shm->fetching--;
    if (shm->timed != in)
        return;
    shm->timed = NULL;
    if (in->received < in->length)
        return;
    uint64_t took = gyre__clock_ns() - in->since;
    uint64_t *cost = &pace_of(in)->cost[!in->cookie];
    uint64_t before = *cost + *cost / 16;
    *cost = before && before < took ? before : took;
    pace_of(in)->samples++;
}
