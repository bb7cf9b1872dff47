/* SPDX-License-Identifier: Apache-2.0 */
/* Topology: places on synthetic machines, whose shape the test knows on its own, and this
 * machine. A regular machine's processor p belongs to object p / (processors per object) of every
 * level, when processors are numbered in order. */
#include <gyre/topo.h>

#include <criterion/criterion.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(topo, .timeout = 20);

enum { LEVELS = GYRE_TOPO_PACKAGE + 1, PUS_MAX = 512 };

typedef struct machine {
    const char *words;
    unsigned count[LEVELS];
} machine_t;

static const machine_t machines[] = {
    {"core:1 pu:1", {0, 1, 1, 0, 1, 0}},
    {"pack:1 l3:1 core:2 pu:1", {0, 2, 2, 1, 1, 1}},
    {"pack:2 [numa] l3:2 core:8 pu:2", {0, 64, 32, 4, 2, 2}},
    {"pack:1 core:6 pu:4", {0, 24, 6, 0, 1, 1}},
    {"pack:2 [numa] core:5 pu:1", {0, 10, 10, 0, 2, 2}},
    {"pack:1 [numa] l3:8 core:8 pu:2", {0, 128, 64, 8, 1, 1}},
    {"pack:2 die:2 [numa] l3:3 core:4 pu:1", {0, 48, 48, 12, 4, 2}},
    {"pack:8 [numa] l3:1 core:7 pu:3", {0, 168, 56, 8, 8, 8}},
    {"[numa] pack:2 [numa] core:2 pu:2", {0, 8, 4, 0, 2, 2}}, /* a node above two others */
    {"pack:2 [numa] [numa] core:2 pu:2", {0, 8, 4, 0, 2, 2}}, /* two kinds of memory */
};
enum { MACHINES = sizeof(machines) / sizeof(machines[0]) };

static gyre_topo_t *load(const char *words)
{
    gyre_topo_t *topo = NULL;
    cr_assert_eq(gyre_topo_load(words, &topo), GYRE_OK, "%s: %s", words ? words : "this machine",
                 gyre_last_error());
    return topo;
}

/* "0-3,8" to a table of processors; returns how many. */
static unsigned parse_list(const char *list, bool *pus)
{
    unsigned count = 0;
    memset(pus, 0, PUS_MAX * sizeof(*pus));
    while (*list) {
        char *end;
        unsigned long first = strtoul(list, &end, 10), last = first;
        if (*end == '-')
            last = strtoul(end + 1, &end, 10);
        cr_assert(first <= last && last < PUS_MAX && (*end == ',' || *end == '\0'), "%s", list);
        for (; first <= last; first++, count++)
            pus[first] = true;
        list = *end ? end + 1 : end;
    }
    return count;
}

Test(topo, counts_objects)
{
    for (int i = 0; i < MACHINES; i++) {
        gyre_topo_t *topo = load(machines[i].words);
        for (int level = 0; level < LEVELS; level++)
            cr_assert_eq(gyre_topo_count(topo, (gyre_topo_level_t)level), machines[i].count[level],
                         "%s level %d: %u", machines[i].words, level,
                         gyre_topo_count(topo, (gyre_topo_level_t)level));
        gyre_topo_destroy(topo);
    }
}

/* Index of the object that the worker got, by the processors of its place. */
static unsigned placed(const gyre_topo_t *topo, const machine_t *machine, int level, unsigned index,
                       unsigned workers)
{
    char list[256];
    bool pus[PUS_MAX];
    unsigned each = machine->count[GYRE_TOPO_PU] / machine->count[level], first = 0;
    cr_assert_eq(
        gyre_topo_place(topo, (gyre_topo_level_t)level, index, workers, list, sizeof(list)),
        GYRE_OK);
    cr_assert_eq(parse_list(list, pus), each, "%s: %s", machine->words, list);
    while (!pus[first])
        first++;
    cr_assert_eq(first % each, 0);
    for (unsigned i = 0; i < each; i++)
        cr_assert(pus[first + i]);
    return first / each;
}

/* Workers placed on "level" load the objects of "seen" alike. */
static void check_balance(const machine_t *machine, int level, const unsigned *objects,
                          unsigned workers, int seen)
{
    unsigned loads[PUS_MAX] = {0}, least = workers, most = 0;
    unsigned per_seen = machine->count[level] / machine->count[seen];
    for (unsigned i = 0; i < workers; i++)
        loads[objects[i] / per_seen]++;
    for (unsigned i = 0; i < machine->count[seen]; i++) {
        least = loads[i] < least ? loads[i] : least;
        most = loads[i] > most ? loads[i] : most;
    }
    cr_assert_leq(most - least, 1, "%s: %u workers on level %d load level %d %u to %u",
                  machine->words, workers, level, seen, least, most);
}

static void check_level(const gyre_topo_t *topo, const machine_t *machine, int level)
{
    unsigned objects[200];
    for (unsigned workers = 1; workers <= 200; workers += workers < 70 ? 1 : 13) {
        for (unsigned i = 0; i < workers; i++) {
            objects[i] = placed(topo, machine, level, i, workers);
            cr_assert(i == 0 || objects[i] >= objects[i - 1], "neighbours are not neighbours");
        }
        for (int seen = 1; seen < LEVELS; seen++)
            if (machine->count[seen] > 0 && machine->count[seen] <= machine->count[level])
                check_balance(machine, level, objects, workers, seen);
    }
}

Test(topo, places_are_balanced_and_in_order)
{
    for (int i = 0; i < MACHINES; i++) {
        gyre_topo_t *topo = load(machines[i].words);
        for (int level = 1; level < LEVELS; level++)
            if (machines[i].count[level] > 0)
                check_level(topo, &machines[i], level);
        gyre_topo_destroy(topo);
    }
}

Test(topo, places_follow_the_machine_not_the_numbers)
{
    /* Siblings 0 and 4, packages alternating, as firmware often numbers. */
    static const char *const cores[] = {"0,4", "2,6", "1,5", "3,7"};
    gyre_topo_t *topo = load("pack:2 [numa] core:2 pu:2(indexes=0,4,2,6,1,5,3,7)");
    char list[64];
    for (unsigned i = 0; i < 4; i++) {
        cr_assert_eq(gyre_topo_place(topo, GYRE_TOPO_CORE, i, 4, list, sizeof(list)), GYRE_OK);
        cr_assert_str_eq(list, cores[i]);
    }
    cr_assert_eq(gyre_topo_place(topo, GYRE_TOPO_PACKAGE, 1, 2, list, sizeof(list)), GYRE_OK);
    cr_assert_str_eq(list, "1,3,5,7");
    gyre_topo_destroy(topo);
}

Test(topo, many_workers_do_not_overflow)
{
    gyre_topo_t *topo = load("core:100 pu:1");
    char list[64];
    cr_assert_eq(gyre_topo_place(topo, GYRE_TOPO_CORE, 3999999999u, 4000000000u, list, 64),
                 GYRE_OK);
    cr_assert_str_eq(list, "99");
    cr_assert_eq(gyre_topo_place(topo, GYRE_TOPO_CORE, 2000000000u, 4000000000u, list, 64),
                 GYRE_OK);
    cr_assert_str_eq(list, "50");
    gyre_topo_destroy(topo);
}

Test(topo, places_that_do_not_bind)
{
    gyre_topo_t *topo = load("pack:1 core:6 pu:4");
    char list[8] = "x";
    cr_assert_eq(gyre_topo_place(topo, GYRE_TOPO_NONE, 0, 3, list, sizeof(list)), GYRE_OK);
    cr_assert_str_eq(list, "");
    strcpy(list, "x");
    cr_assert_eq(gyre_topo_place(topo, GYRE_TOPO_L3, 0, 3, list, sizeof(list)), GYRE_OK);
    cr_assert_str_eq(list, "");
    gyre_topo_destroy(topo);
}

Test(topo, place_refuses)
{
    gyre_topo_t *topo = load("pack:1 core:6 pu:4");
    char list[8];
    cr_assert_eq(gyre_topo_place(topo, GYRE_TOPO_CORE, 3, 3, list, 8), GYRE_ERR_RANGE);
    cr_assert_eq(gyre_topo_place(topo, GYRE_TOPO_CORE, 0, 0, list, 8), GYRE_ERR_RANGE);
    cr_assert_eq(gyre_topo_place(topo, (gyre_topo_level_t)LEVELS, 0, 1, list, 8), GYRE_ERR_ARG);
    cr_assert_eq(gyre_topo_place(topo, (gyre_topo_level_t)-1, 0, 1, list, 8), GYRE_ERR_ARG);
    cr_assert_eq(gyre_topo_place(topo, GYRE_TOPO_CORE, 0, 1, list, 0), GYRE_ERR_RANGE);
    cr_assert_eq(gyre_topo_place(topo, GYRE_TOPO_CORE, 5, 6, list, 5), GYRE_ERR_RANGE);
    cr_assert_eq(gyre_topo_place(topo, GYRE_TOPO_CORE, 5, 6, list, 6), GYRE_OK);
    cr_assert_str_eq(list, "20-23");
    cr_assert_eq(gyre_topo_count(topo, (gyre_topo_level_t)LEVELS), 0);
    cr_assert_eq(gyre_topo_count(topo, (gyre_topo_level_t)-1), 0);
    gyre_topo_destroy(topo);
}

Test(topo, null_is_refused)
{
    char list[8];
    gyre_topo_t *topo = load("core:2 pu:1");
    cr_assert_eq(gyre_topo_load(NULL, NULL), GYRE_ERR_ARG);
    cr_assert_eq(gyre_topo_place(NULL, GYRE_TOPO_CORE, 0, 1, list, 8), GYRE_ERR_ARG);
    cr_assert_eq(gyre_topo_place(topo, GYRE_TOPO_CORE, 0, 1, NULL, 8), GYRE_ERR_ARG);
    cr_assert_eq(gyre_topo_bind(NULL), GYRE_ERR_ARG);
    cr_assert_eq(gyre_topo_level_parse("core", NULL), GYRE_ERR_ARG);
    cr_assert_eq(gyre_topo_count(NULL, GYRE_TOPO_CORE), 0);
    gyre_topo_print(NULL, stdout);
    gyre_topo_destroy(NULL);
    gyre_topo_destroy(topo);
}

Test(topo, hostile_words)
{
    static const struct {
        const char *words;
        gyre_status_t status;
    } rows[] = {
        {"", GYRE_ERR_SYNTAX},
        {" ", GYRE_ERR_SYNTAX},
        {"elephant:3", GYRE_ERR_SYNTAX},
        {"pack:", GYRE_ERR_SYNTAX},
        {"pack:0", GYRE_ERR_SYNTAX},
        {"core:-1", GYRE_ERR_SYNTAX},
        {"[numa", GYRE_ERR_SYNTAX},
        {"core:2 pack:2", GYRE_ERR_SYNTAX},
        {"pu:9000", GYRE_ERR_RANGE},
        {"core:4294967297", GYRE_ERR_RANGE},
        {"core:99999999999999999999999", GYRE_ERR_RANGE},
        {"pack:100 core:100 pu:100", GYRE_ERR_RANGE},
        {"100 100 100", GYRE_ERR_RANGE},
        {"pack:0x1000 core:0x1000 pu:1", GYRE_ERR_RANGE},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        gyre_topo_t *topo = (gyre_topo_t *)&topo;
        cr_assert_eq(gyre_topo_load(rows[i].words, &topo), rows[i].status, "\"%s\"", rows[i].words);
        cr_assert_eq(topo, (gyre_topo_t *)&topo, "a failed load wrote its result");
        cr_assert_not_null(strstr(gyre_last_error(), rows[i].words));
    }
}

Test(topo, largest_synthetic_machine)
{
    gyre_topo_t *topo = load("pack:8 [numa] core:512 pu:2");
    cr_assert_eq(gyre_topo_count(topo, GYRE_TOPO_PU), 8192);
    gyre_topo_destroy(topo);
}

Test(topo, level_names)
{
    static const char *const names[] = {"none", "pu", "core", "l3", "numa", "package"};
    gyre_topo_level_t level;
    for (int i = 0; i < LEVELS; i++) {
        cr_assert_eq(gyre_topo_level_parse(names[i], &level), GYRE_OK);
        cr_assert_eq((int)level, i);
    }
    static const char *const others[] = {"", "cores", "socket", "core ", NULL};
    for (int i = 0; i < 5; i++) {
        level = GYRE_TOPO_L3;
        cr_assert_eq(gyre_topo_level_parse(others[i], &level), GYRE_ERR_UNKNOWN);
        cr_assert_eq(level, GYRE_TOPO_L3);
    }
}

/* The last processor that this process may use. */
static int some_processor(void)
{
    cpu_set_t set;
    int cpu = CPU_SETSIZE - 1;
    cr_assert_eq(sched_getaffinity(0, sizeof(set), &set), 0);
    while (cpu >= 0 && !CPU_ISSET(cpu, &set))
        cpu--;
    return cpu;
}

/* In a process with one thread: places on a machine of which one processor may be used. */
static bool sees_one_processor(const char *list)
{
    gyre_topo_t *topo;
    char place[16];
    bool good = gyre_topo_bind(list) == GYRE_OK && gyre_topo_load(NULL, &topo) == GYRE_OK;
    for (int level = GYRE_TOPO_PU; good && level <= GYRE_TOPO_CORE; level++)
        good = gyre_topo_count(topo, (gyre_topo_level_t)level) == 1 &&
               gyre_topo_place(topo, (gyre_topo_level_t)level, 6, 7, place, 16) == GYRE_OK &&
               !strcmp(place, list);
    if (good)
        gyre_topo_destroy(topo);
    return good;
}

Test(topo, this_machine_is_what_the_process_may_use)
{
    cpu_set_t set;
    gyre_topo_t *topo = load(NULL);
    cr_assert_eq(sched_getaffinity(0, sizeof(set), &set), 0);
    cr_assert_eq(gyre_topo_count(topo, GYRE_TOPO_PU), (unsigned)CPU_COUNT(&set));
    gyre_topo_destroy(topo);
    char list[16];
    snprintf(list, sizeof(list), "%d", some_processor());
    pid_t child = fork();
    if (child == 0)
        _exit(sees_one_processor(list) ? 0 : 1);
    int status = -1;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
}

Test(topo, bind_refuses_and_changes_nothing)
{
    static const struct {
        const char *list;
        gyre_status_t status;
    } rows[] = {
        {"", GYRE_OK},
        {"a", GYRE_ERR_SYNTAX},
        {"-1", GYRE_ERR_SYNTAX},
        {"0-", GYRE_ERR_SYNTAX},
        {"0,", GYRE_ERR_SYNTAX},
        {",0", GYRE_ERR_SYNTAX},
        {"1-0", GYRE_ERR_SYNTAX},
        {"0 1", GYRE_ERR_SYNTAX},
        {"0-1-2", GYRE_ERR_SYNTAX},
        {"0-31:2", GYRE_ERR_SYNTAX},
        {"4294967296", GYRE_ERR_SYNTAX},
        {"99999999999999", GYRE_ERR_SYNTAX},
        {"9000", GYRE_ERR_NOT_FOUND},
        {"0-9000", GYRE_ERR_NOT_FOUND},
        {"65535", GYRE_ERR_NOT_FOUND},
    };
    cpu_set_t before, after;
    sched_getaffinity(0, sizeof(before), &before);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_assert_eq(gyre_topo_bind(rows[i].list), rows[i].status, "\"%s\": %s", rows[i].list,
                     gyre_last_error());
        sched_getaffinity(0, sizeof(after), &after);
        cr_assert(CPU_EQUAL(&before, &after), "\"%s\" changed the binding", rows[i].list);
    }
}

Test(topo, bind_that_is_half_possible_changes_nothing)
{
    cpu_set_t before, after;
    char list[32];
    snprintf(list, sizeof(list), "%d,9000", some_processor());
    sched_getaffinity(0, sizeof(before), &before);
    cr_assert_eq(gyre_topo_bind(list), GYRE_ERR_NOT_FOUND);
    sched_getaffinity(0, sizeof(after), &after);
    cr_assert(CPU_EQUAL(&before, &after));
}

Test(topo, prints_every_core_and_processor)
{
    gyre_topo_t *topo = load("pack:2 [numa] l3:2 core:2 pu:2");
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    gyre_topo_print(topo, out);
    fclose(out);
    cr_assert_not_null(strstr(text, "Core 7: processors 14-15\n"), "%s", text);
    unsigned lines = 0;
    for (const char *at = text; (at = strchr(at, '\n')); at++)
        lines++;
    cr_assert_eq(lines, 1 + 2 + 2 + 4 + 8, "%s", text);
    free(text);
    gyre_topo_destroy(topo);
}
