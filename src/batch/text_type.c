/* SPDX-License-Identifier: Apache-2.0 */
/* Types as text. */
#include "batch/text.h"

#include <stdlib.h>

static gyre_status_t put_field(gyre__buf_t *text, const gyre_field_t *field)
{
    gyre_status_t status = gyre__buf_printf(text, "%s: ", field->name);
    if (status == GYRE_OK)
        status = gyre__text_type(text, field);
    if (status == GYRE_OK && field->required)
        status = gyre__buf_printf(text, " required");
    return status;
}

static gyre_status_t put_fields(gyre__buf_t *text, const gyre_field_t *fields, size_t count)
{
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; status == GYRE_OK && i < count; i++) {
        if (i > 0)
            status = gyre__buf_printf(text, ", ");
        if (status == GYRE_OK)
            status = put_field(text, &fields[i]);
    }
    return status;
}

static gyre_status_t put_children(gyre__buf_t *text, const gyre_field_t *field)
{
    gyre_status_t status = gyre__buf_printf(text, "<");
    if (status == GYRE_OK)
        status = field->kind == GYRE_KIND_STRUCT
                     ? put_fields(text, field->children, field->child_count)
                     : gyre__text_type(text, field->children);
    if (status != GYRE_OK)
        return status;
    return field->kind == GYRE_KIND_FIXED_SIZE_LIST
               ? gyre__buf_printf(text, ", %d>", (int)field->size)
               : gyre__buf_printf(text, ">");
}

gyre_status_t gyre__text_type(gyre__buf_t *text, const gyre_field_t *field)
{
    static const char *const units[] = {"s", "ms", "us", "ns"};
    gyre_status_t status = gyre__buf_printf(text, "%s", gyre_kind_name(field->kind));
    if (status != GYRE_OK)
        return status;
    switch (field->kind) {
    case GYRE_KIND_FIXED_SIZE_BINARY:
        return gyre__buf_printf(text, "(%d)", (int)field->size);
    case GYRE_KIND_DECIMAL128:
        return gyre__buf_printf(text, "(%d, %d)", (int)field->precision, (int)field->scale);
    case GYRE_KIND_TIMESTAMP:
        return gyre__buf_printf(text, "[%s%s%s]", units[field->unit], field->zone ? ", " : "",
                                field->zone ? field->zone : "");
    case GYRE_KIND_LIST:
    case GYRE_KIND_FIXED_SIZE_LIST:
    case GYRE_KIND_STRUCT:
        return put_children(text, field);
    default:
        return GYRE_OK;
    }
}

void gyre_schema_print(const gyre_schema_t *schema, FILE *stream)
{
    gyre__buf_t text;
    gyre__buf_init(&text);
    if (put_fields(&text, schema->fields, schema->field_count) == GYRE_OK)
        fprintf(stream, "%s\n", text.data ? text.data : "");
    gyre__buf_cleanup(&text);
}
