/* SPDX-License-Identifier: Apache-2.0 */
/* Links between tasks, of one or several graphs, that name the same datasets. */
#ifndef GYRE_TASKS_LINKS_H
#define GYRE_TASKS_LINKS_H

#include "tasks/graph.h"

/* Whether two tasks name a dataset alike: it, or NULL. */
const char *gyre__link(const gyre__vertex_t *one, const gyre__vertex_t *other);

/* GYRE_ERR_ARG: tasks that are linked differ in parallelism, or two of a graph leave the same. */
gyre_status_t gyre__links_check(const gyre_graph_t *const *graphs, size_t count, int workers);

#endif
