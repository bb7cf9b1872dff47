/* SPDX-License-Identifier: Apache-2.0 */
/* The benchmark driver's contract. The driver holds options, cells, clock, statistics and output
 * and knows no library; a side (Gyre, or MPI in bench/peers) brings a table of operations and the
 * few calls below. So ours and theirs run one loop and print the same columns.
 *
 * Ranks are paired, i with i + n/2: the lower one is the pair's origin and reports its time; with
 * an odd number the last rank only keeps the barriers. In a collective or an operator all ranks
 * take part and report; coll.h and flow.h have what is particular to those. Calls return 0 or the
 * side's error. */
#ifndef GYRE_BENCH_BENCH_H
#define GYRE_BENCH_BENCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct gyre__bench gyre__bench_t;

typedef enum gyre__bench_metric {
    GYRE__BENCH_LATENCY,   /* us per message */
    GYRE__BENCH_BANDWIDTH, /* MB/s per pair */
    GYRE__BENCH_RATE,      /* MB/s and messages/s of all pairs together */
    GYRE__BENCH_RECORDS    /* of an operator: rows/s of all workers together, memory */
} gyre__bench_metric_t;

/* Who writes the pattern into its send buffer, who must find it in its recv buffer. */
enum { GYRE__BENCH_ORIGIN = 1, GYRE__BENCH_TARGET = 2, GYRE__BENCH_BOTH = 3 };

/* Option values that were not given. */
#define GYRE__BENCH_UNSET (-1)

typedef struct gyre__bench_op {
    const char *name, *title, *help;
    gyre__bench_metric_t metric;
    bool one_sided;     /* goes through the network provider even within a node */
    int legs;           /* messages of one iteration per place in the window */
    bool windowed;      /* keeps a window of messages in flight */
    bool everybody;     /* among all ranks instead of pairs, of which one may do */
    size_t min, max;    /* default sizes */
    size_t least, most; /* allowed ones */
    int iterations, warmup;
    unsigned fills, checks;
    const char *const *variants;           /* of --op, NULL-terminated; NULL: none */
    const struct gyre__bench_shape *shape; /* of a collective; NULL: not one */
    const struct gyre__bench_flow *flow;   /* of an operator; NULL: not one */
    /* Once per run, before the first cell; may replace send and recv by memory of its own. */
    int (*open)(gyre__bench_t *bench);
    int (*once)(gyre__bench_t *bench); /* one iteration, in both ranks of a pair */
    void (*close)(gyre__bench_t *bench);
} gyre__bench_op_t;

typedef enum gyre__bench_mode {
    GYRE__BENCH_BLOCKING,
    GYRE__BENCH_NONBLOCKING,
    GYRE__BENCH_PERSISTENT,
    GYRE__BENCH_OVERLAP
} gyre__bench_mode_t;

typedef struct gyre__bench_opts {
    const gyre__bench_op_t *op;
    size_t min, max;
    int iterations, warmup; /* GYRE__BENCH_UNSET: by operation and size */
    int window, variant;
    double limit; /* seconds of a cell's timed part, about; 0: none */
    bool check, json, help;
    /* of collectives */
    gyre__bench_mode_t mode;
    const struct gyre__bench_type *type;
    int tests;    /* calls of test while the overlap mode computes */
    bool shared;  /* buffers from the library */
    bool barrier; /* before each operation */
    /* of operators, whose sizes are rows of a source */
    int sources, targets; /* 0: one on each worker */
    size_t keys;          /* that differ */
    double skew;          /* Zipf's exponent */
    size_t width;         /* bytes of a value */
    bool strings;         /* keys are words, not numbers */
    char complaint[200];  /* what is wrong with the command line; empty: nothing */
} gyre__bench_opts_t;

typedef struct gyre__bench_side {
    const char *program;                /* begins every message */
    const char *library;                /* in the output's first line */
    const char *launch;                 /* how two workers are started, said when there are fewer */
    const gyre__bench_op_t *const *ops; /* NULL-terminated */
    const gyre__bench_op_t *const *flows; /* operators, alike; NULL: none */
    int (*open)(gyre__bench_t *bench);    /* sets rank and size */
    void (*close)(gyre__bench_t *bench);
    int (*barrier)(gyre__bench_t *bench);
    /* all, at rank 0, receives length bytes of every rank, in order. */
    int (*gather)(gyre__bench_t *bench, const void *mine, size_t length, void *all);
    /* All get the length bytes of rank 0. */
    int (*share)(gyre__bench_t *bench, void *data, size_t length);
    const char *(*path)(gyre__bench_t *bench); /* what carries messages to the peer */
    const char *(*error)(int status);
    const struct gyre__bench_coll_side *colls; /* NULL: no collectives */
} gyre__bench_side_t;

struct gyre__bench {
    const gyre__bench_side_t *side;
    gyre__bench_opts_t opts;
    int rank, size;
    int peer;      /* the other rank of the pair */
    unsigned role; /* GYRE__BENCH_ORIGIN, GYRE__BENCH_TARGET, 0: no pair */
    size_t length; /* bytes per message of this cell */
    size_t stride; /* between the messages of a window: 0 unless each is to be checked */
    char *send, *recv;
    size_t room;                   /* bytes of each; of a collective's, see coll.h */
    uint64_t turn;                 /* makes the pattern of each checked iteration differ */
    uint64_t wrong;                /* failed checks of this cell, at this rank */
    int rows;                      /* printed with --json */
    void *state;                   /* the operation's */
    struct gyre__bench_coll *coll; /* of a collective */
};

/* What a rank put into an operator, and what that took. */
typedef struct gyre__bench_load {
    uint64_t rows, bytes; /* of one iteration */
    uint64_t peak;        /* bytes of memory that the process had in the cell */
    uint64_t held;        /* bytes of GYRE_MEMORY that its operators had, since it started */
    uint64_t spilled;     /* bytes written to disk, in all iterations */
    uint64_t runs;        /* iterations, with those that are not timed */
} gyre__bench_load_t;

/* What an operator does around its iterations. */
typedef struct gyre__bench_flow {
    bool keyed;                          /* makes one row of those with equal keys */
    int (*begin)(gyre__bench_t *bench);  /* of a cell: rows, and the operator */
    void (*check)(gyre__bench_t *bench); /* after an iteration */
    int (*end)(gyre__bench_t *bench, gyre__bench_load_t *load);
} gyre__bench_flow_t;

/* A rank's part of a cell. */
typedef struct gyre__bench_sample {
    double seconds;       /* of all iterations */
    double best;          /* per iteration, in the best batch of them */
    double pure, compute; /* overlap: seconds of communication alone, and of the computing in it */
    uint64_t wrong;
    gyre__bench_load_t load;
} gyre__bench_sample_t;

/* Runs the program and returns its exit status. */
int gyre__bench_run(const gyre__bench_side_t *side, int argc, char **argv);

/* options.c */
void gyre__bench_parse(const gyre__bench_side_t *side, int argc, char **argv,
                       gyre__bench_opts_t *opts);
void gyre__bench_usage(const gyre__bench_side_t *side);

/* pattern.c: bytes of every message of the window, told apart by sender, turn and place. */
uint64_t gyre__bench_mix(uint64_t x); /* any bit of x changes about half of the result's */
void gyre__bench_fill(gyre__bench_t *bench);
void gyre__bench_check(gyre__bench_t *bench); /* says the first wrong byte, counts in wrong */

/* clock.c: seconds of a clock that only goes forward. */
double gyre__bench_now(void);
/* Runs iterations of the cell, warm-up first; fewer of them where --limit says so. The number
 * that was run, alike at all ranks, comes back in iterations. */
int gyre__bench_time(gyre__bench_t *bench, int warmup, int *iterations,
                     gyre__bench_sample_t *sample);
/* Whether the limit has passed since begin, as rank 0 sees it, at all ranks; after a barrier. */
int gyre__bench_time_is_up(gyre__bench_t *bench, double begin, int *up);

/* report.c, rank 0 only; samples has one entry per rank. */
json_t *gyre__bench_row(const gyre__bench_t *bench, int iterations,
                        const gyre__bench_sample_t *samples);
void gyre__bench_report_head(gyre__bench_t *bench);
void gyre__bench_report_cell(gyre__bench_t *bench, int iterations,
                             const gyre__bench_sample_t *samples);
int gyre__bench_report_end(gyre__bench_t *bench);

/* report-flow.c: the same of operators. */
json_t *gyre__bench_flow_row(const gyre__bench_t *bench, int iterations,
                             const gyre__bench_sample_t *samples);
void gyre__bench_flow_add_to(const gyre__bench_t *bench, json_t *head);
void gyre__bench_flow_print_head(const gyre__bench_t *bench);
void gyre__bench_flow_print(const gyre__bench_t *bench, int iterations,
                            const gyre__bench_sample_t *samples);

#endif
