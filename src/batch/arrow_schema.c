/* SPDX-License-Identifier: Apache-2.0 */
/* Schemas to Arrow's C Data Interface. Every node has a reference of its own to the schema that
 * holds its texts, because a consumer may move a child out of its parent. */
#include "base/buf.h"
#include "base/error.h"
#include "batch/kind.h"

#include <gyre/arrow.h>
#include <stdlib.h>
#include <string.h>

typedef struct node {
    const gyre_schema_t *schema;
    gyre__buf_t format, metadata;
    struct ArrowSchema **pointers;
    struct ArrowSchema children[];
} node_t;

static void release(struct ArrowSchema *out)
{
    node_t *node = out->private_data;
    for (int64_t i = 0; i < out->n_children; i++)
        if (out->children[i]->release)
            out->children[i]->release(out->children[i]);
    gyre__buf_cleanup(&node->format);
    gyre__buf_cleanup(&node->metadata);
    gyre_schema_release(node->schema);
    free(node->pointers);
    free(node);
    out->release = NULL;
}

static const char *plain_format(gyre_kind_t kind)
{
    static const char *const formats[GYRE_KIND_COUNT] = {
        [GYRE_KIND_BOOL] = "b",     [GYRE_KIND_INT8] = "c",    [GYRE_KIND_INT16] = "s",
        [GYRE_KIND_INT32] = "i",    [GYRE_KIND_INT64] = "l",   [GYRE_KIND_UINT8] = "C",
        [GYRE_KIND_UINT16] = "S",   [GYRE_KIND_UINT32] = "I",  [GYRE_KIND_UINT64] = "L",
        [GYRE_KIND_FLOAT16] = "e",  [GYRE_KIND_FLOAT32] = "f", [GYRE_KIND_FLOAT64] = "g",
        [GYRE_KIND_DATE32] = "tdD", [GYRE_KIND_STRING] = "u",  [GYRE_KIND_BINARY] = "z",
        [GYRE_KIND_LIST] = "+l",    [GYRE_KIND_STRUCT] = "+s"};
    return formats[kind];
}

static gyre_status_t put_format(gyre__buf_t *format, const gyre_field_t *field)
{
    switch (field->kind) {
    case GYRE_KIND_FIXED_SIZE_BINARY:
        return gyre__buf_printf(format, "w:%d", (int)field->size);
    case GYRE_KIND_FIXED_SIZE_LIST:
        return gyre__buf_printf(format, "+w:%d", (int)field->size);
    case GYRE_KIND_DECIMAL128:
        return gyre__buf_printf(format, "d:%d,%d", (int)field->precision, (int)field->scale);
    case GYRE_KIND_TIMESTAMP:
        return gyre__buf_printf(format, "ts%c:%s", "smun"[field->unit],
                                field -> zone ? field -> zone : "");
    default:
        return gyre__buf_printf(format, "%s", plain_format(field->kind));
    }
}

static gyre_status_t put_text(gyre__buf_t *bytes, const char *text)
{
    int32_t length = (int32_t)strlen(text);
    gyre_status_t status = gyre__buf_append(bytes, &length, sizeof(length));
    return status == GYRE_OK ? gyre__buf_append(bytes, text, (size_t)length) : status;
}

static gyre_status_t put_metadata(gyre__buf_t *bytes, const gyre_metadata_t *metadata, size_t count)
{
    int32_t number = (int32_t)count;
    if (count == 0)
        return GYRE_OK;
    gyre_status_t status = gyre__buf_append(bytes, &number, sizeof(number));
    for (size_t i = 0; status == GYRE_OK && i < count; i++) {
        status = put_text(bytes, metadata[i].key);
        if (status == GYRE_OK)
            status = put_text(bytes, metadata[i].value);
    }
    return status;
}

static gyre_status_t export_field(const gyre_schema_t *schema, const gyre_field_t *field,
                                  struct ArrowSchema *out);

static gyre_status_t fill(node_t *node, const gyre_field_t *field, struct ArrowSchema *out)
{
    gyre_status_t status = put_format(&node->format, field);
    if (status == GYRE_OK)
        status = put_metadata(&node->metadata, field->metadata, field->metadata_count);
    out->format = node->format.data;
    out->metadata = node->metadata.data;
    for (size_t i = 0; status == GYRE_OK && i < field->child_count; i++) {
        status = export_field(node->schema, &field->children[i], &node->children[i]);
        if (status != GYRE_OK)
            break;
        node->pointers[i] = &node->children[i];
        out->n_children++;
    }
    return status;
}

/* out is not set but on success. */
static gyre_status_t export_field(const gyre_schema_t *schema, const gyre_field_t *field,
                                  struct ArrowSchema *out)
{
    size_t count = field->child_count;
    node_t *node = calloc(1, sizeof(*node) + count * sizeof(struct ArrowSchema));
    struct ArrowSchema **pointers = calloc(count + 1, sizeof(*pointers));
    if (!node || !pointers) {
        free(node);
        free(pointers);
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to export field \"%s\"", field->name);
    }
    node->schema = gyre_schema_retain(schema);
    node->pointers = pointers;
    struct ArrowSchema made = {.name = field->name,
                               .flags = field->required ? 0 : ARROW_FLAG_NULLABLE,
                               .children = pointers,
                               .release = release,
                               .private_data = node};
    gyre_status_t status = fill(node, field, &made);
    if (status == GYRE_OK)
        *out = made;
    else
        release(&made);
    return status;
}

gyre_status_t gyre_schema_export(const gyre_schema_t *schema, struct ArrowSchema *out)
{
    if (!schema || !out)
        return gyre__error(GYRE_ERR_ARG, "no %s", schema ? "place for the schema" : "schema");
    const gyre_field_t root = {.name = "",
                               .kind = GYRE_KIND_STRUCT,
                               .required = true,
                               .child_count = schema->field_count,
                               .children = schema->fields,
                               .metadata_count = schema->metadata_count,
                               .metadata = schema->metadata};
    return export_field(schema, &root, out);
}
