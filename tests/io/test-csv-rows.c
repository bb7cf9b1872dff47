/* SPDX-License-Identifier: Apache-2.0 */
/* CSV of any bytes, in any number of splits, against an automaton that looks at one byte after the
 * other: good rows, bad rows, their lines and reasons. */
#include "io/fixture.h"

#include <criterion/criterion.h>
#include <gyre/csv.h>
#include <stdlib.h>
#include <string.h>

TestSuite(csv_rows, .init = fixture_open, .fini = fixture_close, .timeout = 600);

enum { COLUMNS = 2 };

typedef struct automaton {
    const gyre_csv_opts_t *opts;
    const char *text;
    size_t length, at;
    gyre__buf_t *good, *bad; /* good: fields with "|" and "\n"; bad: LINE REASON TEXT */
    size_t begin;            /* of the row */
    unsigned line, row_line;
    size_t fields;
    gyre__buf_t row; /* fields, each with a "|" */
    const char *fault;
    bool header;
} automaton_t;

static void end_row(automaton_t *m)
{
    char head[100];
    bool empty = m->text[m->begin] == '\n' ||
                 (m->at - m->begin == 2 && memcmp(m->text + m->begin, "\r\n", 2) == 0);
    if (m->header && !empty) {
        m->header = false;
    } else if (m->fault || (m->fields != COLUMNS && !empty)) {
        if (m->fault)
            snprintf(head, sizeof(head), "%u %s: ", m->row_line, m->fault);
        else
            snprintf(head, sizeof(head), "%u %zu fields, expected %d: ", m->row_line, m->fields,
                     COLUMNS);
        fixture_append(m->bad, head, strlen(head));
        fixture_append(m->bad, m->text + m->begin, m->at - m->begin);
    } else if (!empty) {
        fixture_append(m->good, m->row.data, m->row.length);
        fixture_append(m->good, "\n", 1);
    }
    m->begin = m->at;
    m->row_line = m->line;
    m->fields = 0;
    m->row.length = 0;
    m->fault = NULL;
}

static void end_field(automaton_t *m, bool null)
{
    fixture_append(&m->row, null ? "N|" : "|", null ? 2 : 1);
    m->fields++;
}

static char next(automaton_t *m)
{
    char c = m->text[m->at++];
    m->line += c == '\n';
    return c;
}

static void plain_field(automaton_t *m, bool keep)
{
    size_t begin = m->at;
    while (m->at < m->length && m->text[m->at] != ',' && m->text[m->at] != '\n') {
        if (keep && m->text[m->at] == '"' && !m->fault)
            m->fault = "there is a quote in a field without quotes";
        m->at++;
    }
    size_t end = m->at;
    if (keep && end > begin && end < m->length && m->text[end] == '\n' && m->text[end - 1] == '\r')
        end--;
    if (keep)
        fixture_append(&m->row, m->text + begin, end - begin);
    if (keep)
        end_field(m, end == begin);
}

static void quoted_field(automaton_t *m)
{
    bool closed = false;
    m->at++;
    while (m->at < m->length && !closed) {
        if (m->opts->lines_are_rows && m->text[m->at] == '\n')
            break;
        char c = next(m);
        closed = c == '"';
        if (closed && m->at < m->length && m->text[m->at] == '"') {
            closed = false;
            m->at++;
        }
        if (!closed)
            fixture_append(&m->row, &c, 1);
    }
    if (!closed && !m->fault)
        m->fault =
            m->at < m->length ? "a quote is not closed on its line" : "a quote is not closed";
    size_t behind = m->at;
    plain_field(m, false);
    bool line_end = m->at == behind + 1 && m->text[behind] == '\r' && m->at < m->length &&
                    m->text[m->at] == '\n';
    if (m->at > behind && !line_end && !m->fault)
        m->fault = "there is text behind a closing quote";
    end_field(m, false);
}

static void run(automaton_t *m)
{
    m->line = m->row_line = 1;
    m->header = m->opts->format.header != GYRE_CSV_NO_HEADER;
    while (m->at < m->length) {
        if (m->at == m->begin && m->text[m->at] == m->opts->format.comment) {
            while (m->at < m->length && next(m) != '\n') {
            }
            m->begin = m->at;
            m->row_line = m->line;
            continue;
        }
        for (;;) {
            if (m->at < m->length && m->text[m->at] == '"')
                quoted_field(m);
            else
                plain_field(m, true);
            if (m->at == m->length || next(m) == '\n')
                break;
        }
        end_row(m);
    }
    gyre__buf_cleanup(&m->row);
}

static void read_batch(const gyre_batch_t *batch, gyre__buf_t *good)
{
    for (size_t row = 0; row < batch->length; row++) {
        for (size_t i = 0; i < COLUMNS; i++) {
            size_t length;
            const char *text = gyre_column_bytes(batch->columns[i], row, &length);
            bool null = gyre_column_is_null(batch->columns[i], row);
            fixture_append(good, text, length);
            fixture_append(good, null ? "N|" : "|", null ? 2 : 1);
        }
        fixture_append(good, "\n", 1);
    }
}

static void read_split(const gyre_split_t *split, const gyre_csv_opts_t *opts, gyre__buf_t *good,
                       gyre__buf_t *bad)
{
    static const gyre_field_t fields[] = {{.name = "a", .kind = GYRE_KIND_STRING},
                                          {.name = "b", .kind = GYRE_KIND_STRING}};
    const gyre_schema_t *schema;
    const gyre_batch_t *batch;
    const gyre_csv_bad_t *rows;
    gyre_csv_t *csv;
    fixture_ok(gyre_schema_create(fields, COLUMNS, &schema));
    fixture_ok(gyre_csv_open(split, schema, opts, &csv));
    gyre_schema_release(schema);
    while (fixture_ok(gyre_csv_next(csv, &batch)), batch) {
        read_batch(batch, good);
        gyre_batch_release(batch);
    }
    size_t count = gyre_csv_bad_rows(csv, &rows);
    cr_assert_eq(count, gyre_csv_bad_count(csv));
    for (size_t i = 0; i < count; i++) {
        fixture_ok(
            gyre__buf_printf(bad, "%llu %s: ", (unsigned long long)rows[i].line, rows[i].reason));
        fixture_append(bad, rows[i].text.data, rows[i].text.length);
    }
    gyre_csv_close(csv);
}

static void same(const char *what, const gyre__buf_t *got, const gyre__buf_t *expected)
{
    size_t at = 0;
    while (at < got->length && at < expected->length && got->data[at] == expected->data[at])
        at++;
    cr_assert(at == got->length && at == expected->length,
              "%s rows differ from byte %zu on: \"%.80s\", expected \"%.80s\"", what, at,
              got->data ? got->data + at : "", expected->data ? expected->data + at : "");
}

static void check_file(const gyre_csv_opts_t *opts, uint64_t count, const gyre__buf_t *good,
                       const gyre__buf_t *bad)
{
    gyre_input_t *input = fixture_input(fixture_path("in"));
    gyre__buf_t got_good = {0}, got_bad = {0};
    for (uint64_t i = 0; i < count; i++) {
        gyre_split_t *split;
        fixture_ok(gyre_split_create(input, i, count, &split));
        read_split(split, opts, &got_good, &got_bad);
        gyre_split_destroy(split);
    }
    same("good", &got_good, good);
    same("bad", &got_bad, bad);
    gyre_input_destroy(input);
    gyre__buf_cleanup(&got_good);
    gyre__buf_cleanup(&got_bad);
}

static void expect(const gyre_csv_opts_t *opts, const gyre__buf_t *text, gyre__buf_t *good,
                   gyre__buf_t *bad)
{
    automaton_t machine = {
        .opts = opts, .text = text->data, .length = text->length, .good = good, .bad = bad};
    run(&machine);
}

static gyre_csv_opts_t draw_opts(random_plan_t *random)
{
    return (gyre_csv_opts_t){
        .format = {.comment = random_below(random, 3) ? '\0' : '#',
                   .header =
                       random_below(random, 3) ? GYRE_CSV_NO_HEADER : GYRE_CSV_HEADER_IGNORED},
        .policy = GYRE_CSV_COLLECT,
        .lines_are_rows = random_below(random, 3) == 0,
        .batch_rows = 1 + random_below(random, 20),
    };
}

/* One file of pieces that mean something, or of rows that mostly are well-formed. */
static void draw(random_plan_t *random, size_t pieces, bool wild, gyre__buf_t *text)
{
    static const char *const all[] = {"a",     "b,",  "\"",          "\n",         "\r\n",
                                      ",",     "#",   "\r",          " ",          "\"\"",
                                      "\",\"", "c\n", "longer text", "\"x,y\nz\"", "Straße"};
    static const char *const rows[] = {"a,b\n",  "\"a\",b\r\n",    "\"x\ny\",\"\"\"\"\n",
                                       ",\n",    "\"a,b\",c\n",    "\n",
                                       "#,\"\n", "\"\n\n\n\",z\n", "one\n"};
    for (size_t i = 0; i < pieces; i++) {
        const char *piece = wild ? all[random_below(random, 15)] : rows[random_below(random, 9)];
        fixture_append(text, piece, strlen(piece));
    }
}

static void fuzz(random_plan_t *random, size_t pieces, bool wild, int counts)
{
    gyre__buf_t text = {0}, good = {0}, bad = {0}, packed = {0};
    gyre_csv_opts_t opts = draw_opts(random);
    draw(random, pieces, wild, &text);
    fixture_append(&text, "", 0);
    expect(&opts, &text, &good, &bad);
    fixture_packing_t packing =
        random_below(random, 4) ? FIXTURE_PLAIN : (fixture_packing_t)random_below(random, 3);
    fixture_pack(text.data, text.length, packing, 1, &packed);
    fixture_write("in/f", packed.data, packed.length);
    check_file(&opts, 1, &good, &bad);
    for (int i = 0; i < counts; i++)
        check_file(&opts, 2 + random_below(random, 12), &good, &bad);
    gyre__buf_cleanup(&text);
    gyre__buf_cleanup(&good);
    gyre__buf_cleanup(&bad);
    gyre__buf_cleanup(&packed);
}

Test(csv_rows, any_bytes_in_any_splits)
{
    random_plan_t random = random_start("csv");
    fixture_mkdir("in");
    for (int round = 0; round < 2500; round++)
        fuzz(&random, random_below(&random, 40), random_below(&random, 2), 3);
}

Test(csv_rows, files_larger_than_a_buffer)
{
    random_plan_t random = random_start("large csv");
    fixture_mkdir("in");
    for (int round = 0; round < 8; round++)
        fuzz(&random, 300000, round % 2, 2);
}

Test(csv_rows, at_every_cut)
{
    static const char text[] = "\xef\xbb\xbf"
                               "#\"\r\na,b\n\"1\n2\",\"\"\"\n\"\r\n\n,\"x\ny\"\nlast,\"row";
    gyre_csv_opts_t opts = {.policy = GYRE_CSV_COLLECT, .format.comment = '#'};
    fixture_mkdir("in");
    fixture_write("in/f", text, sizeof(text) - 1);
    for (int round = 0; round < 4; round++) {
        gyre__buf_t plain = {0}, good = {0}, bad = {0};
        opts.lines_are_rows = round % 2;
        opts.format.header = round / 2 ? GYRE_CSV_HEADER_IGNORED : GYRE_CSV_NO_HEADER;
        fixture_append(&plain, text + 3, sizeof(text) - 4);
        expect(&opts, &plain, &good, &bad);
        for (uint64_t count = 1; count < 2 * sizeof(text); count++)
            check_file(&opts, count, &good, &bad);
        gyre__buf_cleanup(&plain);
        gyre__buf_cleanup(&good);
        gyre__buf_cleanup(&bad);
    }
}
