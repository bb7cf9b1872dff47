/* SPDX-License-Identifier: Apache-2.0 */
/* Days are counted as in the Gregorian calendar at all times. */
#include "io/moment.h"

#include <string.h>

typedef struct reader {
    const char *at, *end;
} reader_t;

/* That many digits. */
static bool digits(reader_t *reader, int count, int *number)
{
    *number = 0;
    for (; count > 0; count--, reader->at++) {
        if (reader->at == reader->end || *reader->at < '0' || *reader->at > '9')
            return false;
        *number = *number * 10 + (*reader->at - '0');
    }
    return true;
}

static bool one_of(reader_t *reader, const char *characters)
{
    if (reader->at == reader->end || !*reader->at || !strchr(characters, *reader->at))
        return false;
    reader->at++;
    return true;
}

/* Years begin in March, so that the leap day is the last; 400 of them have 146097 days. */
static int64_t days_of(int year, int month, int day)
{
    int shifted = year - (month <= 2), era = shifted / 400, of_era = shifted % 400;
    int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return (int64_t)era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool date(reader_t *reader, int64_t *days)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year, month, day;
    if (!digits(reader, 4, &year) || !one_of(reader, "-") || !digits(reader, 2, &month) ||
        !one_of(reader, "-") || !digits(reader, 2, &day))
        return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (year < 1 || month < 1 || month > 12 || day < 1 ||
        day > lengths[month - 1] + (month == 2 && leap))
        return false;
    *days = days_of(year, month, day);
    return true;
}

bool gyre__parse_date(const char *text, size_t length, int64_t *days)
{
    reader_t reader = {text, text + length};
    return date(&reader, days) && reader.at == reader.end;
}

/* ".789" in units; digits that the unit has no place for must be zeros. */
static bool fraction(reader_t *reader, int64_t per_second, int64_t *units)
{
    const char *begin = reader->at;
    *units = 0;
    for (; reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9'; reader->at++) {
        if (per_second == 1 && *reader->at != '0')
            return false;
        if (per_second > 1)
            *units += (*reader->at - '0') * (per_second /= 10);
    }
    return reader->at > begin;
}

static bool time_of_day(reader_t *reader, int64_t per_second, int64_t *units)
{
    int hour, minute, second = 0;
    int64_t rest = 0;
    if (!digits(reader, 2, &hour) || !one_of(reader, ":") || !digits(reader, 2, &minute))
        return false;
    if (one_of(reader, ":") && (!digits(reader, 2, &second) ||
                                (one_of(reader, ".") && !fraction(reader, per_second, &rest))))
        return false;
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    *units = ((hour * 60 + minute) * 60 + second) * per_second + rest;
    return true;
}

/* Seconds that the clock is ahead of UTC by. */
static bool offset(reader_t *reader, bool *any, int *seconds)
{
    *seconds = 0;
    *any = one_of(reader, "Z");
    if (*any || reader->at == reader->end)
        return true;
    bool west = *reader->at == '-';
    int hour, minute = 0;
    *any = one_of(reader, "+-");
    if (!*any || !digits(reader, 2, &hour))
        return false;
    if (reader->at < reader->end && (one_of(reader, ":"), !digits(reader, 2, &minute)))
        return false;
    *seconds = (hour * 60 + minute) * 60 * (west ? -1 : 1);
    return hour < 24 && minute < 60;
}

bool gyre__parse_moment(const gyre_field_t *field, const char *text, size_t length, int64_t *value)
{
    static const int64_t per_second[] = {1, 1000, 1000000, 1000000000};
    int64_t unit = per_second[field->unit], days, units;
    reader_t reader = {text, text + length};
    bool any;
    int ahead;
    if (!date(&reader, &days) || !one_of(&reader, "T ") || !time_of_day(&reader, unit, &units) ||
        !offset(&reader, &any, &ahead) || reader.at != reader.end)
        return false;
    if (any ? !field->zone : field->zone && strcmp(field->zone, "UTC") != 0)
        return false;
    int64_t seconds = days * 86400 - ahead;
    return !__builtin_mul_overflow(seconds, unit, value) &&
           !__builtin_add_overflow(*value, units, value);
}
