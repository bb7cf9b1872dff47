/* SPDX-License-Identifier: Apache-2.0 */
/* gyre tune: how long collectives take with each algorithm. --simulate predicts it for a machine
 * that need not exist, in this process alone. Options are read first and the way is chosen then. */
#include "launch/launch.h"

#include <errno.h>
#include <getopt.h>
#include <gyre/coll.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "Usage: gyre tune --simulate RANKS [OPTION...] [COLLECTIVE...]\n"
    "\n"
    "Predicts, without a network, what every algorithm of the collectives (default: all)\n"
    "costs: rounds, messages, bytes and time.\n"
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
    "  gyre tune --simulate 1024 --ranks-per-node 64 allreduce\n"
    "  gyre tune --simulate 1m -m 8 bcast reduce gather\n"
    "  gyre tune --simulate 64 --loggp 25,3,3,0.8 alltoall     TCP on 10 Gb/s\n";

enum { OPTION_SIMULATE = 256, OPTION_PER_NODE, OPTION_LOGGP, OPTION_NODE_LOGGP, OPTION_MEMORY };

static const struct option longs[] = {
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
    gyre_coll_simulate_opts_t simulate;
    gyre_loggp_t network, node;
    const char *machine; /* the first option that only makes sense with --simulate */
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

int gyre__tune_main(int argc, char **argv)
{
    tune_t tune = {.simulate = GYRE_COLL_SIMULATE_OPTS_INIT};
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":m:h", longs, NULL)) != -1;) {
        int code = parse_one(&tune, option, argv);
        if (code >= 0)
            return code;
    }
    tune.simulate.collectives = (const char *const *)(argv + optind);
    tune.simulate.collective_count = (size_t)(argc - optind);
    if (tune.simulate.ranks)
        return simulate(&tune);
    if (tune.machine)
        gyre__say("%s describes a machine for --simulate RANKS, which is missing", tune.machine);
    else
        gyre__say("for how many ranks? Give --simulate RANKS (see --help)");
    return GYRE__EXIT_USAGE;
}
