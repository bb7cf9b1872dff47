/* SPDX-License-Identifier: Apache-2.0 */
/* A row of the table has looked for by all when its piece ends, so that those without a partner are
 * given then; a row that looks, only when it has been through all pieces. */
#include "dataflow/join_probe.h"

#include "base/error.h"
#include "batch/group.h"
#include "batch/hash.h"

#include <stdlib.h>

/* Of a piece: what columns of strings hold, and numbers of rows, end soon behind. */
static const size_t piece_bytes_max = (size_t)1 << 30, piece_rows_max = (size_t)1 << 31;

enum { INDEXED_AT_ONCE = 64 /* blocks */ };

/* --- Life --- */

gyre_status_t gyre__probe_init(gyre__probe_t *probe, gyre__join_t *join)
{
    const gyre_operator_t *op = join->keep.op;
    const gyre__side_t *left = &op->sides[0];
    size_t count = op->opts.key_count;
    *probe = (gyre__probe_t){.join = join, .step = GYRE__PROBE_DONE};
    probe->exact = count == 1 && gyre__hash_exact(&left->carried->fields[left->keys[0]]);
    for (int side = 0; side < GYRE__SIDES; side++) {
        probe->keys[side] = malloc(count * sizeof(*probe->keys[side]));
        if (!probe->keys[side])
            return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu keys", count);
    }
    return GYRE_OK;
}

static void drop_piece(gyre__probe_t *probe)
{
    gyre__run_destroy(probe->loading);
    gyre_batch_release(probe->piece);
    gyre__join_index_cleanup(&probe->index);
    free(probe->met);
    probe->loading = NULL;
    probe->piece = NULL;
    probe->met = NULL;
    probe->loading_bytes = probe->row = 0;
}

void gyre__probe_clear(gyre__probe_t *probe)
{
    drop_piece(probe);
    gyre_batch_release(probe->batch);
    free(probe->met_before);
    probe->batch = NULL;
    probe->met_before = NULL;
    probe->step = GYRE__PROBE_DONE;
}

void gyre__probe_cleanup(gyre__probe_t *probe)
{
    gyre__probe_clear(probe);
    free(probe->keys[0]);
    free(probe->keys[1]);
}

/* The piece and what it is concatenated of, its index and bitmap. */
size_t gyre__probe_bytes(size_t loaded, size_t rows)
{
    return 2 * loaded + gyre__join_index_bytes(rows) + rows / 8;
}

size_t gyre__probe_bytes_more(const gyre__join_t *join, int build, size_t probe_rows)
{
    return join->keeps[!build] ? probe_rows / 8 : 0;
}

void gyre__probe_begin(gyre__probe_t *probe, gyre__run_t *const *runs, int build, size_t limit)
{
    gyre__probe_clear(probe);
    probe->build = build;
    probe->limit = limit;
    for (int side = 0; side < GYRE__SIDES; side++)
        probe->readers[side] = (gyre__reader_t){runs[side], 0};
    probe->step = GYRE__PROBE_LOAD;
}

/* --- The table --- */

static gyre_status_t make_bits(size_t count, uint8_t **bits)
{
    *bits = calloc(count / 8 + 1, 1);
    return *bits ? GYRE_OK : gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu bits", count);
}

static void set_bit(uint8_t *bits, size_t at)
{
    bits[at / 8] |= (uint8_t)(1 << at % 8);
}

static gyre_status_t make_piece(gyre__probe_t *probe)
{
    const gyre__run_t *loading = probe->loading;
    if (loading->count == 0)
        probe->piece = gyre_batch_retain(probe->join->nothing[probe->build]);
    else if (loading->count == 1)
        probe->piece = gyre_batch_retain(loading->batches[0]);
    else
        return gyre_batch_concatenate(loading->batches, loading->count, NULL, &probe->piece);
    return GYRE_OK;
}

static gyre_status_t start_piece(gyre__probe_t *probe)
{
    const gyre__join_t *join = probe->join;
    int build = probe->build;
    gyre_status_t status = make_piece(probe);
    gyre__run_destroy(probe->loading);
    probe->loading = NULL;
    if (status != GYRE_OK)
        return status;
    probe->last = probe->readers[build].next == probe->readers[build].run->count;
    gyre__join_keys(join, build, probe->piece, probe->keys[build]);
    status = gyre__join_index_init(&probe->index, probe->piece->length);
    if (status == GYRE_OK && join->keeps[build])
        status = make_bits(probe->piece->length, &probe->met);
    if (status == GYRE_OK && join->keeps[!build] && !probe->last && !probe->met_before)
        status = make_bits(probe->readers[!build].run->rows, &probe->met_before);
    probe->step = GYRE__PROBE_INDEX;
    return status;
}

/* Whether as much as came last would be too much. */
static bool is_loaded(const gyre__probe_t *probe, size_t bytes, size_t rows)
{
    bytes += probe->loading_bytes;
    rows += probe->loading->rows;
    return bytes > piece_bytes_max || rows > piece_rows_max ||
           gyre__probe_bytes(bytes, rows) > probe->limit;
}

static gyre_status_t load(gyre__probe_t *probe)
{
    gyre__reader_t *reader = &probe->readers[probe->build];
    const gyre_batch_t *batch;
    gyre_status_t status = GYRE_OK;
    if (!probe->loading)
        status = gyre__run_create(NULL, 0, reader->run->schema, &probe->loading);
    if (status == GYRE_OK)
        status = gyre__run_read(reader, &batch);
    if (status != GYRE_OK)
        return status;
    if (!batch)
        return start_piece(probe);
    size_t bytes = gyre_batch_bytes(batch), rows = batch->length;
    status = gyre__run_append(probe->loading, batch);
    gyre_batch_release(batch);
    probe->loading_bytes += bytes;
    return status == GYRE_OK && is_loaded(probe, bytes, rows) ? start_piece(probe) : status;
}

/* Of rows of a side, from first on. */
static gyre_status_t hash_block(gyre__probe_t *probe, int side, const gyre_batch_t *batch,
                                size_t first, size_t count)
{
    const gyre_operator_t *op = probe->join->keep.op;
    const gyre__deal_t deal = {.hashes = probe->hashes};
    return gyre__deal_hash(&deal, batch, op->sides[side].keys, op->opts.key_count, first, count);
}

static gyre_status_t add_to_index(gyre__probe_t *probe)
{
    const gyre_batch_t *piece = probe->piece;
    for (int i = 0; i < INDEXED_AT_ONCE && probe->row < piece->length; i++) {
        size_t left = piece->length - probe->row;
        size_t count = left < GYRE__PROBE_BLOCK ? left : GYRE__PROBE_BLOCK;
        gyre_status_t status = hash_block(probe, probe->build, piece, probe->row, count);
        if (status != GYRE_OK)
            return status;
        gyre__join_index_add(&probe->index, probe->row, probe->hashes, count);
        probe->row += count;
    }
    if (probe->row == piece->length) {
        probe->readers[!probe->build].next = probe->base = 0;
        probe->step = GYRE__PROBE_LOOK;
    }
    return GYRE_OK;
}

/* --- Looking for partners --- */

/* Brings the keys that rows of the block will be compared with into the cache. */
static void fetch_keys(const gyre__probe_t *probe, const gyre_column_t *column)
{
    size_t width = gyre_field_width(column->field);
    const char *values = column->values;
    for (size_t i = 0; i < probe->count; i++) {
        size_t row = probe->starts[i] ? probe->starts[i] - 1 : 0;
        if (column->offsets)
            __builtin_prefetch(&column->offsets[row]);
        else if (values)
            __builtin_prefetch(values + row * width);
    }
    for (size_t i = 0; column->offsets && values && i < probe->count; i++)
        if (probe->starts[i])
            __builtin_prefetch(values + column->offsets[probe->starts[i] - 1]);
}

static gyre_status_t next_block(gyre__probe_t *probe)
{
    size_t first = probe->first + probe->count, left = probe->batch->length - first;
    probe->first = first;
    probe->count = left < GYRE__PROBE_BLOCK ? left : GYRE__PROBE_BLOCK;
    probe->at = 0;
    gyre_status_t status =
        hash_block(probe, !probe->build, probe->batch, probe->first, probe->count);
    if (status != GYRE_OK)
        return status;
    gyre__join_index_look(&probe->index, probe->hashes, probe->count, probe->starts);
    for (size_t i = 0; !probe->exact && i < probe->join->keep.op->opts.key_count; i++)
        fetch_keys(probe, probe->keys[probe->build][i]);
    probe->next = probe->starts[0];
    probe->has_met = false;
    return GYRE_OK;
}

/* All partners of the row at work have been found. There is room for a pair. */
static void end_row(gyre__probe_t *probe, size_t row)
{
    bool met = probe->has_met;
    if (probe->met_before) {
        if (met)
            set_bit(probe->met_before, probe->base + row);
        met = gyre_bit(probe->met_before, probe->base + row);
    }
    if (!met && probe->last && probe->join->keeps[!probe->build])
        gyre__join_pair(probe->join, !probe->build, (uint32_t)row, GYRE_NO_ROW);
    probe->has_met = false;
    if (++probe->at < probe->count)
        probe->next = probe->starts[probe->at];
}

/* Whether a row of the piece with the hash of a row that looks is its partner. */
static inline bool is_partner(const gyre__probe_t *probe, size_t candidate, size_t row)
{
    const gyre_column_t *const *own = probe->keys[probe->build];
    return probe->exact || gyre__keys_equal(own, candidate, probe->keys[!probe->build], row,
                                            probe->join->keep.op->opts.key_count);
}

/* Until there are no rows in the block, or no room for pairs. */
static void pair_block(gyre__probe_t *probe)
{
    gyre__join_t *join = probe->join;
    int build = probe->build;
    while (probe->at < probe->count && !gyre__join_full(join)) {
        size_t row = probe->first + probe->at;
        if (probe->next == 0) {
            end_row(probe, row);
            continue;
        }
        uint32_t candidate = probe->next - 1;
        if (is_partner(probe, candidate, row)) {
            gyre__join_pair(join, build, candidate, (uint32_t)row);
            probe->has_met = true;
            if (probe->met)
                set_bit(probe->met, candidate);
        }
        probe->next = gyre__join_index_find(&probe->index, probe->index.chains[candidate].next,
                                            probe->hashes[probe->at]);
    }
}

static gyre_status_t next_batch(gyre__probe_t *probe)
{
    if (probe->batch)
        probe->base += probe->batch->length;
    gyre_batch_release(probe->batch);
    probe->batch = NULL;
    probe->first = probe->count = probe->at = 0;
    gyre_status_t status = gyre__run_read(&probe->readers[!probe->build], &probe->batch);
    if (status == GYRE_OK && probe->batch)
        gyre__join_keys(probe->join, !probe->build, probe->batch, probe->keys[!probe->build]);
    return status;
}

static gyre_status_t end_piece(gyre__probe_t *probe)
{
    bool last = probe->last;
    drop_piece(probe);
    probe->step = last ? GYRE__PROBE_DONE : GYRE__PROBE_LOAD;
    return GYRE_OK;
}

static gyre_status_t look(gyre__probe_t *probe)
{
    gyre_status_t status = GYRE_OK;
    if (!probe->batch || probe->first + probe->at == probe->batch->length)
        status = next_batch(probe);
    if (status != GYRE_OK)
        return status;
    if (!probe->batch) {
        probe->row = 0;
        probe->step = GYRE__PROBE_REST;
        return GYRE_OK;
    }
    gyre__join_begin(probe->join, probe->build, probe->piece, probe->batch);
    while (status == GYRE_OK && !gyre__join_full(probe->join)) {
        pair_block(probe);
        if (probe->at < probe->count)
            break;
        if (probe->first + probe->count == probe->batch->length)
            break;
        status = next_block(probe);
    }
    return status;
}

/* Rows of the piece that have no partner. */
static gyre_status_t give_rest(gyre__probe_t *probe)
{
    if (!probe->met || probe->row == probe->piece->length)
        return end_piece(probe);
    gyre__join_begin(probe->join, probe->build, probe->piece, NULL);
    for (; probe->row < probe->piece->length && !gyre__join_full(probe->join); probe->row++)
        if (!gyre_bit(probe->met, probe->row))
            gyre__join_pair(probe->join, probe->build, (uint32_t)probe->row, GYRE_NO_ROW);
    return GYRE_OK;
}

gyre_status_t gyre__probe_next(gyre__probe_t *probe)
{
    gyre_status_t status = GYRE_OK;
    switch (probe->step) {
    case GYRE__PROBE_LOAD:
        status = load(probe);
        break;
    case GYRE__PROBE_INDEX:
        status = add_to_index(probe);
        break;
    case GYRE__PROBE_LOOK:
        status = look(probe);
        break;
    case GYRE__PROBE_REST:
        status = give_rest(probe);
        break;
    case GYRE__PROBE_DONE:
        return GYRE_OK;
    }
    return status == GYRE_OK ? GYRE_IN_PROGRESS : status;
}
