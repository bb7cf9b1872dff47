/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands of gyre(1) share. A command is a row of the table in main.c. */
#ifndef GYRE_LAUNCH_LAUNCH_H
#define GYRE_LAUNCH_LAUNCH_H

#include <stddef.h>

/* Exit codes of the commands' own; those of a job are its workers'. */
enum {
    GYRE__EXIT_FAILED = 1,
    GYRE__EXIT_USAGE = 2,
    GYRE__EXIT_TIMED_OUT = 124,  /* as timeout(1) */
    GYRE__EXIT_CANNOT_RUN = 126, /* as sh(1) */
    GYRE__EXIT_NOT_FOUND = 127
};

/* argv[0] is the command's name. They return the exit code. */
int gyre__run_main(int argc, char **argv);
int gyre__info_main(int argc, char **argv);
int gyre__tune_main(int argc, char **argv);
int gyre__bench_main(int argc, char **argv); /* bench/ */

/* The path of gyre, for commands of gyre-wire. */
extern const char *gyre__self;

/* One line on stderr, "gyre run: ...", never mixed with the output of workers. */
void gyre__say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The prefix, "gyre run". Not copied. */
void gyre__say_as(const char *name);

/* Sends the lines elsewhere, newline included; NULL: back to stderr. */
void gyre__say_through(void (*put)(void *arg, const char *line, size_t length), void *arg);

/* Reports what getopt_long refused (it returned '?' or ':'), with the nearest option. */
struct option;
int gyre__usage_error(int got, char **argv, const struct option *options);

#endif
