/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes of rows of one column. */
#ifndef GYRE_BATCH_HASH_H
#define GYRE_BATCH_HASH_H

#include <gyre/hash.h>

/* Mixes count values from row first into as many hashes. */
void gyre__column_hash(const gyre_column_t *column, size_t first, size_t count, uint64_t *hashes);

#endif
