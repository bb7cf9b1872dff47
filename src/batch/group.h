/* SPDX-License-Identifier: Apache-2.0 */
/* What a table of groups is made of: keys in builders, an index from hashes to groups, and states,
 * an array for each part of an aggregate. A group is known by its number. Rows go in by blocks:
 * first everything that may fail, then what cannot. */
#ifndef GYRE_BATCH_GROUP_H
#define GYRE_BATCH_GROUP_H

#include "batch/column.h"
#include "batch/hash.h"

#include <gyre/group.h>

enum { GYRE__GROUP_BLOCK = GYRE__HASH_BLOCK };

/* Zeros, in huge pages where the system has them, for what is accessed anywhere. NULL: no memory.
 */
void *gyre__group_alloc(size_t bytes);

/* --- The index: open addressing, line by line --- */

typedef struct gyre__slot {
    uint64_t hash;
    uint32_t number; /* of the group, and 1; 0: no group */
} gyre__slot_t;

typedef struct gyre__index {
    gyre__slot_t *slots;
    size_t size;    /* a power of two, or 0 */
    unsigned shift; /* from a product to a slot */
} gyre__index_t;

/* Slots that it has with so many groups. */
size_t gyre__index_size(const gyre__index_t *index, size_t count);
/* Room for so many groups, of which there are count. */
gyre_status_t gyre__index_room(gyre__index_t *index, size_t count);
void gyre__index_clear(gyre__index_t *index);
/* One that is there; others are not found until all have been forgotten. */
void gyre__index_forget(gyre__index_t *index, uint64_t hash, uint32_t number);
void gyre__index_cleanup(gyre__index_t *index);

/* Where to look for a hash first. The hash is good, but all that meet here may agree in any of its
 * bits, by which they were partitioned. */
static inline size_t gyre__index_slot(const gyre__index_t *index, uint64_t hash)
{
    return (hash * UINT64_C(0x9e3779b97f4a7c15)) >> index->shift;
}

/* Where to look after at: around the line in which the first slot lies, then in the next one. */
static inline size_t gyre__index_next(const gyre__index_t *index, size_t first, size_t at)
{
    const size_t line = GYRE_BUFFER_ALIGN / sizeof(gyre__slot_t);
    size_t next = (at & ~(line - 1)) | ((at + 1) & (line - 1));
    return (next - first) % line != 0 ? next : (next + line) & (index->size - 1);
}

/* --- Keys --- */

typedef struct gyre__keys {
    size_t count;
    gyre_builder_t *builder;       /* of batches of keys */
    const gyre_column_t **columns; /* views of what the builder holds */
    bool word, nulls;              /* one column of at most 8 bytes; a null has come */
} gyre__keys_t;

gyre_status_t gyre__keys_init(gyre__keys_t *keys, const gyre_schema_t *schema);
void gyre__keys_cleanup(gyre__keys_t *keys);
void gyre__keys_clear(gyre__keys_t *keys);
size_t gyre__keys_bytes(const gyre__keys_t *keys);
/* Bytes that adding keys of rows of columns takes, while it does. */
size_t gyre__keys_growth(gyre__keys_t *keys, const gyre_column_t *const *columns, size_t first,
                         size_t count);

/* Adds the keys of rows of columns, rows counted from first. After an error there are none. */
gyre_status_t gyre__keys_add(gyre__keys_t *keys, const gyre_column_t *const *columns, size_t first,
                             const uint32_t *rows, size_t count);
/* Whether hashes that are equal say that keys are. */
bool gyre__keys_exact(const gyre__keys_t *keys, const gyre_column_t *const *columns);
/* Hashes of the keys of rows. Gives how many rows may have other keys than those of equal hash, and
 * their numbers, counted from first. */
size_t gyre__keys_hash(const gyre__keys_t *keys, const gyre_column_t *const *columns, size_t first,
                       size_t count, uint64_t *hashes, uint32_t *doubtful);
/* Brings the keys of rows' groups into the cache. */
void gyre__keys_fetch(const gyre__keys_t *keys, const uint32_t *groups, const uint32_t *rows,
                      size_t count);
bool gyre__keys_equal(const gyre_column_t *const *left, size_t l, const gyre_column_t *const *right,
                      size_t r, size_t count);

/* --- States --- */

/* How states and the values that are folded into them lie. */
typedef enum gyre__state {
    GYRE__STATE_INT64,
    GYRE__STATE_UINT64,
    GYRE__STATE_FLOAT64,
    GYRE__STATE_DECIMAL,
    GYRE__STATE_VALUE /* as in the column */
} gyre__state_t;

/* An aggregate is one part, a mean is two: sum and count. */
typedef struct gyre__part {
    gyre_fold_t fold;
    gyre__state_t state;
    size_t width;
    size_t column; /* of the batches that are inserted */
    gyre_fold_fn function;
    void *arg;
    char *states;
    uint8_t *seen; /* 0 for groups without a value; NULL as long as nulls have not been met */
} gyre__part_t;

/* The parts of an aggregate of a column, NULL for rows. */
gyre_status_t gyre__parts_of(const gyre_aggregate_t *aggregate, const gyre_field_t *field,
                             gyre__part_t *parts, size_t *count);
gyre_status_t gyre__part_room(gyre__part_t *part, size_t count, size_t room);
gyre_status_t gyre__part_room_nulls(gyre__part_t *part, size_t count, size_t room);
/* Brings states into the cache. */
void gyre__part_fetch(const gyre__part_t *part, const uint32_t *groups, size_t count);
void gyre__part_start(gyre__part_t *part, size_t first, size_t count);
/* Folds count values of a column from row first into the groups whose numbers are given; with
 * merge they are states. column NULL: rows. */
void gyre__part_fold(gyre__part_t *part, bool merge, const gyre_column_t *column, size_t first,
                     const uint32_t *groups, size_t count);

/* A column's values in the form of the states, which is another than theirs. */
void gyre__part_widen(const gyre__part_t *part, const gyre_column_t *column, void *states);

/* --- The table --- */

struct gyre_group {
    const gyre_schema_t *schema; /* of what is inserted */
    const gyre_schema_t *forms[GYRE_GROUP_PARTIAL + 1];
    size_t *key_columns;
    const gyre_column_t **batch_keys; /* of the batch that is going in */
    size_t aggregate_count, part_count;
    gyre_aggregate_t *aggregates;
    gyre__part_t *parts;
    size_t count, room; /* groups; that states have room for */
    gyre__index_t index;
    gyre__keys_t keys;
};

/* Rows that go in together, of those that are to be inserted, or merged, as partial results. */
typedef struct gyre__intake {
    const gyre_batch_t *batch;
    size_t first, count;
    bool merge;
} gyre__intake_t;

/* Bytes that the table takes at most while rows go in. */
size_t gyre__group_bytes_with(gyre_group_t *group, const gyre__intake_t *intake);
/* Each row of a batch as a group, a partial result. */
gyre_status_t gyre__group_single(const gyre_group_t *group, const gyre_batch_t *batch,
                                 const gyre_batch_t **partial);

/* What results look like. */
gyre_status_t gyre__group_form(const gyre_group_t *group, gyre_group_form_t form,
                               const gyre_schema_t **schema);

#endif
