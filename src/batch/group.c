/* SPDX-License-Identifier: Apache-2.0 */
/* A table of groups. A block of rows is hashed; all its slots are fetched before the first is
 * looked at; then each row finds its group, and each part folds its column. What came with keys not
 * seen before is added at once, for the whole block. */
#include "batch/group.h"

#include "base/error.h"
#include "batch/builder.h"
#include "batch/equal.h"

#include <stdlib.h>
#include <string.h>

enum {
    ROOM_MIN = 1024,
    SPARSE = 64,          /* slots for each group, or more: those are emptied one by one */
    GROUPS_CACHED = 32768 /* states and keys of more are fetched before they are looked at */
};

/* Rows that go in together. */
typedef struct block {
    const gyre_column_t *const *keys;
    size_t first, count;
    bool exact;
    uint64_t hashes[GYRE__GROUP_BLOCK];
    uint32_t groups[GYRE__GROUP_BLOCK];
    size_t doubts; /* rows whose hashes do not tell their keys */
    uint32_t doubtful[GYRE__GROUP_BLOCK];
    size_t added;                           /* groups that it has brought */
    uint32_t rows[GYRE__GROUP_BLOCK];       /* where they came first */
    gyre__slot_t *slots[GYRE__GROUP_BLOCK]; /* theirs */
    uint32_t left[GYRE__GROUP_BLOCK];       /* rows whose groups are still to be found */
} block_t;

/* --- Room --- */

/* Without keys there is one group, whose states may be vectors of many megabytes. */
static size_t room_with(const gyre_group_t *group, size_t count)
{
    size_t room = group->room ? group->room : group->keys.count > 0 ? ROOM_MIN : 1;
    while (room < group->count + count)
        room *= 2;
    return room;
}

static gyre_status_t room_for_groups(gyre_group_t *group, size_t count)
{
    size_t room = room_with(group, count);
    gyre_status_t status = gyre__index_room(&group->index, group->count + count);
    if (status != GYRE_OK || group->count + count <= group->room)
        return status;
    for (size_t i = 0; status == GYRE_OK && i < group->part_count; i++)
        status = gyre__part_room(&group->parts[i], group->count, room);
    if (status == GYRE_OK)
        group->room = room;
    return status;
}

static const gyre_column_t *column_of(const gyre_group_t *group, const gyre_batch_t *batch,
                                      size_t part, bool merge)
{
    if (merge)
        return batch->columns[group->keys.count + part];
    size_t column = group->parts[part].column;
    return column == GYRE_GROUP_ROWS ? NULL : batch->columns[column];
}

static gyre_status_t room_for(gyre_group_t *group, const gyre_batch_t *batch, size_t count,
                              bool merge)
{
    gyre_status_t status = room_for_groups(group, count);
    for (size_t i = 0; status == GYRE_OK && i < group->part_count; i++) {
        const gyre_column_t *column = column_of(group, batch, i, merge);
        if (column && column->validity)
            status = gyre__part_room_nulls(&group->parts[i], group->count, group->room);
    }
    return status;
}

/* --- Finding groups --- */

static void hash(const gyre_group_t *group, block_t *block)
{
    const gyre__index_t index = group->index;
    block->doubts = gyre__keys_hash(&group->keys, block->keys, block->first, block->count,
                                    block->hashes, block->doubtful);
    for (size_t i = 0; i < block->count; i++)
        __builtin_prefetch(&index.slots[gyre__index_slot(&index, block->hashes[i])], 1);
}

/* Most rows have their group in one of the two slots where they look first: found without a branch.
 * Others, whose numbers are left, get none. */
static size_t find_at_once(const gyre_group_t *group, block_t *block)
{
    const gyre__index_t index = group->index;
    size_t missed = 0, left = 0;
    for (size_t i = 0; i < block->count; i++) {
        const gyre__slot_t slot = index.slots[gyre__index_slot(&index, block->hashes[i])];
        block->groups[i] = slot.number - 1;
        block->left[missed] = (uint32_t)i;
        missed += (slot.hash != block->hashes[i]) | (slot.number == 0);
    }
    for (size_t i = 0; i < missed; i++) {
        uint32_t row = block->left[i];
        size_t first = gyre__index_slot(&index, block->hashes[row]);
        const gyre__slot_t slot = index.slots[gyre__index_next(&index, first, first)];
        bool found = (slot.hash == block->hashes[row]) & (slot.number != 0);
        block->groups[row] = found ? slot.number - 1 : GYRE__KEYS_NONE;
        block->left[left] = row;
        left += !found;
    }
    return left;
}

/* Of groups found by their hashes only. */
static size_t check_keys(const gyre_group_t *group, block_t *block, size_t left)
{
    const gyre__keys_t *keys = &group->keys;
    uint32_t *rows = block->doubtful;
    size_t count = 0;
    for (size_t i = 0; i < block->doubts; i++) {
        rows[count] = rows[i];
        count += block->groups[rows[i]] != GYRE__KEYS_NONE;
    }
    if (group->count > GROUPS_CACHED)
        gyre__keys_fetch(keys, block->groups, rows, count);
    size_t kept = count;
    for (size_t i = 0; i < keys->count; i++)
        kept = gyre__keys_keep(keys->columns[i], block->groups, block->keys[i], block->first, rows,
                               kept);
    if (kept == count)
        return left;
    left = 0;
    for (size_t i = 0; i < block->count; i++) {
        block->left[left] = (uint32_t)i;
        left += block->groups[i] == GYRE__KEYS_NONE;
    }
    return left;
}

/* A group of this block is known by its first row only. */
static bool is_key(const gyre_group_t *group, const block_t *block, size_t number, size_t row)
{
    const gyre__keys_t *keys = &group->keys;
    if (block->exact)
        return true;
    if (number < group->count)
        return gyre__keys_equal(keys->columns, number, block->keys, block->first + row,
                                keys->count);
    return gyre__keys_equal(block->keys, block->first + block->rows[number - group->count],
                            block->keys, block->first + row, keys->count);
}

static void find(const gyre_group_t *group, block_t *block, uint32_t row)
{
    const gyre__index_t *index = &group->index;
    uint64_t hash = block->hashes[row];
    size_t first = gyre__index_slot(index, hash), at = first;
    gyre__slot_t *slot = &index->slots[at];
    while (slot->number != 0 &&
           (slot->hash != hash || !is_key(group, block, slot->number - 1, row))) {
        at = gyre__index_next(index, first, at);
        slot = &index->slots[at];
    }
    if (slot->number == 0) {
        block->rows[block->added] = row;
        block->slots[block->added] = slot;
        *slot = (gyre__slot_t){hash, (uint32_t)(group->count + ++block->added)};
    }
    block->groups[row] = slot->number - 1;
}

static void find_all(const gyre_group_t *group, block_t *block)
{
    size_t left = find_at_once(group, block);
    left = check_keys(group, block, left);
    block->added = 0;
    for (size_t i = 0; i < left; i++)
        find(group, block, block->left[i]);
}

static void forget(const gyre_group_t *group, const block_t *block)
{
    for (size_t i = 0; i < block->added; i++)
        *block->slots[i] = (gyre__slot_t){0};
}

static gyre_status_t insert_block(gyre_group_t *group, block_t *block)
{
    block->exact = gyre__keys_exact(&group->keys, block->keys);
    hash(group, block);
    find_all(group, block);
    gyre_status_t status =
        gyre__keys_add(&group->keys, block->keys, block->first, block->rows, block->added);
    if (status != GYRE_OK) {
        forget(group, block);
        return status;
    }
    for (size_t i = 0; i < group->part_count; i++)
        gyre__part_start(&group->parts[i], group->count, block->added);
    group->count += block->added;
    return GYRE_OK;
}

static const gyre_column_t *const *keys_of(gyre_group_t *group, const gyre_batch_t *batch,
                                           bool merge)
{
    if (merge)
        return batch->columns;
    for (size_t i = 0; i < group->keys.count; i++)
        group->batch_keys[i] = batch->columns[group->key_columns[i]];
    return group->batch_keys;
}

static gyre_status_t insert(gyre_group_t *group, const gyre_batch_t *batch, bool merge,
                            const gyre_column_t *const *keys, size_t *rows)
{
    block_t block = {.keys = keys};
    gyre_status_t status = GYRE_OK;
    for (*rows = 0; status == GYRE_OK && *rows < batch->length; *rows += block.count) {
        block.first = *rows;
        block.count =
            batch->length - *rows < GYRE__GROUP_BLOCK ? batch->length - *rows : GYRE__GROUP_BLOCK;
        status = room_for(group, batch, block.count, merge);
        if (status == GYRE_OK)
            status = insert_block(group, &block);
        if (status != GYRE_OK)
            break;
        for (size_t i = 0; i < group->part_count && group->count > GROUPS_CACHED; i++)
            gyre__part_fetch(&group->parts[i], block.groups, block.count);
        for (size_t i = 0; i < group->part_count; i++)
            gyre__part_fold(&group->parts[i], merge, column_of(group, batch, i, merge), block.first,
                            block.groups, block.count);
    }
    return status;
}

static gyre_status_t check(const gyre_schema_t *schema, const gyre_batch_t *batch)
{
    size_t count = batch->schema->field_count;
    if (count != schema->field_count)
        return gyre__error(GYRE_ERR_ARG, "a batch of %zu columns: expected %zu", count,
                           schema->field_count);
    for (size_t i = 0; i < count; i++) {
        const gyre_field_t *field = &schema->fields[i], *given = &batch->schema->fields[i];
        if (given != field && !gyre_field_alike(given, field))
            return gyre__error(GYRE_ERR_ARG, "column %zu, a %s, is of another type than %s", i,
                               gyre_kind_name(given->kind), gyre_kind_name(field->kind));
        if (field->required && batch->columns[i]->validity)
            return gyre__error(GYRE_ERR_ARG, "column %zu, \"%s\", is required: it has nulls", i,
                               field->name);
    }
    return GYRE_OK;
}

gyre_status_t gyre_group_insert(gyre_group_t *group, const gyre_batch_t *batch, size_t *rows)
{
    size_t own;
    rows = rows ? rows : &own;
    *rows = 0;
    if (!group || !batch)
        return gyre__error(GYRE_ERR_ARG, "no %s", group ? "batch" : "group");
    gyre_status_t status = check(group->schema, batch);
    if (status != GYRE_OK)
        return status;
    return insert(group, batch, false, keys_of(group, batch, false), rows);
}

gyre_status_t gyre_group_merge(gyre_group_t *group, const gyre_batch_t *batch, size_t *rows)
{
    size_t own;
    rows = rows ? rows : &own;
    *rows = 0;
    if (!group || !batch)
        return gyre__error(GYRE_ERR_ARG, "no %s", group ? "batch" : "group");
    gyre_status_t status = check(group->forms[GYRE_GROUP_PARTIAL], batch);
    return status == GYRE_OK ? insert(group, batch, true, keys_of(group, batch, true), rows)
                             : status;
}

/* --- What there is --- */

size_t gyre_group_count(const gyre_group_t *group)
{
    return group->count;
}

size_t gyre_group_bytes(const gyre_group_t *group)
{
    size_t bytes =
        sizeof(*group) + group->index.size * sizeof(gyre__slot_t) + gyre__keys_bytes(&group->keys);
    for (size_t i = 0; i < group->part_count; i++)
        bytes += group->room * (group->parts[i].width + (group->parts[i].seen != NULL));
    return bytes;
}

size_t gyre__group_bytes_with(gyre_group_t *group, const gyre__intake_t *intake)
{
    const gyre_column_t *const *keys = keys_of(group, intake->batch, intake->merge);
    size_t count = group->count + intake->count, room = room_with(group, intake->count);
    size_t slots = gyre__index_size(&group->index, count);
    size_t bytes = gyre_group_bytes(group) +
                   gyre__keys_growth(&group->keys, keys, intake->first, intake->count);
    if (slots > group->index.size)
        bytes += slots * sizeof(gyre__slot_t);
    for (size_t i = 0; i < group->part_count; i++)
        bytes += room > group->room     ? room * (group->parts[i].width + 1)
                 : group->parts[i].seen ? 0
                                        : room;
    return bytes;
}

const gyre_schema_t *gyre_group_schema(const gyre_group_t *group, gyre_group_form_t form)
{
    return group->forms[form];
}

static void forget_all(gyre_group_t *group)
{
    block_t block = {.keys = group->keys.columns};
    for (; block.first < group->count; block.first += block.count) {
        size_t left = group->count - block.first;
        block.count = left < GYRE__GROUP_BLOCK ? left : GYRE__GROUP_BLOCK;
        hash(group, &block);
        for (size_t i = 0; i < block.count; i++)
            gyre__index_forget(&group->index, block.hashes[i], (uint32_t)(block.first + i + 1));
    }
}

void gyre_group_clear(gyre_group_t *group)
{
    if (group->count < group->index.size / SPARSE)
        forget_all(group);
    else
        gyre__index_clear(&group->index);
    group->count = 0;
    gyre__keys_clear(&group->keys);
}

/* --- Making it --- */

static gyre_status_t check_columns(const gyre_schema_t *schema, const size_t *keys,
                                   size_t key_count, const gyre_aggregate_t *aggregates,
                                   size_t aggregate_count)
{
    size_t fields = schema->field_count;
    for (size_t i = 0; i < key_count; i++)
        if (keys[i] >= fields)
            return gyre__error(GYRE_ERR_RANGE, "key column %zu of a schema of %zu", keys[i],
                               fields);
    for (size_t i = 0; i < aggregate_count; i++)
        if (aggregates[i].column >= fields && aggregates[i].column != GYRE_GROUP_ROWS)
            return gyre__error(GYRE_ERR_RANGE, "aggregate of column %zu of a schema of %zu",
                               aggregates[i].column, fields);
    return GYRE_OK;
}

static gyre_status_t create_parts(gyre_group_t *group, const size_t *keys, size_t key_count,
                                  const gyre_aggregate_t *aggregates)
{
    size_t count = group->aggregate_count;
    group->keys.count = key_count;
    group->key_columns = calloc(key_count + 1, sizeof(*group->key_columns));
    group->batch_keys = calloc(key_count + 1, sizeof(*group->batch_keys));
    group->aggregates = calloc(count + 1, sizeof(*group->aggregates));
    group->parts = calloc(2 * count + 1, sizeof(*group->parts));
    if (!group->key_columns || !group->batch_keys || !group->aggregates || !group->parts)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a table of groups");
    if (key_count > 0)
        memcpy(group->key_columns, keys, key_count * sizeof(*keys));
    for (size_t i = 0; i < count; i++) {
        size_t column = aggregates[i].column, made;
        group->aggregates[i] = aggregates[i];
        gyre_status_t status = gyre__parts_of(
            &aggregates[i], column == GYRE_GROUP_ROWS ? NULL : &group->schema->fields[column],
            &group->parts[group->part_count], &made);
        if (status != GYRE_OK)
            return status;
        group->part_count += made;
    }
    return GYRE_OK;
}

static gyre_status_t create(gyre_group_t *group, const size_t *keys, size_t key_count,
                            const gyre_aggregate_t *aggregates)
{
    const gyre_schema_t *schema;
    gyre_status_t status = create_parts(group, keys, key_count, aggregates);
    for (gyre_group_form_t form = 0; status == GYRE_OK && form <= GYRE_GROUP_PARTIAL; form++)
        status = gyre__group_form(group, form, &group->forms[form]);
    if (status != GYRE_OK)
        return status;
    status = gyre_schema_create(group->forms[GYRE_GROUP_FINAL]->fields, key_count, &schema);
    if (status != GYRE_OK)
        return status;
    status = gyre__keys_init(&group->keys, schema);
    gyre_schema_release(schema);
    return status;
}

gyre_status_t gyre_group_create(const gyre_schema_t *schema, const size_t *keys, size_t key_count,
                                const gyre_aggregate_t *aggregates, size_t aggregate_count,
                                gyre_group_t **group)
{
    if (!schema || (!keys && key_count > 0) || (!aggregates && aggregate_count > 0) || !group)
        return gyre__error(GYRE_ERR_ARG, "no %s",
                           !schema                  ? "schema"
                           : !keys && key_count > 0 ? "keys"
                           : group                  ? "aggregates"
                                                    : "place for the group");
    if (key_count + aggregate_count == 0)
        return gyre__error(GYRE_ERR_ARG, "neither keys nor aggregates");
    gyre_status_t status = check_columns(schema, keys, key_count, aggregates, aggregate_count);
    if (status != GYRE_OK)
        return status;
    gyre_group_t *made = calloc(1, sizeof(*made));
    if (!made)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a table of groups");
    made->schema = gyre_schema_retain(schema);
    made->aggregate_count = aggregate_count;
    status = create(made, keys, key_count, aggregates);
    if (status == GYRE_OK)
        *group = made;
    else
        gyre_group_destroy(made);
    return status;
}

void gyre_group_destroy(gyre_group_t *group)
{
    if (!group)
        return;
    for (size_t i = 0; i < group->part_count; i++) {
        free(group->parts[i].states);
        free(group->parts[i].seen);
    }
    gyre__index_cleanup(&group->index);
    gyre__keys_cleanup(&group->keys);
    for (gyre_group_form_t form = 0; form <= GYRE_GROUP_PARTIAL; form++)
        gyre_schema_release(group->forms[form]);
    gyre_schema_release(group->schema);
    free(group->parts);
    free(group->aggregates);
    free(group->batch_keys);
    free(group->key_columns);
    free(group);
}
