/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting by the words of the keys (word.h), most significant digit first. Rows whose words are
 * equal are a group, which is sorted by the next word, of the same key or the next one. Lists and
 * structs have no words and are sorted by comparison. All steps are stable, so rows of a group are
 * always in their order of old. */
#include "base/error.h"
#include "batch/compare.h"
#include "batch/radix.h"
#include "batch/word.h"

#include <stdlib.h>
#include <sys/mman.h>

typedef struct sorter {
    const gyre_batch_t *batch;
    const gyre_sort_key_t *keys;
    size_t key_count;
    gyre__entry_t *entries, *spare; /* one per row each */
} sorter_t;

/* Entries that are equal in the keys before key and in the words before depth. */
typedef struct group {
    gyre__entry_t *entries;
    size_t count;
    size_t key, depth;
} group_t;

static inline __attribute__((always_inline)) void
load_kind(const gyre_column_t *column, gyre_kind_t kind, uint64_t flip, const group_t *group)
{
    gyre__entry_t *entries = group->entries;
    for (size_t i = 0; i < group->count; i++)
        entries[i].word = gyre__word(column, kind, entries[i].row, group->depth) ^ flip;
}

static void load_words(const gyre_column_t *column, uint64_t flip, const group_t *group)
{
    switch (column->field->kind) {
#define LOAD(kind, width, name)                                                                    \
    case kind:                                                                                     \
        load_kind(column, kind, flip, group);                                                      \
        break;
        GYRE_KIND_MAP(LOAD)
#undef LOAD
    default:
        break;
    }
}

static int compare_entries(const void *left, const void *right, void *arg)
{
    const sorter_t *sorter = arg;
    uint32_t l = ((const gyre__entry_t *)left)->row, r = ((const gyre__entry_t *)right)->row;
    int order =
        gyre_batch_compare(sorter->batch, l, sorter->batch, r, sorter->keys, sorter->key_count);
    return order ? order : (l > r) - (l < r);
}

/* Moves nulls to one end; how many there are. */
static size_t split_nulls(const sorter_t *sorter, const gyre_column_t *column, bool last,
                          const group_t *group)
{
    gyre__entry_t *entries = group->entries;
    size_t kept = 0, moved = 0;
    for (size_t i = 0; i < group->count; i++) {
        if (gyre_column_is_null(column, entries[i].row) == last)
            sorter->spare[moved++] = entries[i];
        else
            entries[kept++] = entries[i];
    }
    memcpy(entries + kept, sorter->spare, moved * sizeof(*entries));
    return last ? moved : kept;
}

static void sort_group(const sorter_t *sorter, group_t group);

/* Sorts nulls of the group by the other keys; what is left are values. */
static void sort_nulls(const sorter_t *sorter, const gyre_column_t *column, group_t *group)
{
    bool last = sorter->keys[group->key].nulls_last;
    size_t nulls = split_nulls(sorter, column, last, group);
    group->count -= nulls;
    sort_group(sorter,
               (group_t){group->entries + (last ? group->count : 0), nulls, group->key + 1, 0});
    group->entries += last ? 0 : nulls;
}

/* Sorts all groups of equal words but the longest, which is left to the caller: so calls nest no
 * deeper than log2 of the rows. */
static group_t sort_ties(const sorter_t *sorter, const gyre_field_t *field, uint64_t flip,
                         const group_t *group)
{
    group_t longest = {.count = 0};
    for (size_t first = 0, end; first < group->count; first = end) {
        uint64_t word = group->entries[first].word;
        for (end = first + 1; end < group->count && group->entries[end].word == word;)
            end++;
        if (end - first == 1)
            continue;
        bool on = gyre__word_goes_on(field, word ^ flip, group->depth);
        group_t tie = {group->entries + first, end - first, group->key + !on,
                       on ? group->depth + 1 : 0};
        if (tie.count > longest.count) {
            group_t shorter = longest;
            longest = tie;
            tie = shorter;
        }
        sort_group(sorter, tie);
    }
    return longest;
}

static void sort_group(const sorter_t *sorter, group_t group)
{
    while (group.count > 1 && group.key < sorter->key_count) {
        const gyre_sort_key_t *key = &sorter->keys[group.key];
        const gyre_column_t *column = sorter->batch->columns[key->column];
        uint64_t flip = key->descending ? UINT64_MAX : 0;
        if (!gyre__has_words(column->field->kind)) {
            qsort_r(group.entries, group.count, sizeof(*group.entries), compare_entries,
                    (void *)sorter);
            return;
        }
        if (group.depth == 0 && column->null_count > 0)
            sort_nulls(sorter, column, &group);
        load_words(column, flip, &group);
        gyre__radix_sort(group.entries, sorter->spare, group.count);
        group = sort_ties(sorter, column->field, flip, &group);
    }
}

/* In huge pages where there are any: entries go to many places at once. */
static gyre__entry_t *entries_create(size_t count)
{
    enum { HUGE_PAGE = 2 << 20 };
    size_t size = count * sizeof(gyre__entry_t);
    if (size < HUGE_PAGE)
        return malloc(size + 1);
    size = (size + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    gyre__entry_t *entries = aligned_alloc(HUGE_PAGE, size);
    if (entries)
        madvise(entries, size, MADV_HUGEPAGE);
    return entries;
}

gyre_status_t gyre_batch_sort_indices(const gyre_batch_t *batch, const gyre_sort_key_t *keys,
                                      size_t count, uint32_t *order)
{
    if (!batch || !order)
        return gyre__error(GYRE_ERR_ARG, "no %s", batch ? "place for the order" : "batch");
    gyre_status_t status = gyre__sort_keys_check(batch->schema, keys, count);
    if (status != GYRE_OK)
        return status;
    if (batch->length > UINT32_MAX)
        return gyre__error(GYRE_ERR_RANGE, "%zu rows to sort, at most 2^32 - 1 go at once",
                           batch->length);
    sorter_t sorter = {batch, keys, count, entries_create(2 * batch->length), NULL};
    if (!sorter.entries)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to sort %zu rows", batch->length);
    sorter.spare = sorter.entries + batch->length;
    for (size_t i = 0; i < batch->length; i++)
        sorter.entries[i].row = (uint32_t)i;
    sort_group(&sorter, (group_t){sorter.entries, batch->length, 0, 0});
    for (size_t i = 0; i < batch->length; i++)
        order[i] = sorter.entries[i].row;
    free(sorter.entries);
    return GYRE_OK;
}

gyre_status_t gyre_batch_sort(const gyre_batch_t *batch, const gyre_sort_key_t *keys, size_t count,
                              const gyre_allocator_t *allocator, const gyre_batch_t **sorted)
{
    if (!batch || !sorted)
        return gyre__error(GYRE_ERR_ARG, "no %s", batch ? "place for the sorted batch" : "batch");
    uint32_t *order = malloc(batch->length * sizeof(*order) + 1);
    if (!order)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to sort %zu rows", batch->length);
    gyre_status_t status = gyre_batch_sort_indices(batch, keys, count, order);
    if (status == GYRE_OK)
        status = gyre_batch_take(batch, order, batch->length, allocator, sorted);
    free(order);
    return status;
}
