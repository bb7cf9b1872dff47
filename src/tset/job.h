/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs: some sets and what they need of others, lowered to a graph, planned, and run as often as
 * one likes. */
#ifndef GYRE_TSET_JOB_H
#define GYRE_TSET_JOB_H

#include "tset/stage.h"

/* A stored set that a graph reads, and what was last given to the executor. */
typedef struct gyre__plug {
    gyre_tset_t *stored;
    gyre_dataset_t *plugged;
} gyre__plug_t;

typedef struct gyre__job {
    gyre__link_t link; /* in the environment's list */
    gyre_env_t *env;
    char name[32]; /* of the graph */
    gyre_graph_t *graph;
    gyre_plan_t *plan;
    gyre_executor_t *executor;
    gyre_tset_t **sets; /* all that are in it, referred to, older first */
    size_t set_count;
    gyre__stage_plan_t *stages;
    size_t stage_count;
    gyre__plug_t *plugs;
    size_t plug_count;
    bool has_run;
    bool outdated; /* what it reads has moved: it is to be made anew */
} gyre__job_t;

/* lower.c: stages, plugs and graph of the targets. like: where the parts of the first target are to
 * be; NULL: anywhere. Local. */
void gyre__mark(gyre_env_t *env, gyre_tset_t *const *targets, size_t count);
gyre_status_t gyre__lower(gyre__job_t *job, gyre_tset_t *const *targets, size_t count,
                          const int *like);
void gyre__lower_close(gyre__job_t *job);

/* job.c. Collective. */
gyre_status_t gyre__job_create(gyre_env_t *env, gyre_tset_t *const *targets, size_t count,
                               const int *like, gyre__job_t **job);
gyre_status_t gyre__job_run(gyre__job_t *job);
/* Local; leaves a record of what it has done. NULL is allowed. */
void gyre__job_destroy(gyre__job_t *job);

/* evaluate.c: once, and no more. Collective. */
gyre_status_t gyre__evaluate(gyre_env_t *env, gyre_tset_t *const *targets, size_t count);

/* store.c */
void gyre__store_close(gyre_tset_t *set);

/* persist.c: a set on disk. It is full already where a checkpoint has it. */
gyre_status_t gyre__persist_open(gyre_tset_t *set);
void gyre__persist_close(gyre_tset_t *set);
/* Collective: all parts are there. */
gyre_status_t gyre__persist_finish(gyre_tset_t *set);
/* This worker's parts into memory, for side inputs. */
gyre_status_t gyre__persist_load(gyre_tset_t *set);

/* persist_name.c: the directory of a set on disk, to be freed; removes temporary ones beside it
 * whose processes are no more. */
gyre_status_t gyre__persist_name(const gyre_tset_t *set, char **name);
void gyre__temporary_remove(char *directory);

/* stats.c */
void gyre__progress_open(gyre_env_t *env);
void gyre__progress_start(const gyre__job_t *job);
void gyre__progress_note(gyre__stage_plan_t *stage, const gyre_batch_t *batch);
void gyre__record(const gyre__job_t *job);
void gyre__records_cleanup(gyre_env_t *env);

#endif
