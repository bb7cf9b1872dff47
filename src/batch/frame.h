/* SPDX-License-Identifier: Apache-2.0 */
/* A batch in a spill: its message (gyre/pack.h), perhaps compressed, behind a head. */
#ifndef GYRE_BATCH_FRAME_H
#define GYRE_BATCH_FRAME_H

#include "batch/spill.h"

#include <gyre/batch.h>

/* Little-endian. The checksum is of all bytes behind it, with the frame's offset in the file as
 * seed: a frame that turns up elsewhere is damaged too. */
typedef struct gyre__frame_head {
    uint64_t checksum;
    uint32_t magic, squeeze;
    uint64_t plain, stored; /* bytes of the message, and of what follows the head */
    uint64_t zeros[4];
} gyre__frame_head_t;

_Static_assert(sizeof(gyre__frame_head_t) == 64, "the message behind it is aligned");

typedef struct gyre__frame {
    uint64_t offset;
    size_t length, plain; /* bytes in the file, and of the message */
} gyre__frame_t;

gyre_status_t gyre__frame_write(gyre__spill_t *spill, gyre__spill_file_t *file,
                                const gyre_batch_t *batch, gyre__frame_t *frame);
/* GYRE_ERR_IO, GYRE_ERR_SYNTAX: it is damaged. */
gyre_status_t gyre__frame_read(gyre__spill_t *spill, const gyre__spill_file_t *file,
                               const gyre_schema_t *schema, const gyre__frame_t *frame,
                               const gyre_batch_t **batch);

#endif
