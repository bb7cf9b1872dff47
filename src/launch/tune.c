/* SPDX-License-Identifier: Apache-2.0 */
/* gyre tune: how long collectives take with each algorithm. It measures that, or with --simulate
 * predicts it for a machine that need not exist, in this process alone. Options are read first and
 * the way is chosen then. */
#include "launch/launch.h"
#include "launch/tune.h"

#include <errno.h>
#include <getopt.h>
#include <gyre/coll.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "Usage: gyre tune [OPTION...] [COLLECTIVE...]\n"
    "       gyre tune --simulate RANKS [OPTION...] [COLLECTIVE...]\n"
    "\n"
    "Measures every algorithm of the collectives (default: all) on this machine and writes rules\n"
    "for what is faster than the library's own choice, which are then in force. By itself it\n"
    "starts workers here; under gyre run or another launcher, those of that job measure.\n"
    "\n"
    "  -n, --workers LIST          numbers of workers, one after the other; default: 2, as many\n"
    "                              as processors, and twice as many\n"
    "  -m, --message-size MIN:MAX  bytes of the vector or of a block, doubled from MIN;\n"
    "                              default: 8:4m\n"
    "  -t, --time SECONDS          about how long it may take; default: 120\n"
    "  -o, --output FILE           where rules go, -: stdout; default: ~/.config/gyre/tune\n"
    "      --force                 also over a file that gyre tune did not write\n"
    "  -r, --members MIN-MAX       numbers of members that the rules are for; default: from as\n"
    "                              many as measure on (under a launcher)\n"
    "  -v, --verbose               what is done and found, line by line\n"
    "\n"
    "With --simulate, predicts without a network what every algorithm costs: rounds, messages,\n"
    "bytes and time.\n"
    "\n"
    "      --simulate RANKS        of so many ranks, up to 1m (2^20)\n"
    "      --ranks-per-node K      on nodes of K ranks each; default: 1\n"
    "      --loggp L,o,g,G         the network: latency, overhead at either end and gap\n"
    "                              between messages in us, gap per byte in ns;\n"
    "                              default: 1,0.3,0.1,0.08\n"
    "      --node-loggp L,o,g,G    messages within a node; default: L/8, o/4, g/4 of the\n"
    "                              network, and per byte the time of a copy\n"
    "      --memory COPY,REDUCE    GB/s of a copy and of a reduction; default: 10,8\n"
    "  -m, --message-size MIN:MAX  bytes of the vector or of a block, times 8 from size to\n"
    "                              size; default: 8:256k\n"
    "  -h, --help                  this text\n"
    "\n"
    "Examples:\n"
    "  gyre tune                             all collectives, for this machine, for this user\n"
    "  gyre tune -n 8 -t 30 allreduce -o -   have a look\n"
    "  srun -n 64 --mpi=pmix gyre tune -o ~/tune64\n"
    "  gyre tune --simulate 1024 --ranks-per-node 64 allreduce\n"
    "  gyre tune --simulate 64 --loggp 25,3,3,0.8 alltoall     TCP on 10 Gb/s\n";

enum {
    OPTION_SIMULATE = 256,
    OPTION_PER_NODE,
    OPTION_LOGGP,
    OPTION_NODE_LOGGP,
    OPTION_MEMORY,
    OPTION_FORCE
};

static const struct option longs[] = {
    {"workers", required_argument, NULL, 'n'},
    {"time", required_argument, NULL, 't'},
    {"output", required_argument, NULL, 'o'},
    {"force", no_argument, NULL, OPTION_FORCE},
    {"members", required_argument, NULL, 'r'},
    {"verbose", no_argument, NULL, 'v'},
    {"simulate", required_argument, NULL, OPTION_SIMULATE},
    {"ranks-per-node", required_argument, NULL, OPTION_PER_NODE},
    {"loggp", required_argument, NULL, OPTION_LOGGP},
    {"node-loggp", required_argument, NULL, OPTION_NODE_LOGGP},
    {"memory", required_argument, NULL, OPTION_MEMORY},
    {"message-size", required_argument, NULL, 'm'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

typedef struct gyre__tune {
    gyre__tune_measure_t measure;
    gyre_coll_simulate_opts_t simulate;
    gyre_loggp_t network, node;
    const char *machine;  /* the first option that only makes sense with --simulate */
    const char *measured; /* and without it */
} tune_t;

/* Digits and a unit of 1024 or its powers, which end must follow. */
static bool parse_size(const char *text, char end, size_t *value)
{
    static const char units[] = "kmg";
    char *rest;
    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    unsigned long long number = strtoull(text, &rest, 10);
    const char *unit = *rest ? strchr(units, *rest | 0x20) : NULL;
    unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
    rest += unit != NULL;
    if (errno || *rest != end || number > (SIZE_MAX >> 1) >> shift)
        return false;
    *value = (size_t)number << shift;
    return true;
}

static int parse_ranks(const char *option, const char *text, int most, int *value)
{
    size_t number;
    if (!parse_size(text, '\0', &number) || number < 1 || number > (size_t)most) {
        gyre__say("%s %s: expected a number of ranks, 1 to %d", option, text, most);
        return GYRE__EXIT_USAGE;
    }
    *value = (int)number;
    return -1;
}

/* MIN:MAX, MIN: or MAX. */
static int parse_sizes(gyre_coll_simulate_opts_t *opts, const char *text)
{
    const char *colon = strchr(text, ':');
    size_t min = 1, max = 0;
    bool ok = !colon || parse_size(text, ':', &min);
    if (ok && (!colon || colon[1]))
        ok = parse_size(colon ? colon + 1 : text, '\0', &max) && min <= max;
    if (!ok || min < 1 || min > GYRE_SIMULATE_BYTES || max > GYRE_SIMULATE_BYTES) {
        gyre__say("-m %s: expected MIN:MAX, such as 8:4m, from 1 to %zu bytes", text,
                  GYRE_SIMULATE_BYTES);
        return GYRE__EXIT_USAGE;
    }
    opts->min = colon ? min : max < 8 ? max : 0;
    opts->max = max;
    return -1;
}

/* Exactly count numbers between commas, none negative. */
static bool parse_numbers(const char *text, double *values, int count)
{
    for (int i = 0; i < count; i++) {
        char *end;
        values[i] = strtod(text, &end);
        if (end == text || *end != (i < count - 1 ? ',' : '\0') || !(values[i] >= 0) ||
            values[i] > 1e6)
            return false;
        text = end + 1;
    }
    return true;
}

static int parse_loggp(const char *option, const char *text, gyre_loggp_t *link,
                       const gyre_loggp_t **given)
{
    double values[4];
    if (!parse_numbers(text, values, 4)) {
        gyre__say("%s %s: expected L,o,g,G: three times in us and one per byte in ns, such as "
                  "1,0.3,0.1,0.08",
                  option, text);
        return GYRE__EXIT_USAGE;
    }
    *link = (gyre_loggp_t){values[0] / 1e6, values[1] / 1e6, values[2] / 1e6, values[3] / 1e9};
    *given = link;
    return -1;
}

static int parse_memory(gyre_coll_simulate_opts_t *opts, const char *text)
{
    double values[2];
    if (!parse_numbers(text, values, 2) || values[0] <= 0 || values[1] <= 0) {
        gyre__say("--memory %s: expected COPY,REDUCE in GB/s, such as 10,8", text);
        return GYRE__EXIT_USAGE;
    }
    opts->copy = values[0] * 1e9;
    opts->reduce = values[1] * 1e9;
    return -1;
}

static int parse_seconds(const char *text, double *seconds)
{
    if (parse_numbers(text, seconds, 1) && *seconds > 0)
        return -1;
    gyre__say("-t %s: expected seconds, more than 0", text);
    return GYRE__EXIT_USAGE;
}

/* MIN-MAX, where MAX may be inf. */
static int parse_members(const char *text, const char **members)
{
    char *end;
    long from = strtol(text, &end, 10);
    if (*text >= '1' && *text <= '9' && *end == '-') {
        const char *last = end + 1;
        long to = strtol(last, &end, 10);
        if (!strcmp(last, "inf") ||
            (*last >= '1' && *last <= '9' && !*end && from <= to && to <= INT_MAX)) {
            *members = text;
            return -1;
        }
    }
    gyre__say("-r %s: expected MIN-MAX, such as 3-4 or 5-inf", text);
    return GYRE__EXIT_USAGE;
}

static int parse_measure(tune_t *tune, int option)
{
    static const char *const names[] = {
        ['n'] = "-n", ['t'] = "-t", ['o'] = "-o", ['r'] = "-r", ['v'] = "-v"};
    gyre__tune_measure_t *measure = &tune->measure;
    tune->measured = option == OPTION_FORCE ? "--force" : names[option];
    switch (option) {
    case 't':
        return parse_seconds(optarg, &measure->seconds);
    case 'r':
        return parse_members(optarg, &measure->members);
    case 'n':
        measure->workers = optarg;
        return -1;
    case 'o':
        measure->output = optarg;
        return -1;
    case 'v':
        measure->talk = true;
        return -1;
    default:
        measure->force = true;
        return -1;
    }
}

static int parse_one(tune_t *tune, int option, char **argv)
{
    switch (option) {
    case OPTION_SIMULATE:
        return parse_ranks("--simulate", optarg, GYRE_SIMULATE_RANKS, &tune->simulate.ranks);
    case OPTION_PER_NODE:
        tune->machine = "--ranks-per-node";
        return parse_ranks("--ranks-per-node", optarg, INT_MAX, &tune->simulate.ranks_per_node);
    case OPTION_LOGGP:
        tune->machine = "--loggp";
        return parse_loggp("--loggp", optarg, &tune->network, &tune->simulate.network);
    case OPTION_NODE_LOGGP:
        tune->machine = "--node-loggp";
        return parse_loggp("--node-loggp", optarg, &tune->node, &tune->simulate.node);
    case OPTION_MEMORY:
        tune->machine = "--memory";
        return parse_memory(&tune->simulate, optarg);
    case 'n':
    case 't':
    case 'o':
    case 'r':
    case 'v':
    case OPTION_FORCE:
        return parse_measure(tune, option);
    case 'm':
        return parse_sizes(&tune->simulate, optarg);
    case 'h':
        fputs(usage, stdout);
        return 0;
    default:
        return gyre__usage_error(option, argv, longs);
    }
}

static int simulate(const tune_t *tune)
{
    gyre_status_t status = gyre_coll_simulate(&tune->simulate, stdout);
    bool written = fflush(stdout) == 0 && !ferror(stdout);
    if (status == GYRE_OK && written)
        return 0;
    gyre__say("%s", status == GYRE_OK ? "cannot write to stdout" : gyre_last_error());
    return status == GYRE_ERR_UNKNOWN ? GYRE__EXIT_USAGE : GYRE__EXIT_FAILED;
}

/* Looks at all names before workers are started. */
static int measure(tune_t *tune)
{
    gyre__tune_measure_t *measure = &tune->measure;
    measure->names = tune->simulate.collectives;
    measure->count = tune->simulate.collective_count;
    measure->range[0] = tune->simulate.min ? tune->simulate.min : 8;
    measure->range[1] = tune->simulate.max ? tune->simulate.max : (size_t)4 << 20;
    for (size_t i = 0; i < measure->count; i++) {
        gyre_coll_algorithm_t any;
        if (gyre_coll_algorithm(measure->names[i], 0, &any) != GYRE_OK) {
            gyre__say("%s", gyre_last_error());
            return GYRE__EXIT_USAGE;
        }
    }
    return gyre__tune_measure(measure);
}

int gyre__tune_main(int argc, char **argv)
{
    tune_t tune = {.simulate = GYRE_COLL_SIMULATE_OPTS_INIT};
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":m:n:t:o:r:vh", longs, NULL)) != -1;) {
        int code = parse_one(&tune, option, argv);
        if (code >= 0)
            return code;
    }
    tune.simulate.collectives = (const char *const *)(argv + optind);
    tune.simulate.collective_count = (size_t)(argc - optind);
    bool simulates = tune.simulate.ranks;
    if (!simulates && !tune.machine)
        return measure(&tune);
    if (simulates && !tune.measured)
        return simulate(&tune);
    if (simulates)
        gyre__say("%s is for measuring, and means nothing to --simulate", tune.measured);
    else
        gyre__say("%s describes a machine for --simulate RANKS, which is missing", tune.machine);
    return GYRE__EXIT_USAGE;
}
