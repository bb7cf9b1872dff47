/* SPDX-License-Identifier: Apache-2.0 */
/* What the multi-worker tests share: checks that say where, what and which values; a seed that all
 * workers agree on and the first one prints; contents derived from a key, so that loss, damage,
 * duplicates and mix-ups are all seen; a watchdog that says where it was. Depends on libgyre only,
 * and on no more of it than messages, which are proven by the first cases that run. */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <gyre/gyre.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct check_case {
    const char *name;
    void (*run)(void);
} check_case_t;

extern gyre_context_t *check_ctx;
extern gyre_comm_t *check_world;
extern int check_rank, check_size;

/* Opens the context, runs the cases named by the arguments, or all, with a barrier after each,
 * and finalizes. Every case must end within the seconds. Returns the exit status. */
int check_main(int argc, char **argv, const check_case_t *cases, size_t count, gyre_thread_t thread,
               unsigned seconds);

/* The parts of check_main, for programs of another shape. */
void check_open(gyre_thread_t thread);
void check_reopened(void); /* after gyre_reopen: rank, size and the barrier's communicator */
void check_close(void);
/* Under pmix-hub, whose TEST_EPOCHS is the list: opens the context in the list's next epoch, or moves
 * it there, with the watchdog started anew. False at its end. */
bool check_next_epoch(char **list, unsigned seconds, int *epoch, int *rank, int *size);
void check_step(const char *name, unsigned seconds); /* starts the watchdog anew */

/* Collective over the world, on a communicator of their own. */
void check_barrier(void);
uint64_t check_share(uint64_t value); /* rank 0's value */
uint64_t check_sum(uint64_t value);

/* One number for all workers: TEST_SEED or a fresh one. Rank 0 prints it. */
uint64_t check_seed(void);

/* Ends all workers with 77 and the reason. */
void check_skip(const char *reason) __attribute__((noreturn));

/* Pseudo-random numbers; state is any number. */
uint64_t check_random(uint64_t *state);
uint64_t check_below(uint64_t *state, uint64_t limit); /* 0 .. limit - 1 */
uint64_t check_mix(uint64_t a, uint64_t b);

/* Bytes of a message from src to dst with a number, and their check. */
void check_fill(void *buf, size_t length, uint64_t key);
void check_content(const char *file, int line, const void *buf, size_t length, uint64_t key);

void check_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4), noreturn));
void check_status(const char *file, int line, const char *what, gyre_status_t got,
                  gyre_status_t expected);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            check_fail(__FILE__, __LINE__, "%s", #condition);                                      \
    } while (0)

#define CHECK_EQ(got, expected)                                                                    \
    do {                                                                                           \
        long long got_ = (long long)(got), expected_ = (long long)(expected);                      \
        if (got_ != expected_)                                                                     \
            check_fail(__FILE__, __LINE__, "%s is %lld, expected %s, %lld", #got, got_, #expected, \
                       expected_);                                                                 \
    } while (0)

#define CHECK_IS(call, expected)        check_status(__FILE__, __LINE__, #call, call, expected)
#define CHECK_OK(call)                  CHECK_IS(call, GYRE_OK)
#define CHECK_CONTENT(buf, length, key) check_content(__FILE__, __LINE__, buf, length, key)
#define CHECK_INFO(info, source_, tag_, length_)                                                   \
    do {                                                                                           \
        CHECK_EQ((info).source, source_);                                                          \
        CHECK_EQ((info).tag, tag_);                                                                \
        CHECK_EQ((info).length, length_);                                                          \
    } while (0)

#endif
