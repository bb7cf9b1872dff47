/* SPDX-License-Identifier: Apache-2.0 */
/* CSV to batches and back: types, nulls, headers, policies, inference. */
#include "io/fixture.h"

#include <criterion/criterion.h>
#include <gyre/csv.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

TestSuite(csv, .init = fixture_open, .fini = fixture_close, .timeout = 600);

static const gyre_schema_t *make_schema(const gyre_field_t *fields, size_t count)
{
    const gyre_schema_t *schema;
    fixture_ok(gyre_schema_create(fields, count, &schema));
    return schema;
}

/* Reads splits of a file or directory, one after the other, into one batch. */
static gyre_status_t read_all(const char *name, const gyre_schema_t *schema,
                              const gyre_csv_opts_t *opts, uint64_t count, const gyre_batch_t **all)
{
    gyre_input_t *input = fixture_input(fixture_path(name));
    gyre_builder_t *builder = NULL;
    gyre_status_t status = GYRE_OK;
    for (uint64_t i = 0; i < count && status == GYRE_OK; i++) {
        gyre_split_t *split;
        gyre_csv_t *csv;
        const gyre_batch_t *batch;
        fixture_ok(gyre_split_create(input, i, count, &split));
        status = gyre_csv_open(split, schema, opts, &csv);
        if (status == GYRE_OK && !builder)
            fixture_ok(gyre_builder_create_batch(gyre_csv_schema(csv), NULL, &builder));
        while (status == GYRE_OK && (status = gyre_csv_next(csv, &batch)) == GYRE_OK && batch) {
            fixture_ok(gyre_builder_append_batch(builder, batch, 0, batch->length));
            gyre_batch_release(batch);
        }
        if (builder)
            gyre_csv_close(csv);
        gyre_split_destroy(split);
    }
    if (status == GYRE_OK)
        fixture_ok(gyre_builder_finish_batch(builder, all));
    gyre_builder_destroy(builder);
    gyre_input_destroy(input);
    return status;
}

/* The batch as gyre_batch_print shows its schema and rows, on one line each. */
static void check_print(const gyre_batch_t *batch, const char *schema, const char *const *rows,
                        size_t count)
{
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    gyre_schema_print(batch->schema, stream);
    fclose(stream);
    text[strcspn(text, "\n")] = '\0';
    cr_assert_str_eq(text, schema);
    free(text);
    cr_assert_eq(batch->length, count);
    for (size_t i = 0; i < count; i++) {
        const gyre_batch_t *row;
        stream = open_memstream(&text, &length);
        fixture_ok(gyre_batch_slice(batch, i, 1, &row));
        gyre_batch_print(row, 1, stream);
        fclose(stream);
        cr_assert(strstr(text, rows[i]), "row %zu is %s, expected %s", i, text, rows[i]);
        gyre_batch_release(row);
        free(text);
    }
}

static void write_text(const char *name, const char *text)
{
    fixture_write(name, text, strlen(text));
}

static void check_types(const char *text, const char *expected)
{
    gyre_csv_opts_t opts = {.format.header = GYRE_CSV_HEADER};
    const gyre_schema_t *schema;
    char *printed = NULL;
    size_t length;
    write_text("f", text);
    gyre_input_t *input = fixture_input(fixture_path("f"));
    fixture_ok(gyre_csv_infer(input, &opts, &schema));
    FILE *stream = open_memstream(&printed, &length);
    gyre_schema_print(schema, stream);
    fclose(stream);
    printed[strcspn(printed, "\n")] = '\0';
    cr_assert_str_eq(printed, expected);
    free(printed);
    gyre_schema_release(schema);
    gyre_input_destroy(input);
}

Test(csv, types_are_inferred)
{
    check_types("a\n1\n-2\n", "a: int64");
    check_types("a\n1\n2.5\n\n", "a: float64");
    check_types("a,b\n9223372036854775808,x\n", "a: float64, b: string");
    check_types("a,b\ntrue,1\nFALSE,\n,2\n", "a: bool, b: int64");
    check_types("a,b\n2024-02-29,2024-02-29 10:00\n", "a: date32, b: timestamp[us]");
    check_types("a,b\n2024-02-30,\n", "a: string, b: string");
    check_types("a\n2024-02-29 10:00:00.123456789\n", "a: timestamp[ns]");
    check_types("a\n2024-02-29 10:00:00.5+02:00\n2024-02-29T10:00Z\n", "a: timestamp[us, UTC]");
    check_types("a\n1\n2024-02-29\n", "a: string");
    check_types("\"a \"\"b\"\"\",c\n\"1\",\"\"\n", "a \"b\": int64, c: string");
    check_types("a,b\nbad\n1,2\n", "a: int64, b: int64");
    check_types("a\n", "a: string");
}

Test(csv, what_cannot_be_inferred)
{
    const gyre_schema_t *schema;
    write_text("f", "\n\n");
    gyre_input_t *input = fixture_input(fixture_path("f"));
    fixture_error(gyre_csv_infer(input, NULL, &schema), GYRE_ERR_SYNTAX, "without rows");
    gyre_input_destroy(input);
}

Test(csv, the_sample_goes_over_files_and_has_a_size)
{
    gyre_csv_opts_t opts = {.sample_rows = 3};
    const gyre_batch_t *batch;
    fixture_mkdir("d");
    write_text("d/a", "");
    write_text("d/b", "1\n2\n");
    write_text("d/c", "3\n4.5\n");
    fixture_error(read_all("d", NULL, &opts, 1, &batch), GYRE_ERR_SYNTAX,
                  "d/c:2: column 1 \"c0\": \"4.5\" is no int64");
    opts.sample_rows = 4;
    fixture_ok(read_all("d", NULL, &opts, 3, &batch));
    const char *rows[] = {"1", "2", "3", "4.5"};
    check_print(batch, "c0: float64", rows, 4);
    gyre_batch_release(batch);
}

Test(csv, all_types)
{
    static const gyre_field_t fields[] = {
        {.name = "i8", .kind = GYRE_KIND_INT8},
        {.name = "i16", .kind = GYRE_KIND_INT16},
        {.name = "i32", .kind = GYRE_KIND_INT32},
        {.name = "i64", .kind = GYRE_KIND_INT64},
        {.name = "u8", .kind = GYRE_KIND_UINT8},
        {.name = "u16", .kind = GYRE_KIND_UINT16},
        {.name = "u32", .kind = GYRE_KIND_UINT32},
        {.name = "u64", .kind = GYRE_KIND_UINT64},
        {.name = "f", .kind = GYRE_KIND_FLOAT32},
        {.name = "d", .kind = GYRE_KIND_FLOAT64},
        {.name = "b", .kind = GYRE_KIND_BOOL},
        {.name = "day", .kind = GYRE_KIND_DATE32},
        {.name = "at", .kind = GYRE_KIND_TIMESTAMP, .unit = GYRE_TIME_MILLISECOND},
        {.name = "s", .kind = GYRE_KIND_STRING}};
    static const char *const bad[] = {"128,0,0,0,0,0,0,0,0,0,true,,,",
                                      "0,-32769,0,0,0,0,0,0,0,0,true,,,",
                                      "0,0,2147483648,0,0,0,0,0,0,0,,,,",
                                      "0,0,0,9223372036854775808,0,0,0,0,0,0,,,,",
                                      "0,0,0,0,256,0,0,0,0,0,,,,",
                                      "0,0,0,0,-1,0,0,0,0,0,,,,",
                                      "0,0,0,0,0,65536,0,0,0,0,,,,",
                                      "0,0,0,0,0,0,4294967296,0,0,0,,,,",
                                      "0,0,0,0,0,0,0,18446744073709551616,0,0,,,,",
                                      "0,0,0,0,0,0,0,0,x,0,,,,",
                                      "0,0,0,0,0,0,0,0,0,,yes,,,",
                                      "0,0,0,0,0,0,0,0,0,0,,x,,",
                                      "0,0,0,0,0,0,0,0,0,0,,,x,",
                                      "1,2",
                                      "0,0,0,0,0,0,0,0,0,0,,,,,"};
    const gyre_schema_t *schema = make_schema(fields, 14);
    gyre_csv_opts_t opts = {.policy = GYRE_CSV_SKIP};
    const gyre_batch_t *batch;
    gyre__buf_t text = {0};
    static const char good[] =
        "-128,-32768,-2147483648,-9223372036854775808,255,65535,4294967295,"
        "18446744073709551615,0.1,0.1,True,1970-01-02,1970-01-01 00:00:01,x\n"
        " 1\t, +2,3 ,4,+5,6,7,8, 1e3 ,\"1e3\", false , 1970-01-01 ,"
        "\"1970-01-01T00:00:00.001\", x \n"
        ",,,,,,,,,,,,,\n";
    fixture_append(&text, good, strlen(good));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        fixture_ok(gyre__buf_printf(&text, "%s\n", bad[i]));
    fixture_write("f", text.data, text.length);
    fixture_ok(read_all("f", schema, &opts, 1, &batch));
    cr_assert_eq(batch->length, 3);
    cr_assert_eq(((const int8_t *)batch->columns[0]->values)[0], INT8_MIN);
    cr_assert_eq(((const int16_t *)batch->columns[1]->values)[0], INT16_MIN);
    cr_assert_eq(((const int32_t *)batch->columns[2]->values)[0], INT32_MIN);
    cr_assert_eq(((const int64_t *)batch->columns[3]->values)[0], INT64_MIN);
    cr_assert_eq(((const uint8_t *)batch->columns[4]->values)[0], UINT8_MAX);
    cr_assert_eq(((const uint16_t *)batch->columns[5]->values)[0], UINT16_MAX);
    cr_assert_eq(((const uint32_t *)batch->columns[6]->values)[0], UINT32_MAX);
    cr_assert_eq(((const uint64_t *)batch->columns[7]->values)[0], UINT64_MAX);
    cr_assert_eq(((const float *)batch->columns[8]->values)[0], 0.1f);
    cr_assert_eq(((const double *)batch->columns[9]->values)[0], 0.1);
    cr_assert_eq(((const double *)batch->columns[9]->values)[1], 1000);
    cr_assert(gyre_column_bool(batch->columns[10], 0) && !gyre_column_bool(batch->columns[10], 1));
    cr_assert_eq(((const int32_t *)batch->columns[11]->values)[0], 1);
    cr_assert_eq(((const int64_t *)batch->columns[12]->values)[0], 1000);
    cr_assert_eq(((const int64_t *)batch->columns[12]->values)[1], 1);
    size_t length;
    cr_assert(memcmp(gyre_column_bytes(batch->columns[13], 1, &length), " x ", 3) == 0);
    cr_assert_eq(length, 3);
    for (size_t i = 0; i < 14; i++)
        cr_assert(gyre_column_is_null(batch->columns[i], 2));
    gyre_batch_release(batch);
    gyre_schema_release(schema);
    gyre__buf_cleanup(&text);
}

Test(csv, policies)
{
    static const gyre_field_t fields[] = {{.name = "a", .kind = GYRE_KIND_INT32, .required = true},
                                          {.name = "b", .kind = GYRE_KIND_STRING}};
    const gyre_schema_t *schema = make_schema(fields, 2);
    gyre_csv_opts_t opts = {.policy = GYRE_CSV_FAIL};
    const gyre_batch_t *batch;
    write_text("f", "1,x\n\"2\n\",y\nz,w\n,v\n\"\",u\n4,t\n");
    fixture_error(read_all("f", schema, &opts, 1, &batch), GYRE_ERR_SYNTAX,
                  "f:2: column 1 \"a\": \"2\n\" is no int32");
    opts.policy = GYRE_CSV_SKIP;
    opts.bad_max = 2;
    fixture_error(read_all("f", schema, &opts, 1, &batch), GYRE_ERR_SYNTAX,
                  "f:5: more than 2 bad rows, the bound set: column 1 \"a\": \"\" is null where");
    opts.bad_max = 4;
    for (uint64_t count = 1; count < 8; count++) {
        const char *rows[] = {"x", "t"};
        fixture_ok(read_all("f", schema, &opts, count, &batch));
        check_print(batch, "a: int32 required, b: string", rows, 2);
        gyre_batch_release(batch);
    }
    gyre_schema_release(schema);
}

Test(csv, headers)
{
    static const gyre_field_t fields[] = {{.name = "a", .kind = GYRE_KIND_INT32},
                                          {.name = "b", .kind = GYRE_KIND_INT32}};
    const gyre_schema_t *schema = make_schema(fields, 2);
    gyre_csv_opts_t opts = {.format = {.header = GYRE_CSV_HEADER, .comment = '#'}};
    const gyre_batch_t *batch;
    fixture_mkdir("d");
    write_text("d/a", "# first\n\na,\"b\"\n1,2\n");
    write_text("d/b", "a,b\n3,4\n");
    write_text("d/c", "a,b");
    const char *rows[] = {"2", "4"};
    for (uint64_t count = 1; count < 30; count++) {
        opts.lines_are_rows = count % 2;
        fixture_ok(read_all("d", schema, &opts, count, &batch));
        check_print(batch, "a: int32, b: int32", rows, 2);
        gyre_batch_release(batch);
    }
    write_text("d/b", "b,a\n3,4\n");
    fixture_error(read_all("d", schema, &opts, 1, &batch), GYRE_ERR_SYNTAX,
                  "d/b: column 1 is called \"b\", expected \"a\"");
    opts.format.header = GYRE_CSV_HEADER_IGNORED;
    fixture_ok(read_all("d", schema, &opts, 1, &batch));
    gyre_batch_release(batch);
    opts.format.header = GYRE_CSV_HEADER;
    write_text("d/b", "a\n3,4\n");
    fixture_error(read_all("d", schema, &opts, 1, &batch), GYRE_ERR_SYNTAX,
                  "d/b: a header of 1 names, expected 2");
    gyre_schema_release(schema);
}

Test(csv, formats)
{
    static const gyre_field_t fields[] = {{.name = "a", .kind = GYRE_KIND_STRING},
                                          {.name = "b", .kind = GYRE_KIND_STRING}};
    const gyre_schema_t *schema = make_schema(fields, 2);
    gyre_csv_opts_t opts = {.format = {.delimiter = '\t', .no_quotes = true, .null_text = "\\N"}};
    const gyre_batch_t *batch;
    write_text("f", "a \"quoted\"\t\\N\n\"\t\r\n");
    const char *rows[] = {"a \"quoted\"", "\""};
    fixture_ok(read_all("f", schema, &opts, 1, &batch));
    check_print(batch, "a: string, b: string", rows, 2);
    cr_assert(gyre_column_is_null(batch->columns[1], 0));
    cr_assert(!gyre_column_is_null(batch->columns[1], 1));
    gyre_batch_release(batch);

    opts.format = (gyre_csv_format_t){.delimiter = ';', .quote = '\''};
    write_text("f", "'a;''b''';\"c\"\n");
    const char *other[] = {"a;'b'"};
    fixture_ok(read_all("f", schema, &opts, 1, &batch));
    check_print(batch, "a: string, b: string", other, 1);
    gyre_batch_release(batch);

    opts.format = (gyre_csv_format_t){.delimiter = '"'};
    fixture_error(read_all("f", schema, &opts, 1, &batch), GYRE_ERR_ARG, "delimiter 0x22");
    opts.format = (gyre_csv_format_t){.comment = ','};
    fixture_error(read_all("f", schema, &opts, 1, &batch), GYRE_ERR_ARG, "comment 0x2c");
    opts.format = (gyre_csv_format_t){.delimiter = '\n'};
    fixture_error(read_all("f", schema, &opts, 1, &batch), GYRE_ERR_ARG, "end no line");
    gyre_schema_release(schema);
    const gyre_schema_t *list =
        make_schema(&(gyre_field_t){.name = "l", .kind = GYRE_KIND_BINARY}, 1);
    fixture_error(read_all("f", list, NULL, 1, &batch), GYRE_ERR_NOT_SUPPORTED,
                  "column 1 \"l\" is of type binary");
    gyre_schema_release(list);
}

/* One column: an empty line is a row. */
Test(csv, one_column)
{
    const gyre_schema_t *schema =
        make_schema(&(gyre_field_t){.name = "a", .kind = GYRE_KIND_INT64}, 1);
    const gyre_batch_t *batch;
    write_text("f", "1\n\n3\r\n\r\n");
    for (uint64_t count = 1; count < 8; count++) {
        const char *rows[] = {"1", "null", "3", "null"};
        fixture_ok(read_all("f", schema, NULL, count, &batch));
        check_print(batch, "a: int64", rows, 4);
        gyre_batch_release(batch);
    }
    gyre_schema_release(schema);
}

static const gyre_field_t round_fields[] = {
    {.name = "text,1", .kind = GYRE_KIND_STRING},
    {.name = "", .kind = GYRE_KIND_FLOAT64},
    {.name = "\"", .kind = GYRE_KIND_INT64},
    {.name = "#", .kind = GYRE_KIND_BOOL},
    {.name = "day", .kind = GYRE_KIND_DATE32},
    {.name = "at", .kind = GYRE_KIND_TIMESTAMP, .unit = GYRE_TIME_NANOSECOND, .zone = "UTC"},
    {.name = "f", .kind = GYRE_KIND_FLOAT32},
    {.name = "u", .kind = GYRE_KIND_UINT64},
    {.name = "\xef\xbb\xbf", .kind = GYRE_KIND_STRING}};

enum { ROUND_FIELDS = sizeof(round_fields) / sizeof(round_fields[0]) };

static void append_text(random_plan_t *random, gyre_builder_t *column)
{
    static const char *const pieces[] = {"a",  ",", "\"", "\n", "\r", " ", "#", "\xef\xbb\xbf",
                                         "NA", "ß", ";",  "1"};
    gyre__buf_t text = {0};
    for (uint64_t i = random_below(random, 6); i > 0; i--) {
        const char *piece = pieces[random_below(random, 12)];
        fixture_append(&text, piece, strlen(piece));
    }
    fixture_ok(gyre_builder_append_bytes(column, text.data ? text.data : "", text.length));
    gyre__buf_cleanup(&text);
}

static void append_random(random_plan_t *random, gyre_builder_t *column)
{
    uint64_t bits = random_next(random) >> random_below(random, 64);
    double real = (double)(int64_t)bits / 1000;
    if (random_below(random, 8) == 0) {
        fixture_ok(gyre_builder_append_null(column, 1));
        return;
    }
    switch (column->kind) {
    case GYRE_KIND_BOOL:
        fixture_ok(gyre_builder_append_bool(column, bits & 1));
        break;
    case GYRE_KIND_INT64:
        fixture_ok(gyre_builder_append_int64(column, -(int64_t)bits));
        break;
    case GYRE_KIND_TIMESTAMP:
        fixture_ok(gyre_builder_append_int64(column, (int64_t)bits >> 1));
        break;
    case GYRE_KIND_UINT64:
        fixture_ok(gyre_builder_append_uint64(column, bits));
        break;
    case GYRE_KIND_DATE32:
        fixture_ok(gyre_builder_append_int32(column, (int32_t)(bits % 3652059) - 719162));
        break;
    case GYRE_KIND_FLOAT32:
        fixture_ok(gyre_builder_append_float32(column, (float)real));
        break;
    case GYRE_KIND_FLOAT64:
        fixture_ok(gyre_builder_append_float64(column, bits % 50 ? real : -INFINITY));
        break;
    default:
        append_text(random, column);
    }
}

static void round_trip(random_plan_t *random, const gyre_schema_t *schema)
{
    static const char *const nulls[] = {NULL, "NA", "null", "-"};
    gyre_csv_opts_t opts = {
        .format = {.delimiter = ",;\t|"[random_below(random, 4)],
                   .comment = random_below(random, 2) ? '#' : '\0',
                   .header = random_below(random, 2) ? GYRE_CSV_HEADER : GYRE_CSV_NO_HEADER,
                   .null_text = nulls[random_below(random, 4)]},
        .batch_rows = 1 + random_below(random, 100)};
    gyre_output_opts_t out = {.overwrite = GYRE_OVERWRITE,
                              .compression = (gyre_compression_t)random_below(random, 3)};
    gyre_output_t *output;
    gyre_builder_t *builder, *all;
    fixture_ok(gyre_output_open(fixture_path("out"), &out, &output));
    fixture_ok(gyre_builder_create_batch(schema, NULL, &builder));
    fixture_ok(gyre_builder_create_batch(schema, NULL, &all));
    uint32_t parts = 1 + (uint32_t)random_below(random, 3);
    for (uint32_t i = 0; i < parts; i++) {
        gyre_part_t *part;
        gyre_csv_writer_t *writer;
        fixture_ok(gyre_part_create(output, i, &part));
        fixture_ok(gyre_csv_writer_create(part, schema, &opts.format, &writer));
        for (uint64_t k = random_below(random, 4); k > 0; k--) {
            const gyre_batch_t *batch;
            for (uint64_t row = random_below(random, 60); row > 0; row--)
                for (size_t column = 0; column < schema->field_count; column++)
                    append_random(random, builder->children[column]);
            fixture_ok(gyre_builder_finish_batch(builder, &batch));
            fixture_ok(gyre_builder_append_batch(all, batch, 0, batch->length));
            fixture_ok(gyre_csv_write(writer, batch));
            gyre_batch_release(batch);
        }
        gyre_csv_writer_destroy(writer);
        fixture_ok(gyre_part_commit(part));
    }
    fixture_ok(gyre_output_finish(output, parts));
    gyre_output_close(output);
    const gyre_batch_t *expected, *got;
    fixture_ok(gyre_builder_finish_batch(all, &expected));
    fixture_ok(read_all("out", schema, &opts, 1 + random_below(random, 6), &got));
    cr_assert_eq(got->length, expected->length);
    cr_assert(gyre_batch_equal(got, expected));
    gyre_batch_release(got);
    gyre_batch_release(expected);
    gyre_builder_destroy(builder);
    gyre_builder_destroy(all);
}

Test(csv, what_is_written_is_read_again)
{
    random_plan_t random = random_start("csv");
    const gyre_schema_t *schema = make_schema(round_fields, ROUND_FIELDS);
    for (int round = 0; round < 60; round++)
        round_trip(&random, schema);
    gyre_schema_release(schema);
    for (size_t i = 0; i < ROUND_FIELDS; i++) {
        schema = make_schema(&round_fields[i], 1);
        for (int round = 0; round < 8; round++)
            round_trip(&random, schema);
        gyre_schema_release(schema);
    }
}

Test(csv, what_cannot_be_written)
{
    const gyre_schema_t *schema = make_schema(round_fields, 2);
    gyre_output_t *output;
    gyre_part_t *part;
    gyre_csv_writer_t *writer;
    gyre_builder_t *builder;
    const gyre_batch_t *batch;
    fixture_ok(gyre_output_open(fixture_path("out"), NULL, &output));
    fixture_ok(gyre_part_create(output, 0, &part));
    gyre_csv_format_t format = {.header = GYRE_CSV_HEADER_IGNORED};
    fixture_error(gyre_csv_writer_create(part, schema, &format, &writer), GYRE_ERR_ARG, "ignored");
    format = (gyre_csv_format_t){.null_text = "a,b"};
    fixture_error(gyre_csv_writer_create(part, schema, &format, &writer), GYRE_ERR_ARG, "\"a,b\"");
    format = (gyre_csv_format_t){.no_quotes = true, .null_text = "NA"};
    fixture_ok(gyre_csv_writer_create(part, schema, &format, &writer));
    fixture_ok(gyre_builder_create_batch(schema, NULL, &builder));
    fixture_ok(gyre_builder_append_bytes(builder->children[0], "a,b", 3));
    fixture_ok(gyre_builder_append_float64(builder->children[1], 1));
    fixture_ok(gyre_builder_finish_batch(builder, &batch));
    fixture_error(gyre_csv_write(writer, batch), GYRE_ERR_ARG, "\"a,b\" cannot be written");
    const gyre_batch_t *narrow;
    size_t column = 1;
    fixture_ok(gyre_batch_select(batch, &column, 1, &narrow));
    fixture_error(gyre_csv_write(writer, narrow), GYRE_ERR_ARG, "other columns than the CSV's 2");
    gyre_batch_release(narrow);
    gyre_batch_release(batch);
    gyre_builder_destroy(builder);
    gyre_csv_writer_destroy(writer);
    gyre_csv_writer_destroy(NULL);
    gyre_part_abort(part);
    gyre_output_close(output);
    gyre_schema_release(schema);
}
