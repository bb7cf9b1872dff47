/* SPDX-License-Identifier: Apache-2.0 */
/* TSets: distributed sets of rows, made of others by functions and operators, and evaluated when a
 * result is asked for. See gyre_tset(3) and gyre_env(3).
 *
 * All workers of the environment's communicator make the same calls in the same order. A call that
 * makes a set never waits and never returns NULL: what is wrong with it is remembered, named, and
 * returned by gyre_env_status and by whatever evaluates. One thread uses an environment and its
 * sets; functions run on the threads that the environment was given. */
#ifndef GYRE_TSET_H
#define GYRE_TSET_H

#include <gyre/csv.h>
#include <gyre/executor.h>
#include <gyre/input.h>
#include <gyre/output.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gyre_env gyre_env_t;
typedef struct gyre_tset gyre_tset_t;

/* --- Environments --- */

typedef enum gyre_env_mode {
    GYRE_ENV_BATCH,
    GYRE_ENV_STREAM,    /* sources may go on until gyre_env_stop */
    GYRE_ENV_CHECKPOINT /* batch; what is persisted is found again by the next run of the job */
} gyre_env_mode_t;

/* Zero is the default for every field but size. */
typedef struct gyre_env_opts {
    size_t size; /* sizeof(gyre_env_opts_t) */
    gyre_env_mode_t mode;
    int parallelism;            /* of sources that do not say; 0: GYRE_TASK_PARALLELISM */
    gyre_placement_t placement; /* default: GYRE_TASK_PLACEMENT */
    int threads, shared;        /* as in gyre_executor_opts_t */
    const char *directory;      /* where persist writes; NULL: the first of GYRE_SPILL_DIRS. Of
                                 * checkpoints one that all nodes share */
} gyre_env_opts_t;

/* Collective over comm, which must outlive it. opts may be NULL. */
GYRE_EXPORT gyre_status_t gyre_env_create(gyre_comm_t *comm, const gyre_env_opts_t *opts,
                                          gyre_env_t **env);
/* And all its sets. NULL is allowed. */
GYRE_EXPORT void gyre_env_destroy(gyre_env_t *env);

/* The first error of any call that made a set; GYRE_OK: none. */
GYRE_EXPORT gyre_status_t gyre_env_status(const gyre_env_t *env);
/* Evaluates all sinks, saves and lazy stores that have not been. Of a stream: until its sources
 * have ended. Collective; waits. */
GYRE_EXPORT gyre_status_t gyre_env_run(gyre_env_t *env);
/* Sources of this worker end soon, what they gave goes its way. Any thread and function may. */
GYRE_EXPORT void gyre_env_stop(gyre_env_t *env);
/* What has been evaluated so far, of this worker, as JSON: stages with the sets in them, rows,
 * bytes, seconds. */
GYRE_EXPORT gyre_status_t gyre_job_stats(const gyre_env_t *env, FILE *stream);

/* --- What functions see --- */

/* One of the parts in which a set is made, on one thread at a time. */
typedef struct gyre_partition {
    const char *name; /* of the set */
    int index, parallelism;
    int worker;
    int source;  /* the part that rows come from, behind an operator that says; else -1 */
    void *arg;   /* of the function */
    void *state; /* what open makes of it, arg else */
    const gyre_schema_t *in, *out;
    struct gyre__stage *inside;
} gyre_partition_t;

/* Batches of the same index of a stored set that was given to it; NULL: there is none by that
 * name. */
GYRE_EXPORT const gyre_batch_t *const *gyre_partition_input(const gyre_partition_t *part,
                                                            const char *name, size_t *count);
GYRE_EXPORT bool gyre_partition_stopping(const gyre_partition_t *part);
/* Of a source, as gyre_task_await. */
GYRE_EXPORT void gyre_partition_await(gyre_partition_t *part, int fd, int milliseconds);
/* Of a source of a stream: a barrier behind the rows of this call, once in a call. */
GYRE_EXPORT gyre_status_t gyre_partition_barrier(gyre_partition_t *part, uint64_t id);
/* The same of a watermark, before the barrier: rows of later calls are of that time or later. A set
 * is told the least of what its sources have said; see gyre_operator_watermark. */
GYRE_EXPORT gyre_status_t gyre_partition_watermark(gyre_partition_t *part, int64_t time);

/* A cursor. Kinds are not checked. */
typedef struct gyre_row {
    const gyre_batch_t *batch;
    size_t at;
} gyre_row_t;

/* gyre_row_int64(row, column) and so on. */
#define GYRE_ROW_VALUE(name, type)                                                                 \
    static inline type gyre_row_##name(const gyre_row_t *row, size_t column)                       \
    {                                                                                              \
        return ((const type *)row->batch->columns[column]->values)[row->at];                       \
    }
GYRE_ROW_VALUE(int8, int8_t)
GYRE_ROW_VALUE(int16, int16_t)
GYRE_ROW_VALUE(int32, int32_t)
GYRE_ROW_VALUE(int64, int64_t)
GYRE_ROW_VALUE(uint8, uint8_t)
GYRE_ROW_VALUE(uint16, uint16_t)
GYRE_ROW_VALUE(uint32, uint32_t)
GYRE_ROW_VALUE(uint64, uint64_t)
GYRE_ROW_VALUE(float32, float)
GYRE_ROW_VALUE(float64, double)
#undef GYRE_ROW_VALUE

static inline bool gyre_row_bool(const gyre_row_t *row, size_t column)
{
    return gyre_column_bool(row->batch->columns[column], row->at);
}

static inline bool gyre_row_is_null(const gyre_row_t *row, size_t column)
{
    return gyre_column_is_null(row->batch->columns[column], row->at);
}

/* Of a string or binary; not terminated. */
static inline const char *gyre_row_bytes(const gyre_row_t *row, size_t column, size_t *length)
{
    return gyre_column_bytes(row->batch->columns[column], row->at, length);
}

/* A function over the rows of a part. Which fields are of use, the calls below say; all others are
 * zero. Functions return GYRE_OK or the error that ends the job. */
typedef struct gyre_function {
    const gyre_schema_t *schema; /* of what it gives; NULL: of what it gets */
    /* One row; what it gives is appended to out, a builder of batches: one value to each of
     * out->children. */
    gyre_status_t (*row)(gyre_partition_t *part, const gyre_row_t *row, gyre_builder_t *out);
    /* A batch at a time instead. *out is the caller's to release; NULL: no rows. */
    gyre_status_t (*batch)(gyre_partition_t *part, const gyre_batch_t *in,
                           const gyre_batch_t **out);
    /* No more rows come in this run. */
    gyre_status_t (*finish)(gyre_partition_t *part, gyre_builder_t *out);
    /* Of a source: some rows. GYRE_IN_PROGRESS: there are more. */
    gyre_status_t (*next)(gyre_partition_t *part, gyre_builder_t *out);
    gyre_status_t (*next_batch)(gyre_partition_t *part, const gyre_batch_t **out);
    /* Of a filter: whether the row stays; a flag for each row of a batch. */
    bool (*keep)(gyre_partition_t *part, const gyre_row_t *row);
    gyre_status_t (*keep_batch)(gyre_partition_t *part, const gyre_batch_t *in, bool *keep);
    /* Of a stream: the barrier has come; what is appended goes before it. */
    gyre_status_t (*barrier)(gyre_partition_t *part, uint64_t id, gyre_builder_t *out);
    /* Rows that come from now on are of that time or later; what is appended goes before it. */
    gyre_status_t (*watermark)(gyre_partition_t *part, int64_t time, gyre_builder_t *out);
    gyre_status_t (*open)(gyre_partition_t *part);  /* once for a part, before its first run */
    gyre_status_t (*begin)(gyre_partition_t *part); /* of every run */
    void (*close)(gyre_partition_t *part);
    void *arg;
} gyre_function_t;

/* --- Sources --- */

/* parallelism 0: the environment's. Paths as in gyre_input_create, each byte read by one part; opts
 * may be NULL. */

/* next or next_batch, with a schema. */
GYRE_EXPORT gyre_tset_t *gyre_tset_source(gyre_env_t *env, const gyre_function_t *function,
                                          int parallelism);
/* The rows of all batches, the same on all workers, in equal pieces. */
GYRE_EXPORT gyre_tset_t *gyre_tset_memory(gyre_env_t *env, const gyre_batch_t *const *batches,
                                          size_t count, int parallelism);
/* The batches that each part has of a dataset. */
GYRE_EXPORT gyre_tset_t *gyre_tset_dataset(gyre_env_t *env, const gyre_schema_t *schema,
                                           gyre_dataset_t *dataset);
/* first, first + 1 ... in a column "index" of int64. */
GYRE_EXPORT gyre_tset_t *gyre_tset_range(gyre_env_t *env, int64_t first, uint64_t count,
                                         int parallelism);
/* A row is a line. */
GYRE_EXPORT gyre_tset_t *gyre_tset_text(gyre_env_t *env, const char *const *paths, size_t count,
                                        const gyre_input_opts_t *opts, int parallelism);
/* A row is some KiB of whole lines, as they lie in the file: for functions that cut text. */
GYRE_EXPORT gyre_tset_t *gyre_tset_blocks(gyre_env_t *env, const char *const *paths, size_t count,
                                          const gyre_input_opts_t *opts, int parallelism);
/* schema NULL: inferred, alike on all workers. */
GYRE_EXPORT gyre_tset_t *gyre_tset_csv(gyre_env_t *env, const char *const *paths, size_t count,
                                       const gyre_input_opts_t *input, const gyre_schema_t *schema,
                                       const gyre_csv_opts_t *opts, int parallelism);
GYRE_EXPORT gyre_tset_t *gyre_tset_records(gyre_env_t *env, const char *const *paths, size_t count,
                                           const gyre_input_opts_t *opts, size_t length,
                                           int parallelism);
/* Lines that are appended to a file, from its begin on, in one part, until the stream is stopped.
 * One that is cut, or replaced under its name, is read from its begin again. A line is there when
 * its newline is. */
GYRE_EXPORT gyre_tset_t *gyre_tset_tail(gyre_env_t *env, const char *path);
/* Lines that come over a TCP connection, which one part makes when a run begins, until the other
 * side ends it or the stream is stopped. */
GYRE_EXPORT gyre_tset_t *gyre_tset_socket(gyre_env_t *env, const char *host, const char *port);

/* --- Rows of a part --- */

/* row or batch: one row for each. */
GYRE_EXPORT gyre_tset_t *gyre_tset_map(gyre_tset_t *set, const gyre_function_t *function);
/* row or batch: any number of rows. */
GYRE_EXPORT gyre_tset_t *gyre_tset_flatmap(gyre_tset_t *set, const gyre_function_t *function);
/* keep or keep_batch. */
GYRE_EXPORT gyre_tset_t *gyre_tset_filter(gyre_tset_t *set, const gyre_function_t *function);
/* row or batch, which give nothing, and finish, which gives one row, also of an empty part. */
GYRE_EXPORT gyre_tset_t *gyre_tset_compute(gyre_tset_t *set, const gyre_function_t *function);
/* row or batch, and finish: any number of rows. */
GYRE_EXPORT gyre_tset_t *gyre_tset_compute_collect(gyre_tset_t *set,
                                                   const gyre_function_t *function);
/* Columns by their index. */
GYRE_EXPORT gyre_tset_t *gyre_tset_select(gyre_tset_t *set, const size_t *columns, size_t count);
/* About that part of all rows, drawn by seed, the same in every run. */
GYRE_EXPORT gyre_tset_t *gyre_tset_sample(gyre_tset_t *set, double fraction, uint64_t seed);

/* --- From parts to parts --- */

/* Part i to part i: all of it before anything goes on; as it comes. */
GYRE_EXPORT gyre_tset_t *gyre_tset_direct(gyre_tset_t *set);
GYRE_EXPORT gyre_tset_t *gyre_tset_pipe(gyre_tset_t *set);
/* partition NULL: in equal shares. parallelism 0: as it is. */
GYRE_EXPORT gyre_tset_t *gyre_tset_partition(gyre_tset_t *set, gyre_partition_fn partition,
                                             void *arg, int parallelism);
/* Aggregates of all rows, in one part, or in every part. */
GYRE_EXPORT gyre_tset_t *gyre_tset_reduce(gyre_tset_t *set, const gyre_aggregate_t *aggregates,
                                          size_t count);
GYRE_EXPORT gyre_tset_t *gyre_tset_allreduce(gyre_tset_t *set, const gyre_aggregate_t *aggregates,
                                             size_t count);
/* All rows in one part; in every part. gyre_partition_t says where rows are from. */
GYRE_EXPORT gyre_tset_t *gyre_tset_gather(gyre_tset_t *set);
GYRE_EXPORT gyre_tset_t *gyre_tset_allgather(gyre_tset_t *set);
/* All rows, of a set of one part, in each of so many parts. */
GYRE_EXPORT gyre_tset_t *gyre_tset_replicate(gyre_tset_t *set, int parallelism);
/* Rows of sets of equal schemas and parallelism. */
GYRE_EXPORT gyre_tset_t *gyre_tset_union(gyre_tset_t *const *sets, size_t count);
/* Part i before part i + 1, each in order. parallelism 0: as it is. */
GYRE_EXPORT gyre_tset_t *gyre_tset_sort(gyre_tset_t *set, const gyre_sort_key_t *order,
                                        size_t count, int parallelism);
/* Of equal rows one. */
GYRE_EXPORT gyre_tset_t *gyre_tset_distinct(gyre_tset_t *set, int parallelism);
/* A column "index" of int64 before the others: rows of part 0 from 0 on, those of part 1 behind
 * them, in the order in which a part gives them. */
GYRE_EXPORT gyre_tset_t *gyre_tset_zip_with_index(gyre_tset_t *set);

/* --- With keys --- */

/* The set, whose keys are these columns. Map and all that makes other columns forgets keys; direct,
 * pipe, filter, sample, union, and stores keep them. */
GYRE_EXPORT gyre_tset_t *gyre_tset_keyed(gyre_tset_t *set, const size_t *keys, size_t count);
/* A map whose first count columns are keys. */
GYRE_EXPORT gyre_tset_t *gyre_tset_map_to_tuple(gyre_tset_t *set, const gyre_function_t *function,
                                                size_t count);
/* The same of compute_collect. */
GYRE_EXPORT gyre_tset_t *gyre_tset_compute_to_tuple(gyre_tset_t *set,
                                                    const gyre_function_t *function, size_t count);

/* partition NULL: by hash of the keys. parallelism 0: as it is, here and below. */
GYRE_EXPORT gyre_tset_t *gyre_tset_keyed_partition(gyre_tset_t *set, gyre_partition_fn partition,
                                                   void *arg, int parallelism);
/* For every key a row: the keys, then aggregates. */
GYRE_EXPORT gyre_tset_t *gyre_tset_keyed_reduce(gyre_tset_t *set,
                                                const gyre_aggregate_t *aggregates, size_t count,
                                                int parallelism);
/* Rows with equal keys together, in order of the keys or, where order is not NULL, of that, which
 * begins with the keys. Grouped: a batch has rows of one key, source is 0 in the first of a key and
 * 1 in those behind; ungrouped: batches of any. */
GYRE_EXPORT gyre_tset_t *gyre_tset_keyed_gather(gyre_tset_t *set, const gyre_sort_key_t *order,
                                                size_t count, int parallelism);
GYRE_EXPORT gyre_tset_t *gyre_tset_keyed_gather_ungrouped(gyre_tset_t *set,
                                                          const gyre_sort_key_t *order,
                                                          size_t count, int parallelism);
/* Pairs of rows with equal keys: all columns of the left, then of the right. */
GYRE_EXPORT gyre_tset_t *gyre_tset_join(gyre_tset_t *left, gyre_tset_t *right, gyre_join_t type,
                                        gyre_join_algorithm_t algorithm, int parallelism);

/* --- Results --- */

/* Stored sets: what the set comes to, in memory or on disk, as the source of others. The eager ones
 * evaluate at once, the lazy ones with gyre_env_run, gyre_tset_evaluate or when what was made of
 * them is evaluated. Collective; the eager ones wait. */
GYRE_EXPORT gyre_tset_t *gyre_tset_cache(gyre_tset_t *set);
GYRE_EXPORT gyre_tset_t *gyre_tset_lazy_cache(gyre_tset_t *set);
GYRE_EXPORT gyre_tset_t *gyre_tset_persist(gyre_tset_t *set);
GYRE_EXPORT gyre_tset_t *gyre_tset_lazy_persist(gyre_tset_t *set);

/* The batches of a cached set, with a reference for the caller. GYRE_ERR_STATE: it is not cached,
 * or has not been evaluated. */
GYRE_EXPORT gyre_status_t gyre_tset_data(gyre_tset_t *set, gyre_dataset_t **data);

/* All that is stored under this name is to be had from functions of the set: gyre_partition_input.
 * Both have the same parallelism. Returns the set. */
GYRE_EXPORT gyre_tset_t *gyre_tset_add_input(gyre_tset_t *set, const char *name,
                                             gyre_tset_t *stored);

/* Rows in all parts of all workers, told to all of them. Collective; waits; so do the following. */
GYRE_EXPORT gyre_status_t gyre_tset_count(gyre_tset_t *set, uint64_t *count);
/* row or batch of the function, which give nothing. */
GYRE_EXPORT gyre_status_t gyre_tset_for_each(gyre_tset_t *set, const gyre_function_t *function);
/* Rows of all parts to a file of each: directory/part-00000 and so on, there when all is written.
 * Text has one column of strings. */
GYRE_EXPORT gyre_status_t gyre_tset_save_text(gyre_tset_t *set, const char *directory,
                                              const gyre_output_opts_t *opts);
GYRE_EXPORT gyre_status_t gyre_tset_save_csv(gyre_tset_t *set, const char *directory,
                                             const gyre_output_opts_t *opts,
                                             const gyre_csv_format_t *format);

/* The lazy one of for_each: runs with gyre_env_run. */
GYRE_EXPORT gyre_tset_t *gyre_tset_sink(gyre_tset_t *set, const gyre_function_t *function);

/* A lazy store, or a sink. Planned once; evaluated again and again. */
GYRE_EXPORT gyre_status_t gyre_tset_evaluate(gyre_tset_t *set);
/* The same, and what the lazy cache then holds becomes the content of the other cached set, of the
 * same schema and parallelism: the next turn of a loop. */
GYRE_EXPORT gyre_status_t gyre_tset_eval_and_update(gyre_tset_t *set, gyre_tset_t *cached);
/* Gives back what evaluating it again would need. */
GYRE_EXPORT gyre_status_t gyre_tset_finish_eval(gyre_tset_t *set);

/* The program has no use for the set any more; it goes with the last set made of it, or with its
 * environment. */
GYRE_EXPORT void gyre_tset_release(gyre_tset_t *set);

/* What it is called in messages, plans and stats: "map-3", unless a name is set. Sets are numbered
 * in the order in which they are made, so that names are alike in every run of a program. */
GYRE_EXPORT const char *gyre_tset_name(const gyre_tset_t *set);
GYRE_EXPORT gyre_tset_t *gyre_tset_set_name(gyre_tset_t *set, const char *name);
GYRE_EXPORT int gyre_tset_id(const gyre_tset_t *set);
GYRE_EXPORT int gyre_tset_parallelism(const gyre_tset_t *set);
/* NULL where making the set was an error. Lives as long as the set. */
GYRE_EXPORT const gyre_schema_t *gyre_tset_schema(const gyre_tset_t *set);
/* How the set is evaluated: stages, what is fused in each, the operators between. */
GYRE_EXPORT void gyre_tset_explain(const gyre_tset_t *set, FILE *stream);

#ifdef __cplusplus
}
#endif
#endif
