/* SPDX-License-Identifier: Apache-2.0 */
/* What rows of a join look like, on their way and at its targets. */
#include "base/error.h"
#include "dataflow/join.h"

#include <stdlib.h>
#include <string.h>

bool gyre__join_keeps(gyre_join_t join, int side)
{
    return join == GYRE_JOIN_FULL || join == (side == 0 ? GYRE_JOIN_LEFT : GYRE_JOIN_RIGHT);
}

gyre_status_t gyre__join_side(const gyre_schema_t *schema, gyre_join_t join, int side,
                              const gyre_schema_t **carried)
{
    if (!gyre__join_keeps(join, !side)) {
        *carried = gyre_schema_retain(schema);
        return GYRE_OK;
    }
    gyre_field_t *fields = malloc(schema->field_count * sizeof(*fields));
    if (!fields)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu fields", schema->field_count);
    memcpy(fields, schema->fields, schema->field_count * sizeof(*fields));
    for (size_t i = 0; i < schema->field_count; i++)
        fields[i].required = false;
    gyre_status_t status = gyre_schema_create_with(fields, schema->field_count, schema->metadata,
                                                   schema->metadata_count, carried);
    free(fields);
    return status;
}

static bool is_taken(const gyre_field_t *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(fields[i].name, name) == 0)
            return true;
    return false;
}

/* Names that were changed are in names, for the caller to free. */
static gyre_status_t append_field(gyre_field_t *fields, char **names, size_t count,
                                  const gyre_field_t *field)
{
    static const char suffix[] = "_right";
    fields[count] = *field;
    while (is_taken(fields, count, fields[count].name)) {
        size_t length = strlen(fields[count].name);
        char *name = realloc(names[count], length + sizeof(suffix));
        if (!name)
            return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the name of a column");
        if (!names[count])
            memcpy(name, field->name, length);
        memcpy(name + length, suffix, sizeof(suffix));
        fields[count].name = names[count] = name;
    }
    return GYRE_OK;
}

static gyre_status_t put_together(const gyre_schema_t *left, const gyre_schema_t *right,
                                  const gyre_schema_t **schema)
{
    size_t count = left->field_count + right->field_count;
    gyre_field_t *fields = malloc(count * sizeof(*fields));
    char **names = calloc(count, sizeof(*names));
    gyre_status_t status = GYRE_OK;
    if (!fields || !names)
        status = gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu fields", count);
    else
        memcpy(fields, left->fields, left->field_count * sizeof(*fields));
    for (size_t i = left->field_count; status == GYRE_OK && i < count; i++)
        status = append_field(fields, names, i, &right->fields[i - left->field_count]);
    if (status == GYRE_OK)
        status = gyre_schema_create(fields, count, schema);
    for (size_t i = 0; names && i < count; i++)
        free(names[i]);
    free(names);
    free(fields);
    return status;
}

gyre_status_t gyre__join_schema(const gyre_schema_t *left, const gyre_schema_t *right,
                                gyre_join_t join, const gyre_schema_t **schema)
{
    const gyre_schema_t *sides[GYRE__SIDES] = {NULL, NULL};
    gyre_status_t status = gyre__join_side(left, join, 0, &sides[0]);
    if (status == GYRE_OK)
        status = gyre__join_side(right, join, 1, &sides[1]);
    if (status == GYRE_OK)
        status = put_together(sides[0], sides[1], schema);
    gyre_schema_release(sides[0]);
    gyre_schema_release(sides[1]);
    return status;
}
