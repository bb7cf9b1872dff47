/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels of float16: computed in float32 and rounded to nearest even, in the best of three ways
 * that the processor has: its own float16 arithmetic (the same results, since float32 has more
 * than twice as many bits), its own conversions, or conversions by arithmetic on the bits. They
 * differ in which NaN they give at most. */
#include "harp/kernel/kernel.h"
#include "harp/kernel/small.h"

#ifndef HALF_LEVEL
#define HALF_LEVEL 2 /* the best way to be used: tests try them all */
#endif
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 12
#include <immintrin.h>
#include <string.h>
#define HAS_ARITHMETIC()  (HALF_LEVEL >= 2 && __builtin_cpu_supports("avx512fp16"))
#define HAS_CONVERSIONS() (HALF_LEVEL >= 1 && __builtin_cpu_supports("f16c"))
#endif

typedef union word {
    float value;
    uint32_t bits;
} word_t;

/* After F. Giesen, "Half to float done quick", 2012; without float32's subnormal numbers, which a
 * program may have told the processor to take for zeros. */
static inline __attribute__((always_inline)) float widen(uint32_t half)
{
    uint32_t magnitude = half & 0x7fff;
    word_t normal = {.bits = (magnitude << 13) + (112u << 23)};
    word_t tiny = {(float)(int32_t)magnitude * 0x1p-24f};
    uint32_t bits = magnitude < 0x400 ? tiny.bits : normal.bits;
    bits = magnitude >= 0x7c00 ? normal.bits | 0x7f800000 : bits;
    return ((word_t){.bits = bits | (half & 0x8000) << 16}).value;
}

static inline __attribute__((always_inline)) uint16_t narrow(float value)
{
    word_t word = {value};
    uint32_t magnitude = word.bits & 0x7fffffff;
    word_t tiny = {((word_t){.bits = magnitude}).value + 0.5f}; /* adding rounds as is needed */
    uint32_t normal = (magnitude - (112u << 23) + 0xfff + (magnitude >> 13 & 1)) >> 13;
    uint32_t nan = 0x7e00 | (magnitude >> 13 & 0x3ff);
    uint32_t huge = magnitude > 0x7f800000 ? nan : 0x7c00;
    uint32_t half = magnitude < 113u << 23 ? tiny.bits - (126u << 23) : normal;
    half = magnitude >= 143u << 23 ? huge : half;
    return (uint16_t)(half | (word.bits >> 16 & 0x8000));
}

#define BY_BITS(name, op)                                                                          \
    GYRE__LOOP(GYRE__OPTIMIZE, GYRE__INDEPENDENT, name##_by_bits, uint16_t, 1,                     \
               narrow(widen(l) op widen(r)))

#ifdef HAS_ARITHMETIC
/* The last, incomplete vector is computed beside ones, with which nothing can go wrong. */
#define BY_CONVERSION(name, op)                                                                    \
    __attribute__((target("avx,f16c"))) static __m128i name##_vector(__m128i l, __m128i r)         \
    {                                                                                              \
        __m256 result = _mm256_cvtph_ps(l) op _mm256_cvtph_ps(r);                                  \
        return _mm256_cvtps_ph(result, _MM_FROUND_TO_NEAREST_INT);                                 \
    }                                                                                              \
    __attribute__((target("avx,f16c"))) static void name##_by_conversion(                          \
        const char *left, const char *right, char *out, size_t bytes)                              \
    {                                                                                              \
        size_t at = 0, rest = bytes % sizeof(__m128i);                                             \
        __m128i l = _mm_set1_epi16(0x3c00), r = l;                                                 \
        for (; at + sizeof(__m128i) <= bytes; at += sizeof(__m128i))                               \
            _mm_storeu_si128((__m128i_u *)(out + at),                                              \
                             name##_vector(_mm_loadu_si128((const __m128i_u *)(left + at)),        \
                                           _mm_loadu_si128((const __m128i_u *)(right + at))));     \
        memcpy(&l, left + at, rest);                                                               \
        memcpy(&r, right + at, rest);                                                              \
        l = name##_vector(l, r);                                                                   \
        memcpy(out + at, &l, rest);                                                                \
    }
#define BY_ARITHMETIC(name, op)                                                                    \
    GYRE__LOOP(__attribute__((target("avx512fp16,avx512vl"))) GYRE__OPTIMIZE, GYRE__INDEPENDENT,   \
               name##_by_arithmetic, _Float16, 1, l op r)
#define CHOOSE(name)                                                                               \
    if (HAS_ARITHMETIC())                                                                          \
        name##_by_arithmetic(arg, left, right, out, count, type);                                  \
    else if (HAS_CONVERSIONS())                                                                    \
        name##_by_conversion(left, right, out, 2 * count);                                         \
    else
#else
#define BY_CONVERSION(name, op)
#define BY_ARITHMETIC(name, op)
#define CHOOSE(name)
#endif

#define ARITHMETIC(name, op)                                                                       \
    BY_BITS(name, op)                                                                              \
    BY_CONVERSION(name, op)                                                                        \
    BY_ARITHMETIC(name, op)                                                                        \
    static void name(void *arg, const void *left, const void *right, void *out, size_t count,      \
                     gyre_type_t type)                                                             \
    {                                                                                              \
        CHOOSE(name) name##_by_bits(arg, left, right, out, count, type);                           \
    }

ARITHMETIC(sum, +)
ARITHMETIC(prod, *)
ARITHMETIC(minus, -)
ARITHMETIC(divide, /)
GYRE__KERNEL(min, int16_t, gyre__min16(l, r, 0x7c00))
GYRE__KERNEL(max, int16_t, gyre__max16(l, r, 0x7c00))

const gyre__kernel_row_t gyre__kernels_float16 = {
    [GYRE_SUM] = sum, [GYRE_PROD] = prod,   [GYRE_MIN] = min,
    [GYRE_MAX] = max, [GYRE_MINUS] = minus, [GYRE_DIVIDE] = divide,
};
