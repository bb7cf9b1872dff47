/* SPDX-License-Identifier: Apache-2.0 */
/* Loops that the compiler turns into vector code for several processors; the loader picks one when
 * the library is loaded. Results are the same bits on every processor: therefore no fused
 * multiply-add. */
#ifndef GYRE_BASE_CLONES_H
#define GYRE_BASE_CLONES_H

#include <stdint.h> /* __GLIBC__, where it is that */

/* The loader runs the choice between clones before a sanitizer is ready for it. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GYRE__SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define GYRE__SANITIZED 1
#endif
#endif

/* GCC alone is told to vectorise: clang does at -O2, and does not know how to be told. */
#if defined(__GNUC__) && !defined(__clang__)
#define GYRE__OPTIMIZE    __attribute__((optimize("O3", "fp-contract=off")))
#define GYRE__INDEPENDENT _Pragma("GCC ivdep")
#else
#define GYRE__OPTIMIZE
#define GYRE__INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#endif
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && __GNUC__ >= 12 &&            \
    !defined(__clang__) && !defined(GYRE__SANITIZED)
#define GYRE__CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define GYRE__CLONES __attribute__((noinline))
#endif

#endif
