/* SPDX-License-Identifier: Apache-2.0 */
/* Word count on sets: text becomes words, words are reduced to their counts, each in the part that
 * its hash names. */
#include "application.h"
#include "words.h"

#include <inttypes.h>
#include <string.h>

static const char usage[] = "Usage: gyre run -n N wordcount_tset PATH OUT\n"
                            "Counts the words of PATH, a file, a directory or a 'pattern', and "
                            "writes them to the directory\n"
                            "OUT, in lines of a word, a tab and its count.\n";

static gyre_status_t cut(gyre_partition_t *part, const gyre_row_t *row, gyre_builder_t *out)
{
    size_t length;
    const char *text = gyre_row_bytes(row, 0, &length);
    (void)part;
    return words_append(out, text, length);
}

static void run(gyre_env_t *env, bool speaks, const char *path, const char *out)
{
    static const gyre_field_t word = {.name = "word", .kind = GYRE_KIND_STRING};
    static const gyre_aggregate_t count = {
        .fold = GYRE_FOLD_COUNT, .column = GYRE_GROUP_ROWS, .name = "count"};
    static const gyre_csv_format_t tabs = {.delimiter = '\t', .no_quotes = true};
    static const size_t key = 0;
    gyre_function_t split = {.row = cut};
    uint64_t distinct;
    double start = seconds();
    must(gyre_schema_create(&word, 1, &split.schema));
    gyre_tset_t *words = gyre_tset_flatmap(gyre_tset_blocks(env, &path, 1, NULL, 0), &split);
    gyre_tset_t *counts =
        gyre_tset_cache(gyre_tset_keyed_reduce(gyre_tset_keyed(words, &key, 1), &count, 1, 0));
    must(gyre_tset_save_csv(counts, out, NULL, &tabs));
    must(gyre_tset_count(counts, &distinct));
    if (speaks)
        printf("%" PRIu64 " distinct words in %.3f s\n", distinct, seconds() - start);
    gyre_schema_release(split.schema);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return fputs(usage, stdout) < 0;
    if (argc != 3)
        return fputs("wordcount_tset: see wordcount_tset --help\n", stderr), 2;
    session_t session = session_begin(NULL);
    run(session.env, session.speaks, argv[1], argv[2]);
    return session_end(&session);
}
