/* SPDX-License-Identifier: Apache-2.0 */
/* Arrow's C Stream Interface, both ways. */
#include "base/error.h"

#include <errno.h>
#include <gyre/arrow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DETAIL_MAX = 256 };

typedef struct source {
    const gyre_schema_t *schema;
    gyre_batch_next_fn next;
    void (*done)(void *arg);
    void *arg;
    char detail[DETAIL_MAX]; /* of the last error */
} source_t;

static int fail(source_t *source, gyre_status_t status)
{
    snprintf(source->detail, sizeof(source->detail), "%s: %s", gyre_status_string(status),
             gyre_last_error());
    return status == GYRE_ERR_NO_MEMORY ? ENOMEM : status == GYRE_ERR_NOT_SUPPORTED ? ENOSYS : EIO;
}

static int source_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    source_t *source = stream->private_data;
    gyre_status_t status = gyre_schema_export(source->schema, out);
    return status == GYRE_OK ? 0 : fail(source, status);
}

static int source_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    source_t *source = stream->private_data;
    const gyre_batch_t *batch = NULL;
    gyre_status_t status = source->next(source->arg, &batch);
    if (status == GYRE_OK && !batch) {
        *out = (struct ArrowArray){.release = NULL};
        return 0;
    }
    if (status == GYRE_OK)
        status = gyre_schema_equal(batch->schema, source->schema)
                     ? gyre_batch_export(batch, out)
                     : gyre__error(GYRE_ERR_ARG, "a batch is not of the stream's schema");
    gyre_batch_release(batch);
    return status == GYRE_OK ? 0 : fail(source, status);
}

static const char *source_error(struct ArrowArrayStream *stream)
{
    return ((source_t *)stream->private_data)->detail;
}

static void source_release(struct ArrowArrayStream *stream)
{
    source_t *source = stream->private_data;
    if (source->done)
        source->done(source->arg);
    gyre_schema_release(source->schema);
    free(source);
    stream->release = NULL;
}

gyre_status_t gyre_stream_export(const gyre_schema_t *schema, gyre_batch_next_fn next,
                                 void (*done)(void *arg), void *arg, struct ArrowArrayStream *out)
{
    if (!schema || !next || !out)
        return gyre__error(GYRE_ERR_ARG, "no %s",
                           !schema ? "schema"
                           : next  ? "place for the stream"
                                   : "next");
    source_t *source = calloc(1, sizeof(*source));
    if (!source)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a stream");
    *source = (source_t){gyre_schema_retain(schema), next, done, arg, ""};
    *out =
        (struct ArrowArrayStream){source_schema, source_next, source_error, source_release, source};
    return GYRE_OK;
}

struct gyre_stream {
    struct ArrowArrayStream in;
    const gyre_schema_t *schema;
};

static gyre_status_t failed(struct ArrowArrayStream *in, const char *what, int code)
{
    const char *detail = in->get_last_error(in);
    return gyre__error(GYRE_ERR_IO, "a stream has no %s: %s%s%s", what, strerror(code),
                       detail ? ": " : "", detail ? detail : "");
}

static gyre_status_t read_schema(gyre_stream_t *stream)
{
    struct ArrowSchema schema;
    int code = stream->in.get_schema(&stream->in, &schema);
    return code == 0 ? gyre_schema_import(&schema, &stream->schema)
                     : failed(&stream->in, "schema", code);
}

gyre_status_t gyre_stream_import(struct ArrowArrayStream *in, gyre_stream_t **stream)
{
    if (!in || !in->release)
        return gyre__error(GYRE_ERR_ARG, "no stream to import, or one that has been released");
    gyre_stream_t *made = stream ? calloc(1, sizeof(*made)) : NULL;
    if (!made) {
        in->release(in);
        return stream ? gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a stream")
                      : gyre__error(GYRE_ERR_ARG, "no place for the stream");
    }
    made->in = *in;
    in->release = NULL;
    gyre_status_t status = read_schema(made);
    if (status == GYRE_OK)
        *stream = made;
    else
        gyre_stream_destroy(made);
    return status;
}

const gyre_schema_t *gyre_stream_schema(const gyre_stream_t *stream)
{
    return stream ? stream->schema : NULL;
}

gyre_status_t gyre_stream_next(gyre_stream_t *stream, const gyre_batch_t **batch)
{
    struct ArrowArray array;
    if (!stream || !batch)
        return gyre__error(GYRE_ERR_ARG, "no %s", stream ? "place for the batch" : "stream");
    int code = stream->in.get_next(&stream->in, &array);
    if (code != 0)
        return failed(&stream->in, "next batch", code);
    if (array.release)
        return gyre_batch_import(stream->schema, &array, batch);
    *batch = NULL;
    return GYRE_OK;
}

void gyre_stream_destroy(gyre_stream_t *stream)
{
    if (!stream)
        return;
    stream->in.release(&stream->in);
    gyre_schema_release(stream->schema);
    free(stream);
}
