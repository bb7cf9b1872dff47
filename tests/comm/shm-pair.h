/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the shm provider stand on: several workers of one node in one process and one
 * thread, so that a test decides who moves when. Each message starts with its number. */
#ifndef GYRE_TESTS_SHM_PAIR_H
#define GYRE_TESTS_SHM_PAIR_H

#include "comm/conf.h"
#include "comm/net/net.h"

#include <criterion/criterion.h>

enum { NODES_MAX = 4, GOT_MAX = 4096 };

typedef struct got {
    uint64_t number;
    size_t length;
    void *desc; /* not fetched */
    char *data; /* copied in the up-call; NULL with desc */
} got_t;

typedef struct op {
    gyre__net_op_t op;
    gyre_status_t status; /* GYRE_IN_PROGRESS until done */
} op_t;

/* One worker. */
typedef struct node {
    gyre__net_t *net;
    gyre__net_peer_t *peer[NODES_MAX];
    unsigned count, failures;
    uint32_t failed;
    got_t got[GOT_MAX];
    char *fetch_into;  /* fetch in the up-call, one at a time */
    size_t fetch_room; /* drop what is longer; 0: nothing is */
    op_t fetch;
} node_t;

typedef struct pair {
    char *area;
    size_t size;
    uint32_t workers;
    node_t node[NODES_MAX];
} pair_t;

/* The configuration with these values; 0: 256k and 32k, whatever the defaults; large < 0: auto. */
void conf_set(size_t ring, size_t eager, int large);

void pair_map(pair_t *pair, uint32_t workers);
gyre_status_t node_try_open(pair_t *pair, uint32_t rank);
void node_open(pair_t *pair, uint32_t rank);
void node_connect(pair_t *pair, uint32_t rank, uint32_t to);
void node_close(node_t *node);
void pair_open(pair_t *pair); /* two workers, connected */
void pair_close(pair_t *pair);

gyre__net_op_t *op_init(op_t *op);
/* Sends number and data; the result is in op->status too. */
gyre_status_t node_send(node_t *node, uint32_t to, uint64_t number, const void *data, size_t length,
                        op_t *op);
gyre_status_t node_fetch(node_t *node, got_t *got, void *buffer, op_t *op);
unsigned node_progress(node_t *node);
/* Progresses all open workers until nothing moves. */
void pair_settle(pair_t *pair);
bool readable(int fd, int timeout_ms);

void fill(char *data, size_t length, uint64_t seed);
bool filled(const char *data, size_t length, uint64_t seed);

#endif
