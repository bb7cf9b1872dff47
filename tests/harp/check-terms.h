/* SPDX-License-Identifier: Apache-2.0 */
/* What an element has become: the input element of a member, or a term (left op right) of such.
 * Equal terms have equal numbers, so that members can be compared bit for bit. */
#ifndef GYRE_TESTS_CHECK_TERMS_H
#define GYRE_TESTS_CHECK_TERMS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct term {
    uint64_t members; /* bit per member that contributes, each once */
    uint64_t index;   /* of the input element, the same in all of them */
    uint32_t left, right;
    uint8_t first, last; /* members at the ends */
    bool in_order;       /* first, first + 1, ... last */
    bool leftwards;      /* ((x0 op x1) op x2) ... */
} term_t;

typedef struct terms {
    term_t *all;
    uint32_t count, room;
    uint32_t *table; /* open addressing by left and right */
    uint32_t table_size;
} terms_t;

void terms_init(terms_t *terms);
void terms_cleanup(terms_t *terms);
void terms_clear(terms_t *terms);

/* Adds the input elements of a member and returns the number of the first; numbers start at 1. */
uint32_t terms_add_inputs(terms_t *terms, int member, uint64_t count);

/* 0 where the two have a member in common, or are of different elements. */
uint32_t terms_combine(terms_t *terms, uint32_t left, uint32_t right);

#endif
