/* SPDX-License-Identifier: Apache-2.0 */
/* Two CSV files joined on sets: keyed by a column each, joined, saved. */
#include "application.h"

#include <getopt.h>
#include <inttypes.h>
#include <string.h>

static const char usage[] =
    "Usage: gyre run -n N join_tset [OPTION...] LEFT.csv RIGHT.csv COLUMN OUT\n"
    "Joins two CSV files, whose first rows are the names of their columns, where COLUMN is equal, "
    "and\n"
    "writes the pairs to the directory OUT.\n"
    "\n"
    "  -t, --type TYPE       inner, left, right or full; inner unless given\n"
    "  -s, --sort            find partners by sorting both sides, not by hashing one\n"
    "  -h, --help            this text\n";

static const gyre_csv_opts_t csv = {.format = {.header = GYRE_CSV_HEADER}};

/* A file's rows, by their key. */
static gyre_tset_t *side(gyre_env_t *env, const char *path, const char *column)
{
    gyre_tset_t *rows = gyre_tset_csv(env, &path, 1, NULL, NULL, &csv, 0);
    size_t key;
    must(gyre_env_status(env));
    must(gyre_schema_find(gyre_tset_schema(rows), column, &key));
    return gyre_tset_keyed(rows, &key, 1);
}

static gyre_join_t type_of(const char *name)
{
    static const char *const names[] = {"inner", "left", "right", "full"};
    for (int i = GYRE_JOIN_INNER; i <= GYRE_JOIN_FULL; i++)
        if (strcmp(name, names[i]) == 0)
            return (gyre_join_t)i;
    fprintf(stderr, "join_tset: %s: expected inner, left, right or full\n", name);
    exit(2);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"type", required_argument, NULL, 't'},
                                            {"sort", no_argument, NULL, 's'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    static const gyre_output_opts_t output = {.suffix = ".csv"};
    gyre_join_algorithm_t algorithm = GYRE_JOIN_HASH;
    gyre_join_t type = GYRE_JOIN_INNER;
    uint64_t pairs;
    for (int option; (option = getopt_long(argc, argv, "t:sh", options, NULL)) != -1;) {
        if (option == 'h')
            return fputs(usage, stdout) < 0;
        if (option == 't')
            type = type_of(optarg);
        else if (option == 's')
            algorithm = GYRE_JOIN_SORT;
        else
            return fputs("join_tset: see join_tset --help\n", stderr), 2;
    }
    if (argc - optind != 4)
        return fputs("join_tset: see join_tset --help\n", stderr), 2;
    argv += optind;
    session_t session = session_begin(NULL);
    gyre_tset_t *joined =
        gyre_tset_cache(gyre_tset_join(side(session.env, argv[0], argv[2]),
                                       side(session.env, argv[1], argv[2]), type, algorithm, 0));
    must(gyre_tset_save_csv(joined, argv[3], &output, &csv.format));
    must(gyre_tset_count(joined, &pairs));
    if (session.speaks)
        printf("%" PRIu64 " rows\n", pairs);
    return session_end(&session);
}
