/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes of rows, by which they find their worker. See gyre_batch_hash(3). */
#ifndef GYRE_HASH_H
#define GYRE_HASH_H

#include <gyre/batch.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A hash of 64 good bits for each row, of some of its columns in that order: the same for equal
 * values on every worker, machine and day. Both zeros of floating point are equal, so are all NaNs,
 * and nulls. Of no columns it is 0. */
GYRE_EXPORT gyre_status_t gyre_batch_hash(const gyre_batch_t *batch, const size_t *columns,
                                          size_t count, uint64_t *hashes);

#ifdef __cplusplus
}
#endif
#endif
