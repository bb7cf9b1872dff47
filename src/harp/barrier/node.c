/* SPDX-License-Identifier: Apache-2.0 */
/* Every member raises its flag and looks at all others': one line transfer between any two, and
 * for workers that share a core the fewest turns there can be, two each. */
#include "harp/barrier/barrier.h"

#include "harp/node.h"

void gyre__barrier_node(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    int32_t at = gyre__publish(s, GYRE__NOW, 0, gyre__tmp(0), 0, GYRE__ALL);
    gyre__node_await_all(plan, s, at, 0);
}
