/* SPDX-License-Identifier: Apache-2.0 */
/* Schemas: a tree of fields in one allocation. What a kind has no use for is dropped on the way in,
 * so nobody need ask. */
#include "batch/schema.h"

#include "base/error.h"
#include "batch/kind.h"

#include <stdlib.h>
#include <string.h>

enum { PRECISION_MAX = 38 };

/* Where copies go; with base NULL they are only measured. */
typedef struct arena {
    char *base;
    size_t used;
} arena_t;

static const struct {
    size_t width;
    const char *name;
} kinds[GYRE_KIND_COUNT] = {
#define ROW(name, width, text) [name] = {width, text},
    GYRE_KIND_MAP(ROW)
#undef ROW
};

const char *gyre_kind_name(gyre_kind_t kind)
{
    return (unsigned)kind - 1 < GYRE_KIND_COUNT - 1 ? kinds[kind].name : "?";
}

size_t gyre_field_width(const gyre_field_t *field)
{
    if (field->kind == GYRE_KIND_FIXED_SIZE_BINARY)
        return (size_t)field->size;
    return kinds[field->kind].width;
}

static const char *name_of(const gyre_field_t *field)
{
    return field->name ? field->name : "";
}

static gyre_status_t check_children(const gyre_field_t *field)
{
    gyre__layout_t layout = gyre__layout(field->kind);
    bool list = layout == GYRE__LIST || layout == GYRE__FIXED_LIST;
    if (list && field->child_count != 1)
        return gyre__error(GYRE_ERR_ARG, "field \"%s\", a %s, has %zu children: expected 1",
                           name_of(field), gyre_kind_name(field->kind), field->child_count);
    if (!list && layout != GYRE__STRUCT && field->child_count != 0)
        return gyre__error(GYRE_ERR_ARG, "field \"%s\", a %s, has %zu children: expected none",
                           name_of(field), gyre_kind_name(field->kind), field->child_count);
    return GYRE_OK;
}

static gyre_status_t check_figures(const gyre_field_t *field)
{
    if (gyre__has_size(field->kind) && field->size < 1)
        return gyre__error(GYRE_ERR_RANGE, "field \"%s\", a %s, has size %d: expected 1 or more",
                           name_of(field), gyre_kind_name(field->kind), (int)field->size);
    if (field->kind == GYRE_KIND_DECIMAL128 &&
        (field->precision < 1 || field->precision > PRECISION_MAX))
        return gyre__error(GYRE_ERR_RANGE, "field \"%s\" has precision %d: expected 1 to %d",
                           name_of(field), (int)field->precision, PRECISION_MAX);
    if (field->kind == GYRE_KIND_TIMESTAMP && (unsigned)field->unit > GYRE_TIME_NANOSECOND)
        return gyre__error(GYRE_ERR_RANGE, "field \"%s\" has time unit %d: expected 0 to %d",
                           name_of(field), (int)field->unit, GYRE_TIME_NANOSECOND);
    return GYRE_OK;
}

static gyre_status_t check_metadata(const gyre_metadata_t *metadata, size_t count)
{
    if (count > 0 && !metadata)
        return gyre__error(GYRE_ERR_ARG, "%zu entries of metadata at NULL", count);
    for (size_t i = 0; i < count; i++)
        if (!metadata[i].key || !metadata[i].value)
            return gyre__error(GYRE_ERR_ARG, "entry %zu of metadata is NULL", i);
    return GYRE_OK;
}

static gyre_status_t check_fields(const gyre_field_t *fields, size_t count, int depth)
{
    if (count > 0 && !fields)
        return gyre__error(GYRE_ERR_ARG, "%zu fields at NULL", count);
    if (count > 0 && depth == GYRE_FIELD_DEPTH)
        return gyre__error(GYRE_ERR_RANGE, "field \"%s\" lies deeper than %d levels",
                           name_of(fields), GYRE_FIELD_DEPTH);
    for (size_t i = 0; i < count; i++) {
        const gyre_field_t *field = &fields[i];
        if ((unsigned)field->kind - 1 >= GYRE_KIND_COUNT - 1)
            return gyre__error(GYRE_ERR_ARG, "field \"%s\" is of kind %d, which is none",
                               name_of(field), (int)field->kind);
        gyre_status_t status = check_children(field);
        if (status == GYRE_OK)
            status = check_figures(field);
        if (status == GYRE_OK)
            status = check_metadata(field->metadata, field->metadata_count);
        if (status == GYRE_OK)
            status = check_fields(field->children, field->child_count, depth + 1);
        if (status != GYRE_OK)
            return status;
    }
    return GYRE_OK;
}

static void *take(arena_t *arena, size_t size, size_t align)
{
    arena->used = (arena->used + align - 1) / align * align;
    void *place = arena->base ? arena->base + arena->used : NULL;
    arena->used += size;
    return place;
}

static const char *copy_text(arena_t *arena, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = take(arena, size, 1);
    return copy ? memcpy(copy, text, size) : NULL;
}

static const gyre_metadata_t *copy_metadata(arena_t *arena, const gyre_metadata_t *from,
                                            size_t count)
{
    gyre_metadata_t *to = take(arena, count * sizeof(*to), _Alignof(gyre_metadata_t));
    for (size_t i = 0; i < count; i++) {
        gyre_metadata_t copy = {copy_text(arena, from[i].key), copy_text(arena, from[i].value)};
        if (to)
            to[i] = copy;
    }
    return to;
}

static const gyre_field_t *copy_fields(arena_t *arena, const gyre_field_t *from, size_t count);

static gyre_field_t copy_field(arena_t *arena, const gyre_field_t *from)
{
    gyre_field_t to = {
        .name = copy_text(arena, name_of(from)),
        .kind = from->kind,
        .required = from->required,
        .size = gyre__has_size(from->kind) ? from->size : 0,
        .child_count = from->child_count,
        .children = copy_fields(arena, from->children, from->child_count),
        .metadata_count = from->metadata_count,
        .metadata = copy_metadata(arena, from->metadata, from->metadata_count),
    };
    if (from->kind == GYRE_KIND_DECIMAL128) {
        to.precision = from->precision;
        to.scale = from->scale;
    }
    if (from->kind == GYRE_KIND_TIMESTAMP) {
        to.unit = from->unit;
        to.zone = from->zone && *from->zone ? copy_text(arena, from->zone) : NULL;
    }
    return to;
}

static const gyre_field_t *copy_fields(arena_t *arena, const gyre_field_t *from, size_t count)
{
    gyre_field_t *to = take(arena, count * sizeof(*to), _Alignof(gyre_field_t));
    for (size_t i = 0; i < count; i++) {
        gyre_field_t copy = copy_field(arena, &from[i]);
        if (to)
            to[i] = copy;
    }
    return to;
}

/* Measured or made, by the arena. */
static gyre_schema_t copy_all(arena_t *arena, const gyre_schema_t *from)
{
    return (gyre_schema_t){from->field_count, copy_fields(arena, from->fields, from->field_count),
                           from->metadata_count,
                           copy_metadata(arena, from->metadata, from->metadata_count)};
}

gyre_status_t gyre_schema_create_with(const gyre_field_t *fields, size_t count,
                                      const gyre_metadata_t *metadata, size_t metadata_count,
                                      const gyre_schema_t **schema)
{
    const gyre_schema_t from = {count, fields, metadata_count, metadata};
    arena_t arena = {NULL, sizeof(gyre__schema_t)};
    if (!schema)
        return gyre__error(GYRE_ERR_ARG, "no place for the schema");
    gyre_status_t status = check_fields(fields, count, 0);
    if (status == GYRE_OK)
        status = check_metadata(metadata, metadata_count);
    if (status != GYRE_OK)
        return status;
    copy_all(&arena, &from);
    gyre__schema_t *made = malloc(arena.used);
    if (!made)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a schema of %zu fields", count);
    arena = (arena_t){(char *)made, sizeof(*made)};
    made->view = copy_all(&arena, &from);
    atomic_init(&made->refs, 1);
    atomic_init(&made->hash, 0);
    *schema = &made->view;
    return GYRE_OK;
}

gyre_status_t gyre_schema_create(const gyre_field_t *fields, size_t count,
                                 const gyre_schema_t **schema)
{
    return gyre_schema_create_with(fields, count, NULL, 0, schema);
}

const gyre_schema_t *gyre_schema_retain(const gyre_schema_t *schema)
{
    if (schema)
        atomic_fetch_add_explicit(&((gyre__schema_t *)schema)->refs, 1, memory_order_relaxed);
    return schema;
}

void gyre_schema_release(const gyre_schema_t *schema)
{
    gyre__schema_t *made = (gyre__schema_t *)schema;
    if (made && atomic_fetch_sub_explicit(&made->refs, 1, memory_order_acq_rel) == 1)
        free(made);
}

gyre_status_t gyre_schema_find(const gyre_schema_t *schema, const char *name, size_t *index)
{
    size_t count = 0, found = 0;
    if (!schema || !name || !index)
        return gyre__error(GYRE_ERR_ARG, "no %s",
                           !schema ? "schema"
                           : name  ? "place for the index"
                                   : "name to find");
    for (size_t i = 0; i < schema->field_count; i++)
        if (strcmp(schema->fields[i].name, name) == 0) {
            found = i;
            count++;
        }
    if (count != 1)
        return gyre__error(GYRE_ERR_NOT_FOUND, "%s field is named \"%s\"",
                           count ? "more than one" : "no", name);
    *index = found;
    return GYRE_OK;
}

static bool same_text(const char *left, const char *right)
{
    return strcmp(left ? left : "", right ? right : "") == 0;
}

/* What belongs to the kind; figures of no use are zero in both. */
static bool same_figures(const gyre_field_t *left, const gyre_field_t *right)
{
    return left->kind == right->kind && left->size == right->size &&
           left->precision == right->precision && left->scale == right->scale &&
           left->unit == right->unit && left->child_count == right->child_count &&
           same_text(left->zone, right->zone);
}

bool gyre_field_alike(const gyre_field_t *left, const gyre_field_t *right)
{
    if (left == right)
        return true;
    bool alike = same_figures(left, right);
    for (size_t i = 0; alike && i < left->child_count; i++) {
        const gyre_field_t *l = &left->children[i], *r = &right->children[i];
        alike = gyre_field_alike(l, r) &&
                (left->kind != GYRE_KIND_STRUCT || same_text(l->name, r->name));
    }
    return alike;
}

static bool same_fields(const gyre_field_t *left, const gyre_field_t *right, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!same_text(left[i].name, right[i].name) || left[i].required != right[i].required ||
            !same_figures(&left[i], &right[i]) ||
            !same_fields(left[i].children, right[i].children, left[i].child_count))
            return false;
    return true;
}

bool gyre_schema_equal(const gyre_schema_t *left, const gyre_schema_t *right)
{
    return left == right || (left->field_count == right->field_count &&
                             same_fields(left->fields, right->fields, left->field_count));
}
