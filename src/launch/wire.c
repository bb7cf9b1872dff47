/* SPDX-License-Identifier: Apache-2.0 */
/* gyre-wire: the commands of gyre that use the wire. gyre becomes this program, see main.c. */
#include "launch/launch.h"

#include <string.h>

static const struct command {
    const char *name;
    const char *title; /* prefix of its messages; NULL: has its own way to say things */
    int (*main)(int argc, char **argv);
} commands[] = {
    {"info", "gyre info", gyre__info_main},
    {"bench", NULL, gyre__bench_main},
    {"tune", "gyre tune", gyre__tune_main},
};

const char *gyre__self;

int main(int argc, char **argv)
{
    gyre__self = argv[0];
    for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
        if (!strcmp(argv[1], commands[i].name)) {
            if (commands[i].title)
                gyre__say_as(commands[i].title);
            return commands[i].main(argc - 1, argv + 1);
        }
    gyre__say("gyre-wire is a part of gyre, and not run by itself");
    return GYRE__EXIT_USAGE;
}
