/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the tasks' variables; gyre.conf(5) says the same, checked by check-conf.sh. */
#include "tasks/conf.h"

#include <gyre/plan.h>
#include <pthread.h>
#include <stdbool.h>

/* In the order of gyre_placement_t, without what needs a function. */
static const char *const placements[] = {"default",   "round_robin", "linked",
                                         "first_fit", "locality",    NULL};

/* In the order of gyre__progress_t. */
static const char *const progress[] = {"auto", "yes", "no", NULL};

static const gyre__conf_field_t fields[] = {
    {"TASK_PARALLELISM", "0", GYRE__CONF_INT, offsetof(gyre__tasks_conf_t, parallelism), NULL, 0,
     1 << 20, "How many instances a task has that does not say. 0 means one on each worker."},
    {"TASK_THREADS", "0", GYRE__CONF_INT, offsetof(gyre__tasks_conf_t, threads), NULL, 0, 4096,
     "How many threads of a worker compute, beside the one that communicates. 0 means that this "
     "one "
     "does everything."},
    {"TASK_PLACEMENT", "default", GYRE__CONF_ENUM, offsetof(gyre__tasks_conf_t, placement),
     placements, 0, 0,
     "Which worker runs which instances: round_robin, linked, first_fit, locality, or default, "
     "which is locality where tasks say where their data lies, else linked."},
    {"TASK_PENDING", "4m", GYRE__CONF_SIZE, offsetof(gyre__tasks_conf_t, pending), NULL, 0, 0,
     "How much an instance may have written to an edge that has not left yet, before its writes "
     "are "
     "refused."},
    {"TASK_CPUS", "1", GYRE__CONF_INT, offsetof(gyre__tasks_conf_t, cpus), NULL, 0, 1 << 16,
     "Processors that an instance takes whose task does not say, for placement."},
    {"TASK_MEMORY", "512m", GYRE__CONF_SIZE, offsetof(gyre__tasks_conf_t, memory), NULL, 0, 0,
     "Memory that an instance takes whose task does not say, for placement."},
    {"TASK_DISK", "512m", GYRE__CONF_SIZE, offsetof(gyre__tasks_conf_t, disk), NULL, 0, 0,
     "Room on disks that an instance takes whose task does not say, for placement."},
    {"RACKS", "", GYRE__CONF_STRING, offsetof(gyre__tasks_conf_t, racks), NULL, 0, 0,
     "A file with a host and its rack on each line, for placement near data. Empty means that "
     "racks are unknown."},
    {"PROGRESS", "auto", GYRE__CONF_ENUM, offsetof(gyre__tasks_conf_t, progress), progress, 0, 0,
     "Whether workers say from time to time, on standard error, how far their sets are; auto, "
     "where that is a terminal."},
};

const gyre__conf_table_t gyre__tasks_conf_table = {"tasks", fields,
                                                   sizeof(fields) / sizeof(fields[0])};

gyre__tasks_conf_t gyre__tasks_conf;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

gyre_status_t gyre__tasks_conf_open(void)
{
    static bool open;
    gyre_status_t status = GYRE_OK;
    pthread_mutex_lock(&lock);
    if (!open)
        status = gyre__conf_load(&gyre__tasks_conf_table, &gyre__tasks_conf);
    open |= status == GYRE_OK;
    pthread_mutex_unlock(&lock);
    return status;
}
