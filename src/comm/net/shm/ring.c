/* SPDX-License-Identifier: Apache-2.0 */
/* The ring's rare paths: the end of the memory, a ring believed full, a peer gone mad. */
#include "comm/net/shm/ring.h"

static char nothing[GYRE__RING_LINE] __attribute__((aligned(GYRE__RING_LINE)));

void gyre__ring_tx_init(gyre__ring_tx_t *tx, gyre__ring_t *ring, size_t bytes)
{
    *tx = (gyre__ring_tx_t){.lines = ring->lines, .count = bytes / GYRE__RING_LINE, .ring = ring};
}

void gyre__ring_rx_init(gyre__ring_rx_t *rx, gyre__ring_t *ring, size_t bytes)
{
    *rx = (gyre__ring_rx_t){.lines = ring->lines, .count = bytes / GYRE__RING_LINE, .ring = ring};
}

bool gyre__ring_refresh(gyre__ring_tx_t *tx)
{
    uint64_t head = __atomic_load_n(&tx->ring->head, __ATOMIC_ACQUIRE);
    if (tx->broken || head - tx->head > tx->tail - tx->head) {
        tx->broken = true;
        tx->limit = tx->tail;
        return false;
    }
    tx->head = head;
    tx->limit = head + tx->count;
    return true;
}

static bool have(gyre__ring_tx_t *tx, uint64_t lines)
{
    return tx->tail + lines < tx->limit || (gyre__ring_refresh(tx) && tx->tail + lines < tx->limit);
}

char *gyre__ring_reserve(gyre__ring_tx_t *tx, uint64_t lines)
{
    uint64_t rest = tx->count - (tx->tail & (tx->count - 1));
    if (rest < lines) {
        if (!have(tx, rest))
            return NULL;
        gyre__ring_publish(tx, rest, GYRE__RING_WRAP);
    }
    return have(tx, lines) ? gyre__ring_at(tx->lines, tx->count, tx->tail) : NULL;
}

void gyre__ring_mute(gyre__ring_rx_t *rx)
{
    rx->lines = nothing;
    rx->count = 1;
}

uint64_t gyre__ring_unwrap(gyre__ring_rx_t *rx, char **record)
{
    uint64_t at = rx->head & (rx->count - 1);
    if (at == 0)
        return GYRE__RING_BAD;
    rx->head += rx->count - at;
    uint64_t word = __atomic_load_n((uint64_t *)rx->lines, __ATOMIC_ACQUIRE);
    *record = rx->lines;
    return GYRE__RING_KIND(word) == GYRE__RING_WRAP ? GYRE__RING_BAD : word;
}

void gyre__ring_return(gyre__ring_rx_t *rx)
{
    rx->returned = rx->head;
    __atomic_store_n(&rx->ring->head, rx->head, __ATOMIC_RELEASE);
}
