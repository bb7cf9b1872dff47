/* SPDX-License-Identifier: Apache-2.0 */
/* gyre_coll_simulate: a table per collective, a line per size and algorithm. */
#include "harp/simulate/simulate.h"

#include "base/conf.h"
#include "base/error.h"

#include <gyre/coll.h>
#include <math.h>
#include <string.h>

enum { SIZE_STEP = 8 };

static const gyre__loggp_t usual_network = {1e-6, 0.3e-6, 0.1e-6, 0.08e-9};

static gyre_status_t take_link(const char *name, const gyre_loggp_t *given, gyre__loggp_t *link)
{
    const double values[] = {given->latency, given->overhead, given->gap, given->per_byte};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        if (!isfinite(values[i]) || values[i] < 0 || values[i] > 1)
            return gyre__error(GYRE_ERR_RANGE, "%s: %g s, expected 0 to 1 s", name, values[i]);
    *link = (gyre__loggp_t){values[0], values[1], values[2], values[3]};
    return GYRE_OK;
}

static gyre_status_t take_speed(const char *name, double given, double usual, double *per_byte)
{
    if (!isfinite(given) || given < 0)
        return gyre__error(GYRE_ERR_RANGE, "%s: %g bytes per second, expected more than 0", name,
                           given);
    *per_byte = 1 / (given > 0 ? given : usual);
    return GYRE_OK;
}

static gyre_status_t take_links(const gyre_coll_simulate_opts_t *opts, gyre__machine_t *machine)
{
    gyre_status_t status = GYRE_OK;
    machine->network = usual_network;
    if (opts->network)
        status = take_link("network", opts->network, &machine->network);
    if (status != GYRE_OK)
        return status;
    machine->node = (gyre__loggp_t){machine->network.latency / 8, machine->network.overhead / 4,
                                    machine->network.gap / 4, machine->copy};
    return opts->node ? take_link("node", opts->node, &machine->node) : GYRE_OK;
}

static gyre_status_t take_machine(const gyre_coll_simulate_opts_t *opts, gyre__machine_t *machine)
{
    if (opts->ranks < 1 || opts->ranks > GYRE_SIMULATE_RANKS)
        return gyre__error(GYRE_ERR_RANGE, "%d ranks, expected 1 to %d", opts->ranks,
                           GYRE_SIMULATE_RANKS);
    if (opts->ranks_per_node < 0)
        return gyre__error(GYRE_ERR_RANGE, "%d ranks per node, expected 1 or more",
                           opts->ranks_per_node);
    *machine = (gyre__machine_t){.size = opts->ranks,
                                 .per_node = opts->ranks_per_node ? opts->ranks_per_node : 1};
    if (machine->per_node > machine->size)
        machine->per_node = machine->size;
    gyre_status_t status = take_speed("copy", opts->copy, 10e9, &machine->copy);
    if (status == GYRE_OK)
        status = take_speed("reduce", opts->reduce, 8e9, &machine->reduce);
    return status == GYRE_OK ? take_links(opts, machine) : status;
}

static void print_machine(const gyre__machine_t *machine, FILE *out)
{
    const gyre__loggp_t *network = &machine->network, *node = &machine->node;
    fprintf(out,
            "# simulated: %d ranks, %d per node\n"
            "# network: L %g us, o %g us, g %g us, G %g ns/byte\n"
            "# node: L %g us, o %g us, g %g us, G %g ns/byte; copy %g GB/s, reduce %g GB/s\n",
            machine->size, machine->per_node, network->latency * 1e6, network->overhead * 1e6,
            network->gap * 1e6, network->per_byte * 1e9, node->latency * 1e6, node->overhead * 1e6,
            node->gap * 1e6, node->per_byte * 1e9, 1e-9 / machine->copy, 1e-9 / machine->reduce);
}

static void print_head(const gyre__collective_t *collective, FILE *out)
{
    fprintf(out,
            "\n# %s\n# messages and bytes: sent by the busiest rank, then by all\n"
            "%-12s%-24s%8s%12s%16s%16s%20s%16s\n",
            collective->name, "# bytes", "algorithm", "rounds", "messages", "bytes", "all messages",
            "all bytes", "us");
}

static gyre_status_t print_row(const gyre__machine_t *machine, gyre__coll_t coll,
                               const gyre__algorithm_t *algorithm, uint64_t bytes, FILE *out)
{
    gyre__cost_t cost;
    gyre_status_t status = gyre__simulate(machine, coll, algorithm, bytes, &cost);
    if (status != GYRE_OK)
        return status;
    fprintf(out, "%-12llu%-24s", (unsigned long long)bytes, algorithm->name);
    if (!cost.simulated)
        fprintf(out, "not simulated: %llu steps or more\n", (unsigned long long)cost.steps);
    else
        fprintf(out, "%8u%12llu%16llu%16.0f%20.0f%16.3f\n", cost.rounds,
                (unsigned long long)cost.messages, (unsigned long long)cost.bytes,
                cost.all_messages, cost.all_bytes, cost.seconds * 1e6);
    fflush(out);
    return GYRE_OK;
}

/* Those that cannot serve, once. */
static void print_unfit(const gyre__machine_t *machine, const gyre__collective_t *collective,
                        FILE *out)
{
    for (int i = 0; i < collective->count; i++) {
        const gyre__algorithm_t *algorithm = &collective->algorithms[i];
        const char *unfit = gyre__simulate_unfit(algorithm, machine);
        if (unfit)
            fprintf(out, "%-12s%-24s%s\n", "-", algorithm->name, unfit);
    }
}

static gyre_status_t print_collective(const gyre__machine_t *machine, gyre__coll_t coll, size_t min,
                                      size_t max, FILE *out)
{
    const gyre__collective_t *collective = gyre__collectives[coll];
    gyre_status_t status = GYRE_OK;
    if (coll == GYRE__BARRIER)
        min = max = 0;
    print_head(collective, out);
    print_unfit(machine, collective, out);
    for (size_t bytes = min; bytes <= max && status == GYRE_OK; bytes *= SIZE_STEP) {
        for (int i = 0; i < collective->count && status == GYRE_OK; i++)
            if (!gyre__simulate_unfit(&collective->algorithms[i], machine))
                status = print_row(machine, coll, &collective->algorithms[i], bytes, out);
        if (bytes == 0)
            break;
    }
    return status;
}

/* Looks at all names before anything is written. */
static gyre_status_t check_names(const gyre_coll_simulate_opts_t *opts)
{
    gyre__coll_t coll;
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < opts->collective_count && status == GYRE_OK; i++)
        status = gyre__coll_find(opts->collectives[i], &coll);
    return status;
}

static gyre_status_t print_all(const gyre_coll_simulate_opts_t *opts,
                               const gyre__machine_t *machine, FILE *out)
{
    size_t min = opts->min ? opts->min : 8;
    size_t max = opts->max ? opts->max : min > 262144 ? min : 262144;
    gyre_status_t status = GYRE_OK;
    if (min > max || max > GYRE_SIMULATE_BYTES)
        return gyre__error(GYRE_ERR_RANGE, "sizes %zu to %zu, expected up to %zu bytes, upwards",
                           min, max, GYRE_SIMULATE_BYTES);
    print_machine(machine, out);
    for (int i = 0; !opts->collective_count && i < GYRE__COLLS && status == GYRE_OK; i++)
        status = print_collective(machine, (gyre__coll_t)i, min, max, out);
    for (size_t i = 0; i < opts->collective_count && status == GYRE_OK; i++) {
        gyre__coll_t coll;
        status = gyre__coll_find(opts->collectives[i], &coll);
        if (status == GYRE_OK)
            status = print_collective(machine, coll, min, max, out);
    }
    return status;
}

gyre_status_t gyre_coll_simulate(const gyre_coll_simulate_opts_t *opts, FILE *out)
{
    gyre__machine_t machine;
    if (!opts || !out || opts->size < sizeof(*opts))
        return gyre__error(GYRE_ERR_ARG,
                           "options of %zu bytes, expected %zu: begin with "
                           "GYRE_COLL_SIMULATE_OPTS_INIT; and a file to write to",
                           opts ? opts->size : 0, sizeof(*opts));
    gyre_status_t status = check_names(opts);
    if (status == GYRE_OK)
        status = take_machine(opts, &machine);
    if (status == GYRE_OK)
        status = print_all(opts, &machine, out);
    return status;
}
