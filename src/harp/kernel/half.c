/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels of float16: blocks are widened to float32, computed there, and rounded to nearest even.
 * By instructions where the processor has them; otherwise by arithmetic that gives the same bits
 * (up to which NaN), does not depend on how subnormal float32 are treated, and has no branches.
 * After F. Giesen, "Half to float done quick", 2012. */
#include "harp/kernel/kernel.h"

/* clang 14 cannot ask for f16c. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#include <immintrin.h>
#define HAS_INSTRUCTIONS() __builtin_cpu_supports("f16c")
#else
#define HAS_INSTRUCTIONS() 0
#define widen_quickly      widen_plainly
#define narrow_quickly     narrow_plainly
#endif

enum { BLOCK = 512 };

typedef struct half {
    uint16_t bits;
} __attribute__((packed, may_alias)) half_t;

typedef union word {
    float value;
    uint32_t bits;
} word_t;

static inline __attribute__((always_inline)) float widen_one(uint32_t half)
{
    uint32_t magnitude = half & 0x7fff;
    word_t normal = {.bits = (magnitude << 13) + (112u << 23)};
    word_t tiny = {(float)(int32_t)magnitude * 0x1p-24f};
    uint32_t bits = magnitude < 0x400 ? tiny.bits : normal.bits;
    bits = magnitude >= 0x7c00 ? normal.bits | 0x7f800000 : bits;
    return ((word_t){.bits = bits | (half & 0x8000) << 16}).value;
}

static inline __attribute__((always_inline)) uint16_t narrow_one(float value)
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

GYRE__CLONES GYRE__OPTIMIZE static void widen_plainly(const half_t *in, float *out, size_t count)
{
    GYRE__INDEPENDENT
    for (size_t i = 0; i < count; i++)
        out[i] = widen_one(in[i].bits);
}

GYRE__CLONES GYRE__OPTIMIZE static void narrow_plainly(const float *in, half_t *out, size_t count)
{
    GYRE__INDEPENDENT
    for (size_t i = 0; i < count; i++)
        out[i].bits = narrow_one(in[i]);
}

#ifndef widen_quickly
__attribute__((target("avx,f16c"))) static void widen_quickly(const half_t *in, float *out,
                                                              size_t count)
{
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        _mm256_storeu_ps(out + i, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i_u *)(in + i))));
    for (; i < count; i++)
        out[i] = _cvtsh_ss(in[i].bits);
}

__attribute__((target("avx,f16c"))) static void narrow_quickly(const float *in, half_t *out,
                                                               size_t count)
{
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        _mm_storeu_si128((__m128i_u *)(out + i),
                         _mm256_cvtps_ph(_mm256_loadu_ps(in + i), _MM_FROUND_TO_NEAREST_INT));
    for (; i < count; i++)
        out[i].bits = _cvtss_sh(in[i], _MM_FROUND_TO_NEAREST_INT);
}
#endif

static void compute_block(gyre_op_fn fn, const half_t *left, const half_t *right, half_t *out,
                          size_t count)
{
    float l[BLOCK], r[BLOCK];
    void (*widen)(const half_t *, float *, size_t) =
        HAS_INSTRUCTIONS() ? widen_quickly : widen_plainly;
    widen(left, l, count);
    widen(right, r, count);
    fn(NULL, l, r, l, count, GYRE_FLOAT32);
    (HAS_INSTRUCTIONS() ? narrow_quickly : narrow_plainly)(l, out, count);
}

static void compute(gyre_op_t op, const half_t *left, const half_t *right, half_t *out,
                    size_t count)
{
    gyre_op_fn fn = gyre__kernels_float32[op];
    size_t length;
    for (size_t at = 0; at < count; at += length) {
        length = count - at < BLOCK ? count - at : BLOCK;
        compute_block(fn, left + at, right + at, out + at, length);
    }
}

#define KERNEL(name, op)                                                                           \
    static void name(void *arg, const void *left, const void *right, void *out, size_t count,      \
                     gyre_type_t type)                                                             \
    {                                                                                              \
        compute(op, left, right, out, count);                                                      \
    }

KERNEL(sum, GYRE_SUM)
KERNEL(prod, GYRE_PROD)
KERNEL(min, GYRE_MIN)
KERNEL(max, GYRE_MAX)
KERNEL(minus, GYRE_MINUS)
KERNEL(divide, GYRE_DIVIDE)

const gyre__kernel_row_t gyre__kernels_float16 = {
    [GYRE_SUM] = sum, [GYRE_PROD] = prod,   [GYRE_MIN] = min,
    [GYRE_MAX] = max, [GYRE_MINUS] = minus, [GYRE_DIVIDE] = divide,
};
