/* SPDX-License-Identifier: Apache-2.0 */
/* Sets kept on disk: a file for each part, put in place as a whole. A file is frames, each a
 * batch's message behind a head whose checksum its place is part of; messages have checksums of
 * their own; a frame without rows is the last. The name of the directory of a checkpoint says what
 * is in it, so that what another program left is not found. */
#include "base/error.h"
#include "io/store.h"
#include "tset/job.h"

#include <gyre/pack.h>
#include <gyre/store.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { MAGIC = 0x50525947 /* "GYRP" */, VERSION = 1 };

/* Little-endian. */
typedef struct head {
    uint64_t checksum; /* of what follows, seeded with the frame's offset */
    uint32_t magic, version;
    uint64_t length; /* of the message behind it, up to the next head */
    uint64_t message;
    uint64_t zeros[4];
} head_t;

_Static_assert(sizeof(head_t) == GYRE_PACK_ALIGN, "messages are aligned");

struct gyre__disk_part {
    gyre_output_t *output;
    gyre_part_t *part; /* being written */
    gyre_file_t *file; /* being read */
    uint64_t at;
};

static uint64_t checksum(const head_t *head, uint64_t at)
{
    return XXH3_64bits_withSeed(&head->magic, sizeof(*head) - sizeof(head->checksum), at);
}

/* --- Life --- */

static gyre_status_t is_complete(const gyre_tset_t *set, bool *complete)
{
    gyre_file_info_t info;
    char *mark = gyre__store_join(set->directory, "_SUCCESS");
    if (!mark)
        return GYRE_ERR_NO_MEMORY;
    gyre_status_t status = gyre_store_stat(mark, &info);
    free(mark);
    *complete = status == GYRE_OK;
    return status == GYRE_ERR_NOT_FOUND ? GYRE_OK : status;
}

gyre_status_t gyre__persist_open(gyre_tset_t *set)
{
    gyre_status_t status = gyre__persist_name(set, &set->directory);
    return status == GYRE_OK && set->env->opts.mode == GYRE_ENV_CHECKPOINT
               ? is_complete(set, &set->full)
               : status;
}

void gyre__persist_close(gyre_tset_t *set)
{
    if (set->directory && set->env->opts.mode != GYRE_ENV_CHECKPOINT)
        gyre__temporary_remove(set->directory);
    free(set->directory);
}

gyre_status_t gyre__persist_finish(gyre_tset_t *set)
{
    gyre_env_t *env = set->env;
    gyre_output_t *output;
    if (env->opts.mode != GYRE_ENV_CHECKPOINT)
        return GYRE_OK;
    gyre_status_t status = GYRE_OK;
    if (env->rank == 0) {
        const gyre_output_opts_t opts = {.overwrite = GYRE_OVERWRITE};
        status = gyre_output_open(set->directory, &opts, &output);
        if (status == GYRE_OK) {
            status = gyre_output_finish(output, (uint32_t)set->parallelism);
            gyre_output_close(output);
        }
    }
    return gyre__env_agree(env, status);
}

/* --- Writing --- */

static gyre_status_t write_frame(struct gyre__disk_part *disk, const gyre_packed_t *packed)
{
    static const char zeros[GYRE_PACK_ALIGN];
    size_t message = packed ? packed->length : 0;
    size_t gap = (GYRE_PACK_ALIGN - message % GYRE_PACK_ALIGN) % GYRE_PACK_ALIGN;
    head_t head = {.magic = MAGIC, .version = VERSION, .length = message + gap, .message = message};
    void *bytes = malloc(message + 1);
    if (!bytes)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a batch of %zu bytes", message);
    if (packed)
        gyre_packed_write(packed, bytes);
    head.checksum = checksum(&head, disk->at);
    gyre_status_t status = gyre_part_write(disk->part, &head, sizeof(head));
    if (status == GYRE_OK && message)
        status = gyre_part_write(disk->part, bytes, message);
    if (status == GYRE_OK && gap)
        status = gyre_part_write(disk->part, zeros, gap);
    disk->at += sizeof(head) + head.length;
    free(bytes);
    return status;
}

gyre_status_t gyre__disk_put(gyre__cell_t *cell, const gyre_batch_t *batch)
{
    const gyre_packed_t *packed;
    if (batch->length == 0)
        return GYRE_OK;
    gyre_status_t status = gyre_batch_pack(batch, GYRE_PACK_CHECKSUM, NULL, &packed);
    if (status != GYRE_OK)
        return status;
    status = write_frame(cell->disk, packed);
    gyre_packed_destroy(packed);
    return status;
}

static gyre_status_t start_writing(struct gyre__disk_part *disk, const gyre__cell_t *cell)
{
    const gyre_output_opts_t opts = {.overwrite = GYRE_OVERWRITE};
    gyre_status_t status = gyre_output_open(cell->step->set->directory, &opts, &disk->output);
    return status == GYRE_OK
               ? gyre_part_create(disk->output, (uint32_t)cell->part.index, &disk->part)
               : status;
}

gyre_status_t gyre__disk_end(gyre__cell_t *cell)
{
    struct gyre__disk_part *disk = cell->disk;
    if (!disk->part)
        return GYRE_OK;
    gyre_status_t status = write_frame(disk, NULL);
    if (status != GYRE_OK)
        return status;
    gyre_part_t *part = disk->part;
    disk->part = NULL;
    return gyre_part_commit(part);
}

/* --- Reading --- */

static gyre_status_t open_part(const gyre_tset_t *set, int index, gyre_file_t **file)
{
    char name[32];
    snprintf(name, sizeof(name), "part-%05d", index);
    char *path = gyre__store_join(set->directory, name);
    gyre_status_t status = path ? gyre_file_open(path, file) : GYRE_ERR_NO_MEMORY;
    free(path);
    return status;
}

static gyre_status_t damaged(const gyre_tset_t *set, int index, uint64_t at)
{
    return gyre__error(GYRE_ERR_SYNTAX, "%s/part-%05d: no frame at byte %" PRIu64, set->directory,
                       index, at);
}

/* The next batch; NULL behind the last. */
static gyre_status_t read_frame(const gyre_tset_t *set, int index, struct gyre__disk_part *disk,
                                const gyre_batch_t **batch)
{
    head_t head;
    size_t got;
    gyre_buffer_t *memory;
    *batch = NULL;
    gyre_status_t status = gyre_file_read(disk->file, disk->at, &head, sizeof(head), &got);
    if (status != GYRE_OK)
        return status;
    if (got < sizeof(head) || head.magic != MAGIC || head.version != VERSION ||
        head.checksum != checksum(&head, disk->at) || head.message > head.length ||
        head.length > gyre_file_size(disk->file))
        return damaged(set, index, disk->at);
    if (head.message == 0)
        return GYRE_OK;
    status = gyre_buffer_create(NULL, head.message, &memory);
    if (status != GYRE_OK)
        return status;
    status = gyre_file_read(disk->file, disk->at + sizeof(head), gyre_buffer_data(memory),
                            head.message, &got);
    if (status == GYRE_OK && got < head.message)
        status = damaged(set, index, disk->at);
    if (status == GYRE_OK)
        status = gyre_batch_unpack(set->schema, memory, 0, head.message, batch);
    gyre_buffer_release(memory);
    disk->at += sizeof(head) + head.length;
    return status;
}

gyre_status_t gyre__disk_next(gyre__cell_t *cell, const gyre_batch_t **out)
{
    gyre_status_t status = read_frame(cell->step->set, cell->part.index, cell->disk, out);
    return status == GYRE_OK && *out ? GYRE_IN_PROGRESS : status;
}

static void part_cleanup(struct gyre__disk_part *disk)
{
    gyre_part_abort(disk->part);
    if (disk->output)
        gyre_output_close(disk->output);
    if (disk->file)
        gyre_file_close(disk->file);
    *disk = (struct gyre__disk_part){0};
}

gyre_status_t gyre__disk_begin(gyre__cell_t *cell)
{
    if (!cell->disk && !(cell->disk = calloc(1, sizeof(*cell->disk))))
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a part");
    part_cleanup(cell->disk);
    return cell->step->parent == SIZE_MAX
               ? open_part(cell->step->set, cell->part.index, &cell->disk->file)
               : start_writing(cell->disk, cell);
}

void gyre__disk_close(gyre__cell_t *cell)
{
    if (cell->disk)
        part_cleanup(cell->disk);
    free(cell->disk);
}

static gyre_status_t load_part(const gyre_tset_t *set, int index, gyre_dataset_t *kept)
{
    struct gyre__disk_part disk = {NULL};
    const gyre_batch_t *batch;
    gyre_status_t status = open_part(set, index, &disk.file);
    while (status == GYRE_OK && (status = read_frame(set, index, &disk, &batch)) == GYRE_OK &&
           batch) {
        status = gyre_dataset_append(kept, index, batch);
        gyre_batch_release(batch);
    }
    part_cleanup(&disk);
    return status;
}

gyre_status_t gyre__persist_load(gyre_tset_t *set)
{
    gyre_dataset_t *kept;
    gyre_status_t status = gyre_dataset_create(set->parallelism, &kept);
    if (status != GYRE_OK)
        return status;
    for (int i = 0; i < set->parallelism && status == GYRE_OK; i++)
        if (!set->workers || set->workers[i] == set->env->rank)
            status = load_part(set, i, kept);
    if (status == GYRE_OK)
        set->kept = kept;
    else
        gyre_dataset_release(kept);
    return status;
}
