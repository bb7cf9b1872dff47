/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of folding, and of what the leads do among themselves: see pattern/fold.h. */
#ifndef GYRE_HARP_FOLD_H
#define GYRE_HARP_FOLD_H

#include "harp/pattern/fold.h"
#include "harp/plan.h"

/* Of a lead: reduces its group's vectors to sum, where value is then, or stays where it is when
 * the group has no others. Those send theirs with that tag. */
int32_t gyre__fold_in(const gyre__fold_t *fold, gyre__schedule_t *s, uint64_t length, uint32_t tag,
                      gyre__ref_t *value, gyre__ref_t sum);

/* Of a lead: sends the group's others the vector at value. */
void gyre__fold_out(const gyre__fold_t *fold, gyre__schedule_t *s, int32_t ready, gyre__ref_t value,
                    uint64_t length, uint32_t tag);

/* An allreduce of the leads' vectors, which are at value after step ready, into their outputs. */
typedef int32_t (*gyre__among_leads_fn)(const gyre__plan_t *plan, const gyre__fold_t *fold,
                                        gyre__schedule_t *s, gyre__ref_t value, int32_t ready);

/* allreduce: folds, lets the leads do it, and tells the others. */
void gyre__fold_allreduce(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__among_leads_fn fn);

/* Leads that swap in a round: those whose numbers differ in the digit of that weight. */
typedef struct gyre__round {
    int weight, digit; /* this lead's digit */
} gyre__round_t;

gyre__round_t gyre__fold_round(const gyre__fold_t *fold, int weight);

/* Rank of the lead that has this other digit. */
int gyre__fold_peer(const gyre__fold_t *fold, const gyre__round_t *round, int digit);

/* The leads' vectors reduced in parts, one per lead: what this lead has of the sums of parts. */
typedef struct gyre__split {
    gyre__fold_t fold;
    gyre__ref_t value; /* in: the vector */
    gyre__ref_t sum;   /* memory for a vector of sums, each in its place */
    int first, count;  /* parts that this lead has */
    int32_t ready;
} gyre__split_t;

/* Bytes of the parts of count groups from first on. */
void gyre__split_part(const gyre__plan_t *plan, const gyre__split_t *split, int first, int count,
                      uint64_t *offset, uint64_t *length);

/* All rounds, from the lowest weight: partners are neighbours first, so that rank order is kept.
 * A lead ends with the part of the number that is its own with the digits turned around. */
void gyre__split_reduce(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__split_t *split);

#endif
