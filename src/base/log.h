/* SPDX-License-Identifier: Apache-2.0 */
/* The log, on stderr. Levels by volume: error and warn are for the user, info a few lines per
 * run, debug in proportion to objects (peers, communicators), trace to messages. */
#ifndef GYRE_BASE_LOG_H
#define GYRE_BASE_LOG_H

#include <stdbool.h>

typedef enum gyre__log_level {
    GYRE__LOG_ERROR,
    GYRE__LOG_WARN,
    GYRE__LOG_INFO,
    GYRE__LOG_DEBUG,
    GYRE__LOG_TRACE
} gyre__log_level_t;

/* Read from GYRE_LOG at first use; gyre__log_set overrides it (for -v). */
extern gyre__log_level_t gyre__log_threshold;
void gyre__log_set(gyre__log_level_t level);

/* Prefixes every line, "rank 3"; empty at start. Copies. Not while other threads log. */
void gyre__log_name(const char *name);

void gyre__log_write(gyre__log_level_t level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static inline bool gyre__log_on(gyre__log_level_t level)
{
    return (int)level <= (int)__atomic_load_n(&gyre__log_threshold, __ATOMIC_RELAXED);
}

#define gyre__log(level, ...)                                                                      \
    do {                                                                                           \
        if (__builtin_expect(gyre__log_on(level), 0))                                              \
            gyre__log_write(level, __VA_ARGS__);                                                   \
    } while (0)

#endif
