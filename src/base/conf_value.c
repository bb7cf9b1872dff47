/* SPDX-License-Identifier: Apache-2.0 */
/* The words of each type. Numbers are read digit by digit, because strtoull takes signs, blanks
 * and other bases: only what the type's description promises is accepted, to the last byte. */
#include "base/conf_value.h"

#include "base/buf.h"
#include "base/error.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct unit {
    const char *name;
    uint64_t factor;
} unit_t;

static const unit_t size_units[] = {{"", 1},
                                    {"k", UINT64_C(1) << 10},
                                    {"m", UINT64_C(1) << 20},
                                    {"g", UINT64_C(1) << 30},
                                    {"t", UINT64_C(1) << 40},
                                    {NULL, 0}};
static const unit_t time_units[] = {{"ns", 1},
                                    {"us", UINT64_C(1000)},
                                    {"ms", UINT64_C(1000000)},
                                    {"s", UINT64_C(1000000000)},
                                    {NULL, 0}};

static const char size_words[] = "a size such as 4096, 64k, 1.5m or inf";
static const char time_words[] = "a time such as 200us, 5ms or 2s, or inf";

static gyre_status_t malformed(const char *where, const char *text, const char *expected)
{
    return gyre__error(GYRE_ERR_SYNTAX, "%s=%s: expected %s", where, text, expected);
}

static gyre_status_t too_large(const char *where, const char *text)
{
    return gyre__error(GYRE_ERR_RANGE, "%s=%s: too large; inf stands for no limit", where, text);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Appends a decimal digit; false when the number leaves 64 bits. */
static bool push_digit(uint64_t *number, char digit)
{
    return !__builtin_mul_overflow(*number, 10, number) &&
           !__builtin_add_overflow(*number, (uint64_t)(digit - '0'), number);
}

/* floor(0.digits * factor), exact: floors nest in divisions by 10. */
static uint64_t fraction_of(const char *digits, size_t count, uint64_t factor)
{
    uint64_t sum = 0;
    while (count-- > 0)
        sum = ((uint64_t)(digits[count] - '0') * factor + sum) / 10;
    return sum;
}

static const unit_t *find_unit(const unit_t *units, const char *name)
{
    for (; units->name; units++)
        if (!strcasecmp(units->name, name))
            return units;
    return NULL;
}

/* number[.fraction]unit. Zero needs no unit, a fraction needs one larger than 1. */
static gyre_status_t parse_scaled(const unit_t *units, const char *words, const char *where,
                                  const char *text, uint64_t *out)
{
    if (!strcasecmp(text, "inf")) {
        *out = UINT64_MAX;
        return GYRE_OK;
    }
    uint64_t whole = 0, part = 0;
    bool fits = true;
    const char *at = text;
    for (; is_digit(*at); at++)
        fits = fits && push_digit(&whole, *at);
    const char *point = *at == '.' ? at++ : NULL;
    size_t digits = point ? strspn(at, "0123456789") : 0;
    at += digits;
    if (point == text || at == text || (point && digits == 0))
        return malformed(where, text, words);
    const unit_t *unit = find_unit(units, at);
    if (!unit && !(*at == '\0' && !point && whole == 0 && fits))
        return malformed(where, text, words);
    uint64_t factor = unit ? unit->factor : 1;
    if (point && factor == 1)
        return malformed(where, text, words);
    part = fraction_of(point ? point + 1 : "", digits, factor);
    if (!fits || __builtin_mul_overflow(whole, factor, &whole) ||
        __builtin_add_overflow(whole, part, out))
        return too_large(where, text);
    return GYRE_OK;
}

static gyre_status_t parse_size(const char *where, const char *text, size_t *out)
{
    uint64_t bytes;
    gyre_status_t status = parse_scaled(size_units, size_words, where, text, &bytes);
    if (status != GYRE_OK)
        return status;
    if (bytes > SIZE_MAX && bytes != UINT64_MAX)
        return too_large(where, text);
    *out = (size_t)bytes;
    return GYRE_OK;
}

static gyre_status_t parse_int(const gyre__conf_field_t *field, const char *where, const char *text,
                               int64_t *out)
{
    uint64_t magnitude = 0, limit = (uint64_t)INT64_MAX + (*text == '-');
    bool fits = true;
    const char *at = text + (*text == '-');
    const char *first = at;
    for (; is_digit(*at); at++)
        fits = fits && push_digit(&magnitude, *at);
    bool syntax = at == first || *at;
    int64_t number = *text == '-' ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    if (syntax || !fits || magnitude > limit || number < field->min || number > field->max)
        return gyre__error(syntax ? GYRE_ERR_SYNTAX : GYRE_ERR_RANGE,
                           "%s=%s: expected an integer from %" PRId64 " to %" PRId64, where, text,
                           field->min, field->max);
    *out = number;
    return GYRE_OK;
}

static gyre_status_t parse_bool(const char *where, const char *text, int *out)
{
    static const char *const words[] = {"no", "yes", "off", "on", "false", "true", "0", "1"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (!strcasecmp(words[i], text)) {
            *out = (int)(i % 2);
            return GYRE_OK;
        }
    return malformed(where, text, "yes or no");
}

/* "a, b or c". */
static void list_words(const char *const *words, gyre__buf_t *list)
{
    for (size_t i = 0; words[i]; i++)
        gyre__buf_printf(list, "%s%s", i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
}

static gyre_status_t parse_enum(const gyre__conf_field_t *field, const char *where,
                                const char *text, int *out)
{
    size_t count = 0;
    for (; field->values[count]; count++)
        if (!strcasecmp(field->values[count], text)) {
            *out = (int)count;
            return GYRE_OK;
        }
    gyre__buf_t list;
    gyre__buf_init(&list);
    list_words(field->values, &list);
    const char *near = gyre__conf_nearest(text, field->values, count);
    gyre_status_t status = gyre__error(GYRE_ERR_SYNTAX, "%s=%s: expected %s%s%s%s", where, text,
                                       list.data ? list.data : "", near ? " (did you mean " : "",
                                       near ? near : "", near ? "?)" : "");
    gyre__buf_cleanup(&list);
    return status;
}

static gyre_status_t parse_string(const char *where, const char *text, char **out)
{
    *out = strdup(text);
    if (!*out)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the value of %s", where);
    return GYRE_OK;
}

gyre_status_t gyre__conf_value_parse(const gyre__conf_field_t *field, const char *where,
                                     const char *text, gyre__conf_value_t *value)
{
    switch (field->type) {
    case GYRE__CONF_BOOL:
        return parse_bool(where, text, &value->number);
    case GYRE__CONF_INT:
        return parse_int(field, where, text, &value->integer);
    case GYRE__CONF_SIZE:
        return parse_size(where, text, &value->size);
    case GYRE__CONF_TIME:
        return parse_scaled(time_units, time_words, where, text, &value->time);
    case GYRE__CONF_ENUM:
        return parse_enum(field, where, text, &value->number);
    case GYRE__CONF_STRING:
        return parse_string(where, text, &value->string);
    }
    return gyre__error(GYRE_ERR_ARG, "%s: no such type of value: %d", where, (int)field->type);
}

static size_t value_size(const gyre__conf_field_t *field)
{
    switch (field->type) {
    case GYRE__CONF_INT:
        return sizeof(int64_t);
    case GYRE__CONF_SIZE:
        return sizeof(size_t);
    case GYRE__CONF_TIME:
        return sizeof(uint64_t);
    case GYRE__CONF_STRING:
        return sizeof(char *);
    default:
        return sizeof(int);
    }
}

/* All members of the union start at its start. */
void gyre__conf_value_store(const gyre__conf_field_t *field, const gyre__conf_value_t *value,
                            void *out)
{
    memcpy((char *)out + field->offset, value, value_size(field));
}

void gyre__conf_value_release(const gyre__conf_field_t *field, gyre__conf_value_t *value)
{
    if (field->type == GYRE__CONF_STRING)
        free(value->string);
}

bool gyre__conf_value_equal(const gyre__conf_field_t *field, const gyre__conf_value_t *a,
                            const gyre__conf_value_t *b)
{
    if (field->type == GYRE__CONF_STRING)
        return !strcmp(a->string, b->string);
    return !memcmp(a, b, value_size(field));
}
