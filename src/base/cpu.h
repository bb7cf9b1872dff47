/* SPDX-License-Identifier: Apache-2.0 */
/* Hints to the processor. */
#ifndef GYRE_BASE_CPU_H
#define GYRE_BASE_CPU_H

/* Tells the core that this is a polling loop. */
static inline void gyre__cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("isb" ::: "memory");
#else
    __asm__ __volatile__("" ::: "memory");
#endif
}

/* Fetches a line that will be written soon. Compilers take the plain prefetch for that, after which
 * other cores still hold the line. */
static inline void gyre__cpu_fetch_to_write(const void *line)
{
#if defined(__x86_64__)
    __asm__ volatile("prefetchw %0" ::"m"(*(const char *)line));
#else
    __builtin_prefetch(line, 1);
#endif
}

#endif
