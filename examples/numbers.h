/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of so many doubles each, in one column of bytes: points and samples as they are read, and
 * what they come to. */
#ifndef EXAMPLES_NUMBERS_H
#define EXAMPLES_NUMBERS_H

#include <gyre/gyre.h>

const gyre_schema_t *numbers_schema(size_t columns);

/* Of CSV: columns of doubles, none of which is missing; and one of them as that of rows. */
const gyre_schema_t *numbers_columns(size_t columns);
void numbers_weave(const gyre_column_t *column, size_t at, size_t columns, double *rows);

/* All rows of a CSV file, to be freed. */
double *numbers_load(const char *path, size_t *rows, size_t *columns);

/* The rows of a split of CSV as one batch. */
gyre_status_t numbers_take(const gyre_split_t *split, const gyre_schema_t *schema,
                           const gyre_batch_t **batch);

/* Adds rows of so many doubles. */
gyre_aggregate_t numbers_add(size_t columns);

static inline const double *numbers_at(const gyre_batch_t *batch, size_t row)
{
    const gyre_column_t *column = batch->columns[0];
    return (const double *)((const char *)column->values + row * (size_t)column->field->size);
}

/* As lines of so many comma-separated numbers each, to a file, or to standard output. */
gyre_status_t numbers_write(const char *path, const double *values, size_t count, size_t columns);

#endif
