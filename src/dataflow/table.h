/* SPDX-License-Identifier: Apache-2.0 */
/* A table of groups that grows no further than memory is granted. */
#ifndef GYRE_DATAFLOW_TABLE_H
#define GYRE_DATAFLOW_TABLE_H

#include "batch/group.h"
#include "dataflow/memory.h"

#include <gyre/operator.h>

typedef struct gyre__table {
    gyre_group_t *groups;
    gyre__hold_t hold;
    size_t most; /* bytes, however many would be granted */
} gyre__table_t;

/* Keys and aggregates are those of the options. */
gyre_status_t gyre__table_open(gyre__table_t *table, const gyre_operator_opts_t *opts);
void gyre__table_close(gyre__table_t *table);

/* Takes rows of the intake from its front, as long as memory is granted for them and extra bytes.
 * GYRE_IN_PROGRESS: it must be emptied before it takes the others. With must it takes all; an empty
 * one takes some in any case. */
gyre_status_t gyre__table_take(gyre__table_t *table, gyre__intake_t *intake, size_t extra,
                               bool must);

/* About a page of groups, from first on. */
gyre_status_t gyre__table_some(const gyre__table_t *table, gyre_group_form_t form, size_t first,
                               const gyre_batch_t **batch);

#endif
