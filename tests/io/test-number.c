/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and moments from text against the C library. */
#include "io/moment.h"
#include "io/number.h"

#include "lib/random.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <string.h>
#include <time.h>

TestSuite(number, .timeout = 600);

static void check_double(const char *text)
{
    double got, expected = strtod(text, NULL);
    float single, single_expected = strtof(text, NULL);
    cr_assert(gyre__parse_double(text, strlen(text), &got), "%s", text);
    cr_assert(memcmp(&got, &expected, sizeof(got)) == 0, "%s: %a, expected %a", text, got,
              expected);
    cr_assert(gyre__parse_float(text, strlen(text), &single), "%s", text);
    cr_assert(memcmp(&single, &single_expected, sizeof(single)) == 0, "%s: %a, expected %a", text,
              (double)single, (double)single_expected);
}

Test(number, doubles_are_exact)
{
    static const char *const texts[] = {"0",
                                        "-0",
                                        "1",
                                        ".5",
                                        "5.",
                                        "-1.25e3",
                                        "1e22",
                                        "1e23",
                                        "9007199254740993",
                                        "9007199254740992",
                                        "1e-400",
                                        "1e400",
                                        "4.9e-324",
                                        "2.2250738585072011e-308",
                                        "16777217",
                                        "0.1",
                                        "123456789012345678901234567890",
                                        "inf",
                                        "-Infinity",
                                        "nan",
                                        "1e99999999999",
                                        "000000000000000000000001.5",
                                        "0.000000000000000000000000000001",
                                        "1.00000000000000011102230246251565404236316680908203125"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        check_double(texts[i]);
    random_plan_t random = random_start("doubles");
    char text[64];
    for (int i = 0; i < 200000; i++) {
        uint64_t bits = random_next(&random);
        double value;
        memcpy(&value, &bits, sizeof(value));
        int digits = 1 + (int)random_below(&random, 20);
        if (random_below(&random, 2))
            value = (double)(int64_t)bits / pow(10, (double)random_below(&random, 25));
        snprintf(text, sizeof(text), random_below(&random, 2) ? "%.*g" : "%+.*E", digits, value);
        if (!strchr(text, 'n') && !strchr(text, 'N'))
            check_double(text);
    }
}

Test(number, what_is_no_number)
{
    static const char *const texts[] = {"",    "-",      "+",       ".",    "e5",   "1e",
                                        "1e+", "1 ",     " 1",      "1,5",  "0x10", "1.2.3",
                                        "--1", "nan(1)", "infinit", "1e5.", "1d"};
    double real;
    float single;
    int64_t integer;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        cr_assert(!gyre__parse_double(texts[i], strlen(texts[i]), &real), "%s", texts[i]);
        cr_assert(!gyre__parse_float(texts[i], strlen(texts[i]), &single), "%s", texts[i]);
        cr_assert(!gyre__parse_integer(texts[i], strlen(texts[i]), &integer), "%s", texts[i]);
    }
}

Test(number, doubles_print_as_they_are_read)
{
    random_plan_t random = random_start("print");
    for (int i = 0; i < 100000; i++) {
        uint64_t bits = random_next(&random);
        uint32_t half = (uint32_t)bits;
        double value, again;
        float single, single_again;
        char text[32];
        memcpy(&value, &bits, sizeof(value));
        memcpy(&single, &half, sizeof(single));
        if (i % 3 == 0)
            value = ((double)random_below(&random, 20000000) - 1e7) /
                    pow(10, (double)random_below(&random, 7));
        if (i % 7 == 0)
            value = (double)((int64_t)bits >> 12);
        if (isnan(value) || isnan(single))
            continue;
        size_t length = gyre__print_double(value, text);
        cr_assert(length == strlen(text) && gyre__parse_double(text, length, &again));
        if (i % 3 == 0 && i % 7 != 0) {
            char plain[32];
            snprintf(plain, sizeof(plain), "%.15g", value);
            cr_assert_str_eq(text, plain);
        }
        cr_assert(memcmp(&value, &again, sizeof(value)) == 0, "%a: %s", value, text);
        length = gyre__print_float(single, text);
        cr_assert(length == strlen(text) && gyre__parse_float(text, length, &single_again));
        cr_assert(memcmp(&single, &single_again, sizeof(single)) == 0, "%a: %s", (double)single,
                  text);
    }
    char text[32];
    cr_assert(gyre__print_double(0.1, text) == 3 && strcmp(text, "0.1") == 0);
    cr_assert(gyre__print_double(-0.0, text) == 2 && strcmp(text, "-0") == 0);
}

/* In a locale whose point is a comma, if the machine has one. */
Test(number, locales_change_nothing)
{
    static const char *const locales[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "C.UTF-8"};
    double value;
    char text[32];
    for (int i = 0; i < 4 && !setlocale(LC_ALL, locales[i]); i++) {
    }
    cr_assert(gyre__parse_double("1.2345678901234567890123", 24, &value) &&
              value == 1.2345678901234567890123);
    gyre__print_double(0.3, text);
    cr_assert_str_eq(text, "0.3");
}

Test(number, integers_have_bounds)
{
    static const char *const texts[] = {"0",
                                        "-0",
                                        "+7",
                                        "9223372036854775807",
                                        "-9223372036854775808",
                                        "000000000000000000000000012"};
    static const char *const large[] = {"9223372036854775808", "-9223372036854775809",
                                        "18446744073709551616", "99999999999999999999999"};
    int64_t value;
    uint64_t natural;
    char text[32];
    for (size_t i = 0; i < 6; i++) {
        cr_assert(gyre__parse_integer(texts[i], strlen(texts[i]), &value));
        cr_assert_eq(value, strtoll(texts[i], NULL, 10));
    }
    for (size_t i = 0; i < 4; i++)
        cr_assert(!gyre__parse_integer(large[i], strlen(large[i]), &value));
    cr_assert(gyre__parse_natural("18446744073709551615", 20, &natural) && natural == UINT64_MAX);
    cr_assert(!gyre__parse_natural("18446744073709551616", 20, &natural));
    random_plan_t random = random_start("integers");
    for (int i = 0; i < 100000; i++) {
        int64_t number = (int64_t)random_next(&random) >> random_below(&random, 64);
        size_t length = gyre__print_integer(number, text);
        cr_assert_eq(length, strlen(text));
        cr_assert_eq(strtoll(text, NULL, 10), number);
        cr_assert(gyre__parse_integer(text, length, &value) && value == number);
    }
}

Test(number, dates_are_those_of_the_calendar)
{
    static const char *const bad[] = {"2023-02-29", "1900-02-29",  "2024-13-01", "2024-00-10",
                                      "2024-04-31", "2024-1-01",   "2024-01-1",  "0000-01-01",
                                      "24-01-01",   "2024-01-01 ", "2024/01/01", ""};
    random_plan_t random = random_start("dates");
    int64_t days;
    for (int i = 0; i < 100000; i++) {
        time_t expected = (time_t)random_below(&random, 3652059) - 719162;
        time_t seconds = expected * 86400;
        struct tm calendar;
        char text[32];
        gmtime_r(&seconds, &calendar);
        snprintf(text, sizeof(text), "%04d-%02d-%02d", calendar.tm_year + 1900, calendar.tm_mon + 1,
                 calendar.tm_mday);
        cr_assert(gyre__parse_date(text, strlen(text), &days) && days == expected, "%s", text);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_assert(!gyre__parse_date(bad[i], strlen(bad[i]), &days), "%s", bad[i]);
}

static bool moment(gyre_time_unit_t unit, const char *zone, const char *text, int64_t *value)
{
    gyre_field_t field = {.kind = GYRE_KIND_TIMESTAMP, .unit = unit, .zone = zone};
    return gyre__parse_moment(&field, text, strlen(text), value);
}

Test(number, moments)
{
    int64_t value;
    cr_assert(moment(GYRE_TIME_SECOND, NULL, "1970-01-02 00:00", &value) && value == 86400);
    cr_assert(moment(GYRE_TIME_SECOND, NULL, "1970-01-01T00:00:01.000", &value) && value == 1);
    cr_assert(!moment(GYRE_TIME_SECOND, NULL, "1970-01-01T00:00:01.5", &value));
    cr_assert(moment(GYRE_TIME_MILLISECOND, NULL, "1969-12-31 23:59:59.999", &value) &&
              value == -1);
    cr_assert(!moment(GYRE_TIME_MILLISECOND, NULL, "1970-01-01 00:00:00.0001", &value));
    cr_assert(moment(GYRE_TIME_NANOSECOND, NULL, "1970-01-01 00:00:00.000000001", &value) &&
              value == 1);
    cr_assert(moment(GYRE_TIME_SECOND, "UTC", "1970-01-01 01:00+01:00", &value) && value == 0);
    cr_assert(moment(GYRE_TIME_SECOND, "UTC", "1970-01-01 01:00-0130", &value) && value == 9000);
    cr_assert(moment(GYRE_TIME_SECOND, "UTC", "1970-01-01 01:00+01", &value) && value == 0);
    cr_assert(moment(GYRE_TIME_SECOND, "UTC", "1970-01-01 00:00:10Z", &value) && value == 10);
    cr_assert(moment(GYRE_TIME_SECOND, "UTC", "1970-01-01 00:00:10", &value) && value == 10);
    cr_assert(moment(GYRE_TIME_SECOND, "Asia/Tokyo", "1970-01-01 00:00Z", &value) && value == 0);
    cr_assert(!moment(GYRE_TIME_SECOND, "Asia/Tokyo", "1970-01-01 00:00", &value));
    cr_assert(!moment(GYRE_TIME_SECOND, NULL, "1970-01-01 00:00Z", &value));
    static const char *const bad[] = {
        "1970-01-01",          "1970-01-01 24:00",   "1970-01-01 1:00",      "1970-01-01 00:60",
        "1970-01-01 00:00:60", "1970-01-01x00:00",   "1970-01-01 00:00:00.", "1970-01-01 00:00 ",
        "1970-01-01 00:00+",   "1970-01-01 00:00+1", "1970-01-01 00:00+01:", "1970-01-01 00:00+25"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_assert(!moment(GYRE_TIME_SECOND, "UTC", bad[i], &value), "%s", bad[i]);
    cr_assert(!moment(GYRE_TIME_NANOSECOND, NULL, "9999-01-01 00:00", &value));
}
