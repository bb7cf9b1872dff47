/* SPDX-License-Identifier: Apache-2.0 */
/* Files as input: a set of them, its splits, and readers of text, records and whole files. See
 * gyre_input(3) and gyre_lines(3). */
#ifndef GYRE_INPUT_H
#define GYRE_INPUT_H

#include <gyre/batch.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gyre_input gyre_input_t;
typedef struct gyre_split gyre_split_t;
typedef struct gyre_lines gyre_lines_t;
typedef struct gyre_records gyre_records_t;
typedef struct gyre_whole gyre_whole_t;

typedef struct gyre_input_opts {
    bool recursive; /* read directories within directories, which are an error otherwise */
    bool per_node;  /* every node has files of its own: splits are near this host only */
    bool plain;     /* nothing is decompressed: binary records may begin as compressed files do */
} gyre_input_opts_t;

/* A part of a file, its bytes [from, to). Strings live as long as the input. */
typedef struct gyre_range {
    const char *path;
    uint64_t size; /* of the file */
    uint64_t from, to;
} gyre_range_t;

/* Bytes in place, not zero-terminated. */
typedef struct gyre_text {
    const char *data; /* NULL: the end of the input */
    size_t length;
} gyre_text_t;

/* The files that the paths name, in this order: files, directories, and patterns of fnmatch(3),
 * each sorted by name, without files whose names begin with "." or "_". NULL options are the
 * default. GYRE_ERR_NOT_FOUND for a path or pattern that names nothing. */
GYRE_EXPORT gyre_status_t gyre_input_create(const char *const *paths, size_t count,
                                            const gyre_input_opts_t *opts, gyre_input_t **input);
GYRE_EXPORT void gyre_input_destroy(gyre_input_t *input);
GYRE_EXPORT size_t gyre_input_count(const gyre_input_t *input);
GYRE_EXPORT uint64_t gyre_input_size(const gyre_input_t *input); /* bytes in all */
GYRE_EXPORT gyre_range_t gyre_input_file(const gyre_input_t *input, size_t index);

/* Part index of count parts of about equal bytes; 0 of 1 is all. The input outlives its splits. */
GYRE_EXPORT gyre_status_t gyre_split_create(const gyre_input_t *input, uint64_t index,
                                            uint64_t count, gyre_split_t **split);
GYRE_EXPORT void gyre_split_destroy(gyre_split_t *split);
GYRE_EXPORT size_t gyre_split_ranges(const gyre_split_t *split, const gyre_range_t **ranges);
GYRE_EXPORT uint64_t gyre_split_size(const gyre_split_t *split);

/* Hosts near which the split lies, nearest first; none where all are equally near. They live as
 * long as the split. */
GYRE_EXPORT gyre_status_t gyre_split_hosts(gyre_split_t *split, const char *const **hosts,
                                           size_t *count);

/* Lines of text. A line belongs to the split that it begins in and ends with "\n" or "\r\n", which
 * are not part of it, or with its file. line_max bounds its bytes, 0 does not. */
GYRE_EXPORT gyre_status_t gyre_lines_open(const gyre_split_t *split, size_t line_max,
                                          gyre_lines_t **lines);
/* Valid until the next call; line->data is NULL at the end. */
GYRE_EXPORT gyre_status_t gyre_lines_next(gyre_lines_t *lines, gyre_text_t *line);
/* The next lines as they lie in the file, as many as are at hand, all complete. */
GYRE_EXPORT gyre_status_t gyre_lines_block(gyre_lines_t *lines, gyre_text_t *block);
/* The same as a batch of one column of strings, "line", to be released; NULL at the end. */
GYRE_EXPORT gyre_status_t gyre_lines_batch(gyre_lines_t *lines, const gyre_batch_t **batch);
GYRE_EXPORT void gyre_lines_close(gyre_lines_t *lines);

/* Records of a fixed length. A record belongs to the split that it begins in; a file that ends
 * within one is GYRE_ERR_SYNTAX. */
GYRE_EXPORT gyre_status_t gyre_records_open(const gyre_split_t *split, size_t record_length,
                                            gyre_records_t **records);
/* The next records as they lie in the file; count is 0 at the end. Valid until the next call. */
GYRE_EXPORT gyre_status_t gyre_records_next(gyre_records_t *records, const void **first,
                                            size_t *count);
/* The same as a batch of one fixed_size_binary, "record", to be released; NULL at the end. */
GYRE_EXPORT gyre_status_t gyre_records_batch(gyre_records_t *records, const gyre_batch_t **batch);
GYRE_EXPORT void gyre_records_close(gyre_records_t *records);

/* Whole files: a file belongs to the split that it begins in. */
GYRE_EXPORT gyre_status_t gyre_whole_open(const gyre_split_t *split, gyre_whole_t **whole);
/* The next file's path and content; path is NULL at the end. Valid until the next call. */
GYRE_EXPORT gyre_status_t gyre_whole_next(gyre_whole_t *whole, const char **path,
                                          gyre_text_t *content);
GYRE_EXPORT void gyre_whole_close(gyre_whole_t *whole);

#ifdef __cplusplus
}
#endif
#endif
