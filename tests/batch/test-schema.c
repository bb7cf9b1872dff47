/* SPDX-License-Identifier: Apache-2.0 */
/* Schemas: copied deeply, compared, found in, printed; fields that are refused. */
#include <criterion/criterion.h>
#include <gyre/schema.h>
#include <stdlib.h>
#include <string.h>

TestSuite(schema, .timeout = 10);

static const gyre_field_t item = {"item", .kind = GYRE_KIND_STRING};
static const gyre_metadata_t note = {"unit", "m"};

static gyre_status_t try_field(gyre_field_t field)
{
    const gyre_schema_t *schema = NULL;
    gyre_status_t status = gyre_schema_create(&field, 1, &schema);
    cr_expect_eq(schema != NULL, status == GYRE_OK);
    gyre_schema_release(schema);
    return status;
}

Test(schema, fields_without_sense_are_refused)
{
    cr_expect_eq(try_field((gyre_field_t){0}), GYRE_ERR_ARG);
    cr_expect_eq(try_field((gyre_field_t){"a", .kind = GYRE_KIND_COUNT}), GYRE_ERR_ARG);
    cr_expect_eq(try_field((gyre_field_t){"a", .kind = GYRE_KIND_LIST}), GYRE_ERR_ARG);
    cr_expect_str_eq(gyre_last_error(), "field \"a\", a list, has 0 children: expected 1");
    cr_expect_eq(try_field((gyre_field_t){"a", .kind = GYRE_KIND_LIST, .child_count = 1}),
                 GYRE_ERR_ARG);
    cr_expect_eq(
        try_field((gyre_field_t){"a", .kind = GYRE_KIND_INT8, .child_count = 1, .children = &item}),
        GYRE_ERR_ARG);
    cr_expect_eq(try_field((gyre_field_t){"a", .kind = GYRE_KIND_FIXED_SIZE_BINARY}),
                 GYRE_ERR_RANGE);
    cr_expect_eq(try_field((gyre_field_t){"a", .kind = GYRE_KIND_DECIMAL128, .precision = 39}),
                 GYRE_ERR_RANGE);
    cr_expect_eq(
        try_field((gyre_field_t){"a", .kind = GYRE_KIND_TIMESTAMP, .unit = (gyre_time_unit_t)4}),
        GYRE_ERR_RANGE);
    cr_expect_eq(try_field((gyre_field_t){"a", .kind = GYRE_KIND_INT8, .metadata_count = 1}),
                 GYRE_ERR_ARG);
    cr_expect_eq(try_field((gyre_field_t){NULL, .kind = GYRE_KIND_INT8}), GYRE_OK);
}

Test(schema, fields_that_lie_too_deep_are_refused)
{
    gyre_field_t levels[GYRE_FIELD_DEPTH + 1];
    for (int i = 0; i <= GYRE_FIELD_DEPTH; i++)
        levels[i] = (gyre_field_t){"l", .kind = GYRE_KIND_LIST, .child_count = 1,
                                   .children = &levels[i + 1]};
    levels[GYRE_FIELD_DEPTH] = item;
    cr_expect_eq(try_field(levels[1]), GYRE_OK);
    cr_expect_eq(try_field(levels[0]), GYRE_ERR_RANGE);
}

Test(schema, all_is_copied)
{
    char name[] = "key", zone[] = "UTC", value[] = "m";
    gyre_metadata_t metadata = {"unit", value};
    gyre_field_t fields[] = {{name, .kind = GYRE_KIND_TIMESTAMP, .zone = zone, .size = 7},
                             {"words", .kind = GYRE_KIND_LIST, .child_count = 1, .children = &item,
                              .metadata_count = 1, .metadata = &metadata}};
    const gyre_schema_t *schema;
    cr_assert_eq(gyre_schema_create_with(fields, 2, &note, 1, &schema), GYRE_OK);
    memset(name, 'x', 3);
    memset(zone, 'x', 3);
    memset(value, 'x', 1);
    memset(fields, 0, sizeof(fields));
    cr_expect_str_eq(schema->fields[0].name, "key");
    cr_expect_str_eq(schema->fields[0].zone, "UTC");
    cr_expect_eq(schema->fields[0].size, 0);
    cr_expect_str_eq(schema->fields[1].metadata[0].value, "m");
    cr_expect_str_eq(schema->fields[1].children[0].name, "item");
    cr_expect_neq(schema->fields[1].children, &item);
    cr_expect_str_eq(schema->metadata[0].key, "unit");
    cr_expect_eq(gyre_schema_retain(schema), schema);
    gyre_schema_release(schema);
    cr_expect_eq(schema->field_count, 2);
    gyre_schema_release(schema);
    gyre_schema_release(NULL);
}

Test(schema, equal_and_alike)
{
    const gyre_field_t records[] = {{"x", .kind = GYRE_KIND_INT8}},
                       others[] = {{"y", .kind = GYRE_KIND_INT8}};
    const gyre_field_t a = {"a", .kind = GYRE_KIND_STRUCT, .child_count = 1, .children = records};
    const gyre_field_t b = {"b", .kind = GYRE_KIND_STRUCT, .child_count = 1, .children = records};
    const gyre_field_t c = {"a", .kind = GYRE_KIND_STRUCT, .child_count = 1, .children = others};
    const gyre_field_t d = {"a", .kind = GYRE_KIND_STRUCT, .required = true, .child_count = 1,
                            .children = records};
    const gyre_field_t e = {"a", .kind = GYRE_KIND_TIMESTAMP},
                       f = {"a", .kind = GYRE_KIND_TIMESTAMP, .zone = "Z"};
    const gyre_field_t *fields[] = {&a, &b, &c, &d, &e, &f};
    const gyre_schema_t *schemas[6];
    for (int i = 0; i < 6; i++)
        cr_assert_eq(gyre_schema_create_with(fields[i], 1, &note, i & 1, &schemas[i]), GYRE_OK);
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++)
            cr_expect_eq(gyre_schema_equal(schemas[i], schemas[j]), i == j, "%d %d", i, j);
    cr_expect(gyre_field_alike(&a, &b) && gyre_field_alike(&a, &d));
    cr_expect_not(gyre_field_alike(&a, &c) || gyre_field_alike(&e, &f) || gyre_field_alike(&a, &e));
    for (int i = 0; i < 6; i++)
        gyre_schema_release(schemas[i]);
}

Test(schema, fields_are_found_by_name)
{
    const gyre_field_t fields[] = {{"a", .kind = GYRE_KIND_INT8},
                                   {"b", .kind = GYRE_KIND_INT8},
                                   {"a", .kind = GYRE_KIND_BOOL}};
    const gyre_schema_t *schema;
    size_t index = 9;
    cr_assert_eq(gyre_schema_create(fields, 3, &schema), GYRE_OK);
    cr_expect_eq(gyre_schema_find(schema, "b", &index), GYRE_OK);
    cr_expect_eq(index, 1);
    cr_expect_eq(gyre_schema_find(schema, "c", &index), GYRE_ERR_NOT_FOUND);
    cr_expect_str_eq(gyre_last_error(), "no field is named \"c\"");
    cr_expect_eq(gyre_schema_find(schema, "a", &index), GYRE_ERR_NOT_FOUND);
    cr_expect_str_eq(gyre_last_error(), "more than one field is named \"a\"");
    gyre_schema_release(schema);
}

Test(schema, kinds_have_names_and_widths)
{
#define CHECK(kind_, width, text)                                                                  \
    cr_expect_str_eq(gyre_kind_name(kind_), text);                                                 \
    cr_expect_eq(gyre_field_width(&(const gyre_field_t){"a", .kind = kind_}), width);
    GYRE_KIND_MAP(CHECK)
#undef CHECK
    cr_expect_str_eq(gyre_kind_name(GYRE_KIND_NONE), "?");
    cr_expect_str_eq(gyre_kind_name(GYRE_KIND_COUNT), "?");
    cr_expect_eq(gyre_field_width(
                     &(const gyre_field_t){"a", .kind = GYRE_KIND_FIXED_SIZE_BINARY, .size = 10}),
                 10);
}

Test(schema, printed)
{
    const gyre_field_t pair[] = {{"x", .kind = GYRE_KIND_FLOAT32, .required = true}, item};
    const gyre_field_t fields[] = {
        {"key", .kind = GYRE_KIND_INT64},
        {"id", .kind = GYRE_KIND_FIXED_SIZE_BINARY, .size = 16},
        {"at", .kind = GYRE_KIND_TIMESTAMP, .unit = GYRE_TIME_MICROSECOND, .zone = "UTC"},
        {"sum", .kind = GYRE_KIND_DECIMAL128, .precision = 10, .scale = 2},
        {"pair", .kind = GYRE_KIND_STRUCT, .required = true, .child_count = 2, .children = pair},
        {"two", .kind = GYRE_KIND_FIXED_SIZE_LIST, .size = 2, .child_count = 1, .children = &item}};
    const gyre_schema_t *schema;
    char *text;
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    cr_assert_eq(gyre_schema_create(fields, 6, &schema), GYRE_OK);
    gyre_schema_print(schema, stream);
    fclose(stream);
    cr_expect_str_eq(text, "key: int64, id: fixed_size_binary(16), at: timestamp[us, UTC], "
                           "sum: decimal128(10, 2), pair: struct<x: float32 required, "
                           "item: string> required, two: fixed_size_list<string, 2>\n");
    free(text);
    gyre_schema_release(schema);
}
