/* SPDX-License-Identifier: Apache-2.0 */
/* Frames. One that is not compressed is read to where its batch stays. */
#include "batch/frame.h"

#include "base/error.h"
#include "batch/squeeze.h"

#include <gyre/pack.h>
#include <inttypes.h>
#include <xxhash.h>

enum { HEAD = sizeof(gyre__frame_head_t), MAGIC = 0x53525947 /* "GYRS" */ };

static uint64_t checksum(const gyre__frame_head_t *head, uint64_t offset)
{
    return XXH3_64bits_withSeed((const char *)head + sizeof(head->checksum),
                                HEAD - sizeof(head->checksum) + head->stored, offset);
}

/* The message behind the head of a frame in spill->stored. */
static gyre_status_t encode(gyre__spill_t *spill, const gyre_packed_t *packed)
{
    gyre__squeeze_t squeeze = spill->opts.squeeze;
    gyre_status_t status = gyre__buf_reserve(&spill->stored, HEAD + packed->length);
    if (status == GYRE_OK && squeeze != GYRE__SQUEEZE_NONE)
        status = gyre__buf_reserve(&spill->plain, packed->length);
    if (status != GYRE_OK)
        return status;
    gyre__frame_head_t *head = (gyre__frame_head_t *)spill->stored.data;
    *head = (gyre__frame_head_t){.magic = MAGIC, .plain = packed->length};
    if (squeeze != GYRE__SQUEEZE_NONE) {
        gyre_packed_write(packed, spill->plain.data);
        head->stored =
            gyre__squeeze(squeeze, spill->plain.data, packed->length, head + 1, packed->length - 1);
        head->squeeze = squeeze;
    }
    if (head->stored == 0) {
        gyre_packed_write(packed, head + 1);
        head->stored = packed->length;
        head->squeeze = GYRE__SQUEEZE_NONE;
    }
    return GYRE_OK;
}

gyre_status_t gyre__frame_write(gyre__spill_t *spill, gyre__spill_file_t *file,
                                const gyre_batch_t *batch, gyre__frame_t *frame)
{
    const gyre_packed_t *packed;
    gyre_status_t status = gyre_batch_pack(batch, 0, NULL, &packed);
    if (status != GYRE_OK)
        return status;
    status = encode(spill, packed);
    gyre__frame_head_t *head = (gyre__frame_head_t *)spill->stored.data;
    if (status == GYRE_OK) {
        head->checksum = checksum(head, file->end);
        frame->length = HEAD + head->stored;
        status = gyre__spill_write(file, head, frame->length, &frame->offset);
    }
    if (status == GYRE_OK) {
        frame->plain = packed->length;
        spill->rows += batch->length;
        spill->rows_bytes += packed->length;
        spill->file_bytes += frame->length;
    }
    gyre_packed_destroy(packed);
    return status;
}

static gyre_status_t check(const gyre__spill_file_t *file, const gyre__frame_t *frame,
                           const gyre__frame_head_t *head)
{
    if (head->magic == MAGIC && head->plain == frame->plain &&
        head->stored == frame->length - HEAD && head->checksum == checksum(head, frame->offset))
        return GYRE_OK;
    return gyre__error(GYRE_ERR_IO, "spill directory %s: the %zu bytes at %" PRIu64 " are damaged",
                       file->dir, frame->length, frame->offset);
}

/* The frame as it lies in the file is the memory of the batch. */
static gyre_status_t read_plain(const gyre__spill_file_t *file, const gyre__frame_t *frame,
                                gyre_buffer_t *memory)
{
    void *head = gyre_buffer_data(memory);
    gyre_status_t status = gyre__spill_read(file, frame->offset, head, frame->length);
    return status == GYRE_OK ? check(file, frame, head) : status;
}

static gyre_status_t read_squeezed(gyre__spill_t *spill, const gyre__spill_file_t *file,
                                   const gyre__frame_t *frame, gyre_buffer_t *memory)
{
    gyre_status_t status = gyre__buf_reserve(&spill->stored, frame->length);
    if (status != GYRE_OK)
        return status;
    gyre__frame_head_t *head = (gyre__frame_head_t *)spill->stored.data;
    status = gyre__spill_read(file, frame->offset, head, frame->length);
    if (status == GYRE_OK)
        status = check(file, frame, head);
    if (status == GYRE_OK && !gyre__unsqueeze((gyre__squeeze_t)head->squeeze, head + 1,
                                              head->stored, gyre_buffer_data(memory), frame->plain))
        status = gyre__error(GYRE_ERR_IO, "spill directory %s: %zu bytes do not decompress to %zu",
                             file->dir, frame->length, frame->plain);
    return status;
}

gyre_status_t gyre__frame_read(gyre__spill_t *spill, const gyre__spill_file_t *file,
                               const gyre_schema_t *schema, const gyre__frame_t *frame,
                               const gyre_batch_t **batch)
{
    bool squeezed = frame->length != HEAD + frame->plain;
    size_t start = squeezed ? 0 : HEAD;
    gyre_buffer_t *memory;
    gyre_status_t status = gyre_buffer_create(NULL, start + frame->plain, &memory);
    if (status != GYRE_OK)
        return status;
    status = squeezed ? read_squeezed(spill, file, frame, memory) : read_plain(file, frame, memory);
    if (status == GYRE_OK)
        status = gyre_batch_unpack(schema, memory, start, frame->plain, batch);
    gyre_buffer_release(memory);
    return status;
}
