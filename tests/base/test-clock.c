/* SPDX-License-Identifier: Apache-2.0 */
/* Monotonic time: never back, and in nanoseconds. */
#include "base/clock.h"

#include <criterion/criterion.h>
#include <errno.h>

TestSuite(clock, .timeout = 10);

Test(clock, never_goes_back)
{
    uint64_t before = gyre__clock_ns();
    for (int i = 0; i < 100000; i++) {
        uint64_t now = gyre__clock_ns();
        cr_assert_geq(now, before);
        before = now;
    }
}

Test(clock, counts_nanoseconds)
{
    struct timespec pause = {0, 20 * 1000 * 1000};
    uint64_t before = gyre__clock_ns();
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, &pause) == EINTR)
        continue;
    uint64_t passed = gyre__clock_ns() - before;
    cr_assert_geq(passed, 20 * GYRE__MS);
    cr_assert_lt(passed, 5 * GYRE__S);
}

Test(clock, units_fit_together)
{
    cr_assert_eq(GYRE__MS, 1000 * GYRE__US);
    cr_assert_eq(GYRE__S, 1000 * GYRE__MS);
}
