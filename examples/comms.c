/* SPDX-License-Identifier: Apache-2.0 */
/* Times any operator, from the command line. */
#include "comms.h"

#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JOINED .route = ROUTE_ONE, .keyed = true, .joined = true

static const scene_t scenes[] = {
    {"pipe", GYRE_PIPE, .route = ROUTE_SAME},
    {"direct", GYRE_PIPE, .route = ROUTE_SAME, .bulk = true},
    {"union", GYRE_UNION, .route = ROUTE_MODULO},
    {"broadcast", GYRE_BROADCAST, .route = ROUTE_ALL},
    {"gather", GYRE_GATHER, .route = ROUTE_ALL},
    {"allgather", GYRE_ALLGATHER, .route = ROUTE_ALL},
    {"partition", GYRE_PARTITION, .route = ROUTE_ONE},
    {"keyed-partition", GYRE_PARTITION, .route = ROUTE_ONE, .keyed = true},
    {"range-partition", GYRE_PARTITION, GYRE_PARTITIONER_RANGE, ROUTE_ONE, .ranged = true},
    {"keyed-gather", GYRE_GATHER, .route = ROUTE_ONE, .keyed = true, .sorted = true},
    {"keyed-reduce", GYRE_REDUCE, .route = ROUTE_ONE, .keyed = true, .reduced = true},
    {"reduce", GYRE_REDUCE, .route = ROUTE_ALL, .reduced = true, .total = true},
    {"allreduce", GYRE_ALLREDUCE, .route = ROUTE_ALL, .reduced = true, .total = true},
    {"sort", GYRE_SORT, .route = ROUTE_ONE, .sorted = true, .ranged = true},
    {"join", GYRE_JOIN, JOINED},
    {"left-join", GYRE_JOIN, JOINED, .join = GYRE_JOIN_LEFT},
    {"right-join", GYRE_JOIN, JOINED, .join = GYRE_JOIN_RIGHT},
    {"full-join", GYRE_JOIN, JOINED, .join = GYRE_JOIN_FULL},
    {"sort-join", GYRE_JOIN, JOINED, .algorithm = GYRE_JOIN_SORT, .sorted = true},
    {"full-sort-join", GYRE_JOIN, JOINED, .join = GYRE_JOIN_FULL, .algorithm = GYRE_JOIN_SORT,
     .sorted = true},
};
#define SCENES (sizeof(scenes) / sizeof(scenes[0]))

static const char usage[] =
    "Usage: gyre run -n N comms [OPTION...] OPERATOR...\n"
    "Times operators: in every iteration each source inserts rows of 16 bytes, a key and an id,\n"
    "and targets receive them. A join has as many sources again on its right side, with about one\n"
    "row for each key. Times are from the first insertion to the end of the slowest worker.\n"
    "\n"
    "  --sources NUMBER     tasks, one per worker unless given\n"
    "  --targets NUMBER     tasks, one per worker unless given\n"
    "  --rows MIN:MAX       of a source in an iteration, each time four times as many; 1:65536\n"
    "                       unless given\n"
    "  --keys NUMBER        different ones, 1000 unless given\n"
    "  --iterations NUMBER  timed ones for each number of rows, 20 unless given\n"
    "  --warmup NUMBER      before them, 2 unless given\n"
    "  --stream             the operator never finishes: an iteration is a round, which ends with\n"
    "                       a barrier\n"
    "  --verify             compare what targets get with what they should, while it is timed\n"
    "  --help               this text\n"
    "\n"
    "Operators: all, or some of:";

typedef struct options {
    plan_t plan;       /* no scene yet; 0 tasks: one per worker */
    uint64_t min, max; /* rows */
    bool help;
} options_t;

bool comms_complain(const char *what, const char *why)
{
    fprintf(stderr, "comms: %s: %s\n", what, why);
    return false;
}

bool comms_ok(gyre_status_t status, const char *what)
{
    return status == GYRE_OK ||
           (status != GYRE_ERR_PEER_FAILED && comms_complain(what, gyre_last_error()));
}

static bool parse_number(const char *text, char end, uint64_t least, uint64_t *number)
{
    char *rest;
    *number = strtoull(text, &rest, 10);
    return *text >= '0' && *text <= '9' && *rest == end && *number >= least && *number <= INT_MAX;
}

static bool parse_tasks(const char *text, int *tasks)
{
    uint64_t number;
    bool ok = parse_number(text, '\0', 1, &number);
    *tasks = ok ? (int)number : 0;
    return ok;
}

static bool parse_rows(options_t *options, const char *text)
{
    const char *colon = strchr(text, ':');
    if (!colon)
        return parse_number(text, '\0', 1, &options->min) &&
               parse_number(text, '\0', 1, &options->max);
    return parse_number(text, ':', 1, &options->min) &&
           parse_number(colon + 1, '\0', options->min, &options->max);
}

static bool parse_option(options_t *options, int option)
{
    plan_t *plan = &options->plan;
    switch (option) {
    case 'f':
        return parse_tasks(optarg, &plan->sources);
    case 't':
        return parse_tasks(optarg, &plan->targets);
    case 'r':
        return parse_rows(options, optarg);
    case 'k':
        return parse_number(optarg, '\0', 1, &plan->keys);
    case 'i':
        return parse_number(optarg, '\0', 1, &plan->iterations);
    case 'w':
        return parse_number(optarg, '\0', 0, &plan->warmup);
    case 's':
        return plan->stream = true;
    case 'v':
        return plan->verify = true;
    case 'h':
        return options->help = true;
    default:
        return false;
    }
}

static bool parse(options_t *options, int argc, char **argv)
{
    static const struct option longs[] = {{"sources", required_argument, NULL, 'f'},
                                          {"targets", required_argument, NULL, 't'},
                                          {"rows", required_argument, NULL, 'r'},
                                          {"keys", required_argument, NULL, 'k'},
                                          {"iterations", required_argument, NULL, 'i'},
                                          {"warmup", required_argument, NULL, 'w'},
                                          {"stream", no_argument, NULL, 's'},
                                          {"verify", no_argument, NULL, 'v'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    for (int option; (option = getopt_long(argc, argv, "h", longs, NULL)) != -1;)
        if (!parse_option(options, option))
            return option != '?' &&
                   comms_complain(optarg, "expected a number, 1 or above, or of rows MIN:MAX");
    return options->help || optind < argc ||
           comms_complain("no operator", "expected one, or all; see comms --help");
}

static bool help(void)
{
    fputs(usage, stdout);
    for (size_t i = 0; i < SCENES; i++)
        printf("%s%s", i % 6 ? ", " : "\n  ", scenes[i].name);
    return printf("\n\nExample:\n  gyre run -n 4 comms --verify --sources 8 --targets 3 "
                  "keyed-partition\n") > 0;
}

static bool run_scene(const options_t *options, const scene_t *scene)
{
    plan_t plan = options->plan;
    plan.scene = scene;
    plan.sources = plan.sources ? plan.sources : plan.size;
    plan.targets = plan.targets ? plan.targets : plan.size;
    if (scene->route == ROUTE_SAME)
        plan.targets = plan.sources;
    if ((scene->kind == GYRE_GATHER || scene->kind == GYRE_REDUCE) && !scene->keyed)
        plan.targets = 1;
    if (plan.rank == 0)
        printf("# %s, %s, %d workers, %d sources, %d targets%s\n%-10s %12s %12s %12s %12s %12s\n",
               scene->name, plan.stream ? "stream" : "batch", plan.size, plan.sources, plan.targets,
               plan.verify ? ", verified" : "", "# Rows", "Bytes", "Avg(us)", "Min(us)", "Max(us)",
               "MB/s");
    for (plan.rows = options->min; plan.rows <= options->max; plan.rows *= 4) {
        timing_t timing;
        if (!comms_run(&plan, &timing))
            return false;
        double bytes = (double)plan.rows * 16;
        if (plan.rank == 0)
            printf("%-10" PRIu64 " %12.0f %12.2f %12.2f %12.2f %12.2f\n", plan.rows, bytes,
                   timing.mean * 1e6, timing.low * 1e6, timing.high * 1e6,
                   bytes * plan.sources / timing.mean / 1e6);
    }
    return true;
}

static bool run_named(const options_t *options, const char *name)
{
    bool all = strcmp(name, "all") == 0, found = false;
    for (size_t i = 0; i < SCENES; i++) {
        bool named = strcmp(name, scenes[i].name) == 0;
        found |= named;
        if ((named || all) && !run_scene(options, &scenes[i]))
            return false;
    }
    return all || found || comms_complain(name, "no such operator; see comms --help");
}

int main(int argc, char **argv)
{
    options_t options = {
        .plan = {.keys = 1000, .iterations = 20, .warmup = 2}, .min = 1, .max = 65536};
    gyre_context_t *ctx;
    if (!comms_ok(gyre_init(NULL, &ctx), "init"))
        return 1;
    plan_t *plan = &options.plan;
    plan->world = gyre_comm_world(ctx);
    plan->rank = gyre_comm_rank(plan->world);
    plan->size = gyre_comm_size(plan->world);
    bool ok = parse(&options, argc, argv);
    if (ok && options.help)
        ok = plan->rank != 0 || help();
    for (int i = optind; ok && !options.help && i < argc; i++)
        ok = run_named(&options, argv[i]);
    /* Others may wait for a worker that failed: they learn of it when it ends as it is. */
    if (ok)
        gyre_finalize(ctx);
    return !ok;
}
