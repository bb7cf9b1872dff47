/* SPDX-License-Identifier: Apache-2.0 */
/* Deep copies of what graphs are given. A list lies with the texts that it points to in one
 * allocation, so that one free ends it. NULL and no error: there was nothing to copy. */
#ifndef GYRE_TASKS_GRAPH_COPY_H
#define GYRE_TASKS_GRAPH_COPY_H

#include "tasks/graph.h"

gyre_status_t gyre__text_copy(const char *text, char **copy);

/* opts of the node point to the caller's, and to the node's after the call, also where it failed:
 * gyre__vertex_cleanup is then due. The same for edges. */
gyre_status_t gyre__vertex_own(gyre__vertex_t *node);
void gyre__vertex_cleanup(gyre__vertex_t *node);
gyre_status_t gyre__edge_own(gyre__edge_t *edge);
void gyre__edge_cleanup(gyre__edge_t *edge);

#endif
