/* SPDX-License-Identifier: Apache-2.0 */
/* Most numbers are short: digits that fit in the mantissa, times or over a power of ten that is
 * exact, are rounded once and so exactly (Clinger 1990). The C library does the others. */
#include "io/number.h"

#include <float.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All that are exact. */
static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                              1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                              1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static locale_t plain;

static void make_plain(void)
{
    plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static locale_t plain_locale(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_plain);
    return plain;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool gyre__parse_natural(const char *text, size_t length, uint64_t *value)
{
    uint64_t number = 0;
    if (length == 0)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!is_digit(text[i]))
            return false;
        unsigned digit = (unsigned)(text[i] - '0');
        if (i >= 18 && (__builtin_mul_overflow(number, 10, &number) ||
                        __builtin_add_overflow(number, digit, &number)))
            return false;
        if (i < 18)
            number = number * 10 + digit;
    }
    *value = number;
    return true;
}

bool gyre__parse_integer(const char *text, size_t length, int64_t *value)
{
    bool negative = length > 0 && text[0] == '-', sign = negative || (length > 0 && text[0] == '+');
    uint64_t number;
    if (!gyre__parse_natural(text + sign, length - sign, &number) ||
        number > (uint64_t)INT64_MAX + negative)
        return false;
    *value = negative ? (int64_t)(0 - number) : (int64_t)number;
    return true;
}

typedef struct decimal {
    uint64_t digits; /* all of them, if there are no more than 19 */
    int count;       /* of significant digits */
    int exponent;    /* the value is digits * 10^exponent */
    bool negative;
} decimal_t;

/* Digits with at most one point; where they end, NULL when there are none. */
static const char *read_digits(const char *at, const char *end, decimal_t *decimal)
{
    bool point = false, any = false;
    for (; at < end; at++) {
        if (*at == '.' && !point) {
            point = true;
            continue;
        }
        if (!is_digit(*at))
            break;
        any = true;
        decimal->exponent -= point;
        if (*at == '0' && decimal->count == 0)
            continue;
        if (decimal->count++ < 19)
            decimal->digits = decimal->digits * 10 + (unsigned)(*at - '0');
    }
    return any ? at : NULL;
}

static const char *read_exponent(const char *at, const char *end, decimal_t *decimal)
{
    enum { ENOUGH = 100000 };
    int exponent = 0;
    bool negative = false;
    if (at < end && (*at == '-' || *at == '+'))
        negative = *at++ == '-';
    if (at == end)
        return NULL;
    for (; at < end && is_digit(*at); at++)
        if (exponent < ENOUGH)
            exponent = exponent * 10 + (*at - '0');
    decimal->exponent += negative ? -exponent : exponent;
    return at;
}

static bool read_decimal(const char *text, size_t length, decimal_t *decimal)
{
    const char *at = text, *end = text + length;
    *decimal = (decimal_t){0};
    if (at < end && (*at == '-' || *at == '+'))
        decimal->negative = *at++ == '-';
    at = read_digits(at, end, decimal);
    if (at && at < end && (*at | 0x20) == 'e')
        at = read_exponent(at + 1, end, decimal);
    return at == end;
}

/* What the C library takes besides decimal numbers and this does, too. */
static bool is_word(const char *text, size_t length)
{
    static const char *const words[] = {"inf", "infinity", "nan"};
    size_t sign = length > 0 && (text[0] == '-' || text[0] == '+');
    for (int i = 0; i < 3; i++)
        if (length - sign == strlen(words[i]) &&
            strncasecmp(text + sign, words[i], length - sign) == 0)
            return true;
    return false;
}

/* The text with an end, in room or, if it is long, on the heap; NULL without memory. */
static char *terminated(const char *text, size_t length, char *room, size_t size)
{
    char *copy = length < size ? room : malloc(length + 1);
    if (copy) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

bool gyre__parse_double(const char *text, size_t length, double *value)
{
    decimal_t decimal;
    if (!read_decimal(text, length, &decimal)) {
        if (!is_word(text, length))
            return false;
    } else if (decimal.count <= 19 && decimal.digits <= (uint64_t)1 << DBL_MANT_DIG &&
               abs(decimal.exponent) <= 22) {
        double digits = (double)decimal.digits, ten = tens[abs(decimal.exponent)];
        double number = decimal.exponent < 0 ? digits / ten : digits * ten;
        *value = decimal.negative ? -number : number;
        return true;
    }
    char room[64], *copy = terminated(text, length, room, sizeof(room));
    if (!copy)
        return false;
    *value = strtod_l(copy, NULL, plain_locale());
    if (copy != room)
        free(copy);
    return true;
}

bool gyre__parse_float(const char *text, size_t length, float *value)
{
    static const float float_tens[] = {1e0f, 1e1f, 1e2f, 1e3f, 1e4f, 1e5f,
                                       1e6f, 1e7f, 1e8f, 1e9f, 1e10f};
    decimal_t decimal;
    if (!read_decimal(text, length, &decimal)) {
        if (!is_word(text, length))
            return false;
    } else if (decimal.count <= 19 && decimal.digits <= (uint64_t)1 << FLT_MANT_DIG &&
               abs(decimal.exponent) <= 10) {
        float digits = (float)decimal.digits, ten = float_tens[abs(decimal.exponent)];
        float number = decimal.exponent < 0 ? digits / ten : digits * ten;
        *value = decimal.negative ? -number : number;
        return true;
    }
    char room[64], *copy = terminated(text, length, room, sizeof(room));
    if (!copy)
        return false;
    *value = strtof_l(copy, NULL, plain_locale());
    if (copy != room)
        free(copy);
    return true;
}

enum { TEXT_ROOM = 32 };

static int print_in_plain(char *text, int digits, double value)
{
    locale_t kept = uselocale(plain_locale());
    int length = snprintf(text, TEXT_ROOM, "%.*g", digits, value);
    uselocale(kept);
    return length;
}

size_t gyre__print_natural(uint64_t value, char *text)
{
    char digits[TEXT_ROOM];
    size_t count = 0;
    do
        digits[count++] = (char)('0' + value % 10);
    while (value /= 10);
    for (size_t i = 0; i < count; i++)
        text[i] = digits[count - 1 - i];
    text[count] = '\0';
    return count;
}

size_t gyre__print_integer(int64_t value, char *text)
{
    if (value >= 0)
        return gyre__print_natural((uint64_t)value, text);
    *text = '-';
    return 1 + gyre__print_natural(0 - (uint64_t)value, text + 1);
}

/* Printed as an integer it is as short, and sooner there. */
static bool is_whole(double value)
{
    return fabs(value) < 1e15 && value == trunc(value) && !(value == 0 && signbit(value));
}

/* Prices and the like: a whole number over a small power of ten, which is read as the same since
 * that is how it is read; 0 for others. */
static size_t print_places(double value, char *text)
{
    enum { PLACES = 6 };
    double size = fabs(value);
    if (!(size >= 1e-4 && size < 1e8))
        return 0;
    for (int places = 1; places <= PLACES; places++) {
        double scaled = nearbyint(size * tens[places]);
        if (scaled / tens[places] != size)
            continue;
        uint64_t digits = (uint64_t)scaled, ten = (uint64_t)tens[places];
        size_t sign = value < 0, length = sign + gyre__print_natural(digits / ten, text + sign);
        text[0] = sign ? '-' : text[0];
        text[length] = '.';
        for (int i = places; i > 0; i--, digits /= 10)
            text[length + (size_t)i] = (char)('0' + digits % 10);
        length += 1 + (size_t)places;
        text[length] = '\0';
        return length;
    }
    return 0;
}

size_t gyre__print_double(double value, char *text)
{
    if (is_whole(value))
        return gyre__print_integer((int64_t)value, text);
    size_t short_length = print_places(value, text);
    if (short_length > 0)
        return short_length;
    for (int digits = DBL_DIG;; digits++) {
        int length = print_in_plain(text, digits, value);
        double again;
        if (digits == DBL_DECIMAL_DIG || !gyre__parse_double(text, (size_t)length, &again) ||
            again == value)
            return (size_t)length;
    }
}

size_t gyre__print_float(float value, char *text)
{
    if (is_whole(value) && fabsf(value) < 1e6f)
        return gyre__print_integer((int64_t)value, text);
    for (int digits = FLT_DIG;; digits++) {
        int length = print_in_plain(text, digits, value);
        float again;
        if (digits == FLT_DECIMAL_DIG || !gyre__parse_float(text, (size_t)length, &again) ||
            again == value)
            return (size_t)length;
    }
}
