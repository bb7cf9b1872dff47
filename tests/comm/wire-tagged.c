/* SPDX-License-Identifier: Apache-2.0 */
/* Tagged messages between any number of workers: every size class, every way to receive, order,
 * floods, and random plans against an oracle. */
#include "tagged.h"

static const check_case_t cases[] = {
    {"ring", tagged_ring},
    {"pairs", tagged_pairs},
    {"sendrecv", tagged_sendrecv},
    {"self", tagged_self},
    {"order", tagged_order},
    {"any-source", tagged_any_source},
    {"any-tag", tagged_any_tag},
    {"posted-order", tagged_posted_order},
    {"probe", tagged_probe},
    {"cancel", tagged_cancel},
    {"cancel-race", tagged_cancel_race},
    {"flood", tagged_flood},
    {"in-flight", tagged_in_flight},
    {"wait-any", tagged_wait_any},
    {"plans", tagged_plans},
};

int main(int argc, char **argv)
{
    return check_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]), GYRE_THREAD_SINGLE, 100);
}
