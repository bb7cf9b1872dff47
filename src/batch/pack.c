/* SPDX-License-Identifier: Apache-2.0 */
/* Batches as lists of pieces: first what must be copied is measured, then head and copies are made
 * in one allocation. */
#include "base/error.h"
#include "batch/bits.h"
#include "batch/message.h"

#include <stdlib.h>
#include <string.h>
#define XXH_STATIC_LINKING_ONLY /* a state on the stack */
#include <xxhash.h>

enum { BUFFERS_MAX = 3 /* of a column */ };

typedef struct packed {
    gyre_packed_t view;
    const gyre_batch_t *batch;
    gyre_buffer_t *own; /* head and copies */
    gyre_piece_t pieces[];
} packed_t;

/* A packing under way. In the first pass base is NULL: copies are measured only. */
typedef struct packer {
    packed_t *packed;
    gyre__node_t *node;
    char *base;
    size_t used; /* of own memory */
} packer_t;

size_t gyre__field_count(const gyre_field_t *fields, size_t count)
{
    size_t sum = count;
    for (size_t i = 0; i < count; i++)
        sum += gyre__field_count(fields[i].children, fields[i].child_count);
    return sum;
}

gyre__head_t gyre__head_of(const gyre_schema_t *schema, size_t rows, size_t length)
{
    return (gyre__head_t){.magic = GYRE__PACK_MAGIC,
                          .version = GYRE__PACK_VERSION,
                          .schema = gyre_schema_hash(schema),
                          .rows = rows,
                          .length = length,
                          .nodes = gyre__field_count(schema->fields, schema->field_count)};
}

/* Own memory for a copy; NULL in the first pass. */
static void *copy_place(packer_t *packer, size_t length)
{
    char *place = packer->base ? packer->base + packer->used : NULL;
    packer->used += gyre__pack_aligned(length);
    return place;
}

static void add_piece(packer_t *packer, const void *data, size_t length)
{
    gyre_packed_t *view = &packer->packed->view;
    if (!packer->base)
        return;
    view->length = gyre__pack_aligned(view->length);
    packer->packed->pieces[view->piece_count++] = (gyre_piece_t){data, length, view->length};
    view->length += length;
}

static void add_bits(packer_t *packer, const uint8_t *bits, size_t at, size_t count)
{
    size_t length = gyre__bits_bytes(count);
    const uint8_t *data = bits + at / 8;
    if (at % 8 != 0) {
        uint8_t *copy = copy_place(packer, length);
        if (copy) {
            copy[length - 1] = 0;
            gyre__bits_copy(copy, 0, bits, at, count);
        }
        data = copy;
    }
    add_piece(packer, data, length);
}

/* Offsets that begin at 0. */
static void add_offsets(packer_t *packer, const int32_t *offsets, size_t rows)
{
    size_t length = (rows + 1) * sizeof(int32_t);
    const int32_t *data = offsets;
    if (offsets[0] != 0) {
        int32_t *copy = copy_place(packer, length);
        for (size_t i = 0; copy && i <= rows; i++)
            copy[i] = offsets[i] - offsets[0];
        data = copy;
    }
    add_piece(packer, data, length);
}

/* What of a column's own buffers rows from first take. */
static void add_values(packer_t *packer, const gyre_column_t *column, size_t first, size_t rows)
{
    const char *values = column->values;
    size_t width = gyre_field_width(column->field);
    gyre__layout_t layout = gyre__layout(column->field->kind);
    if (layout == GYRE__BITS)
        add_bits(packer, column->values, column->offset + first, rows);
    else if (layout == GYRE__FIXED)
        add_piece(packer, values + first * width, rows * width);
    if (layout == GYRE__BYTES || layout == GYRE__LIST)
        add_offsets(packer, column->offsets + first, rows);
    if (layout == GYRE__BYTES && column->offsets[first + rows] > column->offsets[first])
        add_piece(packer, values + column->offsets[first],
                  (size_t)(column->offsets[first + rows] - column->offsets[first]));
}

static void add_column(packer_t *packer, const gyre_column_t *column, size_t first, size_t rows)
{
    gyre__node_t node = {0, 0};
    size_t items = rows;
    if (column->validity)
        node.nulls = rows - gyre__bits_count(column->validity, column->offset + first, rows);
    if (gyre__has_offsets(column->field->kind))
        node.extra = (uint64_t)(column->offsets[first + rows] - column->offsets[first]);
    if (column->field->kind == GYRE_KIND_LIST)
        items = (size_t)node.extra;
    else if (column->field->kind == GYRE_KIND_FIXED_SIZE_LIST)
        items = rows * (size_t)column->field->size;
    if (packer->base)
        *packer->node++ = node;
    if (node.nulls > 0)
        add_bits(packer, column->validity, column->offset + first, rows);
    if (rows > 0)
        add_values(packer, column, first, rows);
    for (size_t i = 0; i < column->child_count; i++)
        add_column(packer, column->children[i], gyre__child_row(column, first), items);
}

static uint64_t checksum(const packed_t *packed)
{
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    for (size_t i = 0; i < packed->view.piece_count; i++)
        XXH3_64bits_update(&state, packed->pieces[i].data, packed->pieces[i].length);
    return XXH3_64bits_digest(&state);
}

static void pack_all(packer_t *packer, size_t head_length)
{
    const gyre_batch_t *batch = packer->packed->batch;
    gyre__head_t *head = copy_place(packer, head_length);
    packer->node = head ? (gyre__node_t *)(head + 1) : NULL;
    add_piece(packer, head, head_length);
    for (size_t i = 0; i < batch->schema->field_count; i++)
        add_column(packer, batch->columns[i], 0, batch->length);
}

static gyre_status_t fill(packed_t *packed, size_t nodes, unsigned flags,
                          const gyre_allocator_t *allocator)
{
    const gyre_batch_t *batch = packed->batch;
    size_t head_length = sizeof(gyre__head_t) + nodes * sizeof(gyre__node_t);
    packer_t packer = {.packed = packed};
    pack_all(&packer, head_length);
    gyre_status_t status = gyre_buffer_create(allocator, packer.used, &packed->own);
    if (status != GYRE_OK)
        return status;
    packer = (packer_t){.packed = packed, .base = gyre_buffer_data(packed->own)};
    gyre__head_t *head = (gyre__head_t *)packer.base;
    pack_all(&packer, head_length);
    *head = gyre__head_of(batch->schema, batch->length, packed->view.length);
    head->flags = (uint16_t)flags;
    if (flags & GYRE_PACK_CHECKSUM)
        head->checksum = checksum(packed);
    return GYRE_OK;
}

gyre_status_t gyre_batch_pack(const gyre_batch_t *batch, unsigned flags,
                              const gyre_allocator_t *allocator, const gyre_packed_t **packed)
{
    if (!batch || !packed)
        return gyre__error(GYRE_ERR_ARG, "no %s", batch ? "place for the message" : "batch");
    if (batch->length > GYRE__PACK_ROWS_MAX)
        return gyre__error(GYRE_ERR_RANGE, "a batch of %zu rows: at most 2^48 fit", batch->length);
    if (flags & ~GYRE_PACK_CHECKSUM)
        return gyre__error(GYRE_ERR_ARG, "flags %#x: expected GYRE_PACK_CHECKSUM or none", flags);
    size_t nodes = gyre__field_count(batch->schema->fields, batch->schema->field_count);
    packed_t *made = calloc(1, sizeof(*made) + (1 + nodes * BUFFERS_MAX) * sizeof(gyre_piece_t));
    if (!made)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a message of %zu columns", nodes);
    made->view.pieces = made->pieces;
    made->batch = gyre_batch_retain(batch);
    gyre_status_t status = fill(made, nodes, flags, allocator);
    if (status == GYRE_OK)
        *packed = &made->view;
    else
        gyre_packed_destroy(&made->view);
    return status;
}

void gyre_packed_destroy(const gyre_packed_t *packed)
{
    packed_t *made = (packed_t *)packed;
    if (!made)
        return;
    gyre_buffer_release(made->own);
    gyre_batch_release(made->batch);
    free(made);
}

void gyre_packed_write(const gyre_packed_t *packed, void *memory)
{
    size_t at = 0;
    for (size_t i = 0; i < packed->piece_count; i++) {
        const gyre_piece_t *piece = &packed->pieces[i];
        memset((char *)memory + at, 0, piece->offset - at);
        memcpy((char *)memory + piece->offset, piece->data, piece->length);
        at = piece->offset + piece->length;
    }
}
