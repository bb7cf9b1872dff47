/* SPDX-License-Identifier: Apache-2.0 */
/* Rules for algorithms: the grammar, right and wrong, matching, and that whatever is asked for has
 * an algorithm. */
#include "harp/conf.h"
#include "harp/select.h"
#include "harp/tuning.h"
#include "lib/random.h"

#include <criterion/criterion.h>
#include <gyre/status.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static gyre__rules_t parsed(const char *text)
{
    gyre__rules_t rules;
    gyre_status_t status = gyre__rules_parse(&rules, "text", false, text);
    cr_assert_eq(status, GYRE_OK, "%s: %s", text, gyre_last_error());
    return rules;
}

static void check_written(const char *text, const char *expected)
{
    gyre__rules_t rules = parsed(text);
    gyre__buf_t buf;
    gyre__buf_init(&buf);
    cr_assert_eq(rules.count, 1);
    cr_assert_eq(gyre__rule_write(&rules.at[0], &buf), GYRE_OK);
    cr_assert_str_eq(buf.data, expected);
    gyre__buf_cleanup(&buf);
    gyre__rules_cleanup(&rules);
}

Test(rules, are_written_as_they_are_read)
{
    check_written("allreduce:@ring", "allreduce:@ring");
    check_written(" \tallreduce:0-inf:r1-inf:n1-inf:@ring \r", "allreduce:@ring");
    check_written("bcast:0-4096:@binomial", "bcast:0-4k:@binomial");
    check_written("bcast:1000-1.5m:@binomial", "bcast:1000-1536k:@binomial");
    check_written("bcast:n2-8:4k-inf:r3:@binomial", "bcast:4k-inf:r3:n2-8:@binomial");
    check_written("bcast:r5-inf:@knomial(radix=8)", "bcast:r5-inf:@knomial(radix=8)");
    check_written("bcast:@chain(segment=65536)", "bcast:@chain(segment=64k)");
    check_written("bcast:@nodes(segment=1k,radix=3)", "bcast:@nodes(radix=3,segment=1k)");
    check_written("barrier:r2-4:@tree(radix=2)", "barrier:r2-4:@tree(radix=2)");
}

Test(rules, are_separated_by_commas_and_lines)
{
    gyre__rules_t rules = parsed("# nothing yet\n\n  ,,\nbcast:@nodes(radix=3,segment=1k),"
                                 "scan:@linear # a comment, with :@ in it\n,exscan:@linear,\n"
                                 "#bcast:@none\nbcast:@binomial");
    cr_assert_eq(rules.count, 4);
    cr_assert_eq(rules.at[0].coll, GYRE__BCAST);
    cr_assert_eq(rules.at[0].segment, 1024);
    cr_assert_eq(rules.at[1].coll, GYRE__SCAN);
    cr_assert_eq(rules.at[2].coll, GYRE__EXSCAN);
    cr_assert_eq(rules.at[3].number, 4);
    gyre__rules_cleanup(&rules);
    rules = parsed("");
    cr_assert_eq(rules.count, 0);
    gyre__rules_cleanup(&rules);
}

typedef struct wrong {
    const char *text;
    gyre_status_t status;
    const char *says;
} wrong_t;

static const wrong_t wrongs[] = {
    {"bcast", GYRE_ERR_SYNTAX, "expected :@ALGORITHM"},
    {"bcast:", GYRE_ERR_SYNTAX, "expected MIN-MAX bytes"},
    {"bcast:0-4k", GYRE_ERR_SYNTAX, "expected :@ALGORITHM"},
    {"bcast:0-4k:", GYRE_ERR_SYNTAX, "expected MIN-MAX bytes"},
    {":@ring", GYRE_ERR_UNKNOWN, "no collective is called \"\""},
    {"@ring", GYRE_ERR_UNKNOWN, "no collective"},
    {"alreduce:@ring", GYRE_ERR_UNKNOWN, "the nearest is allreduce"},
    {"ALLREDUCE:@ring", GYRE_ERR_UNKNOWN, "the nearest is allreduce"},
    {"allreduce:@rang", GYRE_ERR_UNKNOWN, "the nearest is ring"},
    {"allreduce:@", GYRE_ERR_UNKNOWN, "no algorithm of allreduce is called \"\""},
    {"allreduce:@zzzzzzzz", GYRE_ERR_UNKNOWN, "see gyre info -a"},
    {"allreduce:ring", GYRE_ERR_SYNTAX, "r4, r2-8 or r9-inf"},
    {"allreduce:4k:@ring", GYRE_ERR_SYNTAX, "expected MIN-MAX bytes, such as 0-4k"},
    {"allreduce:4k-:@ring", GYRE_ERR_SYNTAX, "no size"},
    {"allreduce:-4k:@ring", GYRE_ERR_SYNTAX, "expected MIN-MAX bytes"},
    {"allreduce:4k-4k:@ring", GYRE_ERR_RANGE, "no size is from 4k on and below 4k"},
    {"allreduce:8k-4k:@ring", GYRE_ERR_RANGE, "no size"},
    {"allreduce:inf-4k:@ring", GYRE_ERR_RANGE, "no size"},
    {"allreduce:0-99999999999999999999:@ring", GYRE_ERR_RANGE, "no size such as"},
    {"allreduce:0-4x:@ring", GYRE_ERR_SYNTAX, "4x is no size"},
    {"allreduce:0-4k:4k-8k:@ring", GYRE_ERR_SYNTAX, "a second range of bytes"},
    {"allreduce:r0:@ring", GYRE_ERR_RANGE, "they begin at 1"},
    {"allreduce:r4-2:@ring", GYRE_ERR_RANGE, "from 4 to 2"},
    {"allreduce:r-2:@ring", GYRE_ERR_SYNTAX, "expected a number of members"},
    {"allreduce:r2-:@ring", GYRE_ERR_SYNTAX, "expected a number of members"},
    {"allreduce:r:@ring", GYRE_ERR_SYNTAX, "expected a number of members"},
    {"allreduce:r4294967297:@ring", GYRE_ERR_SYNTAX, "expected a number of members"},
    {"allreduce:n1x:@ring", GYRE_ERR_SYNTAX, "expected a number of nodes"},
    {"allreduce:n2:n3:@ring", GYRE_ERR_SYNTAX, "a second range of nodes"},
    {"allreduce:x4:@ring", GYRE_ERR_SYNTAX, "rMEMBERS, nNODES"},
    {"allreduce:@ring(radix=4)", GYRE_ERR_SYNTAX, "ring has no radix"},
    {"allreduce:@ring(segment=4k)", GYRE_ERR_SYNTAX, "ring has no segment"},
    {"bcast:@knomial(radix=4", GYRE_ERR_SYNTAX, "expected ) at its end"},
    {"bcast:@knomial(radix=4)x", GYRE_ERR_SYNTAX, "expected ) at its end"},
    {"bcast:@knomial()", GYRE_ERR_SYNTAX, "expected radix=NUMBER"},
    {"bcast:@knomial(radix)", GYRE_ERR_SYNTAX, "expected radix=NUMBER"},
    {"bcast:@knomial(radix=4,)", GYRE_ERR_SYNTAX, "expected radix=NUMBER"},
    {"bcast:@knomial(radix=1)", GYRE_ERR_RANGE, "expected 2 to 1024"},
    {"bcast:@knomial(radix=1025)", GYRE_ERR_RANGE, "expected 2 to 1024"},
    {"bcast:@knomial(radix=-4)", GYRE_ERR_RANGE, "expected 2 to 1024"},
    {"bcast:@knomial(rdix=4)", GYRE_ERR_UNKNOWN, "the nearest is radix"},
    {"bcast:@chain(segment=63)", GYRE_ERR_RANGE, "expected 64 to 1g"},
    {"bcast:@chain(segment=inf)", GYRE_ERR_RANGE, "expected 64 to 1g"},
    {"barrier:0-4:@tree", GYRE_ERR_SYNTAX, "barrier takes no range of bytes"},
    {"gatherv:0-4:@linear", GYRE_ERR_SYNTAX, "its members know only their own"},
    {"bcast:@binomial;bcast:@chain", GYRE_ERR_UNKNOWN, "no algorithm of bcast"},
    {"bcast:@binomial\x01", GYRE_ERR_UNKNOWN, "the nearest is binomial"},
};

Test(rules, that_are_wrong_are_told_with_place_and_reason)
{
    for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
        gyre__rules_t rules;
        char text[200];
        snprintf(text, sizeof(text), "scan:@linear,\n%s", wrongs[i].text);
        gyre_status_t status = gyre__rules_parse(&rules, "here", false, text);
        const char *said = gyre_last_error();
        cr_expect_eq(status, wrongs[i].status, "%s: %d, %s", wrongs[i].text, status, said);
        cr_expect(strstr(said, wrongs[i].says), "%s: %s", wrongs[i].text, said);
        cr_expect(strstr(said, "here, rule 2:"), "%s: %s", wrongs[i].text, said);
        cr_expect_eq(rules.count, 0);
        cr_expect_null(rules.at);
        gyre__rules_parse(&rules, "file", true, text);
        cr_expect(strstr(gyre_last_error(), "file, line 2:"), "%s", gyre_last_error());
    }
}

/* Pieces of rules in any order, and any bytes: read or refused, and what is read is written so that
 * it reads the same. */
Test(rules, survive_any_text)
{
    static const char *const pieces[] = {
        "allreduce", "bcast",    ":", "@", "ring",    "chain", "(",   ")",
        "radix=",    "segment=", ",", "-", "0",       "4k",    "r",   "n",
        "inf",       "\n",       "#", " ", "9999999", "=",     "\xff"};
    random_plan_t plan = random_start("rules");
    for (int round = 0; round < 20000; round++) {
        char text[256] = "";
        size_t length = 0;
        for (uint64_t n = random_below(&plan, 16); n > 0; n--) {
            const char *piece = pieces[random_below(&plan, sizeof(pieces) / sizeof(pieces[0]))];
            length += (size_t)snprintf(text + length, sizeof(text) - length, "%s", piece);
        }
        gyre__rules_t rules, again;
        if (gyre__rules_parse(&rules, "any", round % 2, text) != GYRE_OK)
            continue;
        for (size_t i = 0; i < rules.count; i++) {
            gyre__buf_t buf;
            gyre__buf_init(&buf);
            gyre__rule_write(&rules.at[i], &buf);
            cr_assert_eq(gyre__rules_parse(&again, "again", false, buf.data), GYRE_OK, "%s",
                         buf.data);
            cr_assert_eq(again.count, 1);
            gyre__rules_cleanup(&again);
            gyre__buf_cleanup(&buf);
        }
        gyre__rules_cleanup(&rules);
    }
}

Test(rules, have_digests_of_what_they_say)
{
    static const char *const texts[] = {"",
                                        "bcast:@chain",
                                        "bcast:@binomial",
                                        "bcast:@chain(segment=4k)",
                                        "bcast:0-4k:@chain",
                                        "bcast:4k-inf:@chain",
                                        "bcast:r4:@chain",
                                        "bcast:n4:@chain",
                                        "reduce:@chain",
                                        "bcast:@chain,reduce:@chain",
                                        "reduce:@chain,bcast:@chain"};
    enum { TEXTS = sizeof(texts) / sizeof(texts[0]) };
    uint64_t digests[TEXTS];
    for (int i = 0; i < TEXTS; i++) {
        gyre__rules_t rules = parsed(texts[i]);
        digests[i] = gyre__rules_digest(&rules);
        gyre__rules_cleanup(&rules);
        for (int k = 0; k < i; k++)
            cr_assert_neq(digests[i], digests[k], "%s and %s", texts[i], texts[k]);
    }
    gyre__rules_t rules = parsed("# the same\n bcast:0-inf:r1-inf:@chain");
    cr_assert_eq(gyre__rules_digest(&rules), digests[1]);
    gyre__rules_cleanup(&rules);
}

static gyre__places_t places_of(int nodes, int per_node)
{
    return (gyre__places_t){.nodes = nodes,
                            .local_size = per_node,
                            .local_size_max = per_node,
                            .local_size_min = per_node,
                            .domains = 1,
                            .shared = per_node > 1,
                            .slots = per_node > 1,
                            .ranges = true};
}

static const char *chosen(const gyre__rules_t *rules, gyre__coll_t coll, uint64_t bytes, int nodes,
                          int per_node)
{
    gyre__places_t places = places_of(nodes, per_node);
    gyre__plan_t plan = {.coll = coll,
                         .size = nodes * per_node,
                         .bytes = bytes,
                         .element = 4,
                         .commutative = true,
                         .places = &places};
    gyre__choice_t choice = gyre__select(&plan, &rules, 1);
    return choice.rule ? choice.algorithm->name : "";
}

Test(rules, match_their_ranges)
{
    gyre__rules_t rules =
        parsed("bcast:0-64:@binomial,bcast:64-4k:r4-8:@chain,bcast:64-inf:n2-3:@scatter_allgather");
    cr_assert_str_eq(chosen(&rules, GYRE__BCAST, 0, 1, 2), "binomial");
    cr_assert_str_eq(chosen(&rules, GYRE__BCAST, 63, 1, 2), "binomial");
    cr_assert_str_eq(chosen(&rules, GYRE__BCAST, 64, 1, 3), "");
    cr_assert_str_eq(chosen(&rules, GYRE__BCAST, 64, 1, 4), "chain");
    cr_assert_str_eq(chosen(&rules, GYRE__BCAST, 4095, 1, 8), "chain");
    cr_assert_str_eq(chosen(&rules, GYRE__BCAST, 4096, 1, 8), "");
    cr_assert_str_eq(chosen(&rules, GYRE__BCAST, 64, 1, 9), "");
    cr_assert_str_eq(chosen(&rules, GYRE__BCAST, 64, 3, 1), "scatter_allgather");
    cr_assert_str_eq(chosen(&rules, GYRE__BCAST, UINT64_MAX - 1, 2, 1), "scatter_allgather");
    cr_assert_str_eq(chosen(&rules, GYRE__BCAST, 64, 4, 1), "chain");
    cr_assert_str_eq(chosen(&rules, GYRE__REDUCE, 0, 1, 2), "");
    gyre__rules_cleanup(&rules);
}

Test(rules, that_do_not_fit_are_passed_over)
{
    gyre__rules_t rules = parsed("allgather:@recursive_doubling,allgather:@node,allgather:@bruck");
    cr_assert_str_eq(chosen(&rules, GYRE__ALLGATHER, 8, 1, 4), "recursive_doubling");
    cr_assert_str_eq(chosen(&rules, GYRE__ALLGATHER, 8, 1, 3), "node");
    cr_assert_str_eq(chosen(&rules, GYRE__ALLGATHER, 8, 3, 1), "bruck");
    gyre__rules_cleanup(&rules);
}

Test(rules, set_the_parameters)
{
    gyre__rules_t rules = parsed("bcast:0-1k:@knomial(radix=7),bcast:@chain(segment=4k)");
    const gyre__rules_t *list = &rules;
    gyre__places_t places = places_of(4, 1);
    gyre__plan_t plan = {.coll = GYRE__BCAST, .size = 4, .element = 1, .places = &places};
    gyre__select(&plan, &list, 1);
    cr_assert_eq(plan.radix, 7);
    cr_assert_eq(plan.segment, 0);
    plan.bytes = 1024;
    gyre__select(&plan, &list, 1);
    cr_assert_eq(plan.radix, 0);
    cr_assert_eq(plan.segment, 4096);
    gyre__rules_cleanup(&rules);
}

static void check_some_algorithm(gyre__coll_t coll, const gyre__places_t *places, int size,
                                 const gyre__rules_t *defaults)
{
    static const uint64_t bytes[] = {0, 8, 4096, 1 << 20, UINT64_C(1) << 40};
    for (int kind = 0; kind < 4; kind++)
        for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
            gyre__plan_t plan = {.coll = coll,
                                 .size = size,
                                 .bytes = bytes[i],
                                 .element = 8,
                                 .commutative = kind & 1,
                                 .ordered = (kind & 2) &&
                                            (coll == GYRE__REDUCE || coll == GYRE__ALLREDUCE ||
                                             coll == GYRE__REDUCE_SCATTER ||
                                             coll == GYRE__REDUCE_SCATTER_BLOCK ||
                                             coll == GYRE__SCAN || coll == GYRE__EXSCAN),
                                 .places = places};
            gyre__choice_t choice = gyre__select(&plan, &defaults, 1);
            cr_assert(choice.algorithm && choice.rule,
                      "%s of %llu bytes, %d members on %d nodes, kind %d: no default rule",
                      gyre__collectives[coll]->name, (unsigned long long)bytes[i], size,
                      places->nodes, kind);
        }
}

Test(rules, of_the_library_serve_everything)
{
    gyre__rules_t defaults;
    gyre_status_t status = gyre__rules_parse(&defaults, "the defaults", true, gyre__default_rules);
    cr_assert_eq(status, GYRE_OK, "%s", gyre_last_error());
    for (int coll = 0; coll < GYRE__COLLS; coll++)
        for (int nodes = 1; nodes <= 9; nodes++)
            for (int per_node = 1; per_node <= 9; per_node++)
                for (int shape = 0; shape < 4; shape++) {
                    gyre__places_t places = places_of(nodes, per_node);
                    int size = nodes * per_node;
                    if (shape == 1)
                        places.shared = places.slots = false;
                    if (shape == 2)
                        places.ranges = false;
                    if (shape == 3 && nodes > 1)
                        places.local_size_max++, size++;
                    check_some_algorithm((gyre__coll_t)coll, &places, size, &defaults);
                }
    gyre__rules_cleanup(&defaults);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
}

static void no_user_file(char *folder)
{
    strcpy(folder, "/tmp/gyre-rules-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    setenv("XDG_CONFIG_HOME", folder, 1);
}

static gyre_status_t load(gyre__tuning_t *tuning, const char *rules, const char *file)
{
    gyre__harp_conf_t conf = {.coll_tune = (char *)(uintptr_t)rules,
                              .coll_tune_file = (char *)(uintptr_t)file};
    return gyre__tuning_load(tuning, &conf);
}

Test(tuning, reads_the_environment_and_the_users_file)
{
    char folder[64], path[100];
    gyre__tuning_t tuning;
    no_user_file(folder);
    cr_assert_eq(load(&tuning, "", ""), GYRE_OK, "%s", gyre_last_error());
    cr_assert_eq(tuning.rules[GYRE__TUNING_USER].count, 0);
    gyre__tuning_cleanup(&tuning);
    snprintf(path, sizeof(path), "%s/gyre", folder);
    mkdir(path, 0700);
    strcat(path, "/tune");
    write_file(path, "# mine\nbcast:@chain\n\nbcast:@binomial\n");
    cr_assert_eq(load(&tuning, "bcast:@knomial", ""), GYRE_OK, "%s", gyre_last_error());
    cr_assert_eq(tuning.rules[GYRE__TUNING_ENVIRONMENT].count, 1);
    cr_assert_eq(tuning.rules[GYRE__TUNING_USER].count, 2);
    cr_assert_eq(tuning.rules[GYRE__TUNING_USER].at[1].number, 4);
    gyre__tuning_cleanup(&tuning);
    cr_assert_eq(load(&tuning, "", "/dev/null"), GYRE_OK);
    cr_assert_eq(tuning.rules[GYRE__TUNING_USER].count, 0);
    gyre__tuning_cleanup(&tuning);
    write_file(path, "bcast:@chain\nbcast:@chian\n");
    cr_assert_eq(load(&tuning, "", ""), GYRE_ERR_UNKNOWN);
    cr_assert(strstr(gyre_last_error(), "/gyre/tune, line 2:"), "%s", gyre_last_error());
    unlink(path);
    *strrchr(path, '/') = '\0';
    rmdir(path);
    rmdir(folder);
}

Test(tuning, refuses_what_is_no_file_of_rules)
{
    char folder[64];
    gyre__tuning_t tuning;
    no_user_file(folder);
    cr_assert_neq(load(&tuning, "", "/no/such/file"), GYRE_OK);
    cr_assert(strstr(gyre_last_error(), "/no/such/file"), "%s", gyre_last_error());
    cr_assert_neq(load(&tuning, "", folder), GYRE_OK);
    cr_assert_eq(load(&tuning, "", "/dev/zero"), GYRE_ERR_SYNTAX);
    cr_assert(strstr(gyre_last_error(), "zero byte"), "%s", gyre_last_error());
    cr_assert_eq(load(&tuning, "bcast:@nothing", "/dev/null"), GYRE_ERR_UNKNOWN);
    cr_assert(strstr(gyre_last_error(), "GYRE_COLL_TUNE, rule 1"), "%s", gyre_last_error());
    rmdir(folder);
}
