/* SPDX-License-Identifier: Apache-2.0 */
/* The options of gyre run. Parsing stops at the program's name: what follows is the program's. */
#include "launch/options.h"

#include "base/clock.h"
#include "launch/launch.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "Usage: gyre run -n N [OPTION...] PROGRAM [ARGUMENT...]\n"
    "\n"
    "Starts N workers of a program on this machine and waits for them.\n"
    "\n"
    "  -n, --workers N         how many\n"
    "      --bind-to WHAT      core, l3, numa or none; default: core while every worker\n"
    "                          has one, else none\n"
    "  -t, --tag-output        every line of output starts with its worker's rank: [3] text\n"
    "      --timeout SECONDS   end the job after so long, with exit code 124\n"
    "  -e, --env NAME=VALUE    set a variable for the workers; may be repeated\n"
    "  -v, --verbose           say what is done and why\n"
    "  -h, --help              this text\n"
    "\n"
    "Examples:\n"
    "  gyre run -n 4 ./wordcount book.txt\n"
    "  gyre run -n 8 --bind-to none --tag-output ./prog\n"
    "  gyre run -n 2 --env GYRE_NET=ofi --timeout 60 ./prog\n"
    "  gyre run -n 4 hostname                       any program will do\n"
    "  printf '%s\\n' a b c | gyre run -n 2 cat      rank 0 reads the standard input\n"
    "\n"
    "The exit code is that of the first worker that failed, 128 + its signal if it was killed.\n";

enum { OPTION_BIND = 256, OPTION_TIMEOUT, OPTION_HOSTS };

static const struct option longs[] = {
    {"workers", required_argument, NULL, 'n'},
    {"bind-to", required_argument, NULL, OPTION_BIND},
    {"tag-output", no_argument, NULL, 't'},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"env", required_argument, NULL, 'e'},
    {"verbose", no_argument, NULL, 'v'},
    {"hosts", required_argument, NULL, OPTION_HOSTS},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static int parse_workers(gyre__options_t *options, const char *text)
{
    char *end;
    long number = strtol(text, &end, 10);
    if (end == text || *end || number < 1) {
        gyre__say("-n %s: expected a number of workers, 1 or more", text);
        return GYRE__EXIT_USAGE;
    }
    options->workers = number > INT_MAX ? INT_MAX : (unsigned)number;
    return -1;
}

static int parse_bind(gyre__options_t *options, const char *text)
{
    static const gyre_topo_level_t levels[] = {GYRE_TOPO_CORE, GYRE_TOPO_L3, GYRE_TOPO_NUMA,
                                               GYRE_TOPO_NONE};
    gyre_topo_level_t level;
    if (gyre_topo_level_parse(text, &level) == GYRE_OK)
        for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
            if (levels[i] == level) {
                options->bind = level;
                options->bind_given = true;
                return -1;
            }
    gyre__say("--bind-to %s: expected core, l3, numa or none", text);
    return GYRE__EXIT_USAGE;
}

static int parse_timeout(gyre__options_t *options, const char *text)
{
    char *end;
    double seconds = strtod(text, &end);
    if (end == text || *end || !(seconds > 0) || seconds > 1e9) {
        gyre__say("--timeout %s: expected seconds, more than 0, such as 30 or 0.5", text);
        return GYRE__EXIT_USAGE;
    }
    options->timeout = (uint64_t)(seconds * (double)GYRE__S);
    options->timeout += options->timeout == 0;
    options->timeout_text = text;
    return -1;
}

static int parse_env(gyre__options_t *options, const char *text)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text) {
        gyre__say("--env %s: expected NAME=VALUE", text);
        return GYRE__EXIT_USAGE;
    }
    options->env[options->env_count++] = text;
    return -1;
}

static int parse_one(gyre__options_t *options, int option, char **argv)
{
    switch (option) {
    case 'n':
        return parse_workers(options, optarg);
    case OPTION_BIND:
        return parse_bind(options, optarg);
    case OPTION_TIMEOUT:
        return parse_timeout(options, optarg);
    case 'e':
        return parse_env(options, optarg);
    case 't':
        options->tag = true;
        return -1;
    case 'v':
        options->verbose = true;
        return -1;
    case 'h':
        fputs(usage, stdout);
        return 0;
    case OPTION_HOSTS:
        gyre__say("--hosts: workers on several hosts are started by srun --mpi=pmix or mpirun; "
                  "gyre run starts them on this machine only");
        return GYRE__EXIT_USAGE;
    default:
        return gyre__usage_error(option, argv, longs);
    }
}

int gyre__options_parse(gyre__options_t *options, int argc, char **argv)
{
    memset(options, 0, sizeof(*options));
    options->env = calloc((size_t)argc + 1, sizeof(*options->env));
    if (!options->env) {
        gyre__say("out of memory");
        return GYRE__EXIT_FAILED;
    }
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, "+:n:e:tvh", longs, NULL)) != -1;) {
        int code = parse_one(options, option, argv);
        if (code >= 0)
            return code;
    }
    if (options->workers == 0) {
        gyre__say("how many workers? Give -n N before the program");
        return GYRE__EXIT_USAGE;
    }
    if (optind == argc) {
        gyre__say("which program? It comes after the options");
        return GYRE__EXIT_USAGE;
    }
    options->argv = argv + optind;
    return gyre__program_find(options->argv[0], &options->program);
}

void gyre__options_cleanup(gyre__options_t *options)
{
    free(options->env);
    free(options->program);
}
