/* SPDX-License-Identifier: Apache-2.0 */
/* gyre tune without --simulate: measures, and writes the file of rules. */
#ifndef GYRE_LAUNCH_TUNE_H
#define GYRE_LAUNCH_TUNE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* What to measure. NULL and 0: the default. */
typedef struct gyre__tune_measure {
    const char *workers; /* "2,4": numbers of them, started here one after the other */
    const char *members; /* "3-4": of rules */
    const char *output;  /* "-": stdout */
    double seconds;
    bool force, talk;
    size_t range[2]; /* bytes */
    const char *const *names;
    size_t count;
} gyre__tune_measure_t;

/* They return an exit status. */
int gyre__tune_measure(const gyre__tune_measure_t *measure);

/* The file's path: as given, or the user's; NULL with a message. The caller frees it. */
char *gyre__tune_file_path(const char *given);

/* Whether the file may be written, said before minutes are spent; then to write it: whole or not
 * at all. Both say what is wrong. */
int gyre__tune_file_check(const char *path, bool force);
int gyre__tune_file_write(const char *path, const char *text, size_t length);

/* In bench/, for all workers of a job: writes rules at rank 0. Returns the rank; -1: failed, and
 * said so. */
int gyre__bench_tune(const char *const *names, size_t count, const size_t range[2],
                     const char *members, double seconds, int talk, FILE *out);

#endif
