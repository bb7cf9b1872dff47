/* SPDX-License-Identifier: Apache-2.0 */
/* The job's plan from the command line. All functions of (epoch, node, slot) are pure, so that hub
 * and agents, on one host or on several, agree without talking. */
#include "plan.h"

#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("pmix-hub: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(125);
}

static void usage(FILE *out)
{
    fputs("usage: pmix-hub --nodes K --per-node P [option...] program [argument...]\n"
          "  --epochs E          namespaces for E epochs, the first included\n"
          "  --resize P0,P1,...  workers per node of the epochs, over and over\n"
          "  --cyclic            rank r on node r % K, not in blocks\n"
          "  --keep-going        a worker killed by SIGKILL does not end the job\n"
          "  --timeout S         kill everything after S seconds (300)\n"
          "  --listen ADDR:PORT  agents 1 .. K-1 come from other hosts\n"
          "  --join ADDR:PORT --node I   run agent I of the hub there\n"
          "Worker environment: TEST_EPOCHS=\"nspace:rank:size ...\", the epochs it is in.\n",
          out);
}

static int number(const char *name, const char *text, long min)
{
    char *end;
    long value = strtol(text, &end, 10);
    if (end == text || *end || value < min || value > INT_MAX)
        die("--%s %s: expected a number from %ld", name, text, min);
    return (int)value;
}

static int list_length(const char *text)
{
    int count = 1;
    for (; *text; text++)
        count += *text == ',';
    return count;
}

/* Fills per_node by walking the comma list round and round. */
static void resize(plan_t *plan, const char *list)
{
    int count = list_length(list);
    char *copy = strdup(list), *rest = copy;
    for (int i = 0; i < count && i < plan->epochs; i++)
        plan->per_node[i] = number("resize", strsep(&rest, ","), 1);
    for (int i = count; i < plan->epochs; i++)
        plan->per_node[i] = plan->per_node[i % count];
    free(copy);
}

static void fill(plan_t *plan, int per_node, const char *list)
{
    plan->per_node = calloc((size_t)plan->epochs, sizeof(int));
    for (int i = 0; i < plan->epochs; i++)
        plan->per_node[i] = per_node;
    if (list)
        resize(plan, list);
    for (int i = 0; i < plan->epochs; i++)
        if (plan->per_node[i] > plan->slots)
            plan->slots = plan->per_node[i];
}

void plan_parse(plan_t *plan, int argc, char **argv)
{
    static const struct option options[] = {
        {"nodes", 1, 0, 'n'},   {"per-node", 1, 0, 'p'}, {"epochs", 1, 0, 'e'},
        {"resize", 1, 0, 'r'},  {"cyclic", 0, 0, 'c'},   {"keep-going", 0, 0, 'k'},
        {"timeout", 1, 0, 't'}, {"listen", 1, 0, 'l'},   {"join", 1, 0, 'j'},
        {"node", 1, 0, 'i'},    {"help", 0, 0, 'h'},     {0, 0, 0, 0}};
    int per_node = 1, c;
    const char *list = NULL;
    *plan = (plan_t){.nodes = 1, .epochs = 1, .timeout = 300};
    while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
        switch (c) {
        case 'n':
            plan->nodes = number("nodes", optarg, 1);
            break;
        case 'p':
            per_node = number("per-node", optarg, 1);
            break;
        case 'e':
            plan->epochs = number("epochs", optarg, 1);
            break;
        case 'r':
            list = optarg;
            break;
        case 'c':
            plan->cyclic = true;
            break;
        case 'k':
            plan->keep_going = true;
            break;
        case 't':
            plan->timeout = number("timeout", optarg, 1);
            break;
        case 'l':
            plan->listen = optarg;
            break;
        case 'j':
            plan->join = optarg;
            break;
        case 'i':
            plan->node = number("node", optarg, 1);
            break;
        case 'h':
            usage(stdout);
            exit(0);
        default:
            usage(stderr);
            exit(125);
        }
    }
    if (optind == argc)
        die("no program given");
    if (plan->join && (plan->node < 1 || plan->node >= plan->nodes))
        die("--join needs --node from 1 to %d", plan->nodes - 1);
    plan->program = argv + optind;
    fill(plan, per_node, list);
}

int plan_rank(const plan_t *plan, int epoch, int node, int slot)
{
    int per_node = plan->per_node[epoch];
    if (slot >= per_node)
        return -1;
    return plan->cyclic ? slot * plan->nodes + node : node * per_node + slot;
}

int plan_node_of(const plan_t *plan, int epoch, int rank)
{
    return plan->cyclic ? rank % plan->nodes : rank / plan->per_node[epoch];
}

int plan_next(const plan_t *plan, int slot, int epoch)
{
    for (; epoch < plan->epochs; epoch++)
        if (slot < plan->per_node[epoch])
            return epoch;
    return -1;
}

void plan_nspace(const plan_t *plan, int epoch, char *name, size_t size)
{
    snprintf(name, size, "%s.e%d", plan->job, epoch);
}

int plan_epoch_of(const plan_t *plan, const char *nspace)
{
    size_t length = strlen(plan->job);
    int epoch;
    if (strncmp(nspace, plan->job, length) || sscanf(nspace + length, ".e%d", &epoch) != 1)
        return -1;
    return epoch >= 0 && epoch < plan->epochs ? epoch : -1;
}

char *plan_describe(const plan_t *plan, int node, int slot)
{
    char *text = NULL, name[96];
    size_t size;
    FILE *out = open_memstream(&text, &size);
    for (int e = plan_next(plan, slot, 0); e >= 0; e = plan_next(plan, slot, e + 1)) {
        plan_nspace(plan, e, name, sizeof(name));
        fprintf(out, "%s:%d:%d ", name, plan_rank(plan, e, node, slot),
                plan->nodes * plan->per_node[e]);
    }
    fclose(out);
    return text;
}
