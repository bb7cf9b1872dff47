/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of records from one producer to one consumer in shared memory.
 *
 * A record is a run of 64-byte lines; its first 8 bytes are its word: kind in the low byte (0: no
 * record, 1: the ring's own wrap), the rest is the user's. The consumer polls only the word of
 * the line at its head. Invariant: the word of the line after the last published record is zero,
 * for the producer clears it before it publishes, so that old bytes never look like a record.
 * Zeroed memory is an empty ring. Neither side trusts a number that the other wrote. */
#ifndef GYRE_COMM_NET_SHM_RING_H
#define GYRE_COMM_NET_SHM_RING_H

#include "base/cpu.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GYRE__RING_LINE       64
#define GYRE__RING_APART      128 /* distance that keeps the adjacent-line prefetcher away */
#define GYRE__RING_KIND(word) ((unsigned)((word)&0xff))

enum { GYRE__RING_WRAP = 1, GYRE__RING_BAD = 0xff };

/* The shared part, followed by the lines. */
typedef struct gyre__ring {
    _Alignas(GYRE__RING_APART) uint64_t head;    /* consumer's: lines given back */
    _Alignas(GYRE__RING_APART) uint32_t waiting; /* producer's: wake me when head moves */
    uint32_t cut;                                /* producer's: counts its disconnects */
    _Alignas(GYRE__RING_APART) char lines[];
} gyre__ring_t;

typedef struct gyre__ring_tx {
    char *lines;
    uint64_t count; /* lines, a power of two; positions below are lines since the start */
    uint64_t tail;
    uint64_t head;    /* the consumer's, as last read */
    uint64_t limit;   /* head + count; 0 before the first look */
    uint64_t cleared; /* position whose word is zero already */
    gyre__ring_t *ring;
    bool broken; /* the consumer wrote nonsense: no space any more */
} gyre__ring_tx_t;

typedef struct gyre__ring_rx {
    char *lines;
    uint64_t count;
    uint64_t head;
    uint64_t returned; /* head as last told to the producer */
    gyre__ring_t *ring;
} gyre__ring_rx_t;

void gyre__ring_tx_init(gyre__ring_tx_t *tx, gyre__ring_t *ring, size_t bytes);
void gyre__ring_rx_init(gyre__ring_rx_t *rx, gyre__ring_t *ring, size_t bytes);

/* Space for a record of that many lines, at most a quarter of the ring; NULL: full. */
char *gyre__ring_reserve(gyre__ring_tx_t *tx, uint64_t lines);

/* Reads how far the consumer is. False: it wrote nonsense. */
bool gyre__ring_refresh(gyre__ring_tx_t *tx);

/* Makes the ring look empty from now on, whatever the producer does. */
void gyre__ring_mute(gyre__ring_rx_t *rx);

/* Steps over a wrap: the word of the record behind it, GYRE__RING_BAD for a wrap that cannot be. */
uint64_t gyre__ring_unwrap(gyre__ring_rx_t *rx, char **record);

/* Tells the producer about all space taken so far. */
void gyre__ring_return(gyre__ring_rx_t *rx);

static inline uint64_t gyre__ring_lines(uint64_t bytes)
{
    return (bytes + GYRE__RING_LINE - 1) / GYRE__RING_LINE;
}

static inline char *gyre__ring_at(char *lines, uint64_t count, uint64_t position)
{
    return lines + (position & (count - 1)) * GYRE__RING_LINE;
}

static inline void gyre__ring_clear(gyre__ring_tx_t *tx, uint64_t position)
{
    uint64_t *word = (uint64_t *)gyre__ring_at(tx->lines, tx->count, position);
    __atomic_store_n(word, 0, __ATOMIC_RELAXED);
}

/* Asks for the lines behind the first before they are written: the copy then does not wait for
 * one after the other to leave the consumer's cache. The first is left alone, it is polled. */
static inline void gyre__ring_own(const char *record, uint64_t lines)
{
    for (uint64_t i = 1; i < lines; i++)
        gyre__cpu_fetch_to_write(record + i * GYRE__RING_LINE);
}

/* As gyre__ring_reserve, without looking at the consumer: NULL may mean no more than that. */
static inline char *gyre__ring_try(const gyre__ring_tx_t *tx, uint64_t lines)
{
    uint64_t at = tx->tail & (tx->count - 1);
    if (tx->tail + lines >= tx->limit || at + lines > tx->count)
        return NULL;
    return tx->lines + at * GYRE__RING_LINE;
}

/* Publishes the record that was reserved. The consumer polls its first line, and takes it away
 * with every look: write that last. The word that a successor of equal length would have to
 * clear is cleared afterwards, off the path of this record to the consumer. */
static inline void gyre__ring_publish(gyre__ring_tx_t *tx, uint64_t lines, uint64_t word)
{
    uint64_t next = tx->tail + lines;
    uint64_t *first = (uint64_t *)gyre__ring_at(tx->lines, tx->count, tx->tail);
    if (tx->cleared != next)
        gyre__ring_clear(tx, next);
    __atomic_store_n(first, word, __ATOMIC_RELEASE);
    tx->tail = next;
    if (next + lines < tx->limit) {
        gyre__ring_clear(tx, next + lines);
        tx->cleared = next + lines;
    }
}

/* Lines in flight, as far as known. */
static inline uint64_t gyre__ring_used(const gyre__ring_tx_t *tx)
{
    return tx->tail + tx->count - tx->limit;
}

/* Word and place of the next record; 0: none. */
static inline uint64_t gyre__ring_peek(gyre__ring_rx_t *rx, char **record)
{
    char *line = gyre__ring_at(rx->lines, rx->count, rx->head);
    uint64_t word = __atomic_load_n((uint64_t *)line, __ATOMIC_ACQUIRE);
    *record = line;
    if (__builtin_expect(GYRE__RING_KIND(word) == GYRE__RING_WRAP, 0))
        return gyre__ring_unwrap(rx, record);
    return word;
}

/* Bytes from the record at the head to the end of the ring: none is longer. */
static inline uint64_t gyre__ring_room(const gyre__ring_rx_t *rx)
{
    return (rx->count - (rx->head & (rx->count - 1))) * GYRE__RING_LINE;
}

/* Leaves the record behind. True: gyre__ring_return is due. */
static inline bool gyre__ring_release(gyre__ring_rx_t *rx, uint64_t lines)
{
    rx->head += lines;
    return rx->head - rx->returned >= rx->count / 8;
}

#endif
