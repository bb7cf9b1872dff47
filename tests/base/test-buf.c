/* SPDX-License-Identifier: Apache-2.0 */
/* The growing buffer against a fixed array. */
#include "base/buf.h"

#include "lib/random.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(buf, .timeout = 10);

enum { ORACLE_MAX = 1 << 16 };
static char oracle[ORACLE_MAX];

static void append_random(random_plan_t *random, gyre__buf_t *buf, size_t *length)
{
    size_t extra = random_below(random, 300);
    if (*length + extra > ORACLE_MAX)
        extra = 0;
    for (size_t i = 0; i < extra; i++)
        oracle[*length + i] = (char)random_next(random);
    cr_assert_eq(gyre__buf_append(buf, oracle + *length, extra), GYRE_OK);
    *length += extra;
}

static void consume_random(random_plan_t *random, gyre__buf_t *buf, size_t *length)
{
    size_t gone = random_below(random, *length + 1);
    gyre__buf_consume(buf, gone);
    *length -= gone;
    memmove(oracle, oracle + gone, *length);
}

Test(buf, random_plans_match_an_array)
{
    random_plan_t random = random_start("buf");
    gyre__buf_t buf;
    size_t length = 0;
    gyre__buf_init(&buf);
    for (int step = 0; step < 3000; step++) {
        if (random_below(&random, 100) < 90)
            append_random(&random, &buf, &length);
        else
            consume_random(&random, &buf, &length);
        cr_assert_eq(buf.length, length);
        cr_assert_leq(buf.length, buf.room);
        if (buf.data) {
            cr_assert_eq(memcmp(buf.data, oracle, length), 0);
            cr_assert_eq(buf.data[length], '\0');
        }
    }
    gyre__buf_cleanup(&buf);
}

Test(buf, printf_grows_as_needed)
{
    gyre__buf_t buf;
    gyre__buf_init(&buf);
    cr_assert_null(buf.data);
    for (int i = 0; i < 1000; i++)
        cr_assert_eq(gyre__buf_printf(&buf, "%d,", i), GYRE_OK);
    cr_assert_eq(buf.length, 10 * 2 + 90 * 3 + 900 * 4);
    cr_assert_eq(strlen(buf.data), buf.length);
    cr_assert_str_eq(buf.data + buf.length - 8, "998,999,");
    gyre__buf_cleanup(&buf);
    cr_assert_null(buf.data);
}

Test(buf, reserve_that_cannot_be_met_changes_nothing)
{
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / 2, SIZE_MAX / 2 - 100};
    gyre__buf_t buf;
    gyre__buf_init(&buf);
    gyre__buf_append(&buf, "abc", 3);
    for (size_t i = 0; i < 4; i++) {
        gyre__buf_t before = buf;
        cr_assert_eq(gyre__buf_reserve(&buf, sizes[i]), GYRE_ERR_NO_MEMORY);
        cr_assert(before.data == buf.data && before.length == buf.length &&
                  before.room == buf.room);
        cr_assert_str_eq(buf.data, "abc");
    }
    gyre__buf_cleanup(&buf);
}

Test(buf, reserved_room_does_not_move)
{
    gyre__buf_t buf;
    gyre__buf_init(&buf);
    cr_assert_eq(gyre__buf_reserve(&buf, 5000), GYRE_OK);
    const char *data = buf.data;
    for (int i = 0; i < 500; i++)
        gyre__buf_append(&buf, "0123456789", 10);
    cr_assert_eq(buf.data, data);
    gyre__buf_cleanup(&buf);
}

Test(buf, consume_more_than_there_is)
{
    gyre__buf_t buf;
    gyre__buf_init(&buf);
    gyre__buf_consume(&buf, 10);
    gyre__buf_append(&buf, "abc", 3);
    gyre__buf_consume(&buf, 10);
    cr_assert_eq(buf.length, 0);
    gyre__buf_append(&buf, NULL, 0);
    cr_assert_eq(buf.length, 0);
    gyre__buf_cleanup(&buf);
}
