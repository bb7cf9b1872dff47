/* SPDX-License-Identifier: Apache-2.0 */
/* Values as text. */
#include "batch/column.h"
#include "batch/text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static double half_value(uint16_t bits)
{
    int exponent = (bits >> 10) & 31;
    double fraction = bits & 1023, value;
    if (exponent == 31)
        value = bits & 1023 ? NAN : INFINITY;
    else
        value = exponent ? ldexp(fraction + 1024, exponent - 25) : ldexp(fraction, -24);
    return bits & 0x8000 ? -value : value;
}

/* The day, counted from 1970-01-01 in the Gregorian calendar, in years of 400-year eras that begin
 * in March. */
static gyre_status_t put_day(gyre__buf_t *text, int64_t day)
{
    int64_t shifted = day + 719468, era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int of_era = (int)(shifted - era * 146097);
    int year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int of_year = of_era - (365 * year + year / 4 - year / 100);
    int month = (5 * of_year + 2) / 153, date = of_year - (153 * month + 2) / 5 + 1;
    month = month < 10 ? month + 3 : month - 9;
    return gyre__buf_printf(text, "%04" PRId64 "-%02d-%02d", era * 400 + year + (month <= 2), month,
                            date);
}

static gyre_status_t put_time(gyre__buf_t *text, const gyre_field_t *field, int64_t value)
{
    static const int64_t per_second[] = {1, 1000, 1000000, 1000000000};
    const int64_t unit = per_second[field->unit], day = 86400 * unit;
    int64_t days = value / day - (value % day < 0), rest = value - days * day;
    int second = (int)(rest / unit);
    gyre_status_t status = put_day(text, days);
    if (status == GYRE_OK)
        status =
            gyre__buf_printf(text, " %02d:%02d:%02d", second / 3600, second / 60 % 60, second % 60);
    if (status == GYRE_OK && unit > 1)
        status = gyre__buf_printf(text, ".%0*" PRId64, 3 * (int)field->unit, rest % unit);
    if (status == GYRE_OK && field->zone)
        status = gyre__buf_printf(text, "Z");
    return status;
}

static gyre_status_t put_decimal(gyre__buf_t *text, const gyre_field_t *field, const void *value)
{
    char digits[64], *at = digits + sizeof(digits);
    __int128 number;
    memcpy(&number, value, sizeof(number));
    unsigned __int128 rest = number < 0 ? 0 - (unsigned __int128)number : (unsigned __int128)number;
    if (field->scale < 0 || field->scale > field->precision)
        return gyre__buf_printf(text, "decimal of scale %d", (int)field->scale);
    *--at = '\0';
    for (int i = 0; rest > 0 || i <= field->scale; i++) {
        if (i == field->scale && i > 0)
            *--at = '.';
        *--at = (char)('0' + (int)(rest % 10));
        rest /= 10;
    }
    return gyre__buf_printf(text, "%s%s", number < 0 ? "-" : "", at);
}

static gyre_status_t put_text(gyre__buf_t *text, const char *bytes, size_t length)
{
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; status == GYRE_OK && i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        status = byte < ' ' || byte == 0x7f ? gyre__buf_printf(text, "\\x%02x", byte)
                                            : gyre__buf_append(text, &bytes[i], 1);
    }
    return status;
}

static gyre_status_t put_hex(gyre__buf_t *text, const char *bytes, size_t length)
{
    gyre_status_t status = gyre__buf_printf(text, "0x");
    for (size_t i = 0; status == GYRE_OK && i < length; i++)
        status = gyre__buf_printf(text, "%02x", (unsigned char)bytes[i]);
    return status;
}

static gyre_status_t put_items(gyre__buf_t *text, const gyre_column_t *items, size_t first,
                               size_t count)
{
    gyre_status_t status = gyre__buf_printf(text, "[");
    for (size_t i = 0; status == GYRE_OK && i < count; i++) {
        if (i > 0)
            status = gyre__buf_printf(text, ", ");
        if (status == GYRE_OK)
            status = gyre__text_value(text, items, first + i);
    }
    return status == GYRE_OK ? gyre__buf_printf(text, "]") : status;
}

static gyre_status_t put_struct(gyre__buf_t *text, const gyre_column_t *column, size_t row)
{
    gyre_status_t status = gyre__buf_printf(text, "{");
    for (size_t i = 0; status == GYRE_OK && i < column->child_count; i++) {
        status =
            gyre__buf_printf(text, "%s%s: ", i > 0 ? ", " : "", column->field->children[i].name);
        if (status == GYRE_OK)
            status = gyre__text_value(text, column->children[i], column->offset + row);
    }
    return status == GYRE_OK ? gyre__buf_printf(text, "}") : status;
}

#define NUMBER(type, format) gyre__buf_printf(text, format, ((const type *)column->values)[row])

gyre_status_t gyre__text_value(gyre__buf_t *text, const gyre_column_t *column, size_t row)
{
    const gyre_field_t *field = column->field;
    size_t length = gyre_field_width(field);
    const char *bytes = column->values;
    if (gyre_column_is_null(column, row))
        return gyre__buf_printf(text, "null");
    if (gyre__layout(field->kind) == GYRE__BYTES)
        bytes = gyre_column_bytes(column, row, &length);
    switch (field->kind) {
    case GYRE_KIND_BOOL:
        return gyre__buf_printf(text, gyre_column_bool(column, row) ? "true" : "false");
    case GYRE_KIND_INT8:
        return NUMBER(int8_t, "%" PRId8);
    case GYRE_KIND_INT16:
        return NUMBER(int16_t, "%" PRId16);
    case GYRE_KIND_INT32:
        return NUMBER(int32_t, "%" PRId32);
    case GYRE_KIND_INT64:
        return NUMBER(int64_t, "%" PRId64);
    case GYRE_KIND_UINT8:
        return NUMBER(uint8_t, "%" PRIu8);
    case GYRE_KIND_UINT16:
        return NUMBER(uint16_t, "%" PRIu16);
    case GYRE_KIND_UINT32:
        return NUMBER(uint32_t, "%" PRIu32);
    case GYRE_KIND_UINT64:
        return NUMBER(uint64_t, "%" PRIu64);
    case GYRE_KIND_FLOAT16:
        return gyre__buf_printf(text, "%.5g", half_value(((const uint16_t *)column->values)[row]));
    case GYRE_KIND_FLOAT32:
        return gyre__buf_printf(text, "%.7g", (double)((const float *)column->values)[row]);
    case GYRE_KIND_FLOAT64:
        return NUMBER(double, "%.15g");
    case GYRE_KIND_DATE32:
        return put_day(text, ((const int32_t *)column->values)[row]);
    case GYRE_KIND_TIMESTAMP:
        return put_time(text, field, ((const int64_t *)column->values)[row]);
    case GYRE_KIND_DECIMAL128:
        return put_decimal(text, field, bytes + row * length);
    case GYRE_KIND_FIXED_SIZE_BINARY:
        return put_hex(text, bytes + row * length, length);
    case GYRE_KIND_STRING:
        return put_text(text, bytes, length);
    case GYRE_KIND_BINARY:
        return put_hex(text, bytes, length);
    case GYRE_KIND_LIST:
        return put_items(text, column->children[0], gyre__child_row(column, row),
                         (size_t)(column->offsets[row + 1] - column->offsets[row]));
    case GYRE_KIND_FIXED_SIZE_LIST:
        return put_items(text, column->children[0], gyre__child_row(column, row),
                         (size_t)field->size);
    case GYRE_KIND_STRUCT:
        return put_struct(text, column, row);
    default:
        return GYRE_OK;
    }
}
