/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of every length up to some lines, and of random ones, from and to any alignment: what lies
 * around them stays. */
#include "base/transfer.h"
#include "lib/random.h"

#include <criterion/criterion.h>
#include <string.h>

enum { ROOM = 8192, AROUND = 128 };

typedef void (*transfer_fn)(void *to, const void *from, size_t length);

static void check(transfer_fn transfer, random_plan_t *random, size_t length)
{
    static unsigned char from[ROOM + 2 * AROUND], to[ROOM + 2 * AROUND], expected[sizeof(to)];
    size_t at = AROUND + random_below(random, 64), in = AROUND + random_below(random, 64);
    for (size_t i = 0; i < sizeof(to); i++) {
        from[i] = (unsigned char)random_next(random);
        to[i] = expected[i] = (unsigned char)~from[i];
    }
    memcpy(expected + at, from + in, length);
    transfer(to + at, from + in, length);
    cr_assert_arr_eq(to, expected, sizeof(to), "%zu bytes from %zu to %zu", length, in, at);
}

Test(transfer, copies_just_what_it_is_told)
{
    random_plan_t random = random_start("transfer");
    for (size_t length = 0; length < 1024; length++) {
        check(gyre__transfer, &random, length);
        check(gyre__transfer_past, &random, length);
    }
    for (int i = 0; i < 1000; i++) {
        check(gyre__transfer, &random, random_below(&random, ROOM - 64));
        check(gyre__transfer_past, &random, random_below(&random, ROOM - 64));
    }
}
