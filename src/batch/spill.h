/* SPDX-License-Identifier: Apache-2.0 */
/* Room on disks for what memory does not hold: a file in each directory, without a name, so that
 * nothing is left of it however the process ends. A spill and what lies in it belong to one
 * thread. */
#ifndef GYRE_BATCH_SPILL_H
#define GYRE_BATCH_SPILL_H

#include "base/buf.h"

#include <gyre/status.h>
#include <stdint.h>

typedef enum gyre__squeeze {
    GYRE__SQUEEZE_NONE,
    GYRE__SQUEEZE_LZ4,
    GYRE__SQUEEZE_ZSTD
} gyre__squeeze_t;

/* Zeros are defaults. */
typedef struct gyre__spill_opts {
    gyre__squeeze_t squeeze;
    size_t frame; /* bytes of rows that are written at once, 1 MiB */
} gyre__spill_opts_t;

typedef struct gyre__spill_file {
    char *dir;
    int fd;
    uint64_t end, live; /* bytes up to the last frame, and of frames that are not given up */
} gyre__spill_file_t;

typedef struct gyre__spill {
    gyre__spill_opts_t opts;
    uint64_t rows, rows_bytes, file_bytes; /* ever written, before and after compression */
    gyre__buf_t plain, stored;       /* a frame under way */
    size_t file_count;
    gyre__spill_file_t files[];
} gyre__spill_t;

/* GYRE_ERR_NOT_SUPPORTED: a compression that this build lacks. */
gyre_status_t gyre__spill_create(const char *const *dirs, size_t count,
                                 const gyre__spill_opts_t *opts, gyre__spill_t **spill);
/* Nothing lies in it any more. NULL is allowed. */
void gyre__spill_destroy(gyre__spill_t *spill);

/* Puts bytes behind all others. After an error, such as a full disk, nothing is there. */
gyre_status_t gyre__spill_write(gyre__spill_file_t *file, const void *bytes, size_t length,
                                uint64_t *offset);
gyre_status_t gyre__spill_read(const gyre__spill_file_t *file, uint64_t offset, void *bytes,
                               size_t length);
/* They will be read soon. */
void gyre__spill_announce(const gyre__spill_file_t *file, uint64_t offset, size_t length);
/* They are needed no more: the disk gets them back. */
void gyre__spill_give_up(gyre__spill_file_t *file, uint64_t offset, size_t length);

#endif
