/* SPDX-License-Identifier: Apache-2.0 */
/* Batches to Arrow's C Data Interface. Arrow addresses children as columns here do, so buffers,
 * offsets and children are handed out as they are. */
#include "base/error.h"
#include "batch/column.h"

#include <gyre/arrow.h>
#include <stdlib.h>

enum { BUFFERS_MAX = 3 };

typedef struct node {
    const gyre_column_t *column; /* NULL: a batch */
    const gyre_batch_t *batch;
    const void *buffers[BUFFERS_MAX];
    struct ArrowArray **pointers;
    struct ArrowArray children[];
} node_t;

/* Where consumers want an address of nothing. */
static const uint64_t nothing[8];

static void release(struct ArrowArray *out)
{
    node_t *node = out->private_data;
    for (int64_t i = 0; i < out->n_children; i++)
        if (out->children[i]->release)
            out->children[i]->release(out->children[i]);
    gyre_column_release(node->column);
    gyre_batch_release(node->batch);
    free(node->pointers);
    free(node);
    out->release = NULL;
}

static const void *address(const gyre_buffer_t *buffer)
{
    const void *data = gyre_buffer_data(buffer);
    return data ? data : nothing;
}

static int64_t fill_buffers(node_t *node, const gyre_column_t *column)
{
    const gyre__column_t *made = gyre__column(column);
    int64_t count = 0;
    node->buffers[count++] = gyre_buffer_data(made->validity);
    if (gyre__has_offsets(column->field->kind))
        node->buffers[count++] = address(made->offsets);
    if (gyre__layout(column->field->kind) <= GYRE__BYTES)
        node->buffers[count++] = address(made->values);
    return count;
}

static gyre_status_t export_column(const gyre_column_t *column, struct ArrowArray *out);

static gyre_status_t export_children(node_t *node, const gyre_column_t *const *columns,
                                     size_t count, struct ArrowArray *out)
{
    for (size_t i = 0; i < count; i++) {
        gyre_status_t status = export_column(columns[i], &node->children[i]);
        if (status != GYRE_OK)
            return status;
        node->pointers[i] = &node->children[i];
        out->n_children++;
    }
    return GYRE_OK;
}

static gyre_status_t create_node(size_t children, node_t **node)
{
    node_t *made = calloc(1, sizeof(*made) + children * sizeof(struct ArrowArray));
    struct ArrowArray **pointers = calloc(children + 1, sizeof(*pointers));
    if (!made || !pointers) {
        free(made);
        free(pointers);
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to export %zu columns", children);
    }
    made->pointers = pointers;
    *node = made;
    return GYRE_OK;
}

/* An array with children; out is not set but on success. */
static gyre_status_t finish(struct ArrowArray made, node_t *node,
                            const gyre_column_t *const *children, size_t count,
                            struct ArrowArray *out)
{
    made.buffers = node->buffers;
    made.children = node->pointers;
    made.release = release;
    made.private_data = node;
    gyre_status_t status = export_children(node, children, count, &made);
    if (status == GYRE_OK)
        *out = made;
    else
        release(&made);
    return status;
}

static gyre_status_t export_column(const gyre_column_t *column, struct ArrowArray *out)
{
    node_t *node;
    gyre_status_t status = create_node(column->child_count, &node);
    if (status != GYRE_OK)
        return status;
    node->column = gyre_column_retain(column);
    const struct ArrowArray made = {.length = (int64_t)column->length,
                                    .null_count = (int64_t)column->null_count,
                                    .offset = (int64_t)column->offset,
                                    .n_buffers = fill_buffers(node, column)};
    return finish(made, node, column->children, column->child_count, out);
}

gyre_status_t gyre_batch_export(const gyre_batch_t *batch, struct ArrowArray *out)
{
    node_t *node;
    if (!batch || !out)
        return gyre__error(GYRE_ERR_ARG, "no %s", batch ? "place for the array" : "batch");
    size_t count = batch->schema->field_count;
    gyre_status_t status = create_node(count, &node);
    if (status != GYRE_OK)
        return status;
    node->batch = gyre_batch_retain(batch);
    const struct ArrowArray made = {.length = (int64_t)batch->length, .n_buffers = 1};
    return finish(made, node, batch->columns, count, out);
}
