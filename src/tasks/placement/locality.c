/* SPDX-License-Identifier: Apache-2.0 */
/* Instances with data go to the nearest worker with room: on a host that has the data, else in the
 * rack of one, else anywhere. Of workers that are equally near, to that with the fewest instances:
 * copies of the data are as good as each other. What has no data goes where linked puts it, when
 * the others have had their choice. */
#include "tasks/placement/placement.h"

#include <string.h>

enum { SAME_HOST, SAME_RACK, ELSEWHERE };

static bool same(const char *one, const char *other)
{
    return one && other && strcmp(one, other) == 0;
}

/* Whether a worker of that host is in the rack. */
static bool in_rack(const gyre_plan_t *plan, const char *host, const char *rack)
{
    for (int i = 0; rack && i < plan->workers; i++)
        if (same(plan->has[i].host, host) && same(plan->has[i].rack, rack))
            return true;
    return false;
}

static int distance(const gyre_plan_t *plan, const gyre_task_data_t *data, int worker)
{
    const gyre_plan_worker_t *has = &plan->has[worker];
    int nearest = ELSEWHERE;
    for (size_t i = 0; i < data->host_count; i++)
        if (same(has->host, data->hosts[i]))
            return SAME_HOST;
        else if (in_rack(plan, data->hosts[i], has->rack))
            nearest = SAME_RACK;
    return nearest;
}

/* How far how many bytes go. */
static double cost_of(const gyre__placer_t *placer, const gyre__bundle_t *bundle, int index,
                      int worker)
{
    double cost = 0;
    for (size_t i = 0; i < bundle->count; i++) {
        const gyre_task_data_t *data = placer->nodes[bundle->tasks[i]]->opts.data;
        if (data)
            cost += distance(placer->plan, &data[index], worker) *
                    (data[index].bytes ? (double)data[index].bytes : 1);
    }
    return cost;
}

static int choose(const gyre__placer_t *placer, const gyre__bundle_t *bundle, int index)
{
    const int *counts = placer->plan->counts;
    int best = -1;
    double least = 0;
    for (int worker = 0; worker < placer->plan->workers; worker++) {
        if (!gyre__placer_has_room(placer, bundle, worker))
            continue;
        double cost = cost_of(placer, bundle, index, worker);
        if (best < 0 || cost < least || (cost == least && counts[worker] < counts[best])) {
            best = worker;
            least = cost;
        }
    }
    return best;
}

static bool has_data(const gyre__placer_t *placer, const gyre__bundle_t *bundle)
{
    for (size_t i = 0; i < bundle->count; i++)
        if (placer->nodes[bundle->tasks[i]]->opts.data)
            return true;
    return false;
}

gyre_status_t gyre__place_locality(gyre__placer_t *placer)
{
    gyre_status_t status = GYRE_OK;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; status == GYRE_OK && i < placer->bundle_count; i++)
            if (has_data(placer, &placer->bundles[i]) == (pass == 0))
                status = gyre__place_bundle(placer, &placer->bundles[i],
                                            pass == 0 ? choose : gyre__choose_linked);
    return status;
}
