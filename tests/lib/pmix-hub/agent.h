/* SPDX-License-Identifier: Apache-2.0 */
/* What the pieces of an agent share. PMIx gives its up-calls no argument, hence one global. */
#ifndef PMIX_HUB_AGENT_H
#define PMIX_HUB_AGENT_H

#include "frame.h"
#include "plan.h"

#include <pmix_server.h>
#include <pmix.h>
#include <semaphore.h>

typedef struct agent {
    const plan_t *plan;
    int node;
    int hub; /* stream to the hub; written from two threads */
} agent_t;

extern agent_t agent;

/* To the hub; any thread. */
void agent_send(const frame_t *frame, const void *bytes);

/* The up-calls, and what the hub answers to them. reply takes bytes over. */
extern pmix_server_module_t module;
void module_reply(const frame_t *frame, char *bytes);
void module_query(const frame_t *frame);

/* Registers the namespaces of all epochs and this node's ranks of them. */
void nspace_register_all(void);
void nspace_deregister_all(void);

/* Waiting for PMIx calls that finish by a call-back: wait(call(..., done, &waiter), &waiter). */
typedef struct waiter {
    sem_t done;
    pmix_status_t status;
} waiter_t;
void waiter_init(waiter_t *waiter);
void waiter_done(pmix_status_t status, void *waiter);
pmix_status_t waiter_wait(pmix_status_t started, waiter_t *waiter);

#endif
