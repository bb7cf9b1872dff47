/* SPDX-License-Identifier: Apache-2.0 */
/* Schemas from Arrow's C Data Interface. */
#include "base/error.h"
#include "batch/kind.h"

#include <gyre/arrow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static gyre_status_t not_supported(const struct ArrowSchema *in)
{
    return gyre__error(GYRE_ERR_NOT_SUPPORTED, "field \"%s\": Arrow's type \"%s\"%s",
                       in->name ? in->name : "", in->format,
                       in->dictionary ? " with a dictionary" : "");
}

static gyre_kind_t plain_kind(const char *format)
{
    static const struct {
        const char *format;
        gyre_kind_t kind;
    } kinds[] = {{"b", GYRE_KIND_BOOL},     {"c", GYRE_KIND_INT8},    {"s", GYRE_KIND_INT16},
                 {"i", GYRE_KIND_INT32},    {"l", GYRE_KIND_INT64},   {"C", GYRE_KIND_UINT8},
                 {"S", GYRE_KIND_UINT16},   {"I", GYRE_KIND_UINT32},  {"L", GYRE_KIND_UINT64},
                 {"e", GYRE_KIND_FLOAT16},  {"f", GYRE_KIND_FLOAT32}, {"g", GYRE_KIND_FLOAT64},
                 {"tdD", GYRE_KIND_DATE32}, {"u", GYRE_KIND_STRING},  {"z", GYRE_KIND_BINARY},
                 {"+l", GYRE_KIND_LIST},    {"+s", GYRE_KIND_STRUCT}};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
        if (strcmp(kinds[i].format, format) == 0)
            return kinds[i].kind;
    return GYRE_KIND_NONE;
}

/* Types with figures behind a colon. */
static gyre_status_t read_figures(const struct ArrowSchema *in, gyre_field_t *field)
{
    const char *units = "smun", *unit;
    int size, scale, bits = 128, end = 0;
    if (sscanf(in->format, "w:%d%n", &size, &end) == 1 && !in->format[end]) {
        field->kind = GYRE_KIND_FIXED_SIZE_BINARY;
        field->size = size;
    } else if (sscanf(in->format, "+w:%d%n", &size, &end) == 1 && !in->format[end]) {
        field->kind = GYRE_KIND_FIXED_SIZE_LIST;
        field->size = size;
    } else if (sscanf(in->format, "d:%d,%d%n,%d%n", &size, &scale, &end, &bits, &end) >= 2 &&
               !in->format[end] && bits == 128) {
        field->kind = GYRE_KIND_DECIMAL128;
        field->precision = size;
        field->scale = scale;
    } else if (strncmp(in->format, "ts", 2) == 0 && in->format[2] &&
               (unit = strchr(units, in->format[2])) && in->format[3] == ':') {
        field->kind = GYRE_KIND_TIMESTAMP;
        field->unit = (gyre_time_unit_t)(unit - units);
        field->zone = in->format + 4;
    } else {
        return not_supported(in);
    }
    return GYRE_OK;
}

/* A number or text of the metadata, which has no length of its own: the producer is trusted. */
static int32_t get_number(const char **at)
{
    int32_t number;
    memcpy(&number, *at, sizeof(number));
    *at += sizeof(number);
    return number;
}

static char *get_text(const char **at)
{
    int32_t length = get_number(at);
    char *text = strndup(*at, (size_t)length);
    *at += length;
    return text;
}

static void free_metadata(const gyre_metadata_t *metadata, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free((char *)metadata[i].key);
        free((char *)metadata[i].value);
    }
    free((gyre_metadata_t *)metadata);
}

/* Values end at their first NUL. */
static gyre_status_t read_metadata(const char *at, const gyre_metadata_t **metadata, size_t *count)
{
    if (!at)
        return GYRE_OK;
    size_t pairs = (size_t)get_number(&at);
    gyre_metadata_t *made = calloc(pairs + 1, sizeof(*made));
    bool complete = made != NULL;
    for (size_t i = 0; made && i < pairs; i++) {
        made[i].key = get_text(&at);
        made[i].value = get_text(&at);
        complete &= made[i].key && made[i].value;
    }
    if (complete) {
        *metadata = made;
        *count = pairs;
        return GYRE_OK;
    }
    if (made)
        free_metadata(made, pairs);
    return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the metadata of a schema");
}

static void free_field(const gyre_field_t *field)
{
    for (size_t i = 0; i < field->child_count; i++)
        free_field(&field->children[i]);
    free((gyre_field_t *)field->children);
    free_metadata(field->metadata, field->metadata_count);
}

static gyre_status_t read_field(const struct ArrowSchema *in, int depth, gyre_field_t *field);

static gyre_status_t read_children(const struct ArrowSchema *in, int depth, gyre_field_t *field)
{
    if (in->n_children < 0 || (in->n_children > 0 && !in->children))
        return gyre__error(GYRE_ERR_SYNTAX, "field \"%s\" has %lld children", field->name,
                           (long long)in->n_children);
    gyre_field_t *children = calloc((size_t)in->n_children + 1, sizeof(*children));
    if (!children)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a schema");
    field->children = children;
    for (int64_t i = 0; i < in->n_children; i++) {
        field->child_count++;
        gyre_status_t status = read_field(in->children[i], depth + 1, &children[i]);
        if (status != GYRE_OK)
            return status;
    }
    return GYRE_OK;
}

/* field, zeros at first, is to be freed, also after an error. */
static gyre_status_t read_field(const struct ArrowSchema *in, int depth, gyre_field_t *field)
{
    if (!in || !in->format || !in->release)
        return gyre__error(GYRE_ERR_SYNTAX, "a field of Arrow's is missing or released");
    if (depth > GYRE_FIELD_DEPTH)
        return gyre__error(GYRE_ERR_RANGE, "fields of Arrow's lie deeper than %d levels",
                           GYRE_FIELD_DEPTH);
    field->name = in->name;
    field->required = !(in->flags & ARROW_FLAG_NULLABLE);
    field->kind = plain_kind(in->format);
    if (in->dictionary)
        return not_supported(in);
    gyre_status_t status = GYRE_OK;
    if (field->kind == GYRE_KIND_NONE)
        status = read_figures(in, field);
    if (status == GYRE_OK)
        status = read_metadata(in->metadata, &field->metadata, &field->metadata_count);
    return status == GYRE_OK ? read_children(in, depth, field) : status;
}

gyre_status_t gyre_schema_import(struct ArrowSchema *in, const gyre_schema_t **schema)
{
    gyre_field_t root = {.name = NULL};
    if (!in || !in->release)
        return gyre__error(GYRE_ERR_ARG, "no schema to import, or one that has been released");
    gyre_status_t status =
        schema ? read_field(in, 0, &root) : gyre__error(GYRE_ERR_ARG, "no place for the schema");
    if (status == GYRE_OK && root.kind != GYRE_KIND_STRUCT)
        status = gyre__error(GYRE_ERR_NOT_SUPPORTED,
                             "a schema of batches is of structs: not \"%s\"", in->format);
    if (status == GYRE_OK)
        status = gyre_schema_create_with(root.children, root.child_count, root.metadata,
                                         root.metadata_count, schema);
    free_field(&root);
    in->release(in);
    return status;
}
