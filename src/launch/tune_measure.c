/* SPDX-License-Identifier: Apache-2.0 */
/* Measuring for gyre tune. Under a launcher the workers of that job do it. Otherwise jobs of gyre
 * run are started, one per number of workers, each writing its rules to stdout, from where they
 * come together here; each number stands for those from the one before it on. */
#include "base/buf.h"
#include "launch/launch.h"
#include "launch/tune.h"

#include <errno.h>
#include <gyre/config.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NUMBERS = 16, LARGEST = 4096, USUAL_SECONDS = 120 };

typedef struct numbers {
    int at[NUMBERS];
    int count;
} numbers_t;

static int count_cores(void)
{
    cpu_set_t cpus;
    return sched_getaffinity(0, sizeof(cpus), &cpus) == 0 ? CPU_COUNT(&cpus) : 2;
}

/* Keeps them ascending, each once. */
static void add(numbers_t *numbers, int number)
{
    int i = 0;
    while (i < numbers->count && numbers->at[i] < number)
        i++;
    if ((i < numbers->count && numbers->at[i] == number) || numbers->count == NUMBERS)
        return;
    memmove(&numbers->at[i + 1], &numbers->at[i], (size_t)(numbers->count - i) * sizeof(int));
    numbers->at[i] = number;
    numbers->count++;
}

static bool parse_numbers(const char *text, numbers_t *numbers)
{
    for (;;) {
        char *end;
        long number = *text >= '0' && *text <= '9' ? strtol(text, &end, 10) : 0;
        if (number < 2 || number > LARGEST || (*end && *end != ',') || numbers->count == NUMBERS)
            return false;
        add(numbers, (int)number);
        if (!*end)
            return true;
        text = end + 1;
    }
}

static int find_numbers(const gyre__tune_measure_t *measure, numbers_t *numbers)
{
    *numbers = (numbers_t){.count = 0};
    if (measure->workers) {
        if (parse_numbers(measure->workers, numbers))
            return 0;
        gyre__say("-n %s: expected numbers of workers, 2 to %d, such as 2,4,8", measure->workers,
                  LARGEST);
        return GYRE__EXIT_USAGE;
    }
    int cores = count_cores();
    add(numbers, 2);
    if (cores > 2)
        add(numbers, cores);
    add(numbers, 2 * cores < 2 ? 2 : 2 * cores);
    return 0;
}

/* The command line of the job of so many workers; its strings are in texts. */
static char **command(const gyre__tune_measure_t *measure, double seconds, const char *members,
                      int workers, char texts[4][64])
{
    const char *head[] = {gyre__self, "run", "-n",     texts[0], gyre__self, "tune", "-o",
                          "-",        "-t",  texts[1], "-m",     texts[2],   "-r",   members};
    size_t fixed = sizeof(head) / sizeof(head[0]);
    const char **argv = calloc(fixed + measure->count + 3, sizeof(*argv));
    if (!argv)
        return NULL;
    snprintf(texts[0], 64, "%d", workers);
    snprintf(texts[1], 64, "%g", seconds);
    snprintf(texts[2], 64, "%zu:%zu", measure->range[0], measure->range[1]);
    memcpy(argv, head, sizeof(head));
    if (measure->talk)
        argv[fixed++] = "-v";
    argv[fixed++] = "--";
    for (size_t i = 0; i < measure->count; i++)
        argv[fixed++] = measure->names[i];
    return (char **)argv;
}

static gyre_status_t drain(int fd, gyre__buf_t *text)
{
    char piece[4096];
    for (;;) {
        ssize_t length = read(fd, piece, sizeof(piece));
        if (length == 0)
            return GYRE_OK;
        if (length < 0 && errno != EINTR)
            return GYRE_ERR_IO;
        if (length > 0 && gyre__buf_append(text, piece, (size_t)length) != GYRE_OK)
            return GYRE_ERR_NO_MEMORY;
    }
}

/* Runs it and appends its output. */
static int run(char **argv, gyre__buf_t *text)
{
    int ends[2], state = 0;
    if (pipe(ends) != 0) {
        gyre__say("no pipe: %s", strerror(errno));
        return GYRE__EXIT_FAILED;
    }
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execv(argv[0], argv);
        gyre__say("cannot run %s: %s", argv[0], strerror(errno));
        _exit(GYRE__EXIT_CANNOT_RUN);
    }
    close(ends[1]);
    gyre_status_t status = child < 0 ? GYRE_ERR_NO_RESOURCE : drain(ends[0], text);
    close(ends[0]);
    while (child > 0 && waitpid(child, &state, 0) < 0 && errno == EINTR)
        ;
    if (status == GYRE_OK && WIFEXITED(state) && WEXITSTATUS(state) == 0)
        return 0;
    gyre__say("the job that measures did not end well: nothing is written");
    return GYRE__EXIT_FAILED;
}

static int run_all(const gyre__tune_measure_t *measure, const numbers_t *numbers, gyre__buf_t *text)
{
    int code = 0;
    for (int i = 0; i < numbers->count && !code; i++) {
        char texts[4][64], members[64];
        int from = i ? numbers->at[i - 1] + 1 : 2, to = numbers->at[i];
        if (i + 1 < numbers->count)
            snprintf(members, sizeof(members), "%d-%d", from, to);
        else
            snprintf(members, sizeof(members), "%d-inf", from);
        char **argv = command(measure, measure->seconds / numbers->count, members, to, texts);
        code = argv ? run(argv, text) : GYRE__EXIT_FAILED;
        free(argv);
    }
    return code;
}

/* Rules that are in force would be taken for the library's own choice. */
static int measure_here(const gyre__tune_measure_t *measure, gyre__buf_t *text, int *rank)
{
    char *rules = NULL;
    size_t length = 0;
    unsetenv("GYRE_COLL_TUNE");
    setenv("GYRE_COLL_TUNE_FILE", "/dev/null", 1);
    FILE *out = open_memstream(&rules, &length);
    if (!out)
        return GYRE__EXIT_FAILED;
    *rank = gyre__bench_tune(measure->names, measure->count, measure->range, measure->members,
                             measure->seconds, measure->talk, out);
    int code = fclose(out) == 0 && *rank >= 0 &&
                       gyre__buf_append(text, rules ? rules : "", length) == GYRE_OK
                   ? 0
                   : GYRE__EXIT_FAILED;
    free(rules);
    return code;
}

/* Where one line is, at the top of the file. */
static gyre_status_t write_head(gyre__buf_t *text)
{
    char host[256] = "", date[32] = "";
    time_t now = time(NULL);
    gethostname(host, sizeof(host) - 1);
    strftime(date, sizeof(date), "%Y-%m-%d %H:%M", localtime(&now));
    return gyre__buf_printf(text,
                            "# gyre tune: by Gyre %s on %s, %s; it will be overwritten.\n"
                            "# Where no rule is, the library's own choice was as good.\n",
                            gyre_version(), host, date);
}

static int put(const gyre__tune_measure_t *measure, const char *path, const gyre__buf_t *text)
{
    int rules = 0;
    for (size_t i = 0; i < text->length; i++)
        rules += text->data[i] == '@';
    if (!path) {
        bool good =
            fwrite(text->data, 1, text->length, stdout) == text->length && fflush(stdout) == 0;
        if (!good)
            gyre__say("cannot write to stdout");
        return good ? 0 : GYRE__EXIT_FAILED;
    }
    int code = gyre__tune_file_write(path, text->data, text->length);
    if (!code && (measure->talk || isatty(STDERR_FILENO)))
        gyre__say("%d rule%s in %s", rules, rules == 1 ? "" : "s", path);
    return code;
}

/* path: NULL for stdout. */
static int measure_to(const gyre__tune_measure_t *measure, const char *path, bool launched)
{
    gyre__buf_t text;
    numbers_t numbers;
    int rank = 0, code = launched ? 0 : find_numbers(measure, &numbers);
    if (code)
        return code;
    gyre__buf_init(&text);
    if (path)
        code = write_head(&text) == GYRE_OK ? 0 : GYRE__EXIT_FAILED;
    if (!code)
        code = launched ? measure_here(measure, &text, &rank) : run_all(measure, &numbers, &text);
    if (!code && rank == 0)
        code = put(measure, path, &text);
    gyre__buf_cleanup(&text);
    return code;
}

int gyre__tune_measure(const gyre__tune_measure_t *given)
{
    gyre__tune_measure_t measure = *given;
    const char *rank = getenv("PMIX_RANK");
    bool launched = rank && getenv("PMIX_NAMESPACE"), writes = !launched || !strcmp(rank, "0");
    char *path = NULL;
    int code = 0;
    if (measure.seconds <= 0)
        measure.seconds = USUAL_SECONDS;
    if (launched && measure.workers) {
        gyre__say("-n is for a gyre tune that starts the workers; here they are started already");
        return GYRE__EXIT_USAGE;
    }
    measure.talk |= !launched && isatty(STDERR_FILENO);
    if (!given->output || strcmp(given->output, "-")) {
        path = gyre__tune_file_path(given->output);
        code = !path ? GYRE__EXIT_FAILED : writes ? gyre__tune_file_check(path, given->force) : 0;
    }
    if (!code)
        code = measure_to(&measure, path, launched);
    free(path);
    return code;
}
