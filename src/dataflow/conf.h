/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of dataflow, read when the first operator is made. */
#ifndef GYRE_DATAFLOW_CONF_H
#define GYRE_DATAFLOW_CONF_H

#include "base/conf.h"

typedef struct gyre__dataflow_conf {
    size_t memory;
    size_t page;
    size_t window;
    char *spill_dirs;
    int spill_codec;
} gyre__dataflow_conf_t;

/* The values in force once gyre__dataflow_conf_open has succeeded, which reads the environment once
 * per process. */
extern gyre__dataflow_conf_t gyre__dataflow_conf;
extern const gyre__conf_table_t gyre__dataflow_conf_table;

gyre_status_t gyre__dataflow_conf_open(void);

#endif
