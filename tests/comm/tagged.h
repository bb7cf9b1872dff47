/* SPDX-License-Identifier: Apache-2.0 */
/* The cases of wire-tagged. Most of them talk to the next rank and hear the previous one, so that
 * they work for any number of workers, one included. */
#ifndef TESTS_COMM_TAGGED_H
#define TESTS_COMM_TAGGED_H

#include "lib/check.h"

#define GUARD 16 /* bytes behind a receive buffer that must not change */

static inline int next_rank(void)
{
    return (check_rank + 1) % check_size;
}
static inline int prev_rank(void)
{
    return (check_rank + check_size - 1) % check_size;
}

/* The key of the number-th message from a world rank to another. */
static inline uint64_t message_key(int from, int to, uint64_t number)
{
    return check_mix((uint64_t)from * 100000 + (uint64_t)to, number);
}

/* New buffers: filled for sending; guarded for receiving. Content and guard are checked and the
 * buffer of room bytes freed by taken. */
char *to_send(size_t length, uint64_t key);
char *to_receive(size_t length);
void taken(const char *file, int line, char *buf, size_t room, size_t length, uint64_t key);
#define TAKEN(buf, length, key) taken(__FILE__, __LINE__, buf, length, length, key)

extern const size_t tagged_sizes[];
extern const size_t tagged_size_count;

/* tagged_basic.c */
void tagged_ring(void);
void tagged_pairs(void);
void tagged_sendrecv(void);
void tagged_self(void);
void tagged_order(void);

/* tagged_match.c */
void tagged_any_source(void);
void tagged_any_tag(void);
void tagged_posted_order(void);
void tagged_probe(void);
void tagged_cancel(void);
void tagged_cancel_race(void);

/* tagged_load.c */
void tagged_flood(void);
void tagged_in_flight(void);
void tagged_wait_any(void);

/* tagged_plan.c */
void tagged_plans(void);

#endif
