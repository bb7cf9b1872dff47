/* SPDX-License-Identifier: Apache-2.0 */
/* What algorithms on graphs share. Vertex v belongs to part v modulo parts, and lies there behind v
 * divided by parts others. Every part has the edges that lead to its vertices, and a vector of what
 * is known of all vertices, which is one row of doubles (numbers.h). */
#ifndef EXAMPLES_EDGES_H
#define EXAMPLES_EDGES_H

#include <gyre/gyre.h>

typedef struct edges {
    gyre_tset_t *set; /* from, to: uint32; weight: float64, where there are weights; cached */
    uint64_t count;
    size_t vertices; /* 1 above the largest number */
} edges_t;

/* Of CSV files with that delimiter, where lines that begin with # are skipped. Collective; what was
 * wrong is told by the environment's status. */
void edges_read(gyre_env_t *env, const char *path, char delimiter, bool weighted, edges_t *edges);

static inline const uint32_t *edges_ends(const gyre_batch_t *batch, size_t column)
{
    return batch->columns[column]->values;
}

static inline size_t edges_own(const gyre_partition_t *part, size_t vertices)
{
    size_t parts = (size_t)part->parallelism, index = (size_t)part->index;
    return index < vertices ? (vertices - index - 1) / parts + 1 : 0;
}

/* The vector, in every part, of a set that has a row for each vertex of the part, in order, with a
 * double in its first column. */
gyre_tset_t *edges_spread(gyre_tset_t *set, size_t vertices);

/* "3,0.5" for every vertex of the vector, in a directory. */
gyre_status_t edges_save(gyre_tset_t *vector, const char *directory, const char *name);

#endif
