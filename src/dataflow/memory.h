/* SPDX-License-Identifier: Apache-2.0 */
/* What operators of this process hold of GYRE_MEMORY. Thread-safe. */
#ifndef GYRE_DATAFLOW_MEMORY_H
#define GYRE_DATAFLOW_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* The bound, in bytes, for a worker that shares its node with others: set before the first take. */
void gyre__memory_open(size_t limit, unsigned local_workers);

/* Whether there is room, which is then taken. */
bool gyre__memory_take(size_t bytes);
/* Takes it whether there is room or not: for what an operator cannot go on without. */
void gyre__memory_force(size_t bytes);
void gyre__memory_give(size_t bytes);

/* What a part of an operator holds. A page is always granted. */
typedef struct gyre__hold {
    size_t bytes;
} gyre__hold_t;

/* Says how much it holds, now or soon. False: that is more than before, and there is no room, so it
 * must spill. */
bool gyre__hold(gyre__hold_t *hold, size_t bytes);
/* The same, granted in any case: for what it cannot go on without. */
void gyre__hold_sure(gyre__hold_t *hold, size_t bytes);

size_t gyre__memory_limit(void);
size_t gyre__memory_used(void);
size_t gyre__memory_peak(void);

#endif
