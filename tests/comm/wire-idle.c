/* SPDX-License-Identifier: Apache-2.0 */
/* Workers that wait must leave the cores to those that work: while two play ping-pong, the others
 * sit in a receive or a collective and may use one twentieth of a core together. Who asks again
 * and again whether it is over cannot sleep, but gives its core away. There, and with
 * GYRE_WAIT=yield or spin, only the game is checked: it gets to its end, however many others use
 * the machine. The best of three rounds counts for the same reason. */
#include "lib/check.h"

#include <gyre/coll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { TAG_BALL = 1, TAG_RELEASE = 2, TRIPS = 20 };

typedef enum way { RECEIVE, BARRIER, WAIT, TEST } way_t;

static uint64_t wall_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static uint64_t cpu_us(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (uint64_t)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000 +
           (uint64_t)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

/* Player 0 ends the game with a negative ball, when it has been long enough and had its trips. */
static uint64_t play(uint64_t us)
{
    uint64_t start = wall_us(), trips = 0;
    int ball = 0, other = 1 - check_rank;
    while (ball >= 0) {
        if (!check_rank) {
            ball = trips < TRIPS || wall_us() - start < us ? ball + 1 : -1;
            CHECK_OK(gyre_send(check_world, &ball, sizeof(ball), other, TAG_BALL));
        }
        if (ball >= 0 || check_rank)
            CHECK_OK(gyre_recv(check_world, &ball, sizeof(ball), other, TAG_BALL, NULL));
        if (check_rank && ball >= 0)
            CHECK_OK(gyre_send(check_world, &ball, sizeof(ball), other, TAG_BALL));
        trips++;
    }
    return trips;
}

static void sit(way_t way)
{
    gyre_request_t *req;
    gyre_status_t status;
    if (way == RECEIVE) {
        CHECK_OK(gyre_recv(check_world, NULL, 0, 0, TAG_RELEASE, NULL));
    } else if (way == BARRIER) {
        CHECK_OK(gyre_barrier(check_world));
    } else {
        CHECK_OK(gyre_ibarrier(check_world, &req));
        do
            status = way == WAIT ? gyre_wait(&req, NULL) : gyre_test(&req, NULL);
        while (status == GYRE_IN_PROGRESS);
        CHECK_OK(status);
    }
}

static void release(way_t way)
{
    if (way != RECEIVE)
        sit(way);
    for (int i = 2; way == RECEIVE && !check_rank && i < check_size; i++)
        CHECK_OK(gyre_send(check_world, NULL, 0, i, TAG_RELEASE));
}

/* Returns what the idle used in all, of a wall time that all agree on. */
static uint64_t one_round(way_t way, uint64_t *wall, uint64_t *trips)
{
    uint64_t used = 0, start;
    check_barrier();
    start = wall_us();
    if (check_rank < 2) {
        *trips = play(1000000);
        release(way);
    } else {
        uint64_t before = cpu_us();
        sit(way);
        used = cpu_us() - before;
    }
    *wall = check_share(wall_us() - start);
    *trips = check_share(*trips);
    return check_sum(used);
}

static void idle(way_t way)
{
    const char *wait = getenv("GYRE_WAIT");
    bool sleeps = !wait || !strcmp(wait, "auto") || !strcmp(wait, "block");
    uint64_t used = 0, wall = 1, trips = 0;
    if (check_size < 2)
        check_skip("needs two workers");
    for (int round = 0; round < 3; round++) {
        used = one_round(way, &wall, &trips);
        if (!check_rank)
            printf("wait %s: %d idle workers used %llu us of %llu us; %llu round trips\n",
                   wait ? wait : "default", check_size - 2, (unsigned long long)used,
                   (unsigned long long)wall, (unsigned long long)trips);
        if (!sleeps || way == TEST || used * 20 < wall)
            return;
    }
    check_fail(__FILE__, __LINE__, "the idle used %llu us of %llu us; %llu round trips",
               (unsigned long long)used, (unsigned long long)wall, (unsigned long long)trips);
}

static void receive(void)
{
    idle(RECEIVE);
}

static void barrier(void)
{
    idle(BARRIER);
}

static void waited(void)
{
    idle(WAIT);
}

static void tested(void)
{
    idle(TEST);
}

static const check_case_t cases[] = {
    {"receive", receive}, {"barrier", barrier}, {"wait", waited}, {"test", tested}};

int main(int argc, char **argv)
{
    return check_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]), GYRE_THREAD_SINGLE, 100);
}
