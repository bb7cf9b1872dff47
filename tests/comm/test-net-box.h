/* SPDX-License-Identifier: Apache-2.0 */
/* A small inbox for tests that are not about messages: fetches or keeps what comes. */
#ifndef GYRE_TESTS_TEST_NET_BOX_H
#define GYRE_TESTS_TEST_NET_BOX_H

#include "net-fixture.h"

enum { LARGE = 2 << 20 }; /* never sent before its receiver asks */

typedef struct box {
    unsigned count, fetched;
    void *desc[4];
    unsigned kept;
    bool keep; /* do not fetch */
    char *data;
    op_t op;
} box_t;

void box_open(world_t *world, box_t *box);
void box_send(world_t *world, unsigned to, const void *data, size_t length, op_t *op);

/* Meets at shared->counter instead of the barrier of all: for those who are left. */
void meet(world_t *world, unsigned all);

#endif
