/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of a benchmark. Parsing never prints: every worker of a job reads the same
 * line, and only the first one, known after start-up, is to complain about it. */
#include "coll.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW    64
#define KEYS      1000000
#define TASKS_MAX 65536
#define WIDTH_MAX (1 << 20)

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

/* OSU's grammar: MIN:MAX, MIN: or MAX; of rows one number is both. */
static bool parse_sizes(gyre__bench_opts_t *opts, const char *option, const char *text)
{
    const char *colon = strchr(text, ':');
    bool open_end = colon && !colon[1];
    bool ok = !colon || parse_size(text, ':', &opts->min);
    if (ok && !open_end)
        ok = parse_size(colon ? colon + 1 : text, '\0', &opts->max);
    else if (opts->max < opts->min)
        opts->max = opts->min;
    if (!colon && opts->op->flow)
        opts->min = opts->max;
    ok = ok && opts->min <= opts->max;
    if (!ok)
        return complain(opts, "%s %s: expected MIN:MAX, such as 8:4m", option, text);
    if (opts->min < opts->op->least || opts->max > opts->op->most)
        return complain(opts, "%s %s: %s takes sizes from %zu to %zu", option, text, opts->op->name,
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

/* Index of text in a list; -1 with a complaint that names them all. */
static int parse_choice(gyre__bench_opts_t *opts, const char *option, const char *text,
                        const char *const *list)
{
    char all[120];
    size_t length = 0;
    for (int i = 0; list[i]; i++) {
        if (!strcmp(list[i], text))
            return i;
        const char *before = !i ? "" : list[i + 1] ? ", " : " or ";
        length += (size_t)snprintf(all + length, sizeof(all) - length, "%s%s", before, list[i]);
    }
    complain(opts, "%s %s: expected %s", option, text, all);
    return -1;
}

static bool parse_variant(gyre__bench_opts_t *opts, const char *text)
{
    const char *const *variants = opts->op->variants;
    if (!variants)
        return complain(opts, "%s takes no --op", opts->op->name);
    int choice = parse_choice(opts, "--op", text, variants);
    opts->variant = choice;
    return choice >= 0;
}

static bool parse_mode(gyre__bench_opts_t *opts, const char *text)
{
    static const char *const modes[] = {"blocking", "nonblocking", "persistent", "overlap", NULL};
    int choice = parse_choice(opts, "--mode", text, modes);
    opts->mode = (gyre__bench_mode_t)choice;
    return choice >= 0;
}

static bool parse_memory(gyre__bench_opts_t *opts, const char *text)
{
    static const char *const kinds[] = {"private", "shared", NULL};
    int choice = parse_choice(opts, "--memory", text, kinds);
    opts->shared = choice == 1;
    return choice >= 0;
}

static bool parse_key_type(gyre__bench_opts_t *opts, const char *text)
{
    static const char *const types[] = {"int64", "string", NULL};
    int choice = parse_choice(opts, "--type", text, types);
    opts->strings = choice == 1;
    return choice >= 0;
}

static bool parse_type(const gyre__bench_side_t *side, gyre__bench_opts_t *opts, const char *text)
{
    if (opts->op->flow)
        return parse_key_type(opts, text);
    if (!opts->op->most)
        return complain(opts, "%s takes no --type", opts->op->name);
    opts->type = gyre__bench_type(text);
    if (!opts->type || !side->colls->has_type(text))
        return complain(opts, "--type %s: not a type of %s", text, side->library);
    return true;
}

static bool parse_limit(gyre__bench_opts_t *opts, const char *text)
{
    char *rest;
    opts->limit = strtod(text, &rest);
    if (rest == text || *rest || !(opts->limit > 0 && opts->limit < 1e6))
        return complain(opts, "--limit %s: expected seconds, more than 0", text);
    return true;
}

static bool parse_skew(gyre__bench_opts_t *opts, const char *text)
{
    char *rest;
    opts->skew = strtod(text, &rest);
    if (rest == text || *rest || !(opts->skew >= 0 && opts->skew <= 10))
        return complain(opts, "--skew %s: expected an exponent from 0 to 10", text);
    return true;
}

/* SOURCES:TARGETS, or as many of both. */
static bool parse_tasks(gyre__bench_opts_t *opts, const char *text)
{
    const char *colon = strchr(text, ':');
    size_t sources, targets;
    bool ok = parse_size(text, colon ? ':' : '\0', &sources);
    if (ok && !colon)
        targets = sources;
    else
        ok = ok && parse_size(colon + 1, '\0', &targets);
    if (!ok || sources < 1 || targets < 1 || sources > TASKS_MAX || targets > TASKS_MAX)
        return complain(opts, "--tasks %s: expected SOURCES:TARGETS, each from 1 to %d", text,
                        TASKS_MAX);
    opts->sources = (int)sources;
    opts->targets = (int)targets;
    return true;
}

static bool parse_amount(gyre__bench_opts_t *opts, const char *option, const char *text,
                         size_t most, size_t *value)
{
    if (!parse_size(text, '\0', value) || *value < 1 || *value > most)
        return complain(opts, "%s %s: expected a number from 1 to %zu", option, text, most);
    return true;
}

/* Options of operators only. */
static bool parse_flow_option(gyre__bench_opts_t *opts, int option)
{
    static const char *const names[] = {
        ['r'] = "--rows", ['K'] = "--keys", ['S'] = "--skew", ['N'] = "--tasks", ['V'] = "--value"};
    if (!opts->op->flow || (option == 'V' && opts->op->flow->keyed))
        return complain(opts, "%s takes no %s", opts->op->name, names[option]);
    switch (option) {
    case 'r':
        return parse_sizes(opts, names[option], optarg);
    case 'K':
        return parse_amount(opts, names[option], optarg, (size_t)1 << 40, &opts->keys);
    case 'S':
        return parse_skew(opts, optarg);
    case 'N':
        return parse_tasks(opts, optarg);
    default:
        return parse_amount(opts, names[option], optarg, WIDTH_MAX, &opts->width);
    }
}

/* Options of collectives only, but for the type, which keys of operators have as well. */
static bool parse_coll_option(const gyre__bench_side_t *side, gyre__bench_opts_t *opts, int option)
{
    static const char *const names[] = {
        ['M'] = "--mode", ['Y'] = "--memory", ['T'] = "--type", ['t'] = "-t", ['b'] = "--barrier"};
    if (!opts->op->shape && !(opts->op->flow && option == 'T'))
        return complain(opts, "%s takes no %s", opts->op->name, names[option]);
    switch (option) {
    case 'M':
        return parse_mode(opts, optarg);
    case 'Y':
        return parse_memory(opts, optarg);
    case 'T':
        return parse_type(side, opts, optarg);
    case 't':
        return parse_count(opts, option, optarg, 0, &opts->tests);
    default:
        return opts->barrier = true;
    }
}

static bool parse_option(const gyre__bench_side_t *side, gyre__bench_opts_t *opts, int option,
                         char **argv)
{
    switch (option) {
    case 'm':
        if (opts->op->flow)
            return complain(opts, "%s takes no -m", opts->op->name);
        return parse_sizes(opts, "-m", optarg);
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
    case 'l':
        return parse_limit(opts, optarg);
    case 'c':
        return opts->check = true;
    case 'j':
        return opts->json = true;
    case 'h':
        return opts->help = true;
    case 'r':
    case 'K':
    case 'S':
    case 'N':
    case 'V':
        return parse_flow_option(opts, option);
    case ':':
        return complain(opts, "%s needs a value", argv[optind - 1]);
    case '?':
        if (optopt)
            return complain(opts, "unknown option -%c (see --help)", optopt);
        return complain(opts, "unknown option %s (see --help)", argv[optind - 1]);
    default:
        return parse_coll_option(side, opts, option);
    }
}

/* What is wrong with the options together. Without a smallest size, it is one element. */
static bool finish(const gyre__bench_side_t *side, gyre__bench_opts_t *opts, bool sizes_given)
{
    const gyre__bench_op_t *op = opts->op;
    const gyre__bench_type_t *type = opts->type;
    if (!op->shape)
        return true;
    if (!sizes_given && op->most && opts->min < type->size)
        opts->min = type->size;
    if (opts->min % type->size)
        return complain(opts, "-m %zu: expected whole elements of %zu bytes (%s)", opts->min,
                        type->size, type->name);
    if (op->variants && !gyre__bench_type_takes(type, opts->variant))
        return complain(opts, "--op %s: not of %s", op->variants[opts->variant], type->name);
    if (opts->mode == GYRE__BENCH_PERSISTENT && !side->colls->calls[op->shape->kind].init)
        return complain(opts, "%s has no persistent %s", side->library, op->name);
    return true;
}

static bool find_in(const gyre__bench_op_t *const *ops, const char *name, gyre__bench_opts_t *opts)
{
    for (; ops && *ops; ops++)
        if (!strcmp((*ops)->name, name)) {
            opts->op = *ops;
            return true;
        }
    return false;
}

static bool find_op(const gyre__bench_side_t *side, gyre__bench_opts_t *opts, const char *name)
{
    if (!name)
        return complain(opts, "which operation? (see --help)");
    if (!strcmp(name, "--help") || !strcmp(name, "-h"))
        return !(opts->help = true);
    if (find_in(side->ops, name, opts) || find_in(side->flows, name, opts))
        return true;
    for (int i = 0; side->colls && i < GYRE__BENCH_COLLS; i++)
        if (!strcmp(gyre__bench_coll_ops[i].name, name)) {
            opts->op = &gyre__bench_coll_ops[i];
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
                                          {"mode", required_argument, NULL, 'M'},
                                          {"memory", required_argument, NULL, 'Y'},
                                          {"type", required_argument, NULL, 'T'},
                                          {"tests", required_argument, NULL, 't'},
                                          {"barrier", no_argument, NULL, 'b'},
                                          {"rows", required_argument, NULL, 'r'},
                                          {"keys", required_argument, NULL, 'K'},
                                          {"skew", required_argument, NULL, 'S'},
                                          {"tasks", required_argument, NULL, 'N'},
                                          {"value", required_argument, NULL, 'V'},
                                          {"limit", required_argument, NULL, 'l'},
                                          {"check", no_argument, NULL, 'c'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    bool sizes_given = false;
    int option;
    *opts = (gyre__bench_opts_t){.iterations = GYRE__BENCH_UNSET,
                                 .warmup = GYRE__BENCH_UNSET,
                                 .keys = KEYS,
                                 .width = sizeof(int64_t)};
    if (!find_op(side, opts, argc > 1 ? argv[1] : NULL))
        return;
    opts->min = opts->op->min;
    opts->max = opts->op->max;
    opts->window = opts->op->windowed ? WINDOW : 1;
    if (opts->op->shape)
        opts->type = gyre__bench_type(opts->op->variants ? "float32" : "byte");
    opterr = 0;
    optind = 1;
    while ((option = getopt_long(argc - 1, argv + 1, ":m:i:x:w:t:ch", longs, NULL)) != -1) {
        if (!parse_option(side, opts, option, argv + 1))
            return;
        sizes_given |= option == 'm' && strchr(optarg, ':');
    }
    if (optind < argc - 1)
        complain(opts, "unexpected argument %s", argv[1 + optind]);
    else
        finish(side, opts, sizes_given);
}

static void print_op(const gyre__bench_op_t *op)
{
    printf("  %-20s %s\n", op->name, op->help);
}

void gyre__bench_usage(const gyre__bench_side_t *side)
{
    printf("usage: %s OPERATION [options]\n\noperations of pairs:\n", side->program);
    for (const gyre__bench_op_t *const *op = side->ops; *op; op++)
        print_op(*op);
    printf("\ncollective operations:\n");
    for (int i = 0; side->colls && i < GYRE__BENCH_COLLS; i++)
        print_op(&gyre__bench_coll_ops[i]);
    if (side->flows)
        printf("\noperators:\n");
    for (const gyre__bench_op_t *const *op = side->flows; op && *op; op++)
        print_op(*op);
    printf("\noptions:\n"
           "  -m, --message-size MIN:MAX  sizes in bytes, doubled from MIN; k, m, g = 1024\n"
           "  -i, --iterations N          iterations per size\n"
           "  -x, --warmup N              iterations before the clock starts\n"
           "  -w, --window N              messages in flight (bandwidth, bibandwidth, rate)\n"
           "      --op NAME               fetch_add, swap or compare_swap (atomic);\n"
           "                              sum, prod, min, ... (reductions)\n"
           "      --limit SECONDS         fewer iterations where a size would take longer\n"
           "  -c, --check                 check every byte\n"
           "      --json                  print JSON instead of columns\n"
           "  -h, --help                  print this\n"
           "\noptions of collective operations:\n"
           "      --mode MODE             blocking, nonblocking, persistent or overlap\n"
           "  -t, --tests N               calls of test while overlap computes\n"
           "      --barrier               a barrier before each operation\n"
           "      --memory KIND           private, or shared: the library's own\n"
           "      --type NAME             of the elements, such as float64\n");
    if (side->flows)
        printf("\noptions of operators:\n"
               "      --rows MIN:MAX          of a source, doubled from MIN\n"
               "      --tasks SOURCES:TARGETS else one of both on each worker\n"
               "      --keys N                that differ; the default is 1000000\n"
               "      --skew EXPONENT         Zipf's, of the keys; 0: all alike\n"
               "      --type NAME             of the keys, int64 or string\n"
               "      --value BYTES           of each row's value (not keyed_reduce)\n");
    printf("start with: %s\n", side->launch);
}
