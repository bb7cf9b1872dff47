/* SPDX-License-Identifier: Apache-2.0 */
/* Folding: members are cut into as many groups as the highest power of the radix that is not
 * above their number. Groups are runs of ranks, so that what a group's lead reduces keeps rank
 * order; the leads are numbered anew, in that order. */
#ifndef GYRE_HARP_PATTERN_FOLD_H
#define GYRE_HARP_PATTERN_FOLD_H

typedef struct gyre__fold {
    int radix;       /* at most the number of members, at least 2 */
    int size;        /* groups: a power of radix */
    int index;       /* of this member's group */
    int first, last; /* members of the group: first to last - 1 */
    int lead;        /* the first of them, or keep where that is among them */
    int members, keep;
} gyre__fold_t;

/* keep: a rank that is to be lead of its group, or -1. */
gyre__fold_t gyre__fold(int rank, int members, int radix, int keep);

/* Rank of the lead of a group. */
int gyre__fold_lead(const gyre__fold_t *fold, int index);

/* Number of the group of a rank. */
int gyre__fold_index(const gyre__fold_t *fold, int rank);

#endif
