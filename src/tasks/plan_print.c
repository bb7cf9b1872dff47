/* SPDX-License-Identifier: Apache-2.0 */
/* Plans for people: a line for each worker. */
#include "base/bytes.h"
#include "tasks/plan.h"

static void print_has(const gyre_plan_worker_t *has, FILE *stream)
{
    if (has->host)
        fprintf(stream, " on %s", has->host);
    if (has->rack)
        fprintf(stream, ", rack %s", has->rack);
    if (has->cpus > 0)
        fprintf(stream, ", %g processors", has->cpus);
    if (has->memory)
        fprintf(stream, ", %s of memory", gyre__bytes(has->memory).text);
    if (has->disk)
        fprintf(stream, ", %s of disk", gyre__bytes(has->disk).text);
}

/* "words.count 0-2,5"; of several graphs, names of tasks alone say little. */
static void print_task(const gyre__planned_t *task, int worker, FILE *stream)
{
    const char *before = " ";
    for (int i = 0; i < task->parallelism; i++) {
        if (task->workers[i] != worker)
            continue;
        int first = i;
        while (i + 1 < task->parallelism && task->workers[i + 1] == worker)
            i++;
        if (*before == ' ')
            fprintf(stream, "; %s.%s", task->graph, task->task);
        fprintf(stream, "%s%d", before, first);
        if (i > first)
            fprintf(stream, "-%d", i);
        before = ",";
    }
}

void gyre_plan_print(const gyre_plan_t *plan, FILE *stream)
{
    fprintf(stream, "%s plan of %zu graph%s on %d worker%s\n", gyre_placement_name(plan->placement),
            plan->graphs, plan->graphs == 1 ? "" : "s", plan->workers,
            plan->workers == 1 ? "" : "s");
    for (int worker = 0; worker < plan->workers; worker++) {
        int count = plan->counts[worker];
        fprintf(stream, "  worker %d", worker);
        print_has(&plan->has[worker], stream);
        fprintf(stream, ": %d instance%s", count, count == 1 ? "" : "s");
        for (size_t i = 0; i < plan->task_count; i++)
            print_task(&plan->tasks[i], worker, stream);
        fputc('\n', stream);
    }
}
