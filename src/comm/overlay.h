/* SPDX-License-Identifier: Apache-2.0 */
/* Whom a member passes news on to. Pure: members are 0 .. size - 1, and skipped ones are those for
 * which skip is true. Both graphs hold together whoever is skipped. */
#ifndef GYRE_COMM_OVERLAY_H
#define GYRE_COMM_OVERLAY_H

#include <stdbool.h>

typedef struct gyre__overlay {
    int size;
    bool (*skip)(const void *arg, int rank);
    const void *arg;
} gyre__overlay_t;

typedef void (*gyre__overlay_fn)(void *arg, int rank);

/* The neighbours in the flood: at distances 2^k up and down, or the next one beyond that is not
 * skipped. through >= 0: only those that are neighbours because through is skipped. One may be
 * visited twice. */
void gyre__overlay_flood(const gyre__overlay_t *overlay, int rank, int through,
                         gyre__overlay_fn visit, void *arg);

/* A binomial tree. The root is the lowest that is not skipped; whose parent is skipped belongs to
 * the nearest ancestor that is not, else to the root. */
int gyre__overlay_root(const gyre__overlay_t *overlay);
int gyre__overlay_parent(const gyre__overlay_t *overlay, int rank); /* -1: rank is the root */
void gyre__overlay_children(const gyre__overlay_t *overlay, int rank, gyre__overlay_fn visit,
                            void *arg);

#endif
