/* SPDX-License-Identifier: Apache-2.0 */
/* What the contract tests of the providers stand on: a few processes on this machine, each with
 * the provider open and connected to all, that meet through a page of shared memory. A failed
 * check ends the process; the parent then ends the others and reports the test as failed. */
#ifndef GYRE_TESTS_NET_FIXTURE_H
#define GYRE_TESTS_NET_FIXTURE_H

#include "comm/net/net.h"

#include <stdatomic.h>

enum { WORKERS_MAX = 4, KEY_MAX = 1024 };

/* Between the processes of one test. */
typedef struct shared {
    struct {
        size_t length;
        char bytes[GYRE__NET_ADDRESS_MAX];
    } address[WORKERS_MAX];
    struct {
        uint64_t addr;
        size_t length;
        char bytes[KEY_MAX];
    } key[WORKERS_MAX];
    atomic_uint arrived; /* at the barriers, in sum */
    atomic_uint phase;   /* for tests to use */
    atomic_uint counter;
} shared_t;

typedef struct world world_t;
struct world {
    const gyre__net_ops_t *ops;
    gyre__net_t *net;
    gyre__net_peer_t *peer[WORKERS_MAX];
    shared_t *shared;
    int area; /* descriptor of a row of node segments; -1: the provider needs none */
    unsigned openings;
    void *segment; /* the present opening's */
    unsigned rank, size, barriers;
    void (*received)(world_t *world, const gyre__net_message_t *message);
    unsigned failures[WORKERS_MAX]; /* up-calls failed */
    void *test;                     /* for the test to use */
};

typedef struct op {
    gyre__net_op_t op;
    gyre_status_t status; /* GYRE_IN_PROGRESS until done */
    bool calling;         /* the starting call has not returned */
} op_t;

typedef struct test {
    const char *name;
    void (*run)(world_t *world);
    unsigned least; /* workers it needs */
    int killed;     /* worker that is expected to die by SIGKILL; -1: none */
    bool offline;   /* opens for itself */
} test_t;

/* Ends the process with a line on stderr. */
_Noreturn void check_failed(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
#define CHECK(condition, ...)                                                                      \
    do {                                                                                           \
        if (!(condition))                                                                          \
            check_failed(__FILE__, __LINE__, __VA_ARGS__);                                         \
    } while (0)

/* An op about to be started: op_start(op, ops->send(..., op_init(op))). */
gyre__net_op_t *op_init(op_t *op);
void op_start(op_t *op, gyre_status_t status);
/* Progresses until it is done, GYRE_OK unless told otherwise. */
void op_wait(world_t *world, op_t *op);
gyre_status_t op_end(world_t *world, op_t *op);

/* Progresses until *value reaches at least. */
void wait_until(world_t *world, const unsigned *value, unsigned least, const char *what);
void barrier(world_t *world);
unsigned next_of(const world_t *world);

/* Bytes that depend on seed and place. */
void fill(void *data, size_t length, unsigned seed);
bool filled(const void *data, size_t length, unsigned seed);

/* Closed and open, as every test starts. */
void world_open(world_t *world);
void world_close(world_t *world);

const gyre__net_ops_t *provider_find(const char *name);

/* Runs a test in processes of its own; true when all did well. */
bool test_run(const gyre__net_ops_t *ops, const test_t *test, unsigned workers);

/* test-net-rma.c, test-net-wait.c, test-net-faults.c */
extern const test_t rma_tests[], wait_tests[], fault_tests[];
extern const size_t rma_test_count, wait_test_count, fault_test_count;

#endif
