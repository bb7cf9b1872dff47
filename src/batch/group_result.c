/* SPDX-License-Identifier: Apache-2.0 */
/* Groups as batches: what they look like, and copies of them. */
#include "base/error.h"
#include "batch/bits.h"
#include "batch/builder.h"
#include "batch/group.h"

#include <stdlib.h>
#include <string.h>

/* --- Schemas --- */

/* Bytes and kind of an aggregate's result, or of one of its parts. */
static gyre_field_t field_of(const gyre_group_t *group, const gyre_aggregate_t *aggregate,
                             gyre_fold_t fold, gyre__state_t state)
{
    static const gyre_kind_t kinds[] = {[GYRE__STATE_INT64] = GYRE_KIND_INT64,
                                        [GYRE__STATE_UINT64] = GYRE_KIND_UINT64,
                                        [GYRE__STATE_FLOAT64] = GYRE_KIND_FLOAT64};
    bool rows = aggregate->column == GYRE_GROUP_ROWS;
    gyre_field_t field = rows ? (gyre_field_t){.name = "count", .required = true}
                              : group->schema->fields[aggregate->column];
    const char *name = aggregate->name ? aggregate->name : field.name;
    if (fold != GYRE_FOLD_MIN && fold != GYRE_FOLD_MAX && fold != GYRE_FOLD_USER)
        field = (gyre_field_t){.kind = kinds[state], .required = field.required};
    field.name = name;
    field.required |= fold == GYRE_FOLD_COUNT;
    return field;
}

static size_t parts_in(const gyre_aggregate_t *aggregate)
{
    return aggregate->fold == GYRE_FOLD_MEAN ? 2 : 1;
}

gyre_status_t gyre__group_form(const gyre_group_t *group, gyre_group_form_t form,
                               const gyre_schema_t **schema)
{
    size_t count = group->keys.count;
    gyre_field_t *fields = calloc(count + group->part_count, sizeof(*fields));
    const gyre__part_t *part = group->parts;
    if (!fields)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a schema of groups");
    for (size_t i = 0; i < count; i++)
        fields[i] = group->schema->fields[group->key_columns[i]];
    for (size_t i = 0; i < group->aggregate_count; i++) {
        const gyre_aggregate_t *aggregate = &group->aggregates[i];
        size_t parts = parts_in(aggregate), wanted = form == GYRE_GROUP_PARTIAL ? parts : 1;
        for (size_t k = 0; k < wanted; k++)
            fields[count++] = field_of(group, aggregate, part[k].fold, part[k].state);
        part += parts;
    }
    gyre_status_t status = gyre_schema_create(fields, count, schema);
    free(fields);
    return status;
}

/* --- States as columns --- */

#define NARROW(name, from, to)                                                                     \
    static void name(void *at, const void *states, size_t count)                                   \
    {                                                                                              \
        to *narrow = at;                                                                           \
        for (size_t i = 0; i < count; i++)                                                         \
            narrow[i] = (to)((const from *)states)[i];                                             \
    }

NARROW(to_bytes, uint64_t, uint8_t)
NARROW(to_halves, uint64_t, uint16_t)
NARROW(to_singles, uint64_t, uint32_t)
NARROW(to_float32, double, float)

/* Into values of width bytes. */
static void narrow(void *to, const gyre__part_t *part, size_t first, size_t count, size_t width)
{
    const char *states = part->states + first * part->width;
    if (width == part->width)
        memcpy(to, states, count * width);
    else if (part->state == GYRE__STATE_FLOAT64)
        to_float32(to, states, count);
    else if (width == sizeof(uint32_t))
        to_singles(to, states, count);
    else if (width == sizeof(uint16_t))
        to_halves(to, states, count);
    else
        to_bytes(to, states, count);
}

/* Rows of the builder for which seen is not 0 are values. */
static gyre_status_t mark_nulls(gyre_builder_t *view, const uint8_t *seen, size_t count)
{
    gyre__builder_t *builder = gyre__builder(view);
    if (!seen || !memchr(seen, 0, count))
        return GYRE_OK;
    gyre_status_t status = gyre__builder_room_nulls(builder);
    if (status == GYRE_OK)
        gyre__bits_pack(gyre_buffer_data(builder->validity), view->length - count, seen, count);
    return status;
}

static gyre_status_t append_part(gyre_builder_t *builder, const gyre__part_t *part, size_t first,
                                 size_t count)
{
    void *values;
    gyre_status_t status = gyre_builder_extend(builder, count, &values);
    if (status != GYRE_OK)
        return status;
    narrow(values, part, first, count, gyre_field_width(builder->field));
    return mark_nulls(builder, part->seen ? part->seen + first : NULL, count);
}

/* Sums by counts. A group without a value has none. */
static gyre_status_t append_means(gyre_builder_t *builder, const gyre__part_t *part, size_t first,
                                  size_t count)
{
    const double *sums = (const double *)(const void *)part[0].states + first;
    const uint64_t *counts = (const uint64_t *)(const void *)part[1].states + first;
    void *values;
    gyre_status_t status = gyre_builder_extend(builder, count, &values);
    if (status != GYRE_OK)
        return status;
    double *means = values;
    for (size_t i = 0; i < count; i++)
        means[i] = counts[i] ? sums[i] / (double)counts[i] : 0;
    return mark_nulls(builder, part->seen ? part->seen + first : NULL, count);
}

static gyre_status_t append(const gyre_group_t *group, gyre_group_form_t form, size_t first,
                            size_t count, gyre_builder_t *builder)
{
    const gyre__part_t *part = group->parts;
    gyre_builder_t *const *column = builder->children;
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; status == GYRE_OK && i < group->keys.count; i++)
        status = gyre_builder_append_column(*column++, group->keys.columns[i], first, count);
    for (size_t i = 0; status == GYRE_OK && i < group->aggregate_count; i++) {
        size_t parts = parts_in(&group->aggregates[i]);
        if (form == GYRE_GROUP_FINAL && parts == 2)
            status = append_means(*column++, part, first, count);
        else
            for (size_t k = 0; status == GYRE_OK && k < parts; k++)
                status = append_part(*column++, &part[k], first, count);
        part += parts;
    }
    return status;
}

gyre_status_t gyre_group_result(const gyre_group_t *group, gyre_group_form_t form, size_t first,
                                size_t count, const gyre_allocator_t *allocator,
                                const gyre_batch_t **batch)
{
    gyre_builder_t *builder;
    if (!group || !batch)
        return gyre__error(GYRE_ERR_ARG, "no %s", group ? "place for the batch" : "group");
    if (first > group->count || count > group->count - first)
        return gyre__error(GYRE_ERR_RANGE, "%zu groups from group %zu of %zu", count, first,
                           group->count);
    gyre_status_t status = gyre_builder_create_batch(group->forms[form], allocator, &builder);
    if (status != GYRE_OK)
        return status;
    if (count > 0)
        status = append(group, form, first, count, builder);
    if (status == GYRE_OK)
        status = gyre_builder_finish_batch(builder, batch);
    gyre_builder_destroy(builder);
    return status;
}
