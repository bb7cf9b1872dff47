/* SPDX-License-Identifier: Apache-2.0 */
/* Monotonic time. */
#ifndef GYRE_BASE_CLOCK_H
#define GYRE_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define GYRE__US UINT64_C(1000)
#define GYRE__MS UINT64_C(1000000)
#define GYRE__S UINT64_C(1000000000)

static inline uint64_t gyre__clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * GYRE__S + (uint64_t)now.tv_nsec;
}

#endif
