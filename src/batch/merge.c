/* SPDX-License-Identifier: Apache-2.0 */
/* Merging by a tournament tree: a node keeps the loser of its match, so the next row of the run
 * that won last plays only against the losers on its way to the root. Matches are decided by the
 * first words of the rows (word.h), by the rows themselves where these are equal. The rows of a
 * batch to be made are noted by the piece of a run that they come from; the pieces are concatenated
 * and taken in the order of the notes. */
#include "batch/merge.h"

#include "base/error.h"
#include "batch/compare.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_MIN = 16 };
#define NONE SIZE_MAX

/* Where a run is. */
typedef struct head {
    uint64_t word;             /* of the first key; of a null the one at its end */
    const gyre_batch_t *batch; /* NULL: at its end */
    size_t row;
    size_t piece; /* that the next row belongs to, NONE: one to come */
    gyre__reader_t reader;
} head_t;

/* Rows of a run in the batch to be made. */
typedef struct piece {
    const gyre_batch_t *batch;
    size_t first, count;
} piece_t;

struct gyre__merge {
    const gyre_schema_t *schema;
    gyre__merge_opts_t opts;
    gyre_sort_key_t *keys;
    gyre__run_t **runs;
    size_t run_count, run_room;
    size_t spilled; /* runs that this merge made */

    head_t *heads;   /* NULL before the first next; as many as runs */
    size_t *tree;    /* the winner, then the losers of nodes 1 to run_count - 1 */
    uint32_t *notes; /* of each row to be taken its piece, then its place */
    size_t noted;
    piece_t *pieces; /* room for one per row */
    size_t piece_count;
};

gyre_status_t gyre__merge_create(const gyre_schema_t *schema, const gyre__merge_opts_t *opts,
                                 gyre__merge_t **out)
{
    gyre_status_t status = gyre__sort_keys_check(schema, opts->keys, opts->key_count);
    if (status != GYRE_OK)
        return status;
    if (opts->fan_in < 2 || opts->rows == 0 || opts->rows > UINT32_MAX)
        return gyre__error(GYRE_ERR_RANGE,
                           "a merge of %zu runs to batches of %zu rows: expected 2 "
                           "or more, and 1 to 2^32 - 1",
                           opts->fan_in, opts->rows);
    gyre__merge_t *merge = calloc(1, sizeof(*merge));
    if (!merge)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a merge");
    merge->schema = gyre_schema_retain(schema);
    merge->opts = *opts;
    merge->keys = malloc(opts->key_count * sizeof(*merge->keys));
    if (merge->keys)
        memcpy(merge->keys, opts->keys, opts->key_count * sizeof(*merge->keys));
    merge->opts.keys = merge->keys;
    merge->notes = malloc(opts->rows * sizeof(*merge->notes));
    merge->pieces = malloc(opts->rows * sizeof(*merge->pieces));
    if (merge->keys && merge->notes && merge->pieces) {
        *out = merge;
        return GYRE_OK;
    }
    gyre__merge_destroy(merge);
    return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to merge to batches of %zu rows", opts->rows);
}

static void drop_pieces(gyre__merge_t *merge)
{
    for (size_t i = 0; i < merge->piece_count; i++)
        gyre_batch_release(merge->pieces[i].batch);
    merge->piece_count = merge->noted = 0;
}

void gyre__merge_destroy(gyre__merge_t *merge)
{
    if (!merge)
        return;
    drop_pieces(merge);
    for (size_t i = 0; i < merge->run_count; i++) {
        if (merge->heads)
            gyre_batch_release(merge->heads[i].batch);
        gyre__run_destroy(merge->runs[i]);
    }
    free(merge->runs);
    free(merge->keys);
    free(merge->heads);
    free(merge->tree);
    free(merge->notes);
    free(merge->pieces);
    gyre_schema_release(merge->schema);
    free(merge);
}

gyre_status_t gyre__merge_add(gyre__merge_t *merge, gyre__run_t *run)
{
    if (merge->run_count == merge->run_room) {
        size_t room = merge->run_room ? merge->run_room * 2 : ROOM_MIN;
        gyre__run_t **runs = realloc(merge->runs, room * sizeof(*runs));
        if (!runs)
            return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to merge %zu runs", room);
        merge->runs = runs;
        merge->run_room = room;
    }
    merge->runs[merge->run_count++] = run;
    return GYRE_OK;
}

static bool is_narrow(const gyre__merge_t *merge)
{
    return !merge->opts.spill || merge->run_count <= merge->opts.fan_in;
}

size_t gyre__merge_memory(const gyre__merge_t *merge)
{
    size_t sum = 0, most = merge->opts.spill ? merge->opts.spill->opts.frame : 0;
    for (size_t i = 0; i < merge->run_count; i++) {
        sum += merge->runs[i]->memory;
        most = merge->runs[i]->memory > most ? merge->runs[i]->memory : most;
    }
    return is_narrow(merge) ? sum : merge->opts.fan_in * most;
}

/* To the first row of the run's next batch that has any. */
static gyre_status_t next_batch(gyre__merge_t *merge, head_t *head)
{
    gyre_status_t status = GYRE_OK;
    do {
        gyre_batch_release(head->batch);
        head->batch = NULL;
        status = gyre__run_read(&head->reader, &head->batch);
    } while (status == GYRE_OK && head->batch && head->batch->length == 0);
    head->row = 0;
    head->piece = NONE;
    if (status == GYRE_OK && head->batch)
        head->word = gyre__first_word(head->batch, head->row, &merge->keys[0]);
    return status;
}

static bool wins(const gyre__merge_t *merge, size_t left, size_t right)
{
    const head_t *l = &merge->heads[left], *r = &merge->heads[right];
    if (!l->batch || !r->batch)
        return l->batch;
    if (l->word != r->word)
        return l->word < r->word;
    int order =
        gyre_batch_compare(l->batch, l->row, r->batch, r->row, merge->keys, merge->opts.key_count);
    return order ? order < 0 : left < right;
}

/* From the run's leaf to the root, or to a node where no other has come yet. */
static void play(gyre__merge_t *merge, size_t run)
{
    size_t node = (run + merge->run_count) / 2;
    for (; node > 0; node /= 2) {
        size_t other = merge->tree[node];
        if (other != NONE && wins(merge, run, other))
            continue;
        merge->tree[node] = run;
        if (other == NONE)
            return;
        run = other;
    }
    merge->tree[0] = run;
}

static gyre_status_t start(gyre__merge_t *merge)
{
    size_t count = merge->run_count;
    gyre_status_t status = GYRE_OK;
    merge->heads = calloc(count + 1, sizeof(*merge->heads));
    merge->tree = malloc((count + 1) * sizeof(*merge->tree));
    if (!merge->heads || !merge->tree)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to merge %zu runs", count);
    for (size_t i = 0; i < count; i++)
        merge->tree[i] = NONE;
    for (size_t i = 0; status == GYRE_OK && i < count; i++) {
        merge->heads[i].reader.run = merge->runs[i];
        status = next_batch(merge, &merge->heads[i]);
    }
    for (size_t i = 0; status == GYRE_OK && i < count; i++)
        play(merge, i);
    return status;
}

static gyre_status_t note(gyre__merge_t *merge, head_t *head)
{
    if (head->piece == NONE) {
        head->piece = merge->piece_count++;
        merge->pieces[head->piece] = (piece_t){gyre_batch_retain(head->batch), head->row, 0};
    }
    merge->pieces[head->piece].count++;
    merge->notes[merge->noted++] = (uint32_t)head->piece;
    if (++head->row == head->batch->length)
        return next_batch(merge, head);
    head->word = gyre__first_word(head->batch, head->row, &merge->keys[0]);
    return GYRE_OK;
}

/* Pieces to notes: where each row lies when they are one behind the other. */
static void place_notes(gyre__merge_t *merge, uint32_t *places)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < merge->piece_count; i++) {
        places[i] = sum;
        sum += (uint32_t)merge->pieces[i].count;
    }
    for (size_t i = 0; i < merge->noted; i++)
        merge->notes[i] = places[merge->notes[i]]++;
}

static gyre_status_t take_noted(gyre__merge_t *merge, const gyre_batch_t **slices,
                                const gyre_batch_t **batch)
{
    const gyre_batch_t *together;
    size_t count = merge->piece_count;
    if (count == 1) {
        *batch = gyre_batch_retain(slices[0]);
        return GYRE_OK;
    }
    uint32_t *places = malloc(count * sizeof(*places));
    if (!places)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to merge %zu pieces", count);
    place_notes(merge, places);
    free(places);
    gyre_status_t status = gyre_batch_concatenate(slices, count, NULL, &together);
    if (status != GYRE_OK)
        return status;
    status = gyre_batch_take(together, merge->notes, merge->noted, NULL, batch);
    gyre_batch_release(together);
    return status;
}

static gyre_status_t make_batch(gyre__merge_t *merge, const gyre_batch_t **batch)
{
    gyre_status_t status = GYRE_OK;
    const gyre_batch_t **slices = calloc(merge->piece_count, sizeof(*slices));
    if (!slices)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to merge %zu pieces", merge->piece_count);
    for (size_t i = 0; status == GYRE_OK && i < merge->piece_count; i++) {
        const piece_t *piece = &merge->pieces[i];
        status = gyre_batch_slice(piece->batch, piece->first, piece->count, &slices[i]);
    }
    if (status == GYRE_OK)
        status = take_noted(merge, slices, batch);
    for (size_t i = 0; i < merge->piece_count; i++)
        gyre_batch_release(slices[i]);
    free(slices);
    return status;
}

static gyre_status_t next_rows(gyre__merge_t *merge, const gyre_batch_t **batch)
{
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < merge->run_count; i++)
        merge->heads[i].piece = NONE;
    while (status == GYRE_OK && merge->run_count > 0 && merge->noted < merge->opts.rows) {
        size_t winner = merge->tree[0];
        if (!merge->heads[winner].batch)
            break;
        status = note(merge, &merge->heads[winner]);
        play(merge, winner);
    }
    *batch = NULL;
    if (status == GYRE_OK && merge->noted > 0)
        status = make_batch(merge, batch);
    drop_pieces(merge);
    return status;
}

/* The first of count runs one behind the other that have the fewest rows. */
static size_t cheapest(const gyre__merge_t *merge, size_t count)
{
    size_t best = 0, sum = 0, least = SIZE_MAX;
    for (size_t i = 0; i < merge->run_count; i++) {
        sum += merge->runs[i]->rows;
        if (i >= count)
            sum -= merge->runs[i - count]->rows;
        if (i + 1 >= count && sum < least) {
            least = sum;
            best = i + 1 - count;
        }
    }
    return best;
}

static gyre_status_t drain(gyre__merge_t *merge, gyre__run_t *run)
{
    const gyre_batch_t *batch;
    gyre_status_t status;
    while ((status = gyre__merge_next(merge, &batch)) == GYRE_OK && batch) {
        status = gyre__run_append(run, batch);
        gyre_batch_release(batch);
        if (status != GYRE_OK)
            break;
    }
    return status;
}

/* Makes one run in the spill of count of them, by the merge inner, which has none yet. */
static gyre_status_t join_runs(gyre__merge_t *merge, gyre__merge_t *inner, size_t first,
                               size_t count)
{
    gyre__run_t *run;
    gyre_status_t status =
        gyre__run_create(merge->opts.spill, merge->spilled++, merge->schema, &run);
    if (status != GYRE_OK)
        return status;
    gyre__run_t **at = merge->runs + first;
    for (size_t i = 0; i < count; i++) {
        if (status == GYRE_OK)
            status = gyre__merge_add(inner, at[i]);
        if (status != GYRE_OK)
            gyre__run_destroy(at[i]);
    }
    if (status == GYRE_OK)
        status = drain(inner, run);
    at[0] = run;
    memmove(at + 1, at + count, (merge->run_count - first - count) * sizeof(*at));
    merge->run_count -= count - 1;
    return status;
}

/* Merges the cheapest runs until no more than fan_in are left. */
static gyre_status_t narrow(gyre__merge_t *merge)
{
    gyre_status_t status = GYRE_OK;
    while (status == GYRE_OK && !is_narrow(merge)) {
        gyre__merge_t *inner;
        size_t count = merge->run_count - merge->opts.fan_in + 1;
        if (count > merge->opts.fan_in)
            count = merge->opts.fan_in;
        status = gyre__merge_create(merge->schema, &merge->opts, &inner);
        if (status != GYRE_OK)
            return status;
        status = join_runs(merge, inner, cheapest(merge, count), count);
        gyre__merge_destroy(inner);
    }
    return status;
}

gyre_status_t gyre__merge_next(gyre__merge_t *merge, const gyre_batch_t **batch)
{
    gyre_status_t status = GYRE_OK;
    if (!merge->heads) {
        status = narrow(merge);
        if (status == GYRE_OK)
            status = start(merge);
    }
    return status == GYRE_OK ? next_rows(merge, batch) : status;
}
