/* SPDX-License-Identifier: Apache-2.0 */
/* The log. A message is one line and leaves in one write(2), so that lines of several processes
 * on one stderr do not mix; control characters in it become '?', so that a value in a message
 * cannot forge a line. The threshold starts at trace to bring the first message here, where
 * GYRE_LOG is read; reading it logs nothing itself, so there is no recursion. */
#include "base/log.h"

#include "base/buf.h"
#include "base/conf.h"
#include "base/error.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STUCK_MS = 1000 }; /* a stderr that takes nothing for so long loses the line */

static const char *const levels[] = {"error", "warn", "info", "debug", "trace", NULL};

static const gyre__conf_field_t fields[] = {
    {"LOG", "warn", GYRE__CONF_ENUM, 0, levels, 0, 0,
     "How much is written to stderr: errors, warnings, a few lines per run, lines per object, or "
     "lines per message."},
};

const gyre__conf_table_t gyre__base_conf = {"base", fields, 1};

gyre__log_level_t gyre__log_threshold = GYRE__LOG_TRACE;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char prefix[64];

static void set_threshold(gyre__log_level_t level)
{
    __atomic_store_n(&gyre__log_threshold, level, __ATOMIC_RELAXED);
}

static void write_line(const char *line, size_t length)
{
    while (length > 0) {
        ssize_t written = write(STDERR_FILENO, line, length);
        if (written >= 0) {
            line += written;
            length -= (size_t)written;
        } else if (errno == EAGAIN) {
            struct pollfd fd = {STDERR_FILENO, POLLOUT, 0};
            if (poll(&fd, 1, STUCK_MS) == 0)
                return;
        } else if (errno != EINTR) {
            return;
        }
    }
}

static void blank_controls(char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 127)
            text[i] = '?';
}

static void write_message(gyre__log_level_t level, const char *format, va_list args)
{
    char brief[512];
    va_list again;
    va_copy(again, args);
    int head = snprintf(brief, sizeof(brief), "gyre: %s%s: ", prefix, levels[level]);
    int body = vsnprintf(brief + head, sizeof(brief) - (size_t)head, format, args);
    size_t length = (size_t)head + (body < 0 ? 0 : (size_t)body);
    char *line = brief, *longer = NULL;
    if (length >= sizeof(brief)) {
        longer = malloc(length + 1);
        if (longer) {
            memcpy(longer, brief, (size_t)head);
            vsnprintf(longer + head, (size_t)body + 1, format, again);
            line = longer;
        } else {
            length = sizeof(brief) - 1;
        }
    }
    va_end(again);
    blank_controls(line, length);
    line[length] = '\n';
    write_line(line, length + 1);
    free(longer);
}

static void complain(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_message(GYRE__LOG_WARN, format, args);
    va_end(args);
}

/* The caller's detail line survives, whatever GYRE_LOG holds. */
static void read_environment(void)
{
    gyre__buf_t kept;
    gyre__buf_init(&kept);
    gyre__buf_printf(&kept, "%s", gyre_last_error());
    int level = GYRE__LOG_WARN;
    if (gyre__conf_load(&gyre__base_conf, &level) != GYRE_OK) {
        complain("%s; using warn", gyre_last_error());
        gyre__error(GYRE_OK, "%s", kept.data ? kept.data : "");
    }
    gyre__buf_cleanup(&kept);
    set_threshold((gyre__log_level_t)level);
}

static void start(void)
{
    pthread_once(&once, read_environment);
}

void gyre__log_set(gyre__log_level_t level)
{
    start();
    set_threshold(level);
}

void gyre__log_name(const char *name)
{
    if (name[0] == '\0')
        prefix[0] = '\0';
    else
        snprintf(prefix, sizeof(prefix), "%.60s: ", name);
}

void gyre__log_write(gyre__log_level_t level, const char *format, ...)
{
    int errnum = errno;
    start();
    if (gyre__log_on(level)) {
        va_list args;
        va_start(args, format);
        write_message(level, format, args);
        va_end(args);
    }
    errno = errnum;
}
