/* SPDX-License-Identifier: Apache-2.0 */
/* gyre_coll_tune and its questions, on real workers: what is asked for serves, from the next call
 * on, at all members or at none. */
#include "lib/check.h"

#include <gyre/coll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void sum(gyre_comm_t *comm)
{
    int64_t mine[16], all[16];
    int size = gyre_comm_size(comm), rank = gyre_comm_rank(comm);
    for (int i = 0; i < 16; i++)
        mine[i] = rank * 100 + i;
    CHECK_OK(gyre_allreduce(comm, mine, all, 16, GYRE_INT64, GYRE_SUM));
    for (int i = 0; i < 16; i++)
        CHECK_EQ(all[i], (int64_t)size * i + 50 * (int64_t)size * (size - 1));
}

static const char *serving(gyre_comm_t *comm, size_t bytes)
{
    gyre_coll_algorithm_t algorithm;
    CHECK_OK(gyre_coll_choice(comm, "allreduce", bytes, &algorithm));
    return algorithm.name;
}

static void forced(void)
{
    gyre_coll_algorithm_t algorithm;
    const char *usual = serving(check_world, 128);
    for (int i = 0; gyre_coll_algorithm("allreduce", i, &algorithm) == GYRE_OK; i++) {
        char rule[100];
        snprintf(rule, sizeof(rule), "allreduce:@%s", algorithm.name);
        CHECK_OK(gyre_coll_tune(check_world, rule));
        sum(check_world);
        if (!strncmp(algorithm.name, "node", 4))
            continue; /* may be passed over */
        CHECK(!strcmp(serving(check_world, 128), algorithm.name));
    }
    CHECK_OK(gyre_coll_tune(check_world, NULL));
    CHECK(serving(check_world, 128) == usual);
    sum(check_world);
}

static void ranges(void)
{
    gyre_coll_algorithm_t algorithm;
    CHECK_OK(
        gyre_coll_tune(check_world, "allreduce:0-128:@ring,allreduce:128-1k:@knomial(radix=3)"));
    CHECK(!strcmp(serving(check_world, 127), "ring"));
    CHECK_OK(gyre_coll_choice(check_world, "allreduce", 128, &algorithm));
    CHECK(!strcmp(algorithm.name, "knomial"));
    CHECK_EQ(algorithm.radix, 3);
    sum(check_world);
    CHECK_OK(gyre_coll_tune(check_world, ""));
}

static void refused(void)
{
    bool first = check_rank == 0;
    CHECK_OK(gyre_coll_tune(check_world, "allreduce:@ring"));
    CHECK_IS(gyre_coll_tune(check_world, "allreduce:@rong"), GYRE_ERR_UNKNOWN);
    CHECK(strstr(gyre_last_error(), "the nearest is ring"));
    if (check_size > 1) {
        CHECK_IS(gyre_coll_tune(check_world, first ? "bcast:@chain" : "bcast:@binomial"),
                 GYRE_ERR_ARG);
        CHECK_IS(gyre_coll_tune(check_world, first ? "bcast:@chain" : "bcast"),
                 first ? GYRE_ERR_ARG : GYRE_ERR_SYNTAX);
    }
    CHECK(!strcmp(serving(check_world, 128), "ring"));
    sum(check_world);
    CHECK_OK(gyre_coll_tune(check_world, NULL));
    CHECK_IS(gyre_coll_tune(NULL, NULL), GYRE_ERR_ARG);
}

/* Of one communicator and no other, and not of what is under way or was prepared. */
static void apart(void)
{
    enum { COUNT = 100000 };
    static float in[COUNT], out[2][COUNT], again[COUNT];
    gyre_comm_t *other, *child;
    gyre_request_t *running[2], *prepared;
    for (int i = 0; i < COUNT; i++)
        in[i] = (float)(check_rank + i % 3);
    CHECK_OK(gyre_comm_dup(check_world, &other));
    const char *usual = serving(other, 128);
    CHECK_OK(gyre_allreduce_init(other, in, again, COUNT, GYRE_FLOAT32, GYRE_SUM, &prepared));
    for (int i = 0; i < 2; i++)
        CHECK_OK(gyre_iallreduce(other, in, out[i], COUNT, GYRE_FLOAT32, GYRE_SUM, &running[i]));
    CHECK_OK(gyre_coll_tune(other, "allreduce:@ring"));
    CHECK_OK(gyre_wait_all(2, running, NULL, NULL));
    CHECK_OK(gyre_start(prepared));
    CHECK_OK(gyre_wait(&prepared, NULL));
    for (int i = 0; i < COUNT; i++)
        CHECK(out[0][i] == again[i] && out[1][i] == again[i]);
    CHECK_OK(gyre_request_free(&prepared));
    CHECK(!strcmp(serving(other, 128), "ring"));
    CHECK(serving(check_world, 128) == usual);
    CHECK_OK(gyre_comm_dup(other, &child));
    CHECK(serving(child, 128) == usual);
    sum(other);
    sum(child);
    gyre_comm_destroy(child);
    gyre_comm_destroy(other);
}

static void questions(void)
{
    gyre_coll_algorithm_t algorithm;
    int count = 0;
    while (gyre_coll_algorithm("bcast", count, &algorithm) == GYRE_OK) {
        CHECK(algorithm.name && algorithm.brief && algorithm.sized);
        count++;
    }
    CHECK(count > 3);
    CHECK_IS(gyre_coll_algorithm("bcast", count, &algorithm), GYRE_ERR_NOT_FOUND);
    CHECK_IS(gyre_coll_algorithm("bcast", -1, &algorithm), GYRE_ERR_NOT_FOUND);
    CHECK_IS(gyre_coll_algorithm("bcst", 0, &algorithm), GYRE_ERR_UNKNOWN);
    CHECK(strstr(gyre_last_error(), "the nearest is bcast"));
    CHECK_IS(gyre_coll_algorithm(NULL, 0, &algorithm), GYRE_ERR_ARG);
    CHECK_IS(gyre_coll_algorithm("bcast", 0, NULL), GYRE_ERR_ARG);
    CHECK_OK(gyre_coll_algorithm("gatherv", 0, &algorithm));
    CHECK(!algorithm.sized);
    CHECK_IS(gyre_coll_choice(check_world, "nothing", 0, &algorithm), GYRE_ERR_UNKNOWN);
    CHECK_IS(gyre_coll_choice(NULL, "bcast", 0, &algorithm), GYRE_ERR_ARG);
    CHECK_IS(gyre_coll_choice(check_world, NULL, 0, &algorithm), GYRE_ERR_ARG);
}

static void printed(void)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    CHECK(out);
    CHECK_OK(gyre_coll_tune(check_world, "bcast:64-4k:@chain(segment=8k)"));
    CHECK_OK(gyre_coll_print(check_world, out));
    CHECK_EQ(fclose(out), 0);
    CHECK(strstr(text, "1 of gyre_coll_tune"));
    CHECK(strstr(text, "@chain(segment=8k)"));
    CHECK(strstr(text, "64-4k"));
    CHECK(strstr(text, "gyre_coll_tune, rule 1"));
    free(text);
    CHECK_OK(gyre_coll_tune(check_world, NULL));
    CHECK_IS(gyre_coll_print(check_world, NULL), GYRE_ERR_ARG);
    out = fopen("/dev/full", "w");
    CHECK(out);
    setbuf(out, NULL);
    CHECK_IS(gyre_coll_print(NULL, out), GYRE_ERR_NO_RESOURCE);
    fclose(out);
}

int main(int argc, char **argv)
{
    static const check_case_t cases[] = {{"forced", forced},       {"ranges", ranges},
                                         {"refused", refused},     {"apart", apart},
                                         {"questions", questions}, {"printed", printed}};
    return check_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]), GYRE_THREAD_SINGLE, 60);
}
