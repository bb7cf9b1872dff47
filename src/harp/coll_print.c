/* SPDX-License-Identifier: Apache-2.0 */
/* gyre_coll_print: the algorithms, and which of them serves which sizes: gyre__select is asked at
 * every border that a rule has. */
#include "base/error.h"
#include "comm/comm.h"
#include "harp/conf.h"
#include "harp/coll_view.h"

#include <errno.h>
#include <gyre/coll.h>
#include <stdlib.h>

static const struct {
    unsigned flag;
    const char *text;
} traits[] = {
    {GYRE__ALG_NODE, "one node"},
    {GYRE__ALG_NODES | GYRE__ALG_GROUPS, "several nodes"},
    {GYRE__ALG_RANGES, "consecutive ranks on every node"},
    {GYRE__ALG_BY_NODE, "consecutive ranks on every node or commutative operations"},
    {GYRE__ALG_DOMAINS, "several cache or memory domains"},
    {GYRE__ALG_EVEN, "as many members on every node"},
    {GYRE__ALG_POWER_OF_TWO, "a power of two of members"},
    {GYRE__ALG_PAIRS, "an even number of members"},
    {GYRE__ALG_COMMUTATIVE, "commutative operations"},
    {GYRE__ALG_ORDERED, "keeps rank order"},
};

static void write_parameters(int radix, uint64_t segment, gyre__buf_t *buf)
{
    if (radix)
        gyre__buf_printf(buf, "radix=%d%s", radix, segment ? "," : "");
    if (segment) {
        gyre__buf_printf(buf, "segment=");
        gyre__size_write(segment, buf);
    }
}

static void write_algorithm(const gyre__algorithm_t *algorithm, gyre__buf_t *buf)
{
    const char *before = "\n                          ";
    gyre__buf_printf(buf, "    @%-20s %s", algorithm->name, algorithm->brief);
    if (algorithm->radix || algorithm->segment) {
        gyre__buf_printf(buf, "%s", before);
        write_parameters(algorithm->radix, algorithm->segment, buf);
        before = "; ";
    }
    for (size_t i = 0; i < sizeof(traits) / sizeof(traits[0]); i++)
        if (algorithm->needs & traits[i].flag) {
            gyre__buf_printf(buf, "%s%s", before, traits[i].text);
            before = "; ";
        }
    gyre__buf_printf(buf, "\n");
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Where ranges of bytes of the collective's rules begin or end, ascending, from 0 to SIZE_MAX. */
static uint64_t *find_borders(const gyre__coll_view_t *view, gyre__coll_t coll, size_t *count)
{
    size_t room = 2;
    for (int i = 0; i < GYRE__TEAM_RULES; i++)
        room += view->rules[i] ? 2 * view->rules[i]->count : 0;
    uint64_t *borders = malloc(room * sizeof(*borders));
    if (!borders)
        return NULL;
    *count = 0;
    borders[(*count)++] = 0;
    borders[(*count)++] = SIZE_MAX;
    for (int i = 0; i < GYRE__TEAM_RULES; i++)
        for (size_t k = 0; view->rules[i] && k < view->rules[i]->count; k++) {
            const gyre__rule_t *rule = &view->rules[i]->at[k];
            if (rule->coll != coll)
                continue;
            borders[(*count)++] = rule->bytes_from;
            borders[(*count)++] = rule->bytes_to;
        }
    qsort(borders, *count, sizeof(*borders), by_value);
    return borders;
}

/* Columns are made by padding to where they begin in the line. */
static void pad(gyre__buf_t *buf, size_t line, size_t column)
{
    size_t at = buf->length - line;
    gyre__buf_printf(buf, "%*s", (int)(at < column ? column - at : 1), "");
}

static void write_range(const gyre__coll_view_t *view, gyre__coll_t coll, uint64_t from,
                        uint64_t to, gyre__buf_t *buf)
{
    size_t line = buf->length;
    gyre__plan_t plan = gyre__coll_view_call(view, coll, from);
    gyre__choice_t choice = gyre__select(&plan, view->rules, GYRE__TEAM_RULES);
    gyre__buf_printf(buf, "    %d member%s on %d node%s", view->members,
                     view->members == 1 ? "" : "s", view->places.nodes,
                     view->places.nodes == 1 ? "" : "s");
    pad(buf, line, 30);
    if (gyre__coll_sized(coll)) {
        gyre__size_write(from, buf);
        gyre__buf_printf(buf, "-");
        gyre__size_write(to, buf);
    }
    pad(buf, line, 42);
    gyre__buf_printf(buf, "%s%s", choice.algorithm ? "@" : "",
                     choice.algorithm ? choice.algorithm->name : "none can");
    if (choice.algorithm && (plan.radix || plan.segment)) {
        gyre__buf_printf(buf, "(");
        write_parameters(plan.radix, plan.segment, buf);
        gyre__buf_printf(buf, ")");
    }
    pad(buf, line, 78);
    if (choice.rule)
        gyre__rule_place(choice.rules, choice.rule, buf);
    else
        gyre__buf_printf(buf, "no rule");
    gyre__buf_printf(buf, "\n");
}

static bool same_choice(const gyre__coll_view_t *view, gyre__coll_t coll, uint64_t a, uint64_t b)
{
    gyre__plan_t plans[2] = {gyre__coll_view_call(view, coll, a),
                             gyre__coll_view_call(view, coll, b)};
    gyre__choice_t x = gyre__select(&plans[0], view->rules, GYRE__TEAM_RULES);
    gyre__choice_t y = gyre__select(&plans[1], view->rules, GYRE__TEAM_RULES);
    return x.algorithm == y.algorithm && x.rule == y.rule;
}

static gyre_status_t write_ranges(const gyre__coll_view_t *view, gyre__coll_t coll,
                                  gyre__buf_t *buf)
{
    size_t count, from = 0;
    uint64_t *borders = find_borders(view, coll, &count);
    if (!borders)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the ranges of rules");
    for (size_t i = 1; i < count; i++) {
        if (i + 1 < count && same_choice(view, coll, borders[from], borders[i]))
            continue;
        write_range(view, coll, borders[from], borders[i], buf);
        from = i;
    }
    free(borders);
    return GYRE_OK;
}

/* Common numbers of members, on one node and on several. */
static const struct {
    int nodes, per_node;
} shapes[] = {{1, 2}, {1, 4}, {1, 8}, {1, 64}, {2, 1}, {8, 1}, {2, 2}, {64, 16}};

static gyre_status_t write_shapes(gyre__coll_view_t *view, gyre__coll_t coll, gyre__buf_t *buf)
{
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]) && status == GYRE_OK; i++) {
        int per_node = shapes[i].per_node;
        view->members = shapes[i].nodes * per_node;
        view->places = (gyre__places_t){.nodes = shapes[i].nodes,
                                        .local_size = per_node,
                                        .local_size_max = per_node,
                                        .local_size_min = per_node,
                                        .shared = per_node > 1,
                                        .slots = per_node > 1,
                                        .ranges = true,
                                        .domains = 1};
        status = write_ranges(view, coll, buf);
    }
    return status;
}

static void write_sources(const gyre__coll_view_t *view, gyre__buf_t *buf)
{
    gyre__buf_printf(buf, "Rules, asked in this order:\n");
    for (int i = 0; i < GYRE__TEAM_RULES; i++)
        if (view->rules[i] && view->rules[i]->count)
            gyre__buf_printf(buf, "    %zu of %s\n", view->rules[i]->count, view->rules[i]->name);
}

/* common: for common numbers of members, else for the view's. */
static gyre_status_t write_all(gyre__coll_view_t *view, bool common, gyre__buf_t *buf)
{
    gyre_status_t status = GYRE_OK;
    write_sources(view, buf);
    for (int i = 0; i < GYRE__COLLS && status == GYRE_OK; i++) {
        const gyre__collective_t *collective = gyre__collectives[i];
        gyre__buf_printf(buf, "\n%s\n", collective->name);
        for (int k = 0; k < collective->count; k++)
            write_algorithm(&collective->algorithms[k], buf);
        gyre__buf_printf(buf, "\n");
        status = common ? write_shapes(view, (gyre__coll_t)i, buf)
                        : write_ranges(view, (gyre__coll_t)i, buf);
    }
    return status;
}

static gyre_status_t print_all(gyre__coll_view_t *view, bool common, FILE *out)
{
    gyre__buf_t buf;
    gyre__buf_init(&buf);
    gyre_status_t status = write_all(view, common, &buf);
    if (status == GYRE_OK && fwrite(buf.data, 1, buf.length, out) != buf.length)
        status = gyre__error_errno(errno, "cannot write the algorithms of collectives");
    gyre__buf_cleanup(&buf);
    return status;
}

static gyre_status_t print_without(FILE *out)
{
    gyre__coll_view_t view = {0};
    gyre__tuning_t *tuning;
    gyre_status_t status = gyre__harp_tuning_borrow(&tuning);
    if (status != GYRE_OK)
        return status;
    for (int i = 0; i < GYRE__TUNINGS; i++)
        view.rules[1 + i] = &tuning->rules[i];
    status = print_all(&view, true, out);
    gyre__harp_tuning_return(tuning);
    return status;
}

gyre_status_t gyre_coll_print(gyre_comm_t *comm, FILE *out)
{
    gyre__coll_view_t view;
    if (!out)
        return gyre__error(GYRE_ERR_ARG, "no file to print to: NULL");
    if (!comm)
        return print_without(out);
    gyre_status_t status = gyre__comm_check(comm);
    if (status != GYRE_OK)
        return status;
    gyre__enter(comm->ctx);
    status = gyre__coll_view_of(comm, &view);
    if (status == GYRE_OK)
        status = print_all(&view, false, out);
    gyre__leave(comm->ctx);
    return status;
}
