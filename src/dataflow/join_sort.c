/* SPDX-License-Identifier: Apache-2.0 */
/* A join by sort: both sides in order of their keys, side by side. Rows of one key on the right are
 * gone through again for every batch of such rows on the left; where they go beyond a batch they
 * are put into a run for that, in memory or, if they are many, in the spill. */
#include "base/error.h"
#include "batch/compare.h"
#include "dataflow/join.h"
#include "dataflow/sorter.h"

#include <stdlib.h>

enum { LEFT, RIGHT };

/* Where a side is. */
typedef struct cursor {
    gyre__sorter_t *sorter;
    gyre_sort_key_t *order;
    const gyre_batch_t *batch; /* NULL before the beginning and at the end */
    const gyre_batch_t *keys;  /* its columns, in the order of the keys */
    size_t row;
    size_t met; /* rows before it have a partner */
    bool ended;
} cursor_t;

/* Rows of the right with one key. */
typedef struct group {
    const gyre_batch_t *keys; /* of the first */
    size_t key_row;
    gyre__run_t *run;
    gyre__hold_t hold;
    gyre__reader_t reader;
    const gyre_batch_t *batch; /* of the run */
} group_t;

/* All pairs of rows of both sides, which are on their way. */
typedef struct product {
    size_t first[GYRE__SIDES], end[GYRE__SIDES], at[GYRE__SIDES];
} product_t;

typedef enum step { STEP_SEEK, STEP_COLLECT, STEP_GROUP } step_t;

typedef struct sort_join {
    gyre__join_t join;
    step_t step;
    cursor_t cursors[GYRE__SIDES];
    gyre_sort_key_t *key_order; /* of their keys */
    group_t group;
    product_t product;
} sort_join_t;

/* --- What comes in --- */

static gyre_status_t add(sort_join_t *sort, int side, const gyre_batch_t *batch)
{
    gyre__sorter_t *own = sort->cursors[side].sorter, *other = sort->cursors[!side].sorter;
    gyre_status_t status = GYRE_OK;
    /* Else runs of the side that comes last would be tiny. */
    if (!gyre__sorter_room(own, batch) && gyre__sorter_bytes(own) < gyre__sorter_bytes(other))
        status = gyre__sorter_spill(other);
    return status == GYRE_OK ? gyre__sorter_add(own, batch) : status;
}

static gyre_status_t take(gyre__keep_t *keep, int side, int source, const gyre_batch_t *batch)
{
    sort_join_t *sort = (sort_join_t *)keep;
    const gyre_batch_t *rest;
    (void)source;
    gyre_status_t status = gyre__join_part(&sort->join, side, batch, &rest);
    if (status != GYRE_OK)
        return status;
    status = rest->length > 0 ? add(sort, side, rest) : GYRE_OK;
    gyre_batch_release(rest);
    return status;
}

static gyre_status_t lull(gyre__keep_t *keep)
{
    sort_join_t *sort = (sort_join_t *)keep;
    gyre_status_t status = gyre__sorter_lull(sort->cursors[LEFT].sorter);
    return status == GYRE_OK ? gyre__sorter_lull(sort->cursors[RIGHT].sorter) : status;
}

/* --- Cursors --- */

static void drop_batch(cursor_t *cursor)
{
    gyre_batch_release(cursor->batch);
    gyre_batch_release(cursor->keys);
    cursor->batch = cursor->keys = NULL;
    cursor->row = cursor->met = 0;
}

static bool is_used_up(const cursor_t *cursor)
{
    return !cursor->batch || cursor->row == cursor->batch->length;
}

/* To the next batch, if the one there is used up. Pairs of its rows must have been given. */
static gyre_status_t move_on(sort_join_t *sort, int side)
{
    cursor_t *cursor = &sort->cursors[side];
    const gyre_operator_t *op = sort->join.keep.op;
    if (cursor->ended || !is_used_up(cursor))
        return GYRE_OK;
    drop_batch(cursor);
    gyre_status_t status = gyre__sorter_next(cursor->sorter, &cursor->batch);
    cursor->ended = status == GYRE_OK && !cursor->batch;
    return cursor->batch ? gyre_batch_select(cursor->batch, op->sides[side].keys,
                                             op->opts.key_count, &cursor->keys)
                         : status;
}

/* How the row at a cursor compares with another key. */
static int compare(const sort_join_t *sort, int side, const gyre_batch_t *keys, size_t row)
{
    const cursor_t *cursor = &sort->cursors[side];
    return gyre_batch_compare(cursor->keys, cursor->row, keys, row, sort->key_order,
                              sort->join.keep.op->opts.key_count);
}

/* Behind the rows at a cursor that have that key. */
static size_t end_of(const sort_join_t *sort, int side, const gyre_batch_t *keys, size_t row)
{
    const cursor_t *cursor = &sort->cursors[side];
    return gyre__equal_end(cursor->keys, cursor->row, keys, row, sort->key_order,
                           sort->join.keep.op->opts.key_count);
}

/* --- Pairs --- */

static bool has_product(const sort_join_t *sort)
{
    return sort->product.at[LEFT] < sort->product.end[LEFT];
}

static void set_product(sort_join_t *sort, size_t left_end, size_t right_first, size_t right_end)
{
    size_t left_first = sort->cursors[LEFT].row;
    sort->product = (product_t){.first = {left_first, right_first},
                                .end = {left_end, right_end},
                                .at = {left_first, right_first}};
}

/* As many pairs as there is room for. */
static void multiply(sort_join_t *sort)
{
    product_t *product = &sort->product;
    size_t *at = product->at;
    while (has_product(sort) && !gyre__join_full(&sort->join)) {
        gyre__join_pair(&sort->join, LEFT, (uint32_t)at[LEFT], (uint32_t)at[RIGHT]);
        if (++at[RIGHT] < product->end[RIGHT])
            continue;
        at[RIGHT] = product->first[RIGHT];
        at[LEFT]++;
    }
}

/* The row at the cursor has no partner but those it has met. */
static void pass(sort_join_t *sort, int side)
{
    cursor_t *cursor = &sort->cursors[side];
    if (cursor->row < cursor->met)
        cursor->row = cursor->met;
    else if (sort->join.keeps[side])
        gyre__join_pair(&sort->join, side, (uint32_t)cursor->row++, GYRE_NO_ROW);
    else
        cursor->row++;
}

/* Whatever the batch on the left ends with may go on in the next, so the right stays for it. */
static void end_product(sort_join_t *sort)
{
    cursor_t *left = &sort->cursors[LEFT], *right = &sort->cursors[RIGHT];
    left->row = sort->product.end[LEFT];
    right->met = sort->product.end[RIGHT];
    if (!is_used_up(left))
        right->row = right->met;
}

static gyre_status_t begin_group(sort_join_t *sort)
{
    const cursor_t *right = &sort->cursors[RIGHT];
    sort->group.keys = gyre_batch_retain(right->keys);
    sort->group.key_row = right->row;
    sort->step = STEP_COLLECT;
    return gyre__run_create(NULL, 0, right->batch->schema, &sort->group.run);
}

/* The cursors are at rows of the same key. */
static gyre_status_t meet(sort_join_t *sort)
{
    const cursor_t *left = &sort->cursors[LEFT], *right = &sort->cursors[RIGHT];
    size_t right_end = end_of(sort, RIGHT, left->keys, left->row);
    if (right_end == right->batch->length)
        return begin_group(sort);
    set_product(sort, end_of(sort, LEFT, right->keys, right->row), right->row, right_end);
    multiply(sort);
    if (!has_product(sort))
        end_product(sort);
    return GYRE_OK;
}

/* Pairs of the batches that are there. */
static gyre_status_t pair_batches(sort_join_t *sort)
{
    const cursor_t *left = &sort->cursors[LEFT], *right = &sort->cursors[RIGHT];
    gyre_status_t status = GYRE_OK;
    while (status == GYRE_OK && sort->step == STEP_SEEK && !gyre__join_full(&sort->join)) {
        if ((is_used_up(left) && !left->ended) || (is_used_up(right) && !right->ended) ||
            (left->ended && right->ended))
            break;
        int order = left->ended    ? 1
                    : right->ended ? -1
                                   : compare(sort, LEFT, right->keys, right->row);
        if (order == 0)
            status = meet(sort);
        else
            pass(sort, order < 0 ? LEFT : RIGHT);
    }
    return status;
}

static gyre_status_t seek(sort_join_t *sort)
{
    gyre_status_t status = move_on(sort, LEFT);
    if (status == GYRE_OK)
        status = move_on(sort, RIGHT);
    if (status != GYRE_OK)
        return status;
    gyre__join_begin(&sort->join, LEFT, sort->cursors[LEFT].batch, sort->cursors[RIGHT].batch);
    if (has_product(sort)) {
        multiply(sort);
        if (has_product(sort))
            return GYRE_OK;
        end_product(sort);
    }
    return pair_batches(sort);
}

/* --- Groups that go beyond a batch --- */

static gyre_status_t spill_group(sort_join_t *sort)
{
    gyre_status_t status = gyre__keep_spill_run(&sort->join.keep, &sort->group.run);
    gyre__hold(&sort->group.hold, 0);
    return status;
}

static gyre_status_t add_to_group(sort_join_t *sort, size_t first, size_t count)
{
    group_t *group = &sort->group;
    const gyre_batch_t *slice;
    gyre_status_t status = gyre_batch_slice(sort->cursors[RIGHT].batch, first, count, &slice);
    if (status != GYRE_OK)
        return status;
    if (!group->run->spill &&
        !gyre__hold(&group->hold, group->hold.bytes + gyre_batch_bytes(slice)))
        status = spill_group(sort);
    if (status == GYRE_OK)
        status = gyre__run_append(group->run, slice);
    gyre_batch_release(slice);
    return status;
}

static gyre_status_t collect(sort_join_t *sort)
{
    cursor_t *right = &sort->cursors[RIGHT];
    group_t *group = &sort->group;
    gyre_status_t status = move_on(sort, RIGHT);
    if (status != GYRE_OK)
        return status;
    size_t first = right->row;
    if (!right->ended)
        right->row = end_of(sort, RIGHT, group->keys, group->key_row);
    if (right->row > first)
        status = add_to_group(sort, first, right->row - first);
    if (right->ended || !is_used_up(right)) {
        group->reader = (gyre__reader_t){group->run, 0};
        sort->step = STEP_GROUP;
    }
    return status;
}

static void drop_group(group_t *group)
{
    gyre_batch_release(group->keys);
    gyre_batch_release(group->batch);
    gyre__run_destroy(group->run);
    gyre__hold(&group->hold, 0);
    *group = (group_t){0};
}

/* All of the group has been through the rows of the batch on the left. */
static gyre_status_t end_pass(sort_join_t *sort)
{
    cursor_t *left = &sort->cursors[LEFT];
    group_t *group = &sort->group;
    left->row = sort->product.end[LEFT];
    group->reader.next = 0;
    gyre_status_t status = move_on(sort, LEFT);
    if (status != GYRE_OK ||
        (!left->ended && compare(sort, LEFT, group->keys, group->key_row) == 0))
        return status;
    drop_group(group);
    sort->step = STEP_SEEK;
    return GYRE_OK;
}

static gyre_status_t go_through(sort_join_t *sort)
{
    group_t *group = &sort->group;
    if (!has_product(sort)) {
        gyre_batch_release(group->batch);
        group->batch = NULL;
        gyre_status_t status = gyre__run_read(&group->reader, &group->batch);
        if (status != GYRE_OK)
            return status;
        if (!group->batch)
            return end_pass(sort);
        set_product(sort, end_of(sort, LEFT, group->keys, group->key_row), 0, group->batch->length);
    }
    gyre__join_begin(&sort->join, LEFT, sort->cursors[LEFT].batch, group->batch);
    multiply(sort);
    return GYRE_OK;
}

static gyre_status_t find(gyre__join_t *join)
{
    sort_join_t *sort = (sort_join_t *)join;
    gyre_status_t status = GYRE_OK;
    switch (sort->step) {
    case STEP_SEEK:
        status = seek(sort);
        if (sort->cursors[LEFT].ended && sort->cursors[RIGHT].ended)
            return status;
        break;
    case STEP_COLLECT:
        status = collect(sort);
        break;
    case STEP_GROUP:
        status = go_through(sort);
        break;
    }
    return status == GYRE_OK ? GYRE_IN_PROGRESS : status;
}

/* --- Life --- */

static void empty(sort_join_t *sort)
{
    drop_group(&sort->group);
    for (int side = 0; side < GYRE__SIDES; side++) {
        drop_batch(&sort->cursors[side]);
        sort->cursors[side].ended = false;
    }
    sort->product = (product_t){0};
    sort->step = STEP_SEEK;
}

static gyre_status_t clear(gyre__keep_t *keep)
{
    sort_join_t *sort = (sort_join_t *)keep;
    empty(sort);
    gyre__sorter_clear(sort->cursors[LEFT].sorter);
    gyre__sorter_clear(sort->cursors[RIGHT].sorter);
    return gyre__join_clear(&sort->join);
}

static void destroy(gyre__keep_t *keep)
{
    sort_join_t *sort = (sort_join_t *)keep;
    empty(sort);
    for (int side = 0; side < GYRE__SIDES; side++) {
        gyre__sorter_destroy(sort->cursors[side].sorter);
        free(sort->cursors[side].order);
    }
    gyre__join_cleanup(&sort->join);
    free(sort->key_order);
    free(sort);
}

/* Ascending, by these columns; NULL: by the first ones. */
static gyre_status_t make_order(const size_t *columns, size_t count, gyre_sort_key_t **order)
{
    *order = calloc(count, sizeof(**order));
    if (!*order)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu keys", count);
    for (size_t i = 0; i < count; i++)
        (*order)[i].column = columns ? columns[i] : i;
    return GYRE_OK;
}

static gyre_status_t open_side(sort_join_t *sort, int side)
{
    gyre__keep_t *keep = &sort->join.keep;
    const gyre__side_t *from = &keep->op->sides[side];
    cursor_t *cursor = &sort->cursors[side];
    size_t count = keep->op->opts.key_count;
    gyre_status_t status = make_order(from->keys, count, &cursor->order);
    return status == GYRE_OK
               ? gyre__sorter_create(keep, from->carried, cursor->order, count, &cursor->sorter)
               : status;
}

gyre_status_t gyre__join_sort_create(gyre_operator_t *op, gyre__keep_t **keep)
{
    static const gyre__keep_kind_t kind = {take, gyre__join_next, clear, destroy, lull};
    sort_join_t *sort = calloc(1, sizeof(*sort));
    if (!sort)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a join");
    sort->join.find = find;
    gyre_status_t status = gyre__join_init(&sort->join, &kind, op);
    if (status == GYRE_OK)
        status = make_order(NULL, op->opts.key_count, &sort->key_order);
    for (int side = 0; status == GYRE_OK && side < GYRE__SIDES; side++)
        status = open_side(sort, side);
    if (status == GYRE_OK)
        *keep = &sort->join.keep;
    else
        destroy(&sort->join.keep);
    return status;
}
