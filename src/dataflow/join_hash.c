/* SPDX-License-Identifier: Apache-2.0 */
/* A join by hash. Rows that are more than a few are dealt out to buckets, of which those of the
 * same hashes are joined one after the other: each in the cache, where a table of all would be read
 * from memory row by row. Buckets are in memory until there is no more, then in the spill. One that
 * is still too large is dealt out again, but one that this does not make smaller, since most of its
 * rows have one key, is joined as it is, piece by piece. */
#include "base/error.h"
#include "dataflow/buckets.h"
#include "dataflow/conf.h"
#include "dataflow/join_probe.h"

#include <stdlib.h>

/* Rows, and tables, of more than so many pages do not stay in the cache. */
enum { CACHED_PAGES = 16 };

/* Runs of both sides that have all rows of some hashes. */
typedef struct part {
    gyre__run_t *runs[GYRE__SIDES];
    size_t bytes[GYRE__SIDES];
    unsigned level; /* of the buckets that it would be dealt out to */
    bool stays;     /* in memory, when it is */
} part_t;

typedef enum step { STEP_TAKE, STEP_NEXT, STEP_DEAL, STEP_PROBE } step_t;

typedef struct hash_join {
    gyre__join_t join;
    step_t step;
    gyre__pile_t piles[GYRE__SIDES];              /* what is not dealt out */
    size_t rows[GYRE__SIDES], bytes[GYRE__SIDES]; /* that came in */
    gyre__hold_t hold;
    gyre__buckets_t *buckets[GYRE__SIDES]; /* NULL: all is in piles */
    bool spilled;                          /* those */
    part_t *parts;                         /* to be joined, the last first */
    size_t part_count, part_room;
    part_t part;           /* at work */
    gyre__reader_t reader; /* of the side that is being dealt out */
    gyre__probe_t probe;
} hash_join_t;

/* --- Parts --- */

static void drop_part(part_t *part)
{
    gyre__run_destroy(part->runs[0]);
    gyre__run_destroy(part->runs[1]);
    *part = (part_t){0};
}

static size_t bytes_of(const gyre__run_t *run)
{
    size_t bytes = 0;
    for (size_t i = 0; i < run->count; i++)
        bytes += run->spill ? run->frames[i].plain : gyre_batch_bytes(run->batches[i]);
    return bytes;
}

static bool is_cached(size_t bytes)
{
    return bytes <= CACHED_PAGES * gyre__dataflow_conf.page;
}

static bool is_empty(const gyre__run_t *run)
{
    return !run || run->rows == 0;
}

/* Whether anything comes of it. */
static bool has_pairs(const hash_join_t *hash, const part_t *part)
{
    bool left = !is_empty(part->runs[0]), right = !is_empty(part->runs[1]);
    return (left && right) || (left && hash->join.keeps[0]) || (right && hash->join.keeps[1]);
}

static int smaller(const part_t *part)
{
    return part->bytes[1] < part->bytes[0];
}

static gyre_status_t measure(const hash_join_t *hash, part_t *part)
{
    gyre_status_t status = GYRE_OK;
    for (int side = 0; status == GYRE_OK && side < GYRE__SIDES; side++) {
        const gyre_schema_t *schema = hash->join.keep.op->sides[side].carried;
        if (!part->runs[side])
            status = gyre__run_create(NULL, 0, schema, &part->runs[side]);
        if (status == GYRE_OK)
            part->bytes[side] = bytes_of(part->runs[side]);
    }
    return status;
}

/* Its runs, which may be NULL, are of the stack then, or gone. rows are those that it comes of. */
static gyre_status_t push_part(hash_join_t *hash, part_t part, const size_t *rows)
{
    gyre_status_t status = GYRE_OK;
    if (hash->part_count == hash->part_room) {
        size_t room = hash->part_room + GYRE__BUCKETS;
        part_t *parts = realloc(hash->parts, room * sizeof(*parts));
        hash->parts = parts ? parts : hash->parts;
        hash->part_room = parts ? room : hash->part_room;
        if (!parts)
            status = gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu parts of a join", room);
    }
    if (status == GYRE_OK)
        status = measure(hash, &part);
    if (status != GYRE_OK || !has_pairs(hash, &part)) {
        drop_part(&part);
        return status;
    }
    int build = smaller(&part);
    if (part.runs[build]->rows > rows[build] / 2)
        part.level = GYRE__BUCKET_LEVELS;
    hash->parts[hash->part_count++] = part;
    return GYRE_OK;
}

/* --- What comes in --- */

static gyre_status_t open_buckets(hash_join_t *hash, int side, unsigned level, bool stay)
{
    gyre__keep_t *keep = &hash->join.keep;
    return gyre__buckets_create(keep, &keep->op->sides[side], level, stay, &hash->buckets[side]);
}

static gyre_status_t pour(hash_join_t *hash, int side)
{
    gyre__run_t *run;
    gyre_status_t status = gyre__pile_take(&hash->piles[side], &run);
    if (status != GYRE_OK)
        return status;
    for (size_t i = 0; status == GYRE_OK && i < run->count; i++)
        status = gyre__buckets_append(hash->buckets[side], run->batches[i]);
    gyre__run_destroy(run);
    return status;
}

/* From now on all rows go to buckets. */
static gyre_status_t deal_out(hash_join_t *hash, bool stay)
{
    gyre_status_t status = GYRE_OK;
    /* No more than the rows: what was meant for buckets becomes theirs. */
    gyre__hold(&hash->hold, hash->piles[0].bytes + hash->piles[1].bytes);
    for (int side = 0; status == GYRE_OK && side < GYRE__SIDES; side++)
        status = open_buckets(hash, side, 0, stay);
    for (int side = 0; status == GYRE_OK && side < GYRE__SIDES; side++)
        status = pour(hash, side);
    return status;
}

static gyre_status_t spill(hash_join_t *hash)
{
    gyre_status_t status = GYRE_OK;
    hash->spilled = true;
    if (!hash->buckets[0])
        status = deal_out(hash, false);
    else
        for (int side = 0; status == GYRE_OK && side < GYRE__SIDES; side++)
            status = gyre__buckets_spill(hash->buckets[side]);
    gyre__hold(&hash->hold, 0);
    return status;
}

static size_t buckets_memory(hash_join_t *hash)
{
    return GYRE__SIDES * gyre__buckets_memory(&hash->join.keep);
}

/* What it takes to have all rows that came in memory, and join them there. */
static size_t bytes_to_join(hash_join_t *hash)
{
    const part_t all = {.bytes = {hash->bytes[0], hash->bytes[1]}};
    return all.bytes[0] + all.bytes[1] + gyre__probe_bytes(0, hash->rows[smaller(&all)]) +
           (hash->buckets[0] ? 0 : buckets_memory(hash));
}

static gyre_status_t add(hash_join_t *hash, int side, const gyre_batch_t *batch)
{
    gyre_status_t status = GYRE_OK;
    hash->rows[side] += batch->length;
    hash->bytes[side] += gyre_batch_bytes(batch);
    if (!hash->spilled && !gyre__hold(&hash->hold, bytes_to_join(hash)))
        status = spill(hash);
    else if (!hash->buckets[0] && !is_cached(hash->bytes[0] + hash->bytes[1]))
        status = deal_out(hash, true);
    if (status != GYRE_OK)
        return status;
    return hash->buckets[0] ? gyre__buckets_append(hash->buckets[side], batch)
                            : gyre__pile_append(&hash->piles[side], batch);
}

static gyre_status_t take(gyre__keep_t *keep, int side, int source, const gyre_batch_t *batch)
{
    hash_join_t *hash = (hash_join_t *)keep;
    const gyre_batch_t *rest;
    (void)source;
    gyre_status_t status = gyre__join_part(&hash->join, side, batch, &rest);
    if (status != GYRE_OK)
        return status;
    status = rest->length > 0 ? add(hash, side, rest) : GYRE_OK;
    gyre_batch_release(rest);
    return status;
}

/* --- What goes out --- */

/* What buckets have becomes parts; they have been dealt out to by that level. */
static gyre_status_t push_buckets(hash_join_t *hash, unsigned level, const size_t *rows)
{
    gyre_status_t status = GYRE_OK;
    for (int i = 0; status == GYRE_OK && i < GYRE__BUCKETS; i++) {
        part_t part = {.runs = {gyre__buckets_take(hash->buckets[0], i),
                                gyre__buckets_take(hash->buckets[1], i)},
                       .level = level + 1};
        status = push_part(hash, part, rows);
    }
    for (int side = 0; side < GYRE__SIDES; side++) {
        gyre__buckets_destroy(hash->buckets[side]);
        hash->buckets[side] = NULL;
    }
    return status;
}

static gyre_status_t end_taking(hash_join_t *hash)
{
    part_t part = {.level = GYRE__BUCKET_LEVELS};
    gyre_status_t status = GYRE_OK;
    bool dealt = hash->buckets[0];
    hash->step = STEP_NEXT;
    for (int side = 0; status == GYRE_OK && side < GYRE__SIDES; side++)
        status = dealt ? gyre__buckets_seal(hash->buckets[side])
                       : gyre__pile_take(&hash->piles[side], &part.runs[side]);
    if (status == GYRE_OK)
        return dealt ? push_buckets(hash, 0, hash->rows) : push_part(hash, part, hash->rows);
    drop_part(&part);
    return status;
}

static gyre_status_t begin_deal(hash_join_t *hash, int side)
{
    hash->reader = (gyre__reader_t){hash->part.runs[side], 0};
    hash->step = STEP_DEAL;
    return open_buckets(hash, side, hash->part.level, hash->part.stays);
}

static gyre_status_t begin_probe(hash_join_t *hash, int build, size_t limit)
{
    gyre__probe_begin(&hash->probe, hash->part.runs, build, limit);
    hash->step = STEP_PROBE;
    return GYRE_OK;
}

/* Bytes of parts in memory. */
static size_t resident(const hash_join_t *hash)
{
    size_t bytes = 0;
    for (size_t i = 0; i <= hash->part_count; i++) {
        const part_t *part = i < hash->part_count ? &hash->parts[i] : &hash->part;
        for (int side = 0; side < GYRE__SIDES; side++)
            bytes += part->runs[side]->spill ? 0 : part->bytes[side];
    }
    return bytes;
}

/* Bytes of a table of it, beside what is there. */
static size_t table_bytes(const gyre__run_t *run, size_t bytes)
{
    bool loads = run->spill || run->count > 1;
    return gyre__probe_bytes(loads ? bytes : 0, run->rows);
}

/* To buckets that stay in memory. */
static bool can_stay(hash_join_t *hash, size_t held)
{
    held += hash->part.bytes[0] + hash->part.bytes[1];
    if (!gyre__hold(&hash->hold, held + buckets_memory(hash)))
        return false;
    return gyre__hold(&hash->hold, held);
}

static gyre_status_t begin_part(hash_join_t *hash)
{
    part_t *part = &hash->part;
    int build = smaller(part);
    size_t held = resident(hash), limit = table_bytes(part->runs[build], part->bytes[build]);
    bool fits = gyre__hold(&hash->hold, held + limit), deals = part->level < GYRE__BUCKET_LEVELS;
    part->stays = fits && deals && !is_cached(limit) && can_stay(hash, held);
    if (fits && !part->stays)
        return begin_probe(hash, build, SIZE_MAX);
    if (!fits)
        gyre__hold(&hash->hold, held);
    if (deals)
        return begin_deal(hash, 0);
    held += gyre__probe_bytes_more(&hash->join, build, part->runs[!build]->rows);
    while (!gyre__hold(&hash->hold, held + limit) && limit > gyre__dataflow_conf.page)
        limit /= 2;
    gyre__hold_sure(&hash->hold, held + limit);
    return begin_probe(hash, build, limit);
}

static gyre_status_t next_part(hash_join_t *hash)
{
    drop_part(&hash->part);
    hash->part = hash->parts[--hash->part_count];
    return begin_part(hash);
}

static gyre_status_t end(hash_join_t *hash)
{
    drop_part(&hash->part);
    gyre__hold(&hash->hold, 0);
    return GYRE_OK;
}

/* A batch of one side, then of the other. */
static gyre_status_t deal(hash_join_t *hash)
{
    part_t *part = &hash->part;
    const gyre_batch_t *batch;
    int side = hash->buckets[1] ? 1 : 0;
    gyre_status_t status = gyre__run_read(&hash->reader, &batch);
    if (status == GYRE_OK && batch) {
        status = gyre__buckets_append(hash->buckets[side], batch);
        gyre_batch_release(batch);
        return status;
    }
    if (status == GYRE_OK)
        status = gyre__buckets_seal(hash->buckets[side]);
    if (status != GYRE_OK)
        return status;
    if (side == 0)
        return begin_deal(hash, 1);
    const size_t rows[] = {part->runs[0]->rows, part->runs[1]->rows};
    hash->step = STEP_NEXT;
    return push_buckets(hash, part->level, rows);
}

static gyre_status_t probe(hash_join_t *hash)
{
    gyre_status_t status = gyre__probe_next(&hash->probe);
    if (status == GYRE_OK)
        hash->step = STEP_NEXT;
    return status < 0 ? status : GYRE_OK;
}

static gyre_status_t find(gyre__join_t *join)
{
    hash_join_t *hash = (hash_join_t *)join;
    gyre_status_t status = GYRE_OK;
    switch (hash->step) {
    case STEP_TAKE:
        status = end_taking(hash);
        break;
    case STEP_NEXT:
        if (hash->part_count == 0)
            return end(hash);
        status = next_part(hash);
        break;
    case STEP_DEAL:
        status = deal(hash);
        break;
    case STEP_PROBE:
        status = probe(hash);
        break;
    }
    return status == GYRE_OK ? GYRE_IN_PROGRESS : status;
}

/* --- Life --- */

static void empty(hash_join_t *hash)
{
    gyre__probe_clear(&hash->probe);
    drop_part(&hash->part);
    while (hash->part_count > 0)
        drop_part(&hash->parts[--hash->part_count]);
    for (int side = 0; side < GYRE__SIDES; side++) {
        gyre__buckets_destroy(hash->buckets[side]);
        hash->buckets[side] = NULL;
        hash->rows[side] = hash->bytes[side] = 0;
    }
    hash->spilled = false;
    gyre__hold(&hash->hold, 0);
    hash->step = STEP_TAKE;
}

static gyre_status_t clear(gyre__keep_t *keep)
{
    hash_join_t *hash = (hash_join_t *)keep;
    empty(hash);
    return gyre__join_clear(&hash->join);
}

static void destroy(gyre__keep_t *keep)
{
    hash_join_t *hash = (hash_join_t *)keep;
    empty(hash);
    gyre__probe_cleanup(&hash->probe);
    gyre__pile_cleanup(&hash->piles[0]);
    gyre__pile_cleanup(&hash->piles[1]);
    gyre__join_cleanup(&hash->join);
    free(hash->parts);
    free(hash);
}

gyre_status_t gyre__join_hash_create(gyre_operator_t *op, gyre__keep_t **keep)
{
    static const gyre__keep_kind_t kind = {take, gyre__join_next, clear, destroy, NULL};
    hash_join_t *hash = calloc(1, sizeof(*hash));
    if (!hash)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a join");
    hash->join.find = find;
    gyre_status_t status = gyre__join_init(&hash->join, &kind, op);
    if (status == GYRE_OK)
        status = gyre__probe_init(&hash->probe, &hash->join);
    for (int side = 0; status == GYRE_OK && side < GYRE__SIDES; side++)
        status = gyre__pile_init(&hash->piles[side], op->sides[side].carried);
    if (status == GYRE_OK)
        *keep = &hash->join.keep;
    else
        destroy(&hash->join.keep);
    return status;
}
