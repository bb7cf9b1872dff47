/* SPDX-License-Identifier: Apache-2.0 */
/* What a field's text means as a value of a type. Blanks around it mean nothing. */
#include "base/error.h"
#include "io/csv.h"
#include "io/moment.h"
#include "io/number.h"

#include <strings.h>

bool gyre__csv_knows(gyre_kind_t kind)
{
    return (kind >= GYRE_KIND_BOOL && kind <= GYRE_KIND_UINT64) || kind == GYRE_KIND_FLOAT32 ||
           kind == GYRE_KIND_FLOAT64 || kind == GYRE_KIND_DATE32 || kind == GYRE_KIND_TIMESTAMP ||
           kind == GYRE_KIND_STRING;
}

gyre_status_t gyre__csv_check_schema(const gyre_schema_t *schema)
{
    for (size_t i = 0; i < schema->field_count; i++)
        if (!gyre__csv_knows(schema->fields[i].kind))
            return gyre__error(GYRE_ERR_NOT_SUPPORTED,
                               "column %zu \"%s\" is of type %s, expected a number, bool, date32, "
                               "timestamp or string for CSV",
                               i + 1, schema->fields[i].name,
                               gyre_kind_name(schema->fields[i].kind));
    return schema->field_count > 0 ? GYRE_OK
                                   : gyre__error(GYRE_ERR_ARG, "CSV with a schema of no columns");
}

static bool parse_bool(const char *text, size_t length, bool *truth)
{
    *truth = length == 4;
    return (length == 4 && strncasecmp(text, "true", 4) == 0) ||
           (length == 5 && strncasecmp(text, "false", 5) == 0);
}

static bool parse_bounded(const char *text, size_t length, int64_t bound, int64_t *value)
{
    return gyre__parse_integer(text, length, value) && *value <= bound && *value >= -bound - 1;
}

static bool parse_natural(const char *text, size_t length, uint64_t bound, uint64_t *value)
{
    size_t sign = length > 0 && text[0] == '+';
    return gyre__parse_natural(text + sign, length - sign, value) && *value <= bound;
}

static void trim(const char **text, size_t *length)
{
    while (*length > 0 && (**text == ' ' || **text == '\t')) {
        (*text)++;
        (*length)--;
    }
    while (*length > 0 && ((*text)[*length - 1] == ' ' || (*text)[*length - 1] == '\t'))
        (*length)--;
}

bool gyre__csv_parse(const gyre_field_t *field, const char *text, size_t length,
                     gyre__csv_value_t *value)
{
    trim(&text, &length);
    switch (field->kind) {
    case GYRE_KIND_BOOL:
        return parse_bool(text, length, &value->truth);
    case GYRE_KIND_INT8:
        return parse_bounded(text, length, INT8_MAX, &value->integer);
    case GYRE_KIND_INT16:
        return parse_bounded(text, length, INT16_MAX, &value->integer);
    case GYRE_KIND_INT32:
        return parse_bounded(text, length, INT32_MAX, &value->integer);
    case GYRE_KIND_INT64:
        return gyre__parse_integer(text, length, &value->integer);
    case GYRE_KIND_UINT8:
        return parse_natural(text, length, UINT8_MAX, &value->natural);
    case GYRE_KIND_UINT16:
        return parse_natural(text, length, UINT16_MAX, &value->natural);
    case GYRE_KIND_UINT32:
        return parse_natural(text, length, UINT32_MAX, &value->natural);
    case GYRE_KIND_UINT64:
        return parse_natural(text, length, UINT64_MAX, &value->natural);
    case GYRE_KIND_FLOAT32:
        return gyre__parse_float(text, length, &value->single);
    case GYRE_KIND_FLOAT64:
        return gyre__parse_double(text, length, &value->real);
    case GYRE_KIND_DATE32:
        return gyre__parse_date(text, length, &value->integer);
    case GYRE_KIND_TIMESTAMP:
        return gyre__parse_moment(field, text, length, &value->integer);
    default:
        return false;
    }
}
