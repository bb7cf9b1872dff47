/* SPDX-License-Identifier: Apache-2.0 */
/* TeraSort, from the command line: makes records, sorts them, checks the result. */
#include "tera.h"

#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char usage[] =
    "Usage: gyre run -n N terasort [OPTION...] STEP ARGUMENT...\n"
    "Sorts records by their keys, as the sort benchmark does.\n"
    "\n"
    "  generate SIZE IN   write random records to the directory IN: SIZE of them, such as 10m, or\n"
    "                     SIZE bytes, such as 1gb; the same on any number of workers\n"
    "  sort IN OUT        sort the records of IN, a file, a directory or a 'pattern', into the\n"
    "                     directory OUT; its parts, one after the other, are in order\n"
    "  check IN OUT       is OUT in order, and has it the records of IN?\n"
    "  all SIZE DIR       all three, with DIR/in and DIR/out\n"
    "\n"
    "  --key BYTES        of a record, 10 unless given\n"
    "  --value BYTES      90 unless given\n"
    "  --seed NUMBER      of generate, 1000 unless given\n"
    "  --text             generate records that are lines, for sort(1)\n"
    "  --sources NUMBER   of tasks that make or read parts, one per worker unless given\n"
    "  --sinks NUMBER     of tasks that write sorted parts, one per worker unless given\n"
    "  --sets             sort by sets instead of by an operator\n"
    "  --overwrite        directories may have parts of earlier runs\n"
    "  --verify           check after sort\n"
    "  --help             this text\n"
    "\n"
    "What is sorted lies in memory as long as GYRE_MEMORY, of each worker, has room for it, then\n"
    "in files under GYRE_SPILL_DIRS.\n"
    "\n"
    "Examples:\n"
    "  gyre run -n 2 terasort all 1m /tmp/tera\n"
    "  GYRE_MEMORY=200m GYRE_SPILL_DIRS=/a:/b gyre run -n 4 terasort sort 'in/file-*' out\n";

typedef struct job {
    tera_t tera;
    bool help, generate, sort, check, sets;
    uint64_t records; /* to generate */
    char in[PATH_MAX], out[PATH_MAX];
} job_t;

bool tera_complain(const char *format, ...)
{
    va_list args;
    fprintf(stderr, "terasort: ");
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return false;
}

bool tera_ok(gyre_status_t status)
{
    return status == GYRE_OK ||
           (status != GYRE_ERR_PEER_FAILED && tera_complain("%s", gyre_last_error()));
}

double tera_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

bool tera_report(const tera_t *tera, const char *step, uint64_t records, double start)
{
    double took = tera_seconds() - start;
    double megabytes = (double)records * (tera->key + tera->value) / 1e6;
    return tera->rank != 0 || printf("%s: %" PRIu64 " records, %.1f MB, in %.3f s, %.1f MB/s\n",
                                     step, records, megabytes, took, megabytes / took) > 0;
}

gyre_status_t tera_open(const tera_t *tera, const char *in, int index, int count,
                        tera_reader_t *reader)
{
    const gyre_input_opts_t plain = {.plain = true};
    *reader = (tera_reader_t){0};
    gyre_status_t status = gyre_input_create(&in, 1, &plain, &reader->input);
    if (status == GYRE_OK)
        status = gyre_split_create(reader->input, (uint64_t)index, (uint64_t)count, &reader->split);
    if (status == GYRE_OK)
        status =
            gyre_records_open(reader->split, (size_t)(tera->key + tera->value), &reader->records);
    return status;
}

void tera_close(tera_reader_t *reader)
{
    gyre_records_close(reader->records);
    gyre_split_destroy(reader->split);
    gyre_input_destroy(reader->input);
}

/* Digits, and k, m, g or t for thousands; what follows is left to the caller. */
static bool parse_number(const char *text, uint64_t most, uint64_t *number, char **rest)
{
    static const char units[] = "kmgt";
    *number = strtoull(text, rest, 10);
    const char *unit = **rest ? strchr(units, **rest) : NULL;
    uint64_t scale = 1;
    if (unit)
        (*rest)++;
    for (ptrdiff_t i = unit ? unit - units : -1; i >= 0; i--)
        scale *= 1000;
    if (*text < '0' || *text > '9' || *number > most / scale)
        return false;
    *number *= scale;
    return true;
}

static bool parse_count(const char *text, int *count)
{
    uint64_t number;
    char *rest;
    if (!parse_number(text, INT_MAX / 2, &number, &rest) || *rest || number == 0)
        return false;
    *count = (int)number;
    return true;
}

/* So many records, or bytes, which "b" says. */
static bool parse_size(const tera_t *tera, const char *text, uint64_t *records)
{
    char *rest;
    if (!parse_number(text, INT64_MAX, records, &rest))
        return false;
    if (*rest == 'b') {
        *records /= (uint64_t)(tera->key + tera->value);
        rest++;
    }
    return *rest == '\0';
}

static bool parse_option(job_t *job, int option)
{
    tera_t *tera = &job->tera;
    char *rest;
    switch (option) {
    case 'k':
        return parse_count(optarg, &tera->key);
    case 'v':
        return parse_count(optarg, &tera->value);
    case 's':
        return parse_number(optarg, UINT64_MAX, &tera->seed, &rest) && !*rest;
    case 'f':
        return parse_count(optarg, &tera->sources);
    case 't':
        return parse_count(optarg, &tera->sinks);
    case 'l':
        return tera->text = true;
    case 'd':
        return job->sets = true;
    case 'o':
        tera->overwrite = GYRE_OVERWRITE;
        return true;
    case 'c':
        return job->check = true;
    default:
        return false;
    }
}

static bool parse_step(job_t *job, char **arguments)
{
    const char *step = arguments[0];
    bool all = strcmp(step, "all") == 0;
    job->generate = all || strcmp(step, "generate") == 0;
    job->sort = all || strcmp(step, "sort") == 0;
    job->check = all || strcmp(step, "check") == 0 || (job->sort && job->check);
    if (!job->generate && !job->sort && !job->check)
        return tera_complain("%s: expected generate, sort, check or all", step);
    if (job->generate && !parse_size(&job->tera, arguments[1], &job->records))
        return tera_complain("%s: expected a number, such as 10m or 1gb", arguments[1]);
    snprintf(job->in, sizeof(job->in), "%s%s", arguments[job->generate ? 2 : 1], all ? "/in" : "");
    snprintf(job->out, sizeof(job->out), "%s%s", arguments[2], all ? "/out" : "");
    return true;
}

static bool parse(job_t *job, int argc, char **argv)
{
    static const struct option options[] = {{"key", required_argument, NULL, 'k'},
                                            {"value", required_argument, NULL, 'v'},
                                            {"seed", required_argument, NULL, 's'},
                                            {"sources", required_argument, NULL, 'f'},
                                            {"sinks", required_argument, NULL, 't'},
                                            {"text", no_argument, NULL, 'l'},
                                            {"sets", no_argument, NULL, 'd'},
                                            {"overwrite", no_argument, NULL, 'o'},
                                            {"verify", no_argument, NULL, 'c'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int index;
    for (int option; (option = getopt_long(argc, argv, "h", options, &index)) != -1;) {
        if (option == 'h')
            return job->help = true;
        if (!parse_option(job, option))
            return option != '?' && tera_complain("--%s %s: expected a number, 1 or above",
                                                  options[index].name, optarg);
    }
    if (argc - optind != 3)
        return tera_complain("expected a step and two arguments; see terasort --help");
    return parse_step(job, argv + optind);
}

static bool run(const job_t *job)
{
    const tera_t *tera = &job->tera;
    return (!job->generate || tera_generate(tera, job->records, job->in)) &&
           (!job->sort || (job->sets ? tera_sort_sets : tera_sort)(tera, job->in, job->out)) &&
           (!job->check || tera_check(tera, job->in, job->out));
}

int main(int argc, char **argv)
{
    job_t job = {.tera = {.key = 10, .value = 90, .seed = 1000}};
    gyre_context_t *ctx;
    if (!tera_ok(gyre_init(NULL, &ctx)))
        return 1;
    tera_t *tera = &job.tera;
    tera->world = gyre_comm_world(ctx);
    tera->rank = gyre_comm_rank(tera->world);
    tera->size = tera->sources = tera->sinks = gyre_comm_size(tera->world);
    bool ok = parse(&job, argc, argv);
    if (ok && job.help)
        ok = tera->rank != 0 || fputs(usage, stdout) >= 0;
    else if (ok)
        ok = run(&job);
    /* Others may wait for a worker that failed: they learn of it when it ends as it is. */
    if (ok)
        gyre_finalize(ctx);
    return !ok;
}
