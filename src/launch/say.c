/* SPDX-License-Identifier: Apache-2.0 */
/* What gyre itself says: one write per line, so that lines of several processes stay whole. */
#include "launch/launch.h"

#include "base/buf.h"
#include "base/conf.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

static const char *prefix = "gyre";
static void (*put_line)(void *arg, const char *line, size_t length);
static void *put_arg;

void gyre__say_as(const char *name)
{
    prefix = name;
}

void gyre__say_through(void (*put)(void *arg, const char *line, size_t length), void *arg)
{
    put_line = put;
    put_arg = arg;
}

static void write_line(const char *line, size_t length)
{
    while (length > 0) {
        ssize_t wrote = write(STDERR_FILENO, line, length);
        if (wrote < 0 && errno != EINTR)
            return;
        if (wrote > 0) {
            line += wrote;
            length -= (size_t)wrote;
        }
    }
}

void gyre__say(const char *format, ...)
{
    char line[2048];
    int errnum = errno;
    size_t length = (size_t)snprintf(line, sizeof(line), "%s: ", prefix);
    va_list args;
    va_start(args, format);
    int more = vsnprintf(line + length, sizeof(line) - length - 1, format, args);
    va_end(args);
    length += more < 0 ? 0 : (size_t)more;
    if (length > sizeof(line) - 2)
        length = sizeof(line) - 2;
    line[length++] = '\n';
    if (put_line)
        put_line(put_arg, line, length);
    else
        write_line(line, length);
    errno = errnum;
}

static const char *nearest_option(const char *name, const struct option *options)
{
    const char *names[32];
    size_t count = 0;
    for (; options->name && count < sizeof(names) / sizeof(names[0]); options++)
        names[count++] = options->name;
    return gyre__conf_nearest(name, names, count);
}

int gyre__usage_error(int got, char **argv, const struct option *options)
{
    const char *word = argv[optind - 1];
    char shown[64];
    if (got == ':') {
        gyre__say("%s needs a value", word);
        return GYRE__EXIT_USAGE;
    }
    if (word[0] == '-' && word[1] == '-') {
        snprintf(shown, sizeof(shown), "%.*s", (int)strcspn(word + 2, "="), word + 2);
        const char *near = nearest_option(shown, options);
        if (near && !strcmp(near, shown))
            gyre__say("--%s takes no value", shown);
        else
            gyre__say("unknown option --%s%s%s", shown, near ? "; the nearest is --" : "",
                      near ? near : "");
    } else {
        gyre__say("unknown option -%c", optopt);
    }
    return GYRE__EXIT_USAGE;
}
