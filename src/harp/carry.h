/* SPDX-License-Identifier: Apache-2.0 */
/* Copying into a ring that other cores read, past the caches or not. */
#ifndef GYRE_HARP_CARRY_H
#define GYRE_HARP_CARRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GYRE__CARRIED 2048 /* bytes from which on it matters how */

/* What has been learnt, for one ring. Zeroed at first. */
typedef struct gyre__carrier {
    uint64_t cached, past; /* ticks per KiB of either way, lately; 0: not known */
    uint64_t settling;     /* bytes until those of the cached way are to be believed */
    uint64_t resting;      /* bytes until it is tried again */
    uint64_t patience;     /* bytes that it rests next time */
    uint32_t turn;
} gyre__carrier_t;

void gyre__carry(gyre__carrier_t *carrier, void *to, const void *from, size_t length);

#endif
