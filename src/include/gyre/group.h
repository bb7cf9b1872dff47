/* SPDX-License-Identifier: Apache-2.0 */
/* Grouping rows by keys, with aggregates per group. See gyre_group(3). */
#ifndef GYRE_GROUP_H
#define GYRE_GROUP_H

#include <gyre/batch.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the values of a group are made into; nulls are passed over. */
typedef enum gyre_fold {
    GYRE_FOLD_COUNT, /* int64 */
    GYRE_FOLD_SUM,   /* int64 or uint64, which wrap, of integers; float64 of floats */
    GYRE_FOLD_PROD,  /* alike */
    GYRE_FOLD_MIN,   /* of the column's type: integers, floats, dates, timestamps, decimal128 */
    GYRE_FOLD_MAX,   /* alike; not a number only where nothing else is */
    GYRE_FOLD_MEAN,  /* float64 */
    GYRE_FOLD_USER   /* of the column's type, which is of fixed width */
} gyre_fold_t;

/* Folds one more value into a state, which was the first value. Must not care about order where
 * rows come in any. */
typedef void (*gyre_fold_fn)(void *arg, void *state, const void *value);

#define GYRE_GROUP_ROWS SIZE_MAX /* for COUNT: rows, not the values of a column */

typedef struct gyre_aggregate {
    gyre_fold_t fold;
    size_t column;
    const char *name;      /* of the result; NULL: the column's */
    gyre_fold_fn function; /* USER alone */
    void *arg;
} gyre_aggregate_t;

/* One row per group: its key, then its aggregates or, as a partial result, what can still be
 * merged. */
typedef enum gyre_group_form { GYRE_GROUP_FINAL, GYRE_GROUP_PARTIAL } gyre_group_form_t;

typedef struct gyre_group gyre_group_t;

/* For batches of the schema; keys are indices of columns, of any kind; without keys all rows are
 * one group. Equal are nulls, both zeros, and all that is not a number. GYRE_ERR_ARG: a fold does
 * not go with its column, or there are neither keys nor aggregates. */
GYRE_EXPORT gyre_status_t gyre_group_create(const gyre_schema_t *schema, const size_t *keys,
                                            size_t key_count, const gyre_aggregate_t *aggregates,
                                            size_t aggregate_count, gyre_group_t **group);
/* NULL is allowed. */
GYRE_EXPORT void gyre_group_destroy(gyre_group_t *group);

/* Rows of a batch. *rows, where rows is not NULL, says how many are in, those from the front, also
 * after an error: the others are not. */
GYRE_EXPORT gyre_status_t gyre_group_insert(gyre_group_t *group, const gyre_batch_t *batch,
                                            size_t *rows);
/* The same for partial results of a table with the same keys and aggregates. */
GYRE_EXPORT gyre_status_t gyre_group_merge(gyre_group_t *group, const gyre_batch_t *batch,
                                           size_t *rows);

/* The number of groups, and the bytes that it holds for them. */
GYRE_EXPORT size_t gyre_group_count(const gyre_group_t *group);
GYRE_EXPORT size_t gyre_group_bytes(const gyre_group_t *group);

/* What results look like; lives as long as the table, or its retained reference. */
GYRE_EXPORT const gyre_schema_t *gyre_group_schema(const gyre_group_t *group,
                                                   gyre_group_form_t form);

/* count groups from first, in the order in which they came, copied. allocator NULL: from the
 * heap. */
GYRE_EXPORT gyre_status_t gyre_group_result(const gyre_group_t *group, gyre_group_form_t form,
                                            size_t first, size_t count,
                                            const gyre_allocator_t *allocator,
                                            const gyre_batch_t **batch);

/* No groups, but the memory for as many. */
GYRE_EXPORT void gyre_group_clear(gyre_group_t *group);

#ifdef __cplusplus
}
#endif
#endif
