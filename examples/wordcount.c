/* SPDX-License-Identifier: Apache-2.0 */
/* Word count: every worker counts its share of the bytes, sends each word to the worker that its
 * hash names, adds up what it receives, and writes a sorted part. */
#include "words.h"

#include <gyre/gyre.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <glob.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { TAG_WORDS = 1, TAG_TOTAL, TAG_TOP, TAG_VERDICT };
#define TOP 10
#define DEFAULT_INPUT "/usr/share/common-licenses/*"

static const char usage[] =
    "Usage: gyre run -n N wordcount [-o DIR] [FILE...]\n"
    "Counts the words of the files (of " DEFAULT_INPUT " when none is given).\n"
    "\n"
    "  -o DIR    write the counts to DIR/part-00000 ..., one sorted part per worker, each line\n"
    "            a word, a tab and its count; DIR must be new or empty\n"
    "  -h        this text\n"
    "\n"
    "Examples:\n"
    "  gyre run -n 4 wordcount\n"
    "  gyre run -n 4 wordcount -o counts /usr/share/doc/*/copyright && sort -m counts/part-*\n";

typedef struct input {
    int count;
    char **names;
    uint64_t *sizes;
    uint64_t bytes;
} input_t;

typedef struct job {
    gyre_context_t *ctx;
    gyre_comm_t *world;
    int rank, size;
    const char *out;
    words_t words; /* of this worker's share, then of its part */
    uint64_t read; /* words in this worker's share */
} job_t;

static bool complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

static bool complain(const char *format, ...)
{
    va_list args;
    fprintf(stderr, "wordcount: ");
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return false;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Opens a regular file; -1 with a complaint. */
static int open_file(const char *name, uint64_t *size)
{
    struct stat info;
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) != 0) {
        complain("%s: %s", name, strerror(errno));
    } else if (!S_ISREG(info.st_mode)) {
        complain("%s: not a regular file", name);
        close(fd);
        fd = -1;
    } else {
        *size = (uint64_t)info.st_size;
    }
    return fd;
}

/* Every file must be readable before any work starts. */
static bool check_input(input_t *input)
{
    input->sizes = calloc((size_t)input->count, sizeof(*input->sizes));
    if (!input->sizes)
        return complain("no memory for %d files", input->count);
    for (int i = 0; i < input->count; i++) {
        int fd = open_file(input->names[i], &input->sizes[i]);
        if (fd < 0)
            return false;
        close(fd);
        input->bytes += input->sizes[i];
    }
    return true;
}

static bool check_out(const char *out)
{
    struct dirent *entry;
    if (mkdir(out, 0777) != 0 && errno != EEXIST)
        return complain("%s: %s", out, strerror(errno));
    DIR *dir = opendir(out);
    if (!dir)
        return complain("%s: %s", out, strerror(errno));
    bool empty = true;
    while ((entry = readdir(dir)))
        empty &= strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(dir);
    return empty || complain("%s: not empty: old parts would mix with new ones", out);
}

/* The worker's bytes of all files in a row: [bytes * rank / size, bytes * (rank + 1) / size). */
static bool count_share(job_t *job, const input_t *input)
{
    uint64_t per = input->bytes / (uint64_t)job->size, rest = input->bytes % (uint64_t)job->size;
    uint64_t rank = (uint64_t)job->rank;
    uint64_t from = per * rank + (rank < rest ? rank : rest);
    uint64_t to = from + per + (rank < rest), start = 0;
    bool ok = true;
    for (int i = 0; i < input->count && ok && start < to; start += input->sizes[i++]) {
        uint64_t size = input->sizes[i];
        if (start + size <= from || size == 0)
            continue;
        int errnum = 0, fd = open_file(input->names[i], &size);
        if (fd >= 0) {
            errnum = words_read(&job->words, fd, from > start ? from - start : 0, to - start);
            close(fd);
        }
        ok = fd >= 0 && (errnum == 0 || complain("%s: %s", input->names[i], strerror(errnum)));
    }
    job->read = job->words.total;
    return ok;
}

static bool sent(gyre_status_t status, const char *what)
{
    return status == GYRE_OK || complain("%s: %s", what, gyre_last_error());
}

/* True when all workers say so; every worker learns the same. */
static bool agree(job_t *job, bool ok)
{
    char mine = ok, all = ok;
    for (int i = 1; i < job->size && job->rank == 0; i++) {
        if (!sent(gyre_recv(job->world, &mine, 1, GYRE_ANY_SOURCE, TAG_VERDICT, NULL), "agree"))
            return false;
        all = all && mine;
    }
    if (job->rank != 0 &&
        !(sent(gyre_send(job->world, &mine, 1, 0, TAG_VERDICT), "agree") &&
          sent(gyre_recv(job->world, &all, 1, 0, TAG_VERDICT, NULL), "agree")))
        return false;
    for (int i = 1; i < job->size && job->rank == 0; i++)
        if (!sent(gyre_send(job->world, &all, 1, i, TAG_VERDICT), "agree"))
            return false;
    return all;
}

static bool receive_words(job_t *job, words_t *part)
{
    gyre_message_info_t info;
    if (!sent(gyre_probe(job->world, GYRE_ANY_SOURCE, TAG_WORDS, &info), "words"))
        return false;
    char *bytes = malloc(info.length ? info.length : 1);
    bool ok = bytes || complain("no memory for %zu bytes of words", info.length);
    ok = ok && sent(gyre_recv(job->world, bytes, info.length, info.source, TAG_WORDS, NULL),
                    "words");
    ok = ok && (words_unpack(part, bytes, info.length) ||
                complain("words of rank %d: malformed, or no memory", info.source));
    free(bytes);
    return ok;
}

/* Every worker sends every worker, itself too, the words that are its part. */
static bool exchange(job_t *job)
{
    words_t part;
    bool ok = true;
    uint32_t size = (uint32_t)job->size;
    gyre_request_t **sends = calloc(size, sizeof(*sends));
    char **packed = calloc(size, sizeof(*packed));
    words_init(&part);
    for (uint32_t i = 0; i < size && ok; i++) {
        uint32_t dest = ((uint32_t)job->rank + i) % size;
        size_t length;
        ok = sends && packed && words_pack(&job->words, dest, size, &packed[i], &length);
        ok = ok ? sent(gyre_isend(job->world, packed[i], length, (int)dest, TAG_WORDS, &sends[i]),
                       "words")
                : complain("no memory to pack words");
    }
    for (uint32_t i = 0; i < size && ok; i++)
        ok = receive_words(job, &part);
    if (sends)
        ok = sent(gyre_wait_all(job->size, sends, NULL, NULL), "words") && ok;
    for (uint32_t i = 0; packed && i < size; i++)
        free(packed[i]);
    free(packed);
    free(sends);
    words_cleanup(&job->words);
    job->words = part;
    return ok;
}

/* Written beside its name and renamed, so that a part is whole or not there. */
static bool write_part(job_t *job)
{
    char name[4096], fresh[4096 + 8];
    snprintf(name, sizeof(name), "%s/part-%05d", job->out, job->rank);
    snprintf(fresh, sizeof(fresh), "%s.new", name);
    words_sort(&job->words, words_by_text);
    FILE *file = fopen(fresh, "w");
    if (!file)
        return complain("%s: %s", fresh, strerror(errno));
    for (size_t i = 0; i < job->words.distinct && !ferror(file); i++) {
        const word_t *word = &job->words.slots[i];
        fwrite(word->text, 1, word->length, file);
        fprintf(file, "\t%" PRIu64 "\n", word->count);
    }
    bool bad = fflush(file) != 0 || ferror(file) || fsync(fileno(file)) != 0;
    int errnum = errno;
    bad |= fclose(file) != 0;
    if (!bad && rename(fresh, name) == 0)
        return true;
    unlink(fresh);
    return complain("%s: %s", name, strerror(bad ? errnum : errno));
}

/* Rank 0's view of the job: totals, and each part's most frequent words. */
static bool summarize(job_t *job, const input_t *input, double start)
{
    uint64_t totals[2] = {job->read, job->words.distinct}, theirs[2];
    words_t top;
    bool ok = true;
    words_init(&top);
    words_sort(&job->words, words_by_count);
    for (size_t i = 0; i < TOP && i < job->words.distinct && ok; i++) {
        const word_t *word = &job->words.slots[i];
        ok = words_add(&top, word->text, word->length, word->count);
    }
    char *bytes = NULL;
    size_t length;
    ok = ok && words_pack(&top, 0, 1, &bytes, &length);
    if (job->rank != 0)
        ok = ok && sent(gyre_send(job->world, totals, sizeof(totals), 0, TAG_TOTAL), "summary") &&
             sent(gyre_send(job->world, bytes, length, 0, TAG_WORDS), "summary");
    for (int i = 1; i < job->size && job->rank == 0 && ok; i++) {
        ok = sent(gyre_recv(job->world, theirs, sizeof(theirs), GYRE_ANY_SOURCE, TAG_TOTAL, NULL),
                  "summary") &&
             receive_words(job, &top);
        totals[0] += theirs[0];
        totals[1] += theirs[1];
    }
    free(bytes);
    if (job->rank == 0 && ok) {
        double took = seconds() - start;
        words_sort(&top, words_by_count);
        for (size_t i = 0; i < TOP && i < top.distinct; i++)
            printf("%10" PRIu64 "  %.*s\n", top.slots[i].count, (int)top.slots[i].length,
                   top.slots[i].text);
        printf("%d worker%s: %" PRIu64 " words, %" PRIu64 " distinct, in %d files of %.1f MB; "
               "%.3f s, %.0f MB/s\n",
               job->size, job->size > 1 ? "s" : "", totals[0], totals[1], input->count,
               (double)input->bytes / 1e6, took, (double)input->bytes / 1e6 / took);
        if (job->out)
            printf("counts in %s/part-*\n", job->out);
    }
    words_cleanup(&top);
    return ok;
}

static bool run(job_t *job, input_t *input)
{
    double start = seconds();
    bool ok = job->rank != 0 || (check_input(input) && (!job->out || check_out(job->out)));
    if (!agree(job, ok))
        return false;
    if (!agree(job, (job->rank == 0 || check_input(input)) && count_share(job, input)))
        return false;
    if (!agree(job, exchange(job)))
        return false;
    if (job->out && !agree(job, write_part(job)))
        return false;
    return summarize(job, input, start) && (fflush(stdout) == 0 || complain("standard output: %s",
                                                                           strerror(errno)));
}

int main(int argc, char **argv)
{
    job_t job = {0};
    input_t input = {0};
    glob_t found = {0};
    for (int c; (c = getopt(argc, argv, "o:h")) != -1;) {
        if (c == 'h')
            return fputs(usage, stdout) < 0;
        if (c != 'o')
            return fputs(usage, stderr), 2;
        job.out = optarg;
    }
    input.count = argc - optind;
    input.names = argv + optind;
    if (input.count == 0 && glob(DEFAULT_INPUT, 0, NULL, &found) == 0) {
        input.count = (int)found.gl_pathc;
        input.names = found.gl_pathv;
    }
    if (input.count == 0)
        return complain("no files, and no " DEFAULT_INPUT " either"), 2;
    if (gyre_init(NULL, &job.ctx) != GYRE_OK)
        return complain("%s", gyre_last_error()), 1;
    job.world = gyre_comm_world(job.ctx);
    job.rank = gyre_comm_rank(job.world);
    job.size = gyre_comm_size(job.world);
    words_init(&job.words);
    bool ok = run(&job, &input);
    words_cleanup(&job.words);
    free(input.sizes);
    globfree(&found);
    gyre_finalize(job.ctx);
    return ok ? 0 : 1;
}
