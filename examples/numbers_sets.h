/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of such rows. */
#ifndef EXAMPLES_NUMBERS_SETS_H
#define EXAMPLES_NUMBERS_SETS_H

#include "numbers.h"

typedef enum numbers_format {
    NUMBERS_CSV,
    NUMBERS_BINARY, /* as they lie in memory */
    NUMBERS_LIBSVM, /* "1 3:0.5 7:2": a label, then columns that are not 0, counted from 1 */
    NUMBERS_FORMATS
} numbers_format_t;

/* By its name. NUMBERS_FORMATS: there is none. */
numbers_format_t numbers_format(const char *name);

/* What files hold, and what of it counts. */
typedef struct numbers_layout {
    numbers_format_t format;
    bool header;        /* of CSV: the first line of each file has names */
    size_t first, last; /* of CSV: the columns that count, from 1 on; 0: all */
    size_t label;       /* of CSV: the column that comes before those; 0: none does */
    bool labels;        /* rows begin with 1 or -1, */
    bool has_positive;  /* which come of whether a label is positive */
    double positive;
} numbers_layout_t;

/* "2-5" or "2": columns of an option. */
void numbers_range(const char *text, numbers_layout_t *layout);
static inline size_t numbers_width(const numbers_layout_t *layout)
{
    return layout->last - layout->first + 1;
}
/* Whether it says nothing of CSV, or of labels, that its format has not. */
bool numbers_layout_fits(const numbers_layout_t *layout);

/* The rows of files, in parts of the environment's parallelism. The layout outlives the set. */
gyre_tset_t *numbers_read(gyre_env_t *env, const char *path, const numbers_layout_t *layout,
                          size_t columns);

/* The same row in every part, cached. */
gyre_tset_t *numbers_everywhere(gyre_env_t *env, const double *values, size_t columns,
                                int parallelism);

/* The sum of all rows in every part. */
gyre_tset_t *numbers_sum(gyre_tset_t *set);

/* The only row of a set that was given as an input. */
const double *numbers_input(const gyre_partition_t *part, const char *name);

/* Of functions that make one row of a part: state is that row, zero at first. */
gyre_status_t numbers_open(gyre_partition_t *part);
gyre_status_t numbers_begin(gyre_partition_t *part);
gyre_status_t numbers_finish(gyre_partition_t *part, gyre_builder_t *out);
void numbers_close(gyre_partition_t *part);

#endif
