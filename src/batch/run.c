/* SPDX-License-Identifier: Apache-2.0 */
/* Runs. Where the frames of a spilled one lie is known in memory alone, so many runs share a
 * file. */
#include "batch/run.h"

#include "base/error.h"
#include "batch/message.h"

#include <stdlib.h>

enum { ROOM_MIN = 8, AHEAD = 2 /* frames */ };

gyre_status_t gyre__run_create(gyre__spill_t *spill, size_t number, const gyre_schema_t *schema,
                               gyre__run_t **out)
{
    gyre__run_t *run = calloc(1, sizeof(*run));
    if (!run)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a run");
    run->schema = gyre_schema_retain(schema);
    run->spill = spill;
    if (spill)
        run->file = &spill->files[number % spill->file_count];
    *out = run;
    return GYRE_OK;
}

void gyre__run_destroy(gyre__run_t *run)
{
    if (!run)
        return;
    for (size_t i = 0; i < run->count; i++) {
        if (run->spill)
            gyre__spill_give_up(run->file, run->frames[i].offset, run->frames[i].length);
        else
            gyre_batch_release(run->batches[i]);
    }
    free(run->spill ? (void *)run->frames : (void *)run->batches);
    gyre_schema_release(run->schema);
    free(run);
}

/* Room for one more. */
static gyre_status_t make_room(gyre__run_t *run)
{
    if (run->count < run->room)
        return GYRE_OK;
    size_t room = run->room ? run->room * 2 : ROOM_MIN;
    void *old = run->spill ? (void *)run->frames : (void *)run->batches;
    void *grown = realloc(old, room * (run->spill ? sizeof(*run->frames) : sizeof(*run->batches)));
    if (!grown)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a run of %zu batches", room);
    if (run->spill)
        run->frames = grown;
    else
        run->batches = grown;
    run->room = room;
    return GYRE_OK;
}

static gyre_status_t append_frame(gyre__run_t *run, const gyre_batch_t *batch)
{
    gyre__frame_t *frame = &run->frames[run->count];
    gyre_status_t status = gyre__frame_write(run->spill, run->file, batch, frame);
    if (status == GYRE_OK && run->memory < frame->plain)
        run->memory = frame->plain;
    return status;
}

static gyre_status_t append_one(gyre__run_t *run, const gyre_batch_t *batch)
{
    gyre_status_t status = make_room(run);
    if (status == GYRE_OK && run->spill)
        status = append_frame(run, batch);
    else if (status == GYRE_OK)
        run->batches[run->count] = gyre_batch_retain(batch);
    if (status == GYRE_OK) {
        run->count++;
        run->rows += batch->length;
    }
    return status;
}

/* No less than its message takes. */
static size_t message_bytes(const gyre_batch_t *batch)
{
    enum { PIECES = 3 /* of a column */ };
    size_t nodes = gyre__field_count(batch->schema->fields, batch->schema->field_count);
    return gyre_batch_bytes(batch) + sizeof(gyre__head_t) + GYRE_PACK_ALIGN +
           nodes * (sizeof(gyre__node_t) + PIECES * GYRE_PACK_ALIGN);
}

static gyre_status_t append_frames(gyre__run_t *run, const gyre_batch_t *batch);

static gyre_status_t append_rows(gyre__run_t *run, const gyre_batch_t *batch, size_t first,
                                 size_t count)
{
    const gyre_batch_t *slice;
    gyre_status_t status = gyre_batch_slice(batch, first, count, &slice);
    if (status != GYRE_OK)
        return status;
    status = append_frames(run, slice);
    gyre_batch_release(slice);
    return status;
}

/* Halves it until the halves are no larger than a frame, or a row each. */
static gyre_status_t append_frames(gyre__run_t *run, const gyre_batch_t *batch)
{
    size_t half = batch->length / 2;
    if (half == 0 || message_bytes(batch) <= run->spill->opts.frame)
        return append_one(run, batch);
    gyre_status_t status = append_rows(run, batch, 0, half);
    return status == GYRE_OK ? append_rows(run, batch, half, batch->length - half) : status;
}

gyre_status_t gyre__run_append(gyre__run_t *run, const gyre_batch_t *batch)
{
    if (batch->length == 0)
        return GYRE_OK;
    return run->spill ? append_frames(run, batch) : append_one(run, batch);
}

gyre_status_t gyre__run_move(gyre__run_t *run, gyre__run_t *from)
{
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; status == GYRE_OK && i < from->count; i++)
        status = gyre__run_append(run, from->batches[i]);
    gyre__run_destroy(from);
    return status;
}

gyre_status_t gyre__run_read(gyre__reader_t *reader, const gyre_batch_t **batch)
{
    const gyre__run_t *run = reader->run;
    gyre_status_t status = GYRE_OK;
    size_t ahead = reader->next == 0 ? 1 : AHEAD; /* the first one tells of all up to there */
    if (reader->next == run->count) {
        *batch = NULL;
        return GYRE_OK;
    }
    if (run->spill) {
        for (size_t i = reader->next + ahead; i <= reader->next + AHEAD && i < run->count; i++)
            gyre__spill_announce(run->file, run->frames[i].offset, run->frames[i].length);
        status =
            gyre__frame_read(run->spill, run->file, run->schema, &run->frames[reader->next], batch);
    } else {
        *batch = gyre_batch_retain(run->batches[reader->next]);
    }
    reader->next += status == GYRE_OK;
    return status;
}
