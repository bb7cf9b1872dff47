/* SPDX-License-Identifier: Apache-2.0 */
/* Folding values into the states of groups. A block of a column is brought to the form of the
 * states, without its nulls; then one loop folds it. States start with what changes no value. */
#include "base/error.h"
#include "batch/group.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef __int128 decimal_t __attribute__((aligned(8)));

#define FOLD(name, T, expr)                                                                        \
    static void name(void *at, const uint32_t *groups, const void *from, size_t count)             \
    {                                                                                              \
        T *states = at;                                                                            \
        const T *values = from;                                                                    \
        for (size_t i = 0; i < count; i++) {                                                       \
            const T l = states[groups[i]], r = values[i];                                          \
            states[groups[i]] = (expr);                                                            \
        }                                                                                          \
    }

FOLD(sum_words, uint64_t, l + r)
FOLD(prod_words, uint64_t, l *r)
FOLD(sum_reals, double, l + r)
FOLD(prod_reals, double, l *r)
FOLD(min_int64, int64_t, r < l ? r : l)
FOLD(max_int64, int64_t, r > l ? r : l)
FOLD(min_uint64, uint64_t, r < l ? r : l)
FOLD(max_uint64, uint64_t, r > l ? r : l)
FOLD(min_reals, double, r < l || isnan(l) ? r : l)
FOLD(max_reals, double, r > l || isnan(l) ? r : l)
FOLD(min_decimals, decimal_t, r < l ? r : l)
FOLD(max_decimals, decimal_t, r > l ? r : l)

static void count_rows(void *at, const uint32_t *groups, size_t count)
{
    uint64_t *states = at;
    for (size_t i = 0; i < count; i++)
        states[groups[i]]++;
}

typedef void (*fold_fn)(void *states, const uint32_t *groups, const void *values, size_t count);

static const fold_fn folds[GYRE_FOLD_MAX + 1][GYRE__STATE_DECIMAL + 1] = {
    [GYRE_FOLD_COUNT] = {sum_words}, /* of counts */
    [GYRE_FOLD_SUM] = {sum_words, sum_words, sum_reals},
    [GYRE_FOLD_PROD] = {prod_words, prod_words, prod_reals},
    [GYRE_FOLD_MIN] = {min_int64, min_uint64, min_reals, min_decimals},
    [GYRE_FOLD_MAX] = {max_int64, max_uint64, max_reals, max_decimals}};

/* --- Parts --- */

static gyre__state_t state_of(gyre_kind_t kind)
{
    switch (kind) {
    case GYRE_KIND_INT8:
    case GYRE_KIND_INT16:
    case GYRE_KIND_INT32:
    case GYRE_KIND_INT64:
    case GYRE_KIND_DATE32:
    case GYRE_KIND_TIMESTAMP:
        return GYRE__STATE_INT64;
    case GYRE_KIND_UINT8:
    case GYRE_KIND_UINT16:
    case GYRE_KIND_UINT32:
    case GYRE_KIND_UINT64:
        return GYRE__STATE_UINT64;
    case GYRE_KIND_FLOAT32:
    case GYRE_KIND_FLOAT64:
        return GYRE__STATE_FLOAT64;
    case GYRE_KIND_DECIMAL128:
        return GYRE__STATE_DECIMAL;
    default:
        return GYRE__STATE_VALUE;
    }
}

static bool goes(const gyre_aggregate_t *aggregate, const gyre_field_t *field)
{
    bool number = field && state_of(field->kind) <= GYRE__STATE_FLOAT64 &&
                  field->kind != GYRE_KIND_DATE32 && field->kind != GYRE_KIND_TIMESTAMP;
    switch (aggregate->fold) {
    case GYRE_FOLD_COUNT:
        return true;
    case GYRE_FOLD_MIN:
    case GYRE_FOLD_MAX:
        return field && state_of(field->kind) != GYRE__STATE_VALUE;
    case GYRE_FOLD_USER:
        return field && aggregate->function && gyre__layout(field->kind) == GYRE__FIXED;
    default:
        return number;
    }
}

gyre_status_t gyre__parts_of(const gyre_aggregate_t *aggregate, const gyre_field_t *field,
                             gyre__part_t *parts, size_t *count)
{
    if (aggregate->fold > GYRE_FOLD_USER || !goes(aggregate, field))
        return gyre__error(GYRE_ERR_ARG, "fold %d does not go with a column of %s",
                           (int)aggregate->fold, field ? gyre_kind_name(field->kind) : "rows");
    gyre__part_t part = {.fold = aggregate->fold,
                         .width = sizeof(uint64_t),
                         .column = aggregate->column,
                         .function = aggregate->function,
                         .arg = aggregate->arg};
    *count = 0;
    if (part.fold == GYRE_FOLD_MEAN) {
        part.fold = GYRE_FOLD_SUM;
        part.state = GYRE__STATE_FLOAT64;
        parts[(*count)++] = part;
        part.fold = GYRE_FOLD_COUNT;
    }
    part.state = part.fold == GYRE_FOLD_COUNT  ? GYRE__STATE_INT64
                 : part.fold == GYRE_FOLD_USER ? GYRE__STATE_VALUE
                                               : state_of(field->kind);
    if (part.state >= GYRE__STATE_DECIMAL)
        part.width = gyre_field_width(field);
    parts[(*count)++] = part;
    return GYRE_OK;
}

/* --- Room --- */

static gyre_status_t grow(void **array, size_t used, size_t size)
{
    void *grown = gyre__group_alloc(size);
    if (!grown)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu bytes of states", size);
    if (used > 0)
        memcpy(grown, *array, used);
    free(*array);
    *array = grown;
    return GYRE_OK;
}

gyre_status_t gyre__part_room(gyre__part_t *part, size_t count, size_t room)
{
    gyre_status_t status = grow((void **)&part->states, count * part->width, room * part->width);
    if (status == GYRE_OK && (part->seen || part->fold == GYRE_FOLD_USER))
        status = grow((void **)&part->seen, count, room);
    return status;
}

gyre_status_t gyre__part_room_nulls(gyre__part_t *part, size_t count, size_t room)
{
    if (part->seen || part->fold == GYRE_FOLD_COUNT)
        return GYRE_OK;
    gyre_status_t status = grow((void **)&part->seen, 0, room);
    if (status == GYRE_OK)
        memset(part->seen, 1, count);
    return status;
}

void gyre__part_fetch(const gyre__part_t *part, const uint32_t *groups, size_t count)
{
    for (size_t i = 0; i < count; i++)
        __builtin_prefetch(part->states + groups[i] * part->width, 1);
}

static void fill(void *states, uint64_t word, size_t first, size_t count)
{
    uint64_t *words = (uint64_t *)states + first;
    for (size_t i = 0; i < count; i++)
        words[i] = word;
}

static uint64_t word_of(double value)
{
    uint64_t word;
    memcpy(&word, &value, sizeof(word));
    return word;
}

/* What changes no value that it is folded with. */
static uint64_t neutral(const gyre__part_t *part)
{
    bool real = part->state == GYRE__STATE_FLOAT64, sign = part->state == GYRE__STATE_INT64;
    switch (part->fold) {
    case GYRE_FOLD_PROD:
        return real ? word_of(1) : 1;
    case GYRE_FOLD_MIN:
        return real ? word_of(NAN) : sign ? INT64_MAX : UINT64_MAX;
    case GYRE_FOLD_MAX:
        return real ? word_of(NAN) : sign ? (uint64_t)INT64_MIN : 0;
    default:
        return 0;
    }
}

void gyre__part_start(gyre__part_t *part, size_t first, size_t count)
{
    const decimal_t low = (decimal_t)1 << 126, least = -low - low;
    decimal_t *decimals = (decimal_t *)(void *)part->states;
    if (part->state == GYRE__STATE_DECIMAL)
        for (size_t i = first; i < first + count; i++)
            decimals[i] = part->fold == GYRE_FOLD_MIN ? -(least + 1) : least;
    else if (part->state != GYRE__STATE_VALUE)
        fill(part->states, neutral(part), first, count);
    if (part->seen)
        memset(part->seen + first, 0, count);
}

/* --- Values --- */

#define WIDEN(name, from, to)                                                                      \
    static void name(void *restrict at, const void *restrict values_, size_t first, size_t count)  \
    {                                                                                              \
        const from *values = (const from *)values_ + first;                                        \
        to *wide = at;                                                                             \
        for (size_t i = 0; i < count; i++)                                                         \
            wide[i] = (to)values[i];                                                               \
    }

#define WIDENED(kind, from)                                                                        \
    WIDEN(kind##_as_word, from, uint64_t) WIDEN(kind##_as_real, from, double)

WIDENED(int8, int8_t)
WIDENED(int16, int16_t)
WIDENED(int32, int32_t)
WIDENED(uint8, uint8_t)
WIDENED(uint16, uint16_t)
WIDENED(uint32, uint32_t)
WIDEN(int64_as_real, int64_t, double)
WIDEN(uint64_as_real, uint64_t, double)
WIDEN(float32_as_real, float, double)

typedef void (*widen_fn)(void *to, const void *from, size_t first, size_t count);

/* To words, to reals; what is missing is as it should be. */
static const widen_fn widens[GYRE_KIND_COUNT][2] = {
    [GYRE_KIND_INT8] = {int8_as_word, int8_as_real},
    [GYRE_KIND_INT16] = {int16_as_word, int16_as_real},
    [GYRE_KIND_INT32] = {int32_as_word, int32_as_real},
    [GYRE_KIND_INT64] = {NULL, int64_as_real},
    [GYRE_KIND_UINT8] = {uint8_as_word, uint8_as_real},
    [GYRE_KIND_UINT16] = {uint16_as_word, uint16_as_real},
    [GYRE_KIND_UINT32] = {uint32_as_word, uint32_as_real},
    [GYRE_KIND_UINT64] = {NULL, uint64_as_real},
    [GYRE_KIND_FLOAT32] = {NULL, float32_as_real},
    [GYRE_KIND_DATE32] = {int32_as_word, NULL}};

/* Brings values to the form of the states, in room, unless they lie so; gives their width. */
static const char *widened(const gyre__part_t *part, const gyre_column_t *column, size_t first,
                           size_t count, void *room, size_t *width)
{
    bool as_it_is = part->state >= GYRE__STATE_DECIMAL || part->fold == GYRE_FOLD_COUNT;
    widen_fn widen = NULL;
    if (!as_it_is)
        widen = widens[column->field->kind][part->state == GYRE__STATE_FLOAT64];
    *width = widen ? part->width : gyre_field_width(column->field);
    if (!widen)
        return (const char *)column->values + first * *width;
    widen(room, column->values, first, count);
    return room;
}

void gyre__part_widen(const gyre__part_t *part, const gyre_column_t *column, void *states)
{
    widens[column->field->kind][part->state == GYRE__STATE_FLOAT64](states, column->values, 0,
                                                                    column->length);
}

static void fold_user(gyre__part_t *part, const uint32_t *groups, const char *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *state = part->states + groups[i] * part->width;
        const char *value = values + i * part->width;
        if (part->seen[groups[i]])
            part->function(part->arg, state, value);
        else
            memcpy(state, value, part->width);
        part->seen[groups[i]] = 1;
    }
}

static void fold_values(gyre__part_t *part, bool merge, const uint32_t *groups, const void *values,
                        size_t count)
{
    if (part->fold == GYRE_FOLD_USER) {
        fold_user(part, groups, values, count);
        return;
    }
    if (part->fold == GYRE_FOLD_COUNT && !merge)
        count_rows(part->states, groups, count);
    else
        folds[part->fold][part->state](part->states, groups, values, count);
    for (size_t i = 0; part->seen && i < count; i++)
        part->seen[groups[i]] = 1;
}

/* Rows from row on, count at most, that all are null or none is. */
static size_t run_of(const gyre_column_t *column, size_t row, size_t count, bool null)
{
    size_t length = 1;
    while (length < count && gyre_column_is_null(column, row + length) == null)
        length++;
    return length;
}

void gyre__part_fold(gyre__part_t *part, bool merge, const gyre_column_t *column, size_t first,
                     const uint32_t *groups, size_t count)
{
    uint64_t room[GYRE__GROUP_BLOCK];
    if (!column) {
        count_rows(part->states, groups, count);
        return;
    }
    size_t width;
    const char *values = widened(part, column, first, count, room, &width);
    for (size_t done = 0, run = count; done < count; done += run) {
        bool null = gyre_column_is_null(column, first + done);
        if (column->validity)
            run = run_of(column, first + done, count - done, null);
        if (!null)
            fold_values(part, merge, groups + done, values + done * width, run);
    }
}
