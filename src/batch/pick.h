/* SPDX-License-Identifier: Apache-2.0 */
/* Values by their rows' numbers, into one run. */
#ifndef GYRE_BATCH_PICK_H
#define GYRE_BATCH_PICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* count values of width bytes each; with gaps those of GYRE_NO_ROW are 0. */
void gyre__pick(void *to, const void *from, size_t width, const uint32_t *rows, size_t count,
                bool gaps);

/* Bits, counted from from_at in from, to at and on in to. */
void gyre__pick_bits(uint8_t *to, size_t at, const uint8_t *from, size_t from_at,
                     const uint32_t *rows, size_t count);

#endif
