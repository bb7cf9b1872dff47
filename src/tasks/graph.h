/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a graph: deep copies of what was added. Parallelism 0 stays as it was given; what
 * it comes to depends on the number of workers. */
#ifndef GYRE_TASKS_GRAPH_H
#define GYRE_TASKS_GRAPH_H

#include <gyre/graph.h>

enum { GYRE__PARALLELISM_MAX = 1 << 20 /* of GYRE_TASK_PARALLELISM, too */ };

typedef struct gyre__vertex {
    char *name;
    gyre_task_opts_t opts; /* all that it points to is the node's, but data and arg */
} gyre__vertex_t;

typedef struct gyre__edge {
    char *name;
    size_t from, to;           /* nodes */
    size_t right;              /* of a join */
    gyre_operator_opts_t flow; /* all that it points to is the edge's, but arg */
} gyre__edge_t;

struct gyre_graph {
    char *name;
    int stream;
    int limit; /* instances on a worker; 0: any number */
    gyre__vertex_t *nodes;
    size_t node_count;
    gyre__edge_t *edges;
    size_t edge_count;
};

static inline bool gyre__edge_joins(const gyre__edge_t *edge)
{
    return edge->flow.kind == GYRE_JOIN;
}

/* node_count: there is none. */
size_t gyre__graph_find(const gyre_graph_t *graph, const char *name);

/* Of a node among so many workers. */
int gyre__graph_parallelism(const gyre__vertex_t *node, int workers);

/* Nodes in an order in which edges lead forward. false: there is a circle; *count are before it. */
bool gyre__graph_sort(const gyre_graph_t *graph, size_t *nodes, size_t *count);

#endif
