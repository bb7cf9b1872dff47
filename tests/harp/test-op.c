/* SPDX-License-Identifier: Apache-2.0 */
/* Types and operations as objects: what is built in, what programs add, how many, what is refused,
 * from several threads. */
#include "harp/op.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

TestSuite(op, .timeout = 60);

enum { LIMIT = 4096, THREADS = 4 };

static const gyre_op_t no_op = (gyre_op_t)-1;
static const gyre_type_t no_type = (gyre_type_t)-1;

static atomic_size_t calls;

/* out = left + right * arg, on records of two int32. */
static void weigh(void *arg, const void *left, const void *right, void *out, size_t count,
                  gyre_type_t type)
{
    const int32_t *l = left, *r = right;
    int32_t *o = out;
    calls++;
    cr_assert_eq(gyre_type_size(type), 8);
    for (size_t i = 0; i < 2 * count; i++)
        o[i] = l[i] + r[i] * *(int32_t *)arg;
}

Test(op, types_have_sizes_and_names)
{
#define CHECK(name, size, text)                                                                    \
    cr_expect_eq(gyre_type_size(name), size);                                                      \
    cr_expect_str_eq(gyre_type_name(name), text);
    GYRE_TYPE_MAP(CHECK)
#undef CHECK
    cr_expect_eq(gyre_type_size(no_type), 0);
    cr_expect_eq(gyre_type_size(GYRE_TYPE_BUILTIN_COUNT), 0);
    cr_expect_str_eq(gyre_type_name(no_type), "?");
}

Test(op, types_are_created_up_to_the_limit)
{
    gyre_type_t type = no_type, first = no_type;
    cr_assert_eq(gyre_type_create(24, &first), GYRE_OK);
    for (size_t i = 1; i < LIMIT; i++) {
        cr_assert_eq(gyre_type_create(i, &type), GYRE_OK);
        cr_assert_eq(gyre_type_size(type), i);
    }
    cr_assert_eq(gyre_type_create(1, &type), GYRE_ERR_NO_RESOURCE);
    cr_assert_not_null(strstr(gyre_last_error(), "4096"));
    cr_assert_eq(gyre_type_size(type), LIMIT - 1);
    cr_assert_str_eq(gyre_type_name(first), "record24");
    cr_assert_lt(type, GYRE_TYPE_END);
}

Test(op, types_of_absurd_sizes_are_refused)
{
    gyre_type_t type = no_type;
    cr_expect_eq(gyre_type_create(0, &type), GYRE_ERR_RANGE);
    cr_expect_eq(gyre_type_create((size_t)INT32_MAX + 1, &type), GYRE_ERR_RANGE);
    cr_expect_eq(gyre_type_create(8, NULL), GYRE_ERR_ARG);
    cr_expect_eq(type, no_type);
    cr_assert_eq(gyre_type_create(INT32_MAX, &type), GYRE_OK);
    cr_expect_str_eq(gyre_type_name(type), "record2147483647");
}

Test(op, operations_have_names)
{
#define CHECK(name, text) cr_expect_str_eq(gyre_op_name(name), text);
    GYRE_OP_MAP(CHECK)
#undef CHECK
    cr_expect_str_eq(gyre_op_name(no_op), "?");
    cr_expect_str_eq(gyre_op_name(GYRE_OP_BUILTIN_COUNT), "?");
}

Test(op, user_operations_see_their_argument_and_type)
{
    int32_t factor = 10, left[] = {1, 2, 3, 4}, right[] = {5, 6, 7, 8};
    const int32_t wanted[] = {51, 62, 73, 84};
    gyre_type_t type;
    gyre_op_t op;
    gyre__kernel_t kernel;
    cr_assert_eq(gyre_type_create(8, &type), GYRE_OK);
    cr_assert_eq(gyre_op_create(weigh, &factor, false, &op), GYRE_OK);
    cr_expect_str_eq(gyre_op_name(op), "user");
    cr_expect(gyre_op_supports(op, type) && gyre_op_supports(op, GYRE_INT8));
    cr_expect_not(gyre_op_supports(op, no_type) || gyre_op_supports(GYRE_SUM, type));
    cr_assert_eq(gyre_op_apply(op, type, left, right, left, 2), GYRE_OK);
    cr_expect_arr_eq(left, wanted, sizeof(wanted));
    cr_assert_eq(gyre_op_apply(op, type, left, right, left, 0), GYRE_OK);
    cr_expect_eq(calls, 1);
    cr_assert_eq(gyre__op_kernel(op, type, &kernel), GYRE_OK);
    cr_expect(kernel.associative && !kernel.commutative && !kernel.exact);
    gyre_op_destroy(op);
    cr_expect_eq(gyre_op_apply(op, type, left, right, left, 2), GYRE_ERR_ARG);
    cr_expect_str_eq(gyre_op_name(op), "?");
}

Test(op, operations_are_created_up_to_the_limit_and_again)
{
    static gyre_op_t ops[LIMIT];
    gyre_op_t more = no_op;
    for (size_t i = 0; i < LIMIT; i++)
        cr_assert_eq(gyre_op_create(weigh, NULL, true, &ops[i]), GYRE_OK);
    cr_assert_eq(gyre_op_create(weigh, NULL, true, &more), GYRE_ERR_NO_RESOURCE);
    cr_assert_not_null(strstr(gyre_last_error(), "4096"));
    cr_assert_eq(more, no_op);
    for (size_t i = 0; i < LIMIT; i += 3)
        gyre_op_destroy(ops[i]);
    gyre_op_destroy(ops[0]);
    for (size_t i = 0; i < LIMIT; i += 3)
        cr_assert_eq(gyre_op_create(weigh, NULL, true, &ops[i]), GYRE_OK);
    cr_assert_eq(gyre_op_create(weigh, NULL, true, &more), GYRE_ERR_NO_RESOURCE);
    bool seen[LIMIT] = {false};
    for (size_t i = 0; i < LIMIT; i++) {
        cr_assert_geq(ops[i], GYRE_OP_BUILTIN_COUNT);
        cr_assert_lt(ops[i], GYRE_OP_END);
        cr_assert_not(seen[ops[i] - GYRE_OP_BUILTIN_COUNT]);
        seen[ops[i] - GYRE_OP_BUILTIN_COUNT] = true;
        gyre_op_destroy(ops[i]);
    }
}

Test(op, built_in_operations_are_not_destroyed)
{
    int32_t one = 1;
    gyre_op_destroy(GYRE_SUM);
    gyre_op_destroy(no_op);
    cr_assert_eq(gyre_op_apply(GYRE_SUM, GYRE_INT32, &one, &one, &one, 1), GYRE_OK);
    cr_assert_eq(one, 2);
}

Test(op, bad_arguments_are_refused)
{
    gyre__kernel_t kernel;
    gyre_op_t op = no_op;
    int32_t one = 1;
    cr_expect_eq(gyre_op_create(NULL, NULL, true, &op), GYRE_ERR_ARG);
    cr_expect_eq(gyre_op_create(weigh, NULL, true, NULL), GYRE_ERR_ARG);
    cr_expect_eq(op, no_op);
    cr_expect_eq(gyre_op_apply(GYRE_SUM, GYRE_BYTE, &one, &one, &one, 1), GYRE_ERR_ARG);
    cr_expect_not_null(strstr(gyre_last_error(), "sum is not defined for byte"));
    cr_expect_eq(gyre_op_apply(GYRE_BAND, GYRE_FLOAT32, &one, &one, &one, 0), GYRE_ERR_ARG);
    cr_expect_eq(gyre_op_apply(no_op, GYRE_INT32, &one, &one, &one, 1), GYRE_ERR_ARG);
    cr_expect_not_null(strstr(gyre_last_error(), "-1 is no operation"));
    cr_expect_eq(gyre__op_kernel(GYRE_SUM, no_type, &kernel), GYRE_ERR_ARG);
    cr_expect_not_null(strstr(gyre_last_error(), "-1 is no type"));
    cr_expect_eq(gyre_op_apply(GYRE_SUM, GYRE_INT32, &one, NULL, &one, 1), GYRE_ERR_ARG);
    cr_expect_eq(gyre_op_apply(GYRE_SUM, GYRE_INT32, NULL, NULL, NULL, 0), GYRE_OK);
    cr_expect_eq(gyre_op_apply(GYRE_SUM, GYRE_INT32, &one, &one, &one, SIZE_MAX / 4),
                 GYRE_ERR_RANGE);
}

Test(op, kernels_say_what_may_be_moved)
{
    static const struct {
        gyre_op_t op;
        gyre_type_t type;
        bool free, exact;
    } cases[] = {
        {GYRE_SUM, GYRE_INT8, true, true},
        {GYRE_SUM, GYRE_FLOAT16, true, false},
        {GYRE_PROD, GYRE_COMPLEX128, true, false},
        {GYRE_MIN, GYRE_FLOAT64, true, true},
        {GYRE_MAXLOC, GYRE_FLOAT64_INT64, true, true},
        {GYRE_BXOR, GYRE_BYTE, true, true},
        {GYRE_MINUS, GYRE_INT64, false, false},
        {GYRE_DIVIDE, GYRE_FLOAT32, false, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gyre__kernel_t kernel;
        cr_assert_eq(gyre__op_kernel(cases[i].op, cases[i].type, &kernel), GYRE_OK);
        cr_expect_eq(kernel.commutative, cases[i].free);
        cr_expect_eq(kernel.associative, cases[i].free);
        cr_expect_eq(kernel.exact, cases[i].exact);
    }
}

static void *create_and_use(void *arg)
{
    int32_t factor = 2;
    for (int i = 0; i < 1000; i++) {
        int32_t left[] = {1, 2}, right[] = {i, i};
        gyre_type_t type = GYRE_INT32_INT32;
        gyre_op_t op;
        if (i % 4 == 0 && gyre_type_create(8, &type) != GYRE_OK)
            return "type";
        if (gyre_op_create(weigh, &factor, true, &op) != GYRE_OK)
            return "create";
        if (gyre_op_apply(op, type, left, right, left, 1) != GYRE_OK || left[1] != 2 + 2 * i)
            return "apply";
        gyre_op_destroy(op);
    }
    return NULL;
}

Test(op, threads_create_and_use_at_once)
{
    pthread_t threads[THREADS];
    void *failed;
    for (int i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, create_and_use, NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        cr_assert_eq(pthread_join(threads[i], &failed), 0);
        cr_expect_null(failed, "%s", (const char *)failed);
    }
}
