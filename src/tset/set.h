/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a set: a node of the environment's graph, which knows what it is made of but not
 * what is made of it. Parents are older than their children, so that the order in which sets were
 * made is one in which edges lead forward. */
#ifndef GYRE_TSET_SET_H
#define GYRE_TSET_SET_H

#include "tset/env.h"

typedef enum gyre__set_kind {
    GYRE__SET_SOURCE, /* a function gives its rows */
    GYRE__SET_NARROW, /* a function of the rows of its only parent, part by part */
    GYRE__SET_WIDE,   /* operators bring its rows from parts of others */
    GYRE__SET_STORE   /* keeps the rows of its only parent; those that it has begin a stage */
} gyre__set_kind_t;

/* What a function of a narrow set gives for what it gets. */
typedef enum gyre__form {
    GYRE__FORM_MAP,     /* one row for each */
    GYRE__FORM_FLATMAP, /* any number, also at the end */
    GYRE__FORM_FILTER,  /* the row or nothing */
    GYRE__FORM_COMPUTE, /* one row at the end */
    GYRE__FORM_EACH     /* nothing */
} gyre__form_t;

/* An operator that leads to a wide set. */
typedef struct gyre__set_edge {
    size_t parent, right;      /* among the parents */
    gyre_operator_opts_t flow; /* what it points to is the set's */
} gyre__set_edge_t;

typedef struct gyre__set_input {
    char *name;
    gyre_tset_t *stored;
} gyre__set_input_t;

struct gyre_tset {
    gyre__link_t link; /* in the environment's list */
    gyre_env_t *env;
    int id;
    char *name;
    gyre__set_kind_t kind;
    bool poisoned;
    bool released;  /* by the program */
    int references; /* the program's, those of sets made of it, of jobs */
    int parallelism;
    const gyre_schema_t *schema;
    size_t *keys; /* columns */
    size_t key_count;
    gyre_tset_t **parents;
    size_t parent_count;
    gyre__set_input_t *inputs;
    size_t input_count;

    /* Of sources and narrow sets. */
    gyre_function_t function;
    gyre__form_t form;
    void (*drop)(void *arg); /* of the function's arg, where the set has made it */
    gyre_task_data_t *data;  /* where the data of each part lies; NULL: anywhere */

    /* Of wide sets. arrive: what a batch from an edge becomes; NULL: as it is. */
    gyre__set_edge_t *edges;
    size_t edge_count;
    gyre_status_t (*arrive)(gyre_partition_t *part, int edge, int source, const gyre_batch_t *batch,
                            const gyre_batch_t **out);

    /* Of stores. */
    bool on_disk, eager;
    bool full;            /* it has been evaluated */
    gyre_dataset_t *kept; /* of this worker's parts; of one on disk, once it is a side input */
    int *workers;         /* that have the parts; NULL: any may */
    char *directory;      /* of one on disk */

    bool done;             /* a sink has run */
    bool busy;             /* being evaluated for others */
    struct gyre__job *job; /* to evaluate it again */

    /* While sets are lowered. */
    bool needed;
    size_t stage, step;
};

/* A set of the kind, named after what and its number, that keeps references to its parents, which
 * must be of env; of env NULL, of the parents'. Poisoned where one of them is, or there is no
 * memory. Never NULL. */
gyre_tset_t *gyre__set_create(gyre_env_t *env, gyre__set_kind_t kind, const char *what,
                              gyre_tset_t *const *parents, size_t count);
/* The end of a call that makes a set: an error poisons it. Returns it. */
gyre_tset_t *gyre__set_end(gyre_tset_t *set, gyre_status_t status);

gyre_tset_t *gyre__set_retain(gyre_tset_t *set);
void gyre__set_release(gyre_tset_t *set);
/* Whatever references there are. */
void gyre__set_free(gyre_tset_t *set);

/* Parallelism as the caller gave it; usual where that is 0. */
gyre_status_t gyre__set_spread(gyre_tset_t *set, int parallelism, int usual);
/* Keys as of another set. */
gyre_status_t gyre__set_keep_keys(gyre_tset_t *set, const gyre_tset_t *from);
gyre_status_t gyre__set_take_keys(gyre_tset_t *set, const size_t *keys, size_t count);
/* A stored set that has been evaluated. */
static inline bool gyre__set_is_full(const gyre_tset_t *set)
{
    return set->kind == GYRE__SET_STORE && set->full;
}
static inline bool gyre__set_is_sink(const gyre_tset_t *set)
{
    return set->kind == GYRE__SET_NARROW && set->form == GYRE__FORM_EACH;
}
/* An evaluated eager store needs no parents any more. */
void gyre__set_forget_parents(gyre_tset_t *set);

/* A copy in memory of its own; NULL for none. */
gyre_status_t gyre__set_copy(const void *from, size_t count, size_t width, void **copy);

/* narrow.c: a narrow set with the function, checked for its form. */
gyre_tset_t *gyre__set_narrow(gyre_tset_t *parent, const char *what, gyre__form_t form,
                              const gyre_function_t *function);
/* The same with an argument that goes with the set, or at once after an error. */
gyre_tset_t *gyre__set_narrow_own(gyre_tset_t *parent, const char *what, gyre__form_t form,
                                  const gyre_function_t *function, void (*drop)(void *arg));
/* One row for each part: how many rows it has. */
gyre_tset_t *gyre__set_counts(gyre_tset_t *parent);

/* source.c: the same of sources. */
gyre_tset_t *gyre__set_source(gyre_env_t *env, const char *what, const gyre_function_t *function,
                              int parallelism, void (*drop)(void *arg));

/* wide.c: a wide set of the parallelism, with an operator from each parent; keys, order and
 * aggregates of flow are copied. schema NULL: the first parent's. */
gyre_tset_t *gyre__set_wide(gyre_tset_t *const *parents, size_t count, const char *what,
                            const gyre_operator_opts_t *flow, int parallelism);

/* evaluate.c: collective; what is wrong with the environment is said first. */
gyre_status_t gyre__evaluate_now(gyre_tset_t *set);

#endif
