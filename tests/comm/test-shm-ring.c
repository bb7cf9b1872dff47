/* SPDX-License-Identifier: Apache-2.0 */
/* The ring alone: full, stale, wrapped, lied to; random records between two threads and between
 * two processes. Every byte of a record is derived from its number. */
#include "comm/net/shm/ring.h"

#include "lib/random.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

TestSuite(ring, .timeout = 60);

enum { BYTES = 16 << 10, LINES = BYTES / GYRE__RING_LINE, RECORDS = 200000, KIND = 7 };

static gyre__ring_t *make(void)
{
    gyre__ring_t *ring = mmap(NULL, sizeof(*ring) + BYTES, PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(ring, MAP_FAILED);
    return ring;
}

static void destroy(gyre__ring_t *ring)
{
    munmap(ring, sizeof(*ring) + BYTES);
}

static uint64_t word_of(uint64_t number, uint64_t lines)
{
    return KIND | lines << 8 | number << 32;
}

/* Fills the record with bytes that would look like words. */
static bool produce(gyre__ring_tx_t *tx, uint64_t number, uint64_t lines)
{
    char *record = gyre__ring_reserve(tx, lines);
    if (!record)
        return false;
    gyre__ring_own(record, lines);
    for (uint64_t i = 1; i < lines * 8; i++)
        ((uint64_t *)record)[i] = word_of(number, i);
    gyre__ring_publish(tx, lines, word_of(number, lines));
    return true;
}

/* Lines of the record, which must be that number; 0: none is there. */
static uint64_t consume(gyre__ring_rx_t *rx, uint64_t number, const char **wrong)
{
    char *record;
    uint64_t word = gyre__ring_peek(rx, &record);
    if (!word)
        return 0;
    uint64_t lines = word >> 8 & 0xffffff;
    if (word != word_of((uint32_t)number, lines) || lines * GYRE__RING_LINE > gyre__ring_room(rx))
        *wrong = "a word that was never published";
    for (uint64_t i = 1; i < lines * 8 && !*wrong; i++)
        if (((uint64_t *)record)[i] != word_of((uint32_t)number, i))
            *wrong = "a record with foreign bytes";
    if (gyre__ring_release(rx, lines))
        gyre__ring_return(rx);
    return lines;
}

Test(ring, zeroed_memory_is_empty)
{
    gyre__ring_t *ring = make();
    gyre__ring_rx_t rx;
    const char *wrong = NULL;
    gyre__ring_rx_init(&rx, ring, BYTES);
    cr_assert_eq(consume(&rx, 0, &wrong), 0);
    destroy(ring);
}

Test(ring, full_ring_refuses_and_recovers)
{
    gyre__ring_t *ring = make();
    gyre__ring_tx_t tx;
    gyre__ring_rx_t rx;
    const char *wrong = NULL;
    uint64_t in = 0, out = 0;
    gyre__ring_tx_init(&tx, ring, BYTES);
    gyre__ring_rx_init(&rx, ring, BYTES);
    for (uint64_t lines = 1; lines <= LINES / 4; lines++) {
        uint64_t before = in;
        while (produce(&tx, in, lines))
            in++;
        cr_assert_geq(in - before, 2, "%lu records of %lu lines", in - before, lines);
        cr_assert_leq(gyre__ring_used(&tx), LINES);
        while (consume(&rx, out, &wrong))
            out++;
        cr_assert_null(wrong, "%s", wrong);
        cr_assert_eq(in, out);
    }
    destroy(ring);
}

Test(ring, head_that_cannot_be_stops_the_producer)
{
    static const uint64_t heads[] = {1, UINT64_MAX, UINT64_C(1) << 63, LINES + 5};
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        gyre__ring_t *ring = make();
        gyre__ring_tx_t tx;
        gyre__ring_tx_init(&tx, ring, BYTES);
        ring->head = heads[i];
        cr_assert_null(gyre__ring_reserve(&tx, 1), "head %lu", heads[i]);
        cr_assert(tx.broken);
        ring->head = 0;
        cr_assert_null(gyre__ring_reserve(&tx, 1));
        cr_assert_null(gyre__ring_try(&tx, 1));
        destroy(ring);
    }
}

Test(ring, head_that_goes_back_stops_the_producer)
{
    gyre__ring_t *ring = make();
    gyre__ring_tx_t tx;
    gyre__ring_tx_init(&tx, ring, BYTES);
    for (uint64_t i = 0; i < LINES / 2; i++)
        cr_assert(produce(&tx, i, 1));
    ring->head = LINES / 2;
    cr_assert(gyre__ring_refresh(&tx));
    ring->head = LINES / 4;
    cr_assert_not(gyre__ring_refresh(&tx));
    destroy(ring);
}

Test(ring, wrap_that_cannot_be_is_bad)
{
    gyre__ring_t *ring = make();
    gyre__ring_rx_t rx;
    char *record;
    gyre__ring_rx_init(&rx, ring, BYTES);
    *(uint64_t *)ring->lines = GYRE__RING_WRAP;
    cr_assert_eq(gyre__ring_peek(&rx, &record), GYRE__RING_BAD);
    *(uint64_t *)ring->lines = word_of(0, 1);
    gyre__ring_release(&rx, 1);
    *(uint64_t *)ring->lines = GYRE__RING_WRAP;
    *(uint64_t *)(ring->lines + GYRE__RING_LINE) = GYRE__RING_WRAP;
    cr_assert_eq(gyre__ring_peek(&rx, &record), GYRE__RING_BAD);
    gyre__ring_mute(&rx);
    cr_assert_eq(gyre__ring_peek(&rx, &record), 0);
    destroy(ring);
}

static uint64_t random_lines(random_plan_t *plan)
{
    return 1 + random_below(plan, random_below(plan, 4) ? 3 : LINES / 4);
}

static void produce_all(gyre__ring_t *ring, random_plan_t plan)
{
    gyre__ring_tx_t tx;
    gyre__ring_tx_init(&tx, ring, BYTES);
    for (uint64_t number = 0; number < RECORDS; number++) {
        uint64_t lines = random_lines(&plan);
        while (!produce(&tx, (uint32_t)number, lines))
            sched_yield();
    }
}

static const char *consume_all(gyre__ring_t *ring, random_plan_t plan)
{
    gyre__ring_rx_t rx;
    const char *wrong = NULL;
    gyre__ring_rx_init(&rx, ring, BYTES);
    for (uint64_t number = 0; number < RECORDS && !wrong; number++) {
        uint64_t lines, expected = random_lines(&plan);
        while (!(lines = consume(&rx, number, &wrong)))
            sched_yield();
        if (lines != expected && !wrong)
            wrong = "a record of another length";
    }
    return wrong;
}

typedef struct job {
    gyre__ring_t *ring;
    random_plan_t plan;
} job_t;

static void *producer(void *arg)
{
    job_t *job = arg;
    produce_all(job->ring, job->plan);
    return NULL;
}

Test(ring, two_threads)
{
    job_t job = {make(), random_start("ring two_threads")};
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, producer, &job), 0);
    const char *wrong = consume_all(job.ring, job.plan);
    cr_assert_null(wrong, "%s", wrong);
    pthread_join(thread, NULL);
    destroy(job.ring);
}

Test(ring, two_processes)
{
    job_t job = {make(), random_start("ring two_processes")};
    int status;
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        produce_all(job.ring, job.plan);
        _exit(0);
    }
    const char *wrong = consume_all(job.ring, job.plan);
    cr_assert_null(wrong, "%s", wrong);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status));
    destroy(job.ring);
}
