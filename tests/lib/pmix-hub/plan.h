/* SPDX-License-Identifier: Apache-2.0 */
/* What a test job looks like: nodes, workers, epochs. A slot is a worker process: slot i of a node
 * lives for the whole job and takes part in the epochs that have more than i workers per node. */
#ifndef PMIX_HUB_PLAN_H
#define PMIX_HUB_PLAN_H

#include <stdbool.h>
#include <stddef.h>

typedef struct plan {
    int nodes;
    int epochs;      /* 1: only the first */
    int *per_node;   /* workers per node in each epoch */
    int slots;       /* per node: the largest of per_node */
    bool cyclic;     /* rank r is on node r % nodes, else in blocks */
    bool keep_going; /* a worker killed by SIGKILL neither ends nor fails the job */
    int timeout;     /* seconds after which everything is killed */
    char *listen;    /* address:port for agents of other hosts, or NULL */
    char *join;      /* run only an agent, of the hub there */
    int node;        /* of the joining agent */
    char job[64];    /* prefix of the namespaces; the hub's choice */
    char **program;
} plan_t;

/* Parses the command line; explains and exits on errors. */
void plan_parse(plan_t *plan, int argc, char **argv);

/* Rank of a node's slot in an epoch, -1 when it takes no part. */
int plan_rank(const plan_t *plan, int epoch, int node, int slot);
int plan_node_of(const plan_t *plan, int epoch, int rank);

/* First epoch of a slot at or after epoch, -1 when there is none. */
int plan_next(const plan_t *plan, int slot, int epoch);

/* Namespace of an epoch, and the epoch of a namespace (-1: none of this job). */
void plan_nspace(const plan_t *plan, int epoch, char *name, size_t size);
int plan_epoch_of(const plan_t *plan, const char *nspace);

/* "nspace:rank:size" of each epoch of a slot, separated by spaces; the caller frees it. */
char *plan_describe(const plan_t *plan, int node, int slot);

/* Ends the process with a message. */
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
