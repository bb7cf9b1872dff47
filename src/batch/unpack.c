/* SPDX-License-Identifier: Apache-2.0 */
/* Batches over messages. Whatever the bytes are, the answer is a batch whose every row lies inside
 * of them, or an error; nothing is allocated by what they say, but only by the schema. */
#include "base/error.h"
#include "batch/bits.h"
#include "batch/buffer.h"
#include "batch/message.h"

#include <stdlib.h>
#include <string.h>
#define XXH_STATIC_LINKING_ONLY /* a state on the stack */
#include <xxhash.h>

enum { ALIGN = 8 };

/* A message being read. */
typedef struct reader {
    const gyre_schema_t *schema;
    gyre_buffer_t *memory; /* whose parts become buffers */
    char *data;
    gyre__head_t head;
    const char *nodes;  /* those not read yet */
    size_t at;          /* behind the last buffer */
    XXH3_state_t *sums; /* NULL: no checksum */
} reader_t;

static void release_part(void *memory, void *data, size_t size)
{
    gyre_buffer_release(memory);
}

static gyre_status_t take_buffer(reader_t *reader, const gyre_field_t *field, size_t size,
                                 gyre_buffer_t **buffer)
{
    size_t at = gyre__pack_aligned(reader->at);
    if (at > reader->head.length || size > reader->head.length - at)
        return gyre__error(GYRE_ERR_SYNTAX,
                           "column \"%s\" takes %zu bytes from byte %zu of a message of %zu",
                           field->name, size, at, (size_t)reader->head.length);
    reader->at = at + size;
    if (reader->sums)
        XXH3_64bits_update(reader->sums, reader->data + at, size);
    gyre_status_t status =
        gyre_buffer_adopt(reader->data + at, size, release_part, reader->memory, buffer);
    if (status != GYRE_OK)
        return status;
    gyre_buffer_retain(reader->memory);
    if (gyre__buffer_is_lent(reader->memory))
        gyre__buffer_lend(*buffer);
    return GYRE_OK;
}

/* Bytes of the rows' values, or of the strings; SIZE_MAX: more than there can be. */
static size_t values_size(const gyre_field_t *field, size_t rows, uint64_t extra)
{
    size_t size;
    switch (gyre__layout(field->kind)) {
    case GYRE__BITS:
        return gyre__bits_bytes(rows);
    case GYRE__FIXED:
        return __builtin_mul_overflow(rows, gyre_field_width(field), &size) ? SIZE_MAX : size;
    case GYRE__BYTES:
        return (size_t)extra;
    default:
        return 0;
    }
}

static gyre_status_t take_buffers(reader_t *reader, const gyre_field_t *field,
                                  const gyre__node_t *node, gyre_column_parts_t *parts)
{
    gyre_status_t status = GYRE_OK;
    size_t size = values_size(field, parts->length, node->extra);
    if (node->nulls > 0)
        status = take_buffer(reader, field, gyre__bits_bytes(parts->length), &parts->validity);
    if (status == GYRE_OK && gyre__has_offsets(field->kind) && parts->length > 0)
        status = take_buffer(reader, field, (parts->length + 1) * sizeof(int32_t), &parts->offsets);
    if (status == GYRE_OK && size > 0)
        status = take_buffer(reader, field, size, &parts->values);
    return status;
}

/* Rows of children; SIZE_MAX: more than there can be. */
static size_t items_of(const gyre_field_t *field, size_t rows, uint64_t extra)
{
    size_t items;
    switch (gyre__layout(field->kind)) {
    case GYRE__LIST:
        return (size_t)extra;
    case GYRE__FIXED_LIST:
        return __builtin_mul_overflow(rows, (size_t)field->size, &items) ? SIZE_MAX : items;
    default:
        return rows;
    }
}

static gyre_status_t check_node(const gyre_field_t *field, const gyre__node_t *node, size_t rows)
{
    if (node->nulls > rows || (rows == 0 && node->extra > 0))
        return gyre__error(GYRE_ERR_SYNTAX, "column \"%s\" of %zu rows has %zu nulls and %zu %s",
                           field->name, rows, (size_t)node->nulls, (size_t)node->extra,
                           field->kind == GYRE_KIND_LIST ? "items" : "bytes");
    if (node->extra > (gyre__has_offsets(field->kind) ? INT32_MAX : 0))
        return gyre__error(GYRE_ERR_SYNTAX, "column \"%s\", a %s, has %zu bytes or items",
                           field->name, gyre_kind_name(field->kind), (size_t)node->extra);
    return GYRE_OK;
}

/* What the column uses of its values or child is all that came. */
static gyre_status_t check_column(const gyre_column_t *column, const gyre__node_t *node)
{
    const gyre_field_t *field = column->field;
    if (column->null_count != node->nulls)
        return gyre__error(GYRE_ERR_SYNTAX, "column \"%s\" has %zu nulls: expected %zu",
                           field->name, column->null_count, (size_t)node->nulls);
    if (gyre__has_offsets(field->kind) && column->length > 0 &&
        (column->offsets[0] != 0 || (uint64_t)column->offsets[column->length] != node->extra))
        return gyre__error(
            GYRE_ERR_SYNTAX, "column \"%s\": offsets from %d to %d: expected 0 to %zu", field->name,
            (int)column->offsets[0], (int)column->offsets[column->length], (size_t)node->extra);
    return GYRE_OK;
}

static gyre_status_t read_column(reader_t *reader, const gyre_field_t *field, size_t rows,
                                 const gyre_column_t **column);

static gyre_status_t read_parts(reader_t *reader, const gyre_field_t *field,
                                gyre_column_parts_t *parts, const gyre_column_t **children,
                                const gyre_column_t **column)
{
    gyre__node_t node;
    memcpy(&node, reader->nodes, sizeof(node));
    reader->nodes += sizeof(node);
    gyre_status_t status = check_node(field, &node, parts->length);
    if (status == GYRE_OK)
        status = take_buffers(reader, field, &node, parts);
    size_t items = items_of(field, parts->length, node.extra);
    for (size_t i = 0; status == GYRE_OK && i < field->child_count; i++)
        status = read_column(reader, &field->children[i], items, &children[i]);
    if (status == GYRE_OK)
        status = gyre__parts_check(field, parts);
    if (status == GYRE_OK)
        status = gyre__column_make(reader->schema, field, parts, column);
    return status == GYRE_OK ? check_column(*column, &node) : status;
}

/* *column is NULL, or to be released, also after an error. */
static gyre_status_t read_column(reader_t *reader, const gyre_field_t *field, size_t rows,
                                 const gyre_column_t **column)
{
    const gyre_column_t **children = calloc(field->child_count + 1, sizeof(*children));
    gyre_column_parts_t parts = {.length = rows, .children = children};
    if (!children)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for column \"%s\"", field->name);
    gyre_status_t status =
        rows > GYRE__PACK_ROWS_MAX
            ? gyre__error(GYRE_ERR_SYNTAX, "column \"%s\" has %zu rows", field->name, rows)
            : read_parts(reader, field, &parts, children, column);
    for (size_t i = 0; i < field->child_count; i++)
        gyre_column_release(children[i]);
    free(children);
    gyre_buffer_release(parts.validity);
    gyre_buffer_release(parts.offsets);
    gyre_buffer_release(parts.values);
    return status;
}

static gyre_status_t check_end(const reader_t *reader)
{
    if (reader->at != reader->head.length)
        return gyre__error(GYRE_ERR_SYNTAX, "the buffers end at byte %zu of a message of %zu",
                           reader->at, (size_t)reader->head.length);
    if (reader->sums && XXH3_64bits_digest(reader->sums) != reader->head.checksum)
        return gyre__error(GYRE_ERR_SYNTAX, "the message does not have its checksum");
    return GYRE_OK;
}

static gyre_status_t read_batch(reader_t *reader, const gyre_batch_t **batch)
{
    size_t count = reader->schema->field_count;
    const gyre_column_t **columns = calloc(count + 1, sizeof(*columns));
    gyre_status_t status = GYRE_OK;
    if (!columns)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a batch of %zu columns", count);
    for (size_t i = 0; status == GYRE_OK && i < count; i++)
        status =
            read_column(reader, &reader->schema->fields[i], (size_t)reader->head.rows, &columns[i]);
    if (status == GYRE_OK)
        status = check_end(reader);
    if (status == GYRE_OK)
        status = gyre_batch_create(reader->schema, (size_t)reader->head.rows, columns, batch);
    for (size_t i = 0; i < count; i++)
        gyre_column_release(columns[i]);
    free(columns);
    return status;
}

static gyre_status_t check_head(const reader_t *reader, size_t length)
{
    const gyre__head_t *head = &reader->head;
    size_t nodes = gyre__field_count(reader->schema->fields, reader->schema->field_count);
    if (head->magic != GYRE__PACK_MAGIC || head->version != GYRE__PACK_VERSION)
        return gyre__error(GYRE_ERR_SYNTAX, "no batch of version %d: it begins with %08x, %u",
                           GYRE__PACK_VERSION, (unsigned)head->magic, (unsigned)head->version);
    if (head->schema != gyre_schema_hash(reader->schema))
        return gyre__error(GYRE_ERR_SYNTAX, "a batch of another schema: %016llx, expected %016llx",
                           (unsigned long long)head->schema,
                           (unsigned long long)gyre_schema_hash(reader->schema));
    if (head->nodes != nodes || head->rows > GYRE__PACK_ROWS_MAX ||
        (head->flags & ~GYRE_PACK_CHECKSUM))
        return gyre__error(GYRE_ERR_SYNTAX, "a batch of %llu rows and %llu columns, flags %#x",
                           (unsigned long long)head->rows, (unsigned long long)head->nodes,
                           (unsigned)head->flags);
    /* So a flag that was lost on the way is missed. */
    if (!(head->flags & GYRE_PACK_CHECKSUM) && head->checksum != 0)
        return gyre__error(GYRE_ERR_SYNTAX, "a message with a checksum says that it has none");
    if (head->length > length || reader->at > head->length)
        return gyre__error(GYRE_ERR_SYNTAX, "%zu bytes of a message of %llu", length,
                           (unsigned long long)head->length);
    return GYRE_OK;
}

/* The head counts with 0 where the checksum is. */
static void start_sums(reader_t *reader, XXH3_state_t *state)
{
    gyre__head_t head = reader->head;
    head.checksum = 0;
    XXH3_64bits_reset(state);
    XXH3_64bits_update(state, &head, sizeof(head));
    XXH3_64bits_update(state, reader->nodes, reader->at - sizeof(head));
    reader->sums = state;
}

gyre_status_t gyre_batch_unpack(const gyre_schema_t *schema, gyre_buffer_t *memory, size_t offset,
                                size_t length, const gyre_batch_t **batch)
{
    XXH3_state_t state;
    if (!schema || !memory || !batch)
        return gyre__error(GYRE_ERR_ARG, "no %s",
                           !schema  ? "schema"
                           : memory ? "place for the batch"
                                    : "memory");
    size_t size = gyre_buffer_size(memory);
    if (offset > size || length > size - offset)
        return gyre__error(GYRE_ERR_RANGE, "%zu bytes from byte %zu of a buffer of %zu", length,
                           offset, size);
    reader_t reader = {
        .schema = schema, .memory = memory, .data = (char *)gyre_buffer_data(memory) + offset};
    if ((uintptr_t)reader.data % ALIGN != 0)
        return gyre__error(GYRE_ERR_ARG, "a message at %p: expected a multiple of %d",
                           (void *)reader.data, ALIGN);
    if (length < sizeof(reader.head))
        return gyre__error(GYRE_ERR_SYNTAX, "%zu bytes are no message", length);
    memcpy(&reader.head, reader.data, sizeof(reader.head));
    reader.nodes = reader.data + sizeof(reader.head);
    reader.at = sizeof(reader.head) +
                sizeof(gyre__node_t) * gyre__field_count(schema->fields, schema->field_count);
    gyre_status_t status = check_head(&reader, length);
    if (status != GYRE_OK)
        return status;
    if (reader.head.flags & GYRE_PACK_CHECKSUM)
        start_sums(&reader, &state);
    return read_batch(&reader, batch);
}
