/* SPDX-License-Identifier: Apache-2.0 */
/* Schemas as bytes: "GYRS", a version, the fields, their metadata after each. Numbers are 32 bits,
 * little-endian; texts have their length, with the NUL that they end in, before them. */
#include "batch/schema_pack.h"

#include "base/buf.h"
#include "base/error.h"
#include "batch/kind.h"
#include "batch/schema.h"

#include <gyre/pack.h>
#include <stdlib.h>
#include <string.h>
#define XXH_STATIC_LINKING_ONLY /* a state on the stack */
#include <xxhash.h>

/* Bytes being written, or, without metadata, hashed; the first error stays. */
typedef struct writer {
    gyre__buf_t bytes;
    XXH3_state_t *hash;
    gyre_status_t status;
} writer_t;

static void put(writer_t *writer, const void *bytes, size_t length)
{
    if (writer->hash)
        XXH3_64bits_update(writer->hash, bytes, length);
    else if (writer->status == GYRE_OK)
        writer->status = gyre__buf_append(&writer->bytes, bytes, length);
}

static void put_number(writer_t *writer, uint32_t number)
{
    put(writer, &number, sizeof(number));
}

static void put_text(writer_t *writer, const char *text)
{
    size_t size = strlen(text) + 1;
    if (size > UINT32_MAX)
        writer->status = gyre__error(GYRE_ERR_RANGE, "a text of %zu bytes in a schema", size);
    put_number(writer, (uint32_t)size);
    put(writer, text, size);
}

static void put_metadata(writer_t *writer, const gyre_metadata_t *metadata, size_t count)
{
    if (writer->hash)
        return;
    put_number(writer, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        put_text(writer, metadata[i].key);
        put_text(writer, metadata[i].value);
    }
}

static void put_fields(writer_t *writer, const gyre_field_t *fields, size_t count)
{
    put_number(writer, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        const gyre_field_t *field = &fields[i];
        put_number(writer, (uint32_t)field->kind);
        put_number(writer, field->required);
        put_text(writer, field->name);
        if (gyre__has_size(field->kind))
            put_number(writer, (uint32_t)field->size);
        if (field->kind == GYRE_KIND_DECIMAL128) {
            put_number(writer, (uint32_t)field->precision);
            put_number(writer, (uint32_t)field->scale);
        }
        if (field->kind == GYRE_KIND_TIMESTAMP) {
            put_number(writer, (uint32_t)field->unit);
            put_text(writer, field->zone ? field->zone : "");
        }
        put_fields(writer, field->children, field->child_count);
        put_metadata(writer, field->metadata, field->metadata_count);
    }
}

static void put_schema(writer_t *writer, const gyre_schema_t *schema)
{
    put_number(writer, GYRE__SCHEMA_MAGIC);
    put_number(writer, GYRE__SCHEMA_VERSION);
    put_fields(writer, schema->fields, schema->field_count);
    put_metadata(writer, schema->metadata, schema->metadata_count);
}

gyre_status_t gyre_schema_pack(const gyre_schema_t *schema, void *bytes, size_t *length)
{
    writer_t writer = {.status = GYRE_OK};
    if (!schema || !length || (!bytes && *length > 0))
        return gyre__error(GYRE_ERR_ARG, "no %s",
                           !schema  ? "schema"
                           : length ? "place for it"
                                    : "length");
    size_t room = *length;
    gyre__buf_init(&writer.bytes);
    put_schema(&writer, schema);
    if (writer.status == GYRE_OK) {
        *length = writer.bytes.length;
        if (*length <= room)
            memcpy(bytes, writer.bytes.data, *length);
        else
            writer.status =
                gyre__error(GYRE_ERR_RANGE, "%zu bytes for a schema of %zu", room, *length);
    }
    gyre__buf_cleanup(&writer.bytes);
    return writer.status;
}

uint64_t gyre_schema_hash(const gyre_schema_t *schema)
{
    atomic_uint_least64_t *known = &((gyre__schema_t *)schema)->hash;
    uint64_t hash = atomic_load_explicit(known, memory_order_relaxed);
    if (hash == 0) {
        XXH3_state_t state;
        writer_t writer = {.hash = &state};
        XXH3_64bits_reset(&state);
        put_schema(&writer, schema);
        hash = XXH3_64bits_digest(&state);
        atomic_store_explicit(known, hash, memory_order_relaxed);
    }
    return hash;
}
