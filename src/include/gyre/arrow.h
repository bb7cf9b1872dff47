/* SPDX-License-Identifier: Apache-2.0 */
/* Batches to and from other libraries of this process, by the C Data and C Stream interfaces of
 * Apache Arrow, without a copy. See gyre_arrow(3). */
#ifndef GYRE_ARROW_H
#define GYRE_ARROW_H

#include <gyre/batch.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As Arrow's specification has them. */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE           2
#define ARROW_FLAG_MAP_KEYS_SORTED    4

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};
#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};
#endif

/* What is exported is the consumer's, to be released by its release; it keeps references of its
 * own. What is imported is released in time, also after an error: it is not the caller's any more.
 * GYRE_ERR_NOT_SUPPORTED: a type that batches do not have; GYRE_ERR_SYNTAX: against the rules. */

GYRE_EXPORT gyre_status_t gyre_schema_export(const gyre_schema_t *schema, struct ArrowSchema *out);
GYRE_EXPORT gyre_status_t gyre_schema_import(struct ArrowSchema *in, const gyre_schema_t **schema);

/* A batch as an array of structs. */
GYRE_EXPORT gyre_status_t gyre_batch_export(const gyre_batch_t *batch, struct ArrowArray *out);
GYRE_EXPORT gyre_status_t gyre_batch_import(const gyre_schema_t *schema, struct ArrowArray *in,
                                            const gyre_batch_t **batch);

/* Gives the next batch to *batch, a reference that is the caller's; NULL at the end. */
typedef gyre_status_t (*gyre_batch_next_fn)(void *arg, const gyre_batch_t **batch);

/* A stream of what next gives, batches of the schema; done, which may be NULL, is called when the
 * stream is released. */
GYRE_EXPORT gyre_status_t gyre_stream_export(const gyre_schema_t *schema, gyre_batch_next_fn next,
                                             void (*done)(void *arg), void *arg,
                                             struct ArrowArrayStream *out);

/* Batches of a stream of another library. */
typedef struct gyre_stream gyre_stream_t;

GYRE_EXPORT gyre_status_t gyre_stream_import(struct ArrowArrayStream *in, gyre_stream_t **stream);
/* As long as the stream. */
GYRE_EXPORT const gyre_schema_t *gyre_stream_schema(const gyre_stream_t *stream);
/* NULL at the end. GYRE_ERR_IO: the other library failed. */
GYRE_EXPORT gyre_status_t gyre_stream_next(gyre_stream_t *stream, const gyre_batch_t **batch);
/* NULL is allowed. */
GYRE_EXPORT void gyre_stream_destroy(gyre_stream_t *stream);

#ifdef __cplusplus
}
#endif
#endif
