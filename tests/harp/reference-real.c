/* SPDX-License-Identifier: Apache-2.0 */
/* The reference's floating-point numbers. float16 and bfloat16 are decoded and rounded by
 * arithmetic on numbers, not on bits. */
#include "harp/reference.h"

#include <complex.h>
#include <math.h>
#include <string.h>

typedef struct format {
    int fraction; /* bits */
    int lowest;   /* exponent of the least normal number */
    int infinity; /* bits */
} format_t;

static const format_t float16 = {10, -14, 0x7c00};
static const format_t bfloat16 = {7, -126, 0x7f80};

static const format_t *format_of(gyre_type_t type)
{
    return type == GYRE_FLOAT16 ? &float16 : &bfloat16;
}

bool reference_is_real(gyre_type_t type)
{
    return type >= GYRE_FLOAT16 && type <= GYRE_FLOAT64;
}

static double decode(const format_t *format, uint16_t bits)
{
    int magnitude = bits & 0x7fff, one = 1 << format->fraction;
    int exponent = magnitude / one, fraction = magnitude % one;
    double number = exponent ? ldexp(one + fraction, format->lowest + exponent - 1)
                             : ldexp(fraction, format->lowest);
    number = ldexp(number, -format->fraction);
    if (magnitude >= format->infinity)
        number = magnitude == format->infinity ? INFINITY : NAN;
    return bits & 0x8000 ? -number : number;
}

static uint16_t encode(const format_t *format, double number)
{
    uint16_t sign = signbit(number) ? 0x8000 : 0;
    int exponent, one = 1 << format->fraction;
    if (isnan(number))
        return (uint16_t)(format->infinity + one / 2);
    if (isinf(number))
        return (uint16_t)(sign | format->infinity);
    frexp(number, &exponent);
    exponent = exponent - 1 < format->lowest || number == 0 ? format->lowest : exponent - 1;
    /* rint rounds to nearest even; a carry out of the fraction runs into the exponent. */
    int steps = (int)rint(ldexp(fabs(number), format->fraction - exponent));
    int bits = (exponent - format->lowest) * one + steps;
    return (uint16_t)(sign | (bits > format->infinity ? format->infinity : bits));
}

double reference_number(gyre_type_t type, const void *element)
{
    uint16_t bits;
    float single;
    double number;
    switch (type) {
    case GYRE_FLOAT32:
        memcpy(&single, element, sizeof(single));
        return single;
    case GYRE_FLOAT64:
        memcpy(&number, element, sizeof(number));
        return number;
    default:
        memcpy(&bits, element, sizeof(bits));
        return decode(format_of(type), bits);
    }
}

void reference_store(gyre_type_t type, double number, void *element)
{
    float single = (float)number;
    uint16_t bits;
    switch (type) {
    case GYRE_FLOAT32:
        memcpy(element, &single, sizeof(single));
        break;
    case GYRE_FLOAT64:
        memcpy(element, &number, sizeof(number));
        break;
    default:
        bits = encode(format_of(type), single);
        memcpy(element, &bits, sizeof(bits));
    }
}

int reference_compare(double left, double right)
{
    if (left != right)
        return left < right ? -1 : 1;
    return !!signbit(right) - !!signbit(left);
}

static double extreme(double l, double r, int wanted)
{
    if (isnan(l) || isnan(r))
        return NAN;
    return reference_compare(l, r) == wanted ? l : r;
}

/* In the precision in which the manual says that it is computed: a double's result is rounded to
 * a float once more without harm, since it has more than twice as many bits; not so the sum or
 * product of what is subnormal, hence float. */
static double compute(gyre_op_t op, bool wide, double l, double r)
{
    float a = (float)l, b = (float)r;
    switch (op) {
    case GYRE_SUM:
        return wide ? l + r : (double)(a + b);
    case GYRE_PROD:
        return wide ? l * r : (double)(a * b);
    case GYRE_MINUS:
        return wide ? l - r : (double)(a - b);
    case GYRE_DIVIDE:
        return wide ? l / r : (double)(a / b);
    case GYRE_MIN:
        return extreme(l, r, -1);
    default:
        return extreme(l, r, 1);
    }
}

void reference_real(gyre_op_t op, gyre_type_t type, const void *left, const void *right, void *out)
{
    double l = reference_number(type, left), r = reference_number(type, right);
    reference_store(type, compute(op, type == GYRE_FLOAT64, l, r), out);
}

/* Rounded after every operation: volatile keeps the compiler from fusing two. */
static void product(bool wide, const double l[2], const double r[2], double out[2])
{
    volatile double terms[4] = {l[0] * r[0], l[1] * r[1], l[0] * r[1], l[1] * r[0]};
    volatile float few[4] = {(float)l[0] * (float)r[0], (float)l[1] * (float)r[1],
                             (float)l[0] * (float)r[1], (float)l[1] * (float)r[0]};
    out[0] = wide ? terms[0] - terms[1] : (double)(few[0] - few[1]);
    out[1] = wide ? terms[2] + terms[3] : (double)(few[2] + few[3]);
}

static void quotient(bool wide, const double l[2], const double r[2], double out[2])
{
    const float fl[2] = {(float)l[0], (float)l[1]}, fr[2] = {(float)r[0], (float)r[1]};
    double complex z, zd;
    float complex f, fd;
    memcpy(&z, l, sizeof(z));
    memcpy(&zd, r, sizeof(zd));
    memcpy(&f, fl, sizeof(f));
    memcpy(&fd, fr, sizeof(fd));
    z /= zd;
    f /= fd;
    out[0] = wide ? creal(z) : (double)crealf(f);
    out[1] = wide ? cimag(z) : (double)cimagf(f);
}

void reference_complex(gyre_op_t op, gyre_type_t type, const void *left, const void *right,
                       void *out)
{
    bool wide = type == GYRE_COMPLEX128;
    gyre_type_t part = wide ? GYRE_FLOAT64 : GYRE_FLOAT32;
    size_t size = gyre_type_size(part);
    double l[2], r[2], result[2];
    for (size_t i = 0; i < 2; i++) {
        l[i] = reference_number(part, (const char *)left + i * size);
        r[i] = reference_number(part, (const char *)right + i * size);
        result[i] = compute(op, wide, l[i], r[i]);
    }
    if (op == GYRE_PROD)
        product(wide, l, r, result);
    else if (op == GYRE_DIVIDE)
        quotient(wide, l, r, result);
    for (size_t i = 0; i < 2; i++)
        reference_store(part, result[i], (char *)out + i * size);
}
