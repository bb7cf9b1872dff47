/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of groups: a builder of batches, and views of it as columns, so that its rows are compared
 * and copied as those of any column. */
#include "base/error.h"
#include "batch/builder.h"
#include "batch/equal.h"
#include "batch/group.h"

#include <stdlib.h>
#include <string.h>

static void drop_view(const gyre_column_t *column)
{
    gyre__column_t *view = (gyre__column_t *)column;
    for (size_t i = 0; view && i < view->view.child_count; i++)
        drop_view(view->children[i]);
    free(view);
}

static const gyre_column_t *make_view(const gyre_builder_t *builder)
{
    gyre__column_t *view =
        calloc(1, sizeof(*view) + builder->child_count * sizeof(const gyre_column_t *));
    if (!view)
        return NULL;
    view->view = (gyre_column_t){
        .field = builder->field, .child_count = builder->child_count, .children = view->children};
    for (size_t i = 0; i < builder->child_count; i++) {
        view->children[i] = make_view(builder->children[i]);
        if (!view->children[i]) {
            view->view.child_count = i;
            drop_view(&view->view);
            return NULL;
        }
    }
    return &view->view;
}

/* After the builder has moved or grown. */
static void look(const gyre_column_t *column, const gyre_builder_t *view)
{
    const gyre__builder_t *builder = gyre__builder(view);
    gyre_column_t *to = (gyre_column_t *)column;
    to->length = view->length;
    to->validity = gyre_buffer_data(builder->validity);
    to->offsets = gyre_buffer_data(builder->offsets);
    to->values = gyre_buffer_data(builder->values);
    for (size_t i = 0; i < view->child_count; i++)
        look(column->children[i], view->children[i]);
}

gyre_status_t gyre__keys_init(gyre__keys_t *keys, const gyre_schema_t *schema)
{
    *keys = (gyre__keys_t){.count = schema->field_count};
    gyre_status_t status = gyre_builder_create_batch(schema, NULL, &keys->builder);
    if (status != GYRE_OK)
        return status;
    keys->word = keys->count == 1 && gyre__hash_exact(&schema->fields[0]);
    keys->columns = calloc(keys->count + 1, sizeof(*keys->columns));
    for (size_t i = 0; status == GYRE_OK && i < keys->count; i++) {
        if (keys->columns)
            keys->columns[i] = make_view(keys->builder->children[i]);
        if (!keys->columns || !keys->columns[i])
            status = gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu keys", keys->count);
    }
    if (status != GYRE_OK)
        gyre__keys_cleanup(keys);
    return status;
}

void gyre__keys_cleanup(gyre__keys_t *keys)
{
    for (size_t i = 0; keys->columns && i < keys->count; i++)
        drop_view(keys->columns[i]);
    free(keys->columns);
    gyre_builder_destroy(keys->builder);
    *keys = (gyre__keys_t){0};
}

void gyre__keys_clear(gyre__keys_t *keys)
{
    gyre__builder_clear(keys->builder);
    keys->nulls = false;
    for (size_t i = 0; i < keys->count; i++)
        look(keys->columns[i], keys->builder->children[i]);
}

size_t gyre__keys_bytes(const gyre__keys_t *keys)
{
    return gyre__builder_bytes(keys->builder);
}

size_t gyre__keys_growth(gyre__keys_t *keys, const gyre_column_t *const *columns, size_t first,
                         size_t count)
{
    for (size_t i = 0; i < keys->count; i++)
        gyre__builder_measure(keys->builder->children[i], columns[i], first, count);
    return gyre__builder_growth(keys->builder);
}

gyre_status_t gyre__keys_add(gyre__keys_t *keys, const gyre_column_t *const *columns, size_t first,
                             const uint32_t *rows, size_t count)
{
    gyre_builder_t *builder = keys->builder;
    if (count == 0)
        return GYRE_OK;
    for (size_t i = 0; i < keys->count; i++)
        gyre__builder_measure_rows(builder->children[i], columns[i], first, rows, count);
    gyre_status_t status = gyre__builder_make_room(builder);
    for (size_t i = 0; status == GYRE_OK && i < keys->count; i++) {
        gyre__builder_put_rows(builder->children[i], columns[i], first, rows, count);
        look(keys->columns[i], builder->children[i]);
        keys->nulls |= keys->columns[i]->validity != NULL;
    }
    return status;
}

bool gyre__keys_exact(const gyre__keys_t *keys, const gyre_column_t *const *columns)
{
    return keys->word && !keys->nulls && !columns[0]->validity;
}

size_t gyre__keys_hash(const gyre__keys_t *keys, const gyre_column_t *const *columns, size_t first,
                       size_t count, uint64_t *hashes, uint32_t *doubtful)
{
    memset(hashes, 0, count * sizeof(*hashes));
    if (keys->count == 1 && gyre__layout(columns[0]->field->kind) == GYRE__BYTES)
        return gyre__bytes_hash(columns[0], first, count, hashes, doubtful);
    for (size_t i = 0; i < keys->count; i++)
        gyre__column_hash(columns[i], first, count, hashes);
    if (gyre__keys_exact(keys, columns))
        return 0;
    for (size_t i = 0; i < count; i++)
        doubtful[i] = (uint32_t)i;
    return count;
}

static void fetch_column(const gyre_column_t *column, const uint32_t *groups, const uint32_t *rows,
                         size_t count)
{
    size_t width = gyre_field_width(column->field);
    const char *values = column->values;
    for (size_t i = 0; column->offsets && i < count; i++)
        __builtin_prefetch(&column->offsets[groups[rows[i]]]);
    for (size_t i = 0; values && i < count; i++)
        __builtin_prefetch(column->offsets ? values + column->offsets[groups[rows[i]]]
                                           : values + groups[rows[i]] * width);
}

void gyre__keys_fetch(const gyre__keys_t *keys, const uint32_t *groups, const uint32_t *rows,
                      size_t count)
{
    for (size_t i = 0; i < keys->count; i++)
        fetch_column(keys->columns[i], groups, rows, count);
}

bool gyre__keys_equal(const gyre_column_t *const *left, size_t l, const gyre_column_t *const *right,
                      size_t r, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!gyre__keys_alike(left[i], l, right[i], r))
            return false;
    return true;
}
