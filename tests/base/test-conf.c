/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration: what each type takes, what it refuses and how it says so; the environment. */
#include "base/conf.h"

#include "base/error.h"
#include "base/log.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct conf {
    int flag;
    int64_t integer;
    size_t size;
    uint64_t time;
    int word;
    char *string;
} conf_t;

static const char *const words[] = {"auto", "ucx", "ofi", NULL};

#define FIELD(member, kind, name, initial, values, min, max)                                       \
    {                                                                                              \
        name, initial, GYRE__CONF_##kind, offsetof(conf_t, member), values, min, max,              \
            "Help of " name                                                                        \
    }

static const gyre__conf_field_t fields[] = {
    FIELD(flag, BOOL, "TEST_FLAG", "yes", NULL, 0, 0),
    FIELD(integer, INT, "TEST_INTEGER", "5", NULL, -10, 1000),
    FIELD(size, SIZE, "TEST_SIZE", "64k", NULL, 0, 0),
    FIELD(time, TIME, "TEST_TIME", "200us", NULL, 0, 0),
    FIELD(word, ENUM, "TEST_WORD", "auto", words, 0, 0),
    FIELD(string, STRING, "TEST_STRING", "", NULL, 0, 0),
};
enum { FLAG, INTEGER, SIZE, TIME, WORD, STRING, COUNT };

static const gyre__conf_table_t table = {"test", fields, COUNT};
static const gyre__conf_field_t wide = {"W",  "0",       GYRE__CONF_INT, 0,
                                        NULL, INT64_MIN, INT64_MAX,      ""};

static void clear(void)
{
    for (int i = 0; i < COUNT; i++) {
        char name[64];
        snprintf(name, sizeof(name), "GYRE_%s", fields[i].name);
        unsetenv(name);
    }
}

TestSuite(conf, .init = clear, .timeout = 10);

Test(conf, sizes_that_are_taken)
{
    static const struct {
        const char *text;
        size_t size;
    } rows[] = {
        {"0", 0},
        {"4096", 4096},
        {"0004", 4},
        {"4k", 4096},
        {"4K", 4096},
        {"1m", 1 << 20},
        {"2g", (size_t)2 << 30},
        {"1t", (size_t)1 << 40},
        {"1.5g", (size_t)3 << 29},
        {"0.5k", 512},
        {"1.0009765625k", 1025},
        {"0.9999999999999999999999999999999k", 1023},
        {"inf", SIZE_MAX},
        {"INF", SIZE_MAX},
        {"18446744073709551615", SIZE_MAX},
        {"16777215t", (size_t)16777215 << 40},
        {"16777215.999999999999t", ((size_t)16777216 << 40) - 2},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        conf_t out = {.size = 77};
        cr_assert_eq(gyre__conf_parse(&fields[SIZE], "x", rows[i].text, &out), GYRE_OK, "%s: %s",
                     rows[i].text, gyre_last_error());
        cr_assert_eq(out.size, rows[i].size, "%s is %zu", rows[i].text, out.size);
    }
}

Test(conf, times_that_are_taken)
{
    static const struct {
        const char *text;
        uint64_t time;
    } rows[] = {
        {"0", 0},
        {"7ns", 7},
        {"200us", 200000},
        {"5ms", 5000000},
        {"2s", 2000000000},
        {"1.5s", 1500000000},
        {"0.1us", 100},
        {"120S", UINT64_C(120000000000)},
        {"inf", UINT64_MAX},
        {"18446744073s", UINT64_C(18446744073000000000)},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        conf_t out = {.time = 77};
        cr_assert_eq(gyre__conf_parse(&fields[TIME], "x", rows[i].text, &out), GYRE_OK, "%s: %s",
                     rows[i].text, gyre_last_error());
        cr_assert_eq(out.time, rows[i].time, "%s", rows[i].text);
    }
}

Test(conf, words_and_integers_that_are_taken)
{
    static const char *const flags[] = {"yes", "no", "ON", "off", "True", "FALSE", "1", "0"};
    conf_t out = {0};
    for (int i = 0; i < 8; i++) {
        cr_assert_eq(gyre__conf_parse(&fields[FLAG], "x", flags[i], &out), GYRE_OK);
        cr_assert_eq(out.flag, i % 2 == 0, "%s", flags[i]);
    }
    for (int i = 0; words[i]; i++) {
        cr_assert_eq(gyre__conf_parse(&fields[WORD], "x", words[i], &out), GYRE_OK);
        cr_assert_eq(out.word, i);
    }
    cr_assert_eq(gyre__conf_parse(&fields[WORD], "x", "UCX", &out), GYRE_OK);
    cr_assert_eq(out.word, 1);
    static const int64_t integers[] = {-10, 0, 1000};
    static const char *const texts[] = {"-10", "-0", "1000"};
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(gyre__conf_parse(&fields[INTEGER], "x", texts[i], &out), GYRE_OK);
        cr_assert_eq(out.integer, integers[i]);
    }
    int64_t number;
    cr_assert_eq(gyre__conf_parse(&wide, "x", "-9223372036854775808", &number), GYRE_OK);
    cr_assert_eq(number, INT64_MIN);
    cr_assert_eq(gyre__conf_parse(&wide, "x", "9223372036854775807", &number), GYRE_OK);
    cr_assert_eq(number, INT64_MAX);
    cr_assert_eq(gyre__conf_parse(&wide, "x", "9223372036854775808", &number), GYRE_ERR_RANGE);
    cr_assert_eq(gyre__conf_parse(&wide, "x", "-9223372036854775809", &number), GYRE_ERR_RANGE);
    cr_assert_eq(number, INT64_MAX);
}

/* Every hostile text against every type that refuses it. */
static const struct hostile {
    int field;
    gyre_status_t status;
    const char *text;
} hostiles[] = {
    {FLAG, GYRE_ERR_SYNTAX, ""},
    {FLAG, GYRE_ERR_SYNTAX, "maybe"},
    {FLAG, GYRE_ERR_SYNTAX, "yes "},
    {FLAG, GYRE_ERR_SYNTAX, "2"},
    {FLAG, GYRE_ERR_SYNTAX, "10"},
    {INTEGER, GYRE_ERR_SYNTAX, ""},
    {INTEGER, GYRE_ERR_SYNTAX, "-"},
    {INTEGER, GYRE_ERR_SYNTAX, "+5"},
    {INTEGER, GYRE_ERR_SYNTAX, " 5"},
    {INTEGER, GYRE_ERR_SYNTAX, "5x"},
    {INTEGER, GYRE_ERR_SYNTAX, "0x5"},
    {INTEGER, GYRE_ERR_SYNTAX, "5.0"},
    {INTEGER, GYRE_ERR_SYNTAX, "--5"},
    {INTEGER, GYRE_ERR_SYNTAX, "99999999999999999999x"},
    {INTEGER, GYRE_ERR_RANGE, "1001"},
    {INTEGER, GYRE_ERR_RANGE, "-11"},
    {INTEGER, GYRE_ERR_RANGE, "9223372036854775808"},
    {INTEGER, GYRE_ERR_RANGE, "-9223372036854775809"},
    {INTEGER, GYRE_ERR_RANGE, "18446744073709551621"}, /* 5 after wrapping */
    {SIZE, GYRE_ERR_SYNTAX, ""},
    {SIZE, GYRE_ERR_SYNTAX, "-1"},
    {SIZE, GYRE_ERR_SYNTAX, "+1"},
    {SIZE, GYRE_ERR_SYNTAX, " 1"},
    {SIZE, GYRE_ERR_SYNTAX, "1 "},
    {SIZE, GYRE_ERR_SYNTAX, "k"},
    {SIZE, GYRE_ERR_SYNTAX, ".5k"},
    {SIZE, GYRE_ERR_SYNTAX, "5.k"},
    {SIZE, GYRE_ERR_SYNTAX, "1..5k"},
    {SIZE, GYRE_ERR_SYNTAX, "1.5"},
    {SIZE, GYRE_ERR_SYNTAX, "4kk"},
    {SIZE, GYRE_ERR_SYNTAX, "4 k"},
    {SIZE, GYRE_ERR_SYNTAX, "0x10"},
    {SIZE, GYRE_ERR_SYNTAX, "1e9"},
    {SIZE, GYRE_ERR_SYNTAX, "infinite"},
    {SIZE, GYRE_ERR_SYNTAX, "-inf"},
    {SIZE, GYRE_ERR_SYNTAX, "nan"},
    {SIZE, GYRE_ERR_SYNTAX, "4ms"},
    {SIZE, GYRE_ERR_RANGE, "18446744073709551616"},
    {SIZE, GYRE_ERR_RANGE, "99999999999999999999999999"},
    {SIZE, GYRE_ERR_RANGE, "16777216t"},
    {SIZE, GYRE_ERR_RANGE, "18014398509481984k"},
    {TIME, GYRE_ERR_SYNTAX, ""},
    {TIME, GYRE_ERR_SYNTAX, "fast"},
    {TIME, GYRE_ERR_SYNTAX, "5"},
    {TIME, GYRE_ERR_SYNTAX, "-5ms"},
    {TIME, GYRE_ERR_SYNTAX, "5 ms"},
    {TIME, GYRE_ERR_SYNTAX, "5m"},
    {TIME, GYRE_ERR_SYNTAX, "5mss"},
    {TIME, GYRE_ERR_SYNTAX, "1.5ns"},
    {TIME, GYRE_ERR_SYNTAX, "0.0"},
    {TIME, GYRE_ERR_RANGE, "18446744074s"},
    {TIME, GYRE_ERR_RANGE, "18446744073.709551616s"},
    {WORD, GYRE_ERR_SYNTAX, ""},
    {WORD, GYRE_ERR_SYNTAX, "ucxx"},
    {WORD, GYRE_ERR_SYNTAX, "uc"},
    {WORD, GYRE_ERR_SYNTAX, "auto,ucx"},
};

Test(conf, hostile_values_are_refused_by_name)
{
    for (size_t i = 0; i < sizeof(hostiles) / sizeof(hostiles[0]); i++) {
        const struct hostile *row = &hostiles[i];
        conf_t out, before;
        memset(&out, 0x5a, sizeof(out));
        before = out;
        char start[128];
        snprintf(start, sizeof(start), "GYRE_X=%s: ", row->text);
        gyre_status_t status = gyre__conf_parse(&fields[row->field], "GYRE_X", row->text, &out);
        cr_assert_eq(status, row->status, "%s \"%s\": %s", fields[row->field].name, row->text,
                     gyre_status_name(status));
        cr_assert_eq(strncmp(gyre_last_error(), start, strlen(start)), 0, "%s", gyre_last_error());
        cr_assert_eq(memcmp(&out, &before, sizeof(out)), 0, "\"%s\" wrote its value", row->text);
    }
}

Test(conf, messages_say_what_was_expected)
{
    conf_t out;
    gyre__conf_parse(&fields[TIME], "GYRE_SPIN", "fast", &out);
    cr_assert_str_eq(gyre_last_error(),
                     "GYRE_SPIN=fast: expected a time such as 200us, 5ms or 2s, or inf");
    gyre__conf_parse(&fields[WORD], "GYRE_NET", "uxc", &out);
    cr_assert_str_eq(gyre_last_error(),
                     "GYRE_NET=uxc: expected auto, ucx or ofi (did you mean ucx?)");
    gyre__conf_parse(&fields[WORD], "GYRE_NET", "tcp!", &out);
    cr_assert_str_eq(gyre_last_error(), "GYRE_NET=tcp!: expected auto, ucx or ofi");
    gyre__conf_parse(&fields[INTEGER], "--n", "x", &out);
    cr_assert_str_eq(gyre_last_error(), "--n=x: expected an integer from -10 to 1000");
}

Test(conf, load_takes_defaults_and_environment)
{
    conf_t conf;
    cr_assert_eq(gyre__conf_load(&table, &conf), GYRE_OK);
    cr_assert(conf.flag == 1 && conf.integer == 5 && conf.size == 65536 && conf.time == 200000 &&
              conf.word == 0);
    cr_assert_str_eq(conf.string, "");
    gyre__conf_release(&table, &conf);
    cr_assert_null(conf.string);
    setenv("GYRE_TEST_SIZE", "3m", 1);
    setenv("GYRE_TEST_STRING", "a b", 1);
    cr_assert_eq(gyre__conf_load(&table, &conf), GYRE_OK);
    cr_assert_eq(conf.size, 3 << 20);
    cr_assert_str_eq(conf.string, "a b");
    gyre__conf_release(&table, &conf);
}

Test(conf, failed_load_changes_nothing)
{
    conf_t conf, before;
    memset(&conf, 0x5a, sizeof(conf));
    before = conf;
    setenv("GYRE_TEST_INTEGER", "7", 1);
    setenv("GYRE_TEST_STRING", "x", 1);
    setenv("GYRE_TEST_WORD", "mpi", 1);
    cr_assert_eq(gyre__conf_load(&table, &conf), GYRE_ERR_SYNTAX);
    cr_assert_eq(memcmp(&conf, &before, sizeof(conf)), 0);
    cr_assert_str_eq(gyre_last_error(), "GYRE_TEST_WORD=mpi: expected auto, ucx or ofi");
}

Test(conf, nearest_name)
{
    static const char *const names[] = {"NET",  "SHM",          "SHM_RING",  "SHM_EAGER", "WAIT",
                                        "SPIN", "BOOT_TIMEOUT", "REG_CACHE", "LOG"};
    static const char *const rows[][2] = {
        {"NTE", "NET"},
        {"net", "NET"},
        {"SHM_RIGN", "SHM_RING"},
        {"SPINN", "SPIN"},
        {"SPI", "SPIN"},
        {"BOOTTIMEOUT", "BOOT_TIMEOUT"},
        {"REGCACHE", "REG_CACHE"},
        {"BOOT_TIMEOUTS", "BOOT_TIMEOUT"},
        {"LOH", "LOG"},
        {"ELEPHANT", NULL},
        {"", NULL},
        {"X", NULL},
        {"NETWORK_PROVIDER_TO_USE", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *near = gyre__conf_nearest(rows[i][0], names, 9);
        if (rows[i][1])
            cr_assert_str_eq(near ? near : "none", rows[i][1], "%s", rows[i][0]);
        else
            cr_assert_null(near, "%s is not near %s", rows[i][0], near);
    }
    static char huge[1 << 20];
    memset(huge, 'A', sizeof(huge) - 1);
    cr_assert_null(gyre__conf_nearest(huge, names, 9));
}

/* What the call writes on stderr. */
static const char *check_output(gyre_status_t *status)
{
    static char text[4096];
    const gyre__conf_table_t *const tables[] = {&gyre__base_conf, &table};
    int ends[2], copy = dup(STDERR_FILENO);
    cr_assert_eq(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    *status = gyre__conf_check(tables, 2);
    dup2(copy, STDERR_FILENO);
    close(ends[1]);
    close(copy);
    ssize_t length = read(ends[0], text, sizeof(text) - 1);
    close(ends[0]);
    text[length < 0 ? 0 : length] = '\0';
    return text;
}

Test(conf, check_reports_unknown_names_once)
{
    gyre_status_t status;
    clearenv();
    setenv("GYRE_LOGG", "warn", 1);
    setenv("GYRE_TEST_ANYTHING", "1", 1);
    setenv("GYRATE", "1", 1);
    cr_assert_str_eq(check_output(&status),
                     "gyre: warn: unknown variable GYRE_LOGG; did you mean GYRE_LOG?\n");
    cr_assert_eq(status, GYRE_OK);
    cr_assert_str_eq(check_output(&status), "");
}

Test(conf, check_without_a_near_name)
{
    gyre_status_t status;
    clearenv();
    setenv("GYRE_ELEPHANT", "1", 1);
    cr_assert_str_eq(check_output(&status),
                     "gyre: warn: unknown variable GYRE_ELEPHANT; gyre info -c lists all\n");
}

Test(conf, check_gives_the_first_malformed_value)
{
    gyre_status_t status;
    setenv("GYRE_TEST_TIME", "soon", 1);
    check_output(&status);
    cr_assert_eq(status, GYRE_ERR_SYNTAX);
    cr_assert_not_null(strstr(gyre_last_error(), "GYRE_TEST_TIME=soon: expected a time"));
}

static char *printed(void)
{
    char *text = NULL;
    size_t length;
    const gyre__conf_table_t *const tables[] = {&gyre__base_conf, &table};
    FILE *out = open_memstream(&text, &length);
    gyre__conf_print(tables, 2, out);
    fclose(out);
    return text;
}

Test(conf, print_comments_out_what_is_default)
{
    setenv("GYRE_TEST_SIZE", "65536", 1); /* the default, said otherwise */
    setenv("GYRE_TEST_TIME", "1s", 1);
    setenv("GYRE_TEST_STRING", "a\nGYRE_FORGED=1", 1);
    setenv("GYRE_TEST_WORD", "wrong", 1);
    char *text = printed();
    cr_assert_not_null(strstr(text, "\n#GYRE_TEST_SIZE=65536\n"), "%s", text);
    cr_assert_not_null(strstr(text, "\n#GYRE_TEST_FLAG=yes\n"));
    cr_assert_not_null(strstr(text, "\nGYRE_TEST_TIME=1s\n"));
    cr_assert_not_null(strstr(text, "\nGYRE_TEST_WORD=wrong\n"));
    cr_assert_not_null(strstr(text, "\nGYRE_TEST_STRING=a?GYRE_FORGED=1\n"));
    cr_assert_not_null(strstr(text, "\n# Type: integer from -10 to 1000. Default: 5\n"));
    cr_assert_not_null(strstr(text, "\n# Type: one of auto ucx ofi. Default: auto\n"));
    free(text);
}

Test(conf, printed_lines_are_comments_or_values)
{
    char *text = printed(), *rest = text;
    for (char *line; (line = strsep(&rest, "\n"));) {
        cr_assert_leq(strlen(line), 80);
        cr_assert(line[0] == '\0' || !strncmp(line, "# ", 2) || !strncmp(line, "#GYRE_", 6), "%s",
                  line);
    }
    free(text);
}
