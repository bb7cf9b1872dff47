/* SPDX-License-Identifier: Apache-2.0 */
/* The Harp model between real workers: what tables hold after every collective, against plain
 * computations on random plans. */
#include "harp/model.h"

#include <string.h>

gyre_harp_pool_t *pool;
gyre_op_t take_right;

static void right(void *arg, const void *left, const void *right, void *out, size_t count,
                  gyre_type_t type)
{
    CHECK(arg == &take_right && left);
    memmove(out, right, count * gyre_type_size(type));
}

static void make_pool(void)
{
    CHECK_OK(gyre_harp_pool_create(check_ctx, &pool));
    CHECK_OK(gyre_op_create(right, &take_right, false, &take_right));
}

static void end_pool(void)
{
    gyre_harp_pool_destroy(pool);
    gyre_op_destroy(take_right);
}

int main(int argc, char **argv)
{
    /* To run some only, name "make" and "end" with them. */
    static const check_case_t cases[] = {
        {"make", make_pool},         {"pool", test_pool},
        {"tables", test_tables},     {"regroup", test_regroup},
        {"gathers", test_gathers},   {"reductions", test_reductions},
        {"bcast", test_bcast},       {"rotate", test_rotate},
        {"refusals", test_refusals}, {"push", test_push},
        {"pull", test_pull},         {"kv", test_kv},
        {"events", test_events},     {"schedulers", test_schedulers},
        {"rotator", test_rotator},   {"end", end_pool},
    };
    return check_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]), GYRE_THREAD_SINGLE, 60);
}
