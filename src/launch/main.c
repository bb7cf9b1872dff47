/* SPDX-License-Identifier: Apache-2.0 */
/* gyre(1): finds the command and hands over. A new command is a row of commands[]. Commands that
 * use the wire live in a program of their own, gyre-wire: transports' libraries take time to load
 * and install signal handlers when loaded, and gyre run must have neither. */
#include "config.h"

#include "base/conf.h"
#include "launch/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct command {
    const char *name;
    const char *title; /* prefix of its messages */
    const char *does;
    int (*main)(int argc, char **argv); /* NULL: in gyre-wire */
} commands[] = {
    {"run", "gyre run", "start workers on this machine", gyre__run_main},
    {"bench", "gyre bench", "measure the wire and the collectives", NULL},
    {"tune", "gyre tune", "choose the algorithms of collectives by measuring", NULL},
    {"info", "gyre info", "what this build is and what it finds here", NULL},
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void print_usage(FILE *out)
{
    fputs("Usage: gyre COMMAND [OPTION...]\n\n", out);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "  gyre %-6s  %s\n", commands[i].name, commands[i].does);
    fputs("\nExamples:\n"
          "  gyre run -n 4 ./prog input   four workers, each bound to a core if there are enough\n"
          "  gyre run -n 2 gyre bench latency\n"
          "  gyre run --help              all about one command\n"
          "  gyre --version\n",
          out);
}

static int unknown_command(const char *name)
{
    const char *names[COMMANDS];
    for (size_t i = 0; i < COMMANDS; i++)
        names[i] = commands[i].name;
    const char *near = gyre__conf_nearest(name, names, COMMANDS);
    gyre__say("unknown command %s%s%s; gyre --help lists all", name,
              near ? "; the nearest is " : "", near ? near : "");
    return GYRE__EXIT_USAGE;
}

/* Beside this program in the build folder, in a folder of its own when installed. Its argv[0] is
 * this program's path. */
static int become_gyre_wire(const char *title, char **argv)
{
    char path[PATH_MAX + 16], self[PATH_MAX + 1];
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX);
    if (length > 0) {
        memcpy(self, path, (size_t)length);
        self[length] = '\0';
        argv[0] = self;
    }
    while (length > 0 && path[length - 1] != '/')
        length--;
    if (length > 0) {
        strcpy(path + length, "gyre-wire");
        execv(path, argv);
    }
    execv(PKGLIBEXECDIR "/gyre-wire", argv);
    gyre__say_as(title);
    gyre__say("cannot run %s: %s", PKGLIBEXECDIR "/gyre-wire", strerror(errno));
    return GYRE__EXIT_CANNOT_RUN;
}

/* A file opened later must not become somebody's standard output. */
static void open_standard_files(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)!open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);
}

int main(int argc, char **argv)
{
    open_standard_files();
    if (argc < 2) {
        print_usage(stderr);
        return GYRE__EXIT_USAGE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
        print_usage(stdout);
        return 0;
    }
    if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
        puts("gyre " PACKAGE_VERSION);
        return 0;
    }
    for (size_t i = 0; i < COMMANDS; i++)
        if (!strcmp(argv[1], commands[i].name)) {
            if (!commands[i].main)
                return become_gyre_wire(commands[i].title, argv);
            gyre__say_as(commands[i].title);
            return commands[i].main(argc - 1, argv + 1);
        }
    return unknown_command(argv[1]);
}
