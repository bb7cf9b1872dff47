/* SPDX-License-Identifier: Apache-2.0 */
/* Bad rows of a reader: counted, and kept if so asked. */
#ifndef GYRE_IO_CSV_BAD_H
#define GYRE_IO_CSV_BAD_H

#include "io/csv.h"

typedef struct gyre__csv_bad_list {
    gyre_csv_policy_t policy;
    uint64_t max; /* 0: none */
    uint64_t count;
    gyre_csv_bad_t *rows;
    size_t kept, room;
} gyre__csv_bad_list_t;

/* What the policy makes of a bad row: GYRE_OK to go on, or the error that ends reading. */
gyre_status_t gyre__csv_bad_add(gyre__csv_bad_list_t *list, gyre__csv_rows_t *rows,
                                const gyre__csv_row_t *row, const char *reason);
void gyre__csv_bad_cleanup(gyre__csv_bad_list_t *list);

#endif
