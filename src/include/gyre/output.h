/* SPDX-License-Identifier: Apache-2.0 */
/* Files as output: a directory of parts, each put in place as a whole. See gyre_output(3). */
#ifndef GYRE_OUTPUT_H
#define GYRE_OUTPUT_H

#include <gyre/batch.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gyre_output gyre_output_t;
typedef struct gyre_part gyre_part_t;

typedef enum gyre_compression {
    GYRE_COMPRESSION_NONE,
    GYRE_COMPRESSION_GZIP,
    GYRE_COMPRESSION_ZSTD
} gyre_compression_t;

typedef enum gyre_overwrite { GYRE_NO_OVERWRITE, GYRE_OVERWRITE } gyre_overwrite_t;

typedef struct gyre_output_opts {
    gyre_overwrite_t overwrite;
    gyre_compression_t compression;
    int level;          /* of compression; 0: the library's default */
    const char *suffix; /* of the parts' names, ".csv"; NULL: none. The compression's follows. */
} gyre_output_opts_t;

/* Opens a directory for output in every worker that writes parts; makes it if it is not there.
 * Drafts of dead writers are removed, and so is _SUCCESS. NULL options are the default. */
GYRE_EXPORT gyre_status_t gyre_output_open(const char *uri, const gyre_output_opts_t *opts,
                                           gyre_output_t **output);

/* Called by one worker when all parts, 0 to parts - 1, are committed: removes other parts that
 * earlier runs left, with GYRE_NO_OVERWRITE fails if there are any, and marks the directory as
 * complete by an empty file _SUCCESS. */
GYRE_EXPORT gyre_status_t gyre_output_finish(gyre_output_t *output, uint32_t parts);
GYRE_EXPORT void gyre_output_close(gyre_output_t *output);

/* A draft of the file part-00007. The output outlives its parts. */
GYRE_EXPORT gyre_status_t gyre_part_create(gyre_output_t *output, uint32_t index,
                                           gyre_part_t **part);
GYRE_EXPORT gyre_status_t gyre_part_write(gyre_part_t *part, const void *bytes, size_t length);
/* The same and a newline. GYRE_ERR_ARG for a line with a newline in it. */
GYRE_EXPORT gyre_status_t gyre_part_line(gyre_part_t *part, const char *text, size_t length);
/* The rows of a column, none of them null: strings as lines, fixed_size_binary as it lies. */
GYRE_EXPORT gyre_status_t gyre_part_column(gyre_part_t *part, const gyre_column_t *column);
/* Makes the part durable and puts it in place; ends it, also when it fails. */
GYRE_EXPORT gyre_status_t gyre_part_commit(gyre_part_t *part);
/* Ends a part and leaves nothing of it. NULL is allowed. */
GYRE_EXPORT void gyre_part_abort(gyre_part_t *part);

#ifdef __cplusplus
}
#endif
#endif
