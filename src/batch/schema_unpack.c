/* SPDX-License-Identifier: Apache-2.0 */
/* Schemas from bytes of any origin. Counts are held against the bytes that are left before anything
 * is allocated; what fields must satisfy beyond that is checked where all schemas are made. */
#include "base/error.h"
#include "batch/kind.h"
#include "batch/schema.h"
#include "batch/schema_pack.h"

#include <gyre/pack.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of the shortest field: kind, required, a name, counts of children and metadata; of the
 * shortest pair of texts. */
enum { FIELD_MIN = 4 + 4 + (4 + 1) + 4 + 4, METADATA_MIN = 2 * (4 + 1) };

typedef struct reader {
    const char *at, *end;
} reader_t;

static gyre_status_t get_number(reader_t *reader, uint32_t *number)
{
    if ((size_t)(reader->end - reader->at) < sizeof(*number))
        return gyre__error(GYRE_ERR_SYNTAX, "a schema is cut short");
    memcpy(number, reader->at, sizeof(*number));
    reader->at += sizeof(*number);
    return GYRE_OK;
}

static gyre_status_t get_signed(reader_t *reader, int32_t *number)
{
    uint32_t bits = 0;
    gyre_status_t status = get_number(reader, &bits);
    *number = (int32_t)bits;
    return status;
}

/* So many things of at least size bytes can be there. */
static gyre_status_t get_count(reader_t *reader, size_t size, size_t *count)
{
    uint32_t number = 0;
    gyre_status_t status = get_number(reader, &number);
    if (status != GYRE_OK)
        return status;
    if (number > (size_t)(reader->end - reader->at) / size)
        return gyre__error(GYRE_ERR_SYNTAX, "a schema names %u things where %zu bytes are left",
                           (unsigned)number, (size_t)(reader->end - reader->at));
    *count = number;
    return GYRE_OK;
}

/* A text that lies in the bytes. */
static gyre_status_t get_text(reader_t *reader, const char **text)
{
    size_t size = 0;
    gyre_status_t status = get_count(reader, 1, &size);
    if (status != GYRE_OK)
        return status;
    if (size == 0 || memchr(reader->at, '\0', size) != reader->at + size - 1)
        return gyre__error(GYRE_ERR_SYNTAX, "a text of %zu bytes in a schema does not end there",
                           size);
    *text = reader->at;
    reader->at += size;
    return GYRE_OK;
}

static gyre_status_t get_metadata(reader_t *reader, const gyre_metadata_t **metadata, size_t *count)
{
    gyre_status_t status = get_count(reader, METADATA_MIN, count);
    gyre_metadata_t *pairs = status == GYRE_OK ? calloc(*count + 1, sizeof(*pairs)) : NULL;
    *metadata = pairs;
    if (status == GYRE_OK && !pairs)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a schema");
    for (size_t i = 0; status == GYRE_OK && i < *count; i++) {
        status = get_text(reader, &pairs[i].key);
        if (status == GYRE_OK)
            status = get_text(reader, &pairs[i].value);
    }
    return status;
}

static gyre_status_t get_figures(reader_t *reader, gyre_field_t *field)
{
    gyre_status_t status = GYRE_OK;
    uint32_t unit = 0;
    if (gyre__has_size(field->kind))
        status = get_signed(reader, &field->size);
    if (field->kind == GYRE_KIND_DECIMAL128) {
        status = get_signed(reader, &field->precision);
        if (status == GYRE_OK)
            status = get_signed(reader, &field->scale);
    }
    if (field->kind == GYRE_KIND_TIMESTAMP) {
        status = get_number(reader, &unit);
        if (status == GYRE_OK)
            status = get_text(reader, &field->zone);
        field->unit = (gyre_time_unit_t)unit;
    }
    return status;
}

static gyre_status_t get_fields(reader_t *reader, int depth, const gyre_field_t **fields,
                                size_t *count);

static gyre_status_t get_field(reader_t *reader, int depth, gyre_field_t *field)
{
    uint32_t kind = 0, required = 0;
    gyre_status_t status = get_number(reader, &kind);
    if (status == GYRE_OK)
        status = get_number(reader, &required);
    if (status == GYRE_OK)
        status = get_text(reader, &field->name);
    if (status == GYRE_OK && (kind == GYRE_KIND_NONE || kind >= GYRE_KIND_COUNT || required > 1))
        status = gyre__error(GYRE_ERR_SYNTAX, "field \"%s\" of a schema is of kind %u, required %u",
                             field->name, (unsigned)kind, (unsigned)required);
    field->kind = (gyre_kind_t)kind;
    field->required = required;
    if (status == GYRE_OK)
        status = get_figures(reader, field);
    if (status == GYRE_OK)
        status = get_fields(reader, depth + 1, &field->children, &field->child_count);
    if (status == GYRE_OK)
        status = get_metadata(reader, &field->metadata, &field->metadata_count);
    return status;
}

/* *fields is NULL, or to be freed, also after an error. */
static gyre_status_t get_fields(reader_t *reader, int depth, const gyre_field_t **fields,
                                size_t *count)
{
    gyre_status_t status = get_count(reader, FIELD_MIN, count);
    if (status == GYRE_OK && *count > 0 && depth == GYRE_FIELD_DEPTH)
        status = gyre__error(GYRE_ERR_SYNTAX, "fields of a schema lie deeper than %d levels",
                             GYRE_FIELD_DEPTH);
    gyre_field_t *made = status == GYRE_OK ? calloc(*count + 1, sizeof(*made)) : NULL;
    *fields = made;
    if (status == GYRE_OK && !made)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a schema");
    for (size_t i = 0; status == GYRE_OK && i < *count; i++)
        status = get_field(reader, depth, &made[i]);
    return status;
}

static void free_fields(const gyre_field_t *fields, size_t count)
{
    for (size_t i = 0; fields && i < count; i++) {
        free_fields(fields[i].children, fields[i].child_count);
        free((void *)fields[i].metadata);
    }
    free((void *)fields);
}

static gyre_status_t get_start(reader_t *reader)
{
    uint32_t magic = 0, version = 0;
    gyre_status_t status = get_number(reader, &magic);
    if (status == GYRE_OK)
        status = get_number(reader, &version);
    if (status == GYRE_OK && (magic != GYRE__SCHEMA_MAGIC || version != GYRE__SCHEMA_VERSION))
        status = gyre__error(GYRE_ERR_SYNTAX, "no schema of version %d: it begins with %08x, %u",
                             GYRE__SCHEMA_VERSION, (unsigned)magic, (unsigned)version);
    return status;
}

gyre_status_t gyre_schema_unpack(const void *bytes, size_t length, const gyre_schema_t **schema)
{
    if (!bytes || !schema)
        return gyre__error(GYRE_ERR_ARG, "no %s", bytes ? "place for the schema" : "bytes");
    reader_t reader = {bytes, (const char *)bytes + length};
    gyre_schema_t from = {0};
    gyre_status_t status = get_start(&reader);
    if (status == GYRE_OK)
        status = get_fields(&reader, 0, &from.fields, &from.field_count);
    if (status == GYRE_OK)
        status = get_metadata(&reader, &from.metadata, &from.metadata_count);
    if (status == GYRE_OK && reader.at != reader.end)
        status = gyre__error(GYRE_ERR_SYNTAX, "%zu bytes follow a schema",
                             (size_t)(reader.end - reader.at));
    if (status == GYRE_OK)
        status = gyre_schema_create_with(from.fields, from.field_count, from.metadata,
                                         from.metadata_count, schema);
    if (status == GYRE_ERR_ARG || status == GYRE_ERR_RANGE)
        status = GYRE_ERR_SYNTAX;
    free_fields(from.fields, from.field_count);
    free((void *)from.metadata);
    return status;
}
