/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of tasks, read when the first plan or executor is made. */
#ifndef GYRE_TASKS_CONF_H
#define GYRE_TASKS_CONF_H

#include "base/conf.h"

typedef enum gyre__progress {
    GYRE__PROGRESS_AUTO,
    GYRE__PROGRESS_YES,
    GYRE__PROGRESS_NO
} gyre__progress_t;

typedef struct gyre__tasks_conf {
    int64_t parallelism, threads;
    int placement;
    size_t pending;
    int64_t cpus;
    size_t memory, disk;
    char *racks;
    int progress;
} gyre__tasks_conf_t;

/* The values in force once gyre__tasks_conf_open has succeeded, which reads the environment once
 * per process. */
extern gyre__tasks_conf_t gyre__tasks_conf;
extern const gyre__conf_table_t gyre__tasks_conf_table;

gyre_status_t gyre__tasks_conf_open(void);

#endif
