/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of a benchmark. Parsing never prints: every worker of a job reads the same
 * line, and only the first one, known after start-up, is to complain about it. */
#include "bench.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW 64

/* The first complaint stays. */
__attribute__((format(printf, 2, 3))) static bool complain(gyre__bench_opts_t *opts,
                                                           const char *format, ...)
{
    va_list args;
    if (opts->complaint[0])
        return false;
    va_start(args, format);
    vsnprintf(opts->complaint, sizeof(opts->complaint), format, args);
    va_end(args);
    return false;
}

/* Reads digits and a unit, which end must follow. */
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

/* OSU's grammar: MIN:MAX, MIN: or MAX. */
static bool parse_sizes(gyre__bench_opts_t *opts, const char *text)
{
    const char *colon = strchr(text, ':');
    bool open_end = colon && !colon[1];
    bool ok = !colon || parse_size(text, ':', &opts->min);
    if (ok && !open_end)
        ok = parse_size(colon ? colon + 1 : text, '\0', &opts->max);
    else if (opts->max < opts->min)
        opts->max = opts->min;
    ok = ok && opts->min <= opts->max;
    if (!ok)
        return complain(opts, "-m %s: expected MIN:MAX, such as 8:4m", text);
    if (opts->min < opts->op->least || opts->max > opts->op->most)
        return complain(opts, "-m %s: %s takes sizes from %zu to %zu", text, opts->op->name,
                        opts->op->least, opts->op->most);
    return true;
}

static bool parse_count(gyre__bench_opts_t *opts, int option, const char *text, int min, int *value)
{
    char *rest;
    errno = 0;
    long number = strtol(text, &rest, 10);
    if (errno || rest == text || *rest || number < min || number > INT_MAX)
        return complain(opts, "-%c %s: expected a whole number, %d or more", option, text, min);
    *value = (int)number;
    return true;
}

static bool parse_variant(gyre__bench_opts_t *opts, const char *text)
{
    const char *const *variants = opts->op->variants;
    if (!variants)
        return complain(opts, "%s takes no --op", opts->op->name);
    for (int i = 0; variants[i]; i++)
        if (!strcmp(variants[i], text)) {
            opts->variant = i;
            return true;
        }
    return complain(opts, "--op %s: expected %s, %s or %s", text, variants[0], variants[1],
                    variants[2]);
}

static bool parse_option(gyre__bench_opts_t *opts, int option, char **argv)
{
    switch (option) {
    case 'm':
        return parse_sizes(opts, optarg);
    case 'i':
        return parse_count(opts, option, optarg, 1, &opts->iterations);
    case 'x':
        return parse_count(opts, option, optarg, 0, &opts->warmup);
    case 'w':
        if (!opts->op->windowed)
            return complain(opts, "%s takes no -w", opts->op->name);
        return parse_count(opts, option, optarg, 1, &opts->window);
    case 'o':
        return parse_variant(opts, optarg);
    case 'c':
        return opts->check = true;
    case 'j':
        return opts->json = true;
    case 'h':
        return opts->help = true;
    case ':':
        return complain(opts, "-%c needs a value", optopt);
    default:
        if (optopt)
            return complain(opts, "unknown option -%c (see --help)", optopt);
        return complain(opts, "unknown option %s (see --help)", argv[optind - 1]);
    }
}

static bool find_op(const gyre__bench_side_t *side, gyre__bench_opts_t *opts, const char *name)
{
    if (!name)
        return complain(opts, "which operation? (see --help)");
    if (!strcmp(name, "--help") || !strcmp(name, "-h"))
        return !(opts->help = true);
    for (const gyre__bench_op_t *const *op = side->ops; *op; op++)
        if (!strcmp((*op)->name, name)) {
            opts->op = *op;
            return true;
        }
    return complain(opts, "unknown operation %s (see --help)", name);
}

void gyre__bench_parse(const gyre__bench_side_t *side, int argc, char **argv,
                       gyre__bench_opts_t *opts)
{
    static const struct option longs[] = {{"message-size", required_argument, NULL, 'm'},
                                          {"iterations", required_argument, NULL, 'i'},
                                          {"warmup", required_argument, NULL, 'x'},
                                          {"window", required_argument, NULL, 'w'},
                                          {"op", required_argument, NULL, 'o'},
                                          {"check", no_argument, NULL, 'c'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int option;
    *opts = (gyre__bench_opts_t){.iterations = GYRE__BENCH_UNSET, .warmup = GYRE__BENCH_UNSET};
    if (!find_op(side, opts, argc > 1 ? argv[1] : NULL))
        return;
    opts->min = opts->op->min;
    opts->max = opts->op->max;
    opts->window = opts->op->windowed ? WINDOW : 1;
    opterr = 0;
    optind = 1;
    while ((option = getopt_long(argc - 1, argv + 1, ":m:i:x:w:ch", longs, NULL)) != -1)
        if (!parse_option(opts, option, argv + 1))
            return;
    if (optind < argc - 1)
        complain(opts, "unexpected argument %s", argv[1 + optind]);
}

void gyre__bench_usage(const gyre__bench_side_t *side)
{
    printf("usage: %s OPERATION [options]\n\noperations:\n", side->program);
    for (const gyre__bench_op_t *const *op = side->ops; *op; op++)
        printf("  %-12s %s\n", (*op)->name, (*op)->help);
    printf("\noptions:\n"
           "  -m, --message-size MIN:MAX  sizes in bytes, doubled from MIN; k, m, g = 1024\n"
           "  -i, --iterations N          iterations per size\n"
           "  -x, --warmup N              iterations before the clock starts\n"
           "  -w, --window N              messages in flight (bandwidth, bibandwidth, rate)\n"
           "      --op NAME               fetch_add, swap or compare_swap (atomic)\n"
           "  -c, --check                 check every byte\n"
           "      --json                  print JSON instead of columns\n"
           "  -h, --help                  print this\n"
           "start with: %s\n",
           side->launch);
}
