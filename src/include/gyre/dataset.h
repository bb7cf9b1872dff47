/* SPDX-License-Identifier: Apache-2.0 */
/* Datasets: batches by the index of the task that has them, a worker's own and nobody else's. What
 * tasks of one graph leave for those of the next, and what a tset caches. See gyre_dataset(3). */
#ifndef GYRE_DATASET_H
#define GYRE_DATASET_H

#include <gyre/batch.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gyre_dataset gyre_dataset_t;

/* parts are as many as the tasks that fill it; on this worker most of them are empty. */
GYRE_EXPORT gyre_status_t gyre_dataset_create(int parts, gyre_dataset_t **dataset);

/* One more reference to it; the last release frees it. Any thread may. NULL is allowed. */
GYRE_EXPORT gyre_dataset_t *gyre_dataset_retain(gyre_dataset_t *dataset);
GYRE_EXPORT void gyre_dataset_release(gyre_dataset_t *dataset);

/* Keeps a reference to the batch. One thread at a time fills or reads a part. */
GYRE_EXPORT gyre_status_t gyre_dataset_append(gyre_dataset_t *dataset, int part,
                                              const gyre_batch_t *batch);
/* Nothing is left of the part. */
GYRE_EXPORT gyre_status_t gyre_dataset_clear(gyre_dataset_t *dataset, int part);

GYRE_EXPORT int gyre_dataset_parts(const gyre_dataset_t *dataset);
/* The batches of a part; NULL: none, or no such part. Lives until the part is changed. */
GYRE_EXPORT const gyre_batch_t *const *gyre_dataset_batches(const gyre_dataset_t *dataset, int part,
                                                            size_t *count);
/* In all parts of this worker. */
GYRE_EXPORT uint64_t gyre_dataset_rows(const gyre_dataset_t *dataset);
GYRE_EXPORT uint64_t gyre_dataset_bytes(const gyre_dataset_t *dataset);

#ifdef __cplusplus
}
#endif
#endif
