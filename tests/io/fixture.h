/* SPDX-License-Identifier: Apache-2.0 */
/* A directory of the test's own, files in it plain and compressed by the libraries themselves, and
 * what comes out of readers in one buffer to compare. */
#ifndef TESTS_IO_FIXTURE_H
#define TESTS_IO_FIXTURE_H

#include "base/buf.h"

#include "lib/random.h"

#include <gyre/input.h>
#include <stdbool.h>
#include <stddef.h>

/* Criterion's init and fini of a suite. */
void fixture_open(void);
void fixture_close(void);

/* "DIRECTORY/name", in one of a few buffers that take turns. */
const char *fixture_path(const char *name);
void fixture_write(const char *name, const void *bytes, size_t length);
void fixture_mkdir(const char *name);
bool fixture_exists(const char *name);
/* The file's bytes are these. */
bool fixture_holds(const char *name, const void *bytes, size_t length);
/* Entries of a directory but "." and "..". */
size_t fixture_entries(const char *name);

typedef enum fixture_packing { FIXTURE_PLAIN, FIXTURE_GZIP, FIXTURE_ZSTD } fixture_packing_t;

/* Compressed as that many members or frames. */
void fixture_pack(const void *bytes, size_t length, fixture_packing_t packing, unsigned pieces,
                  gyre__buf_t *packed);

void fixture_append(gyre__buf_t *buf, const void *bytes, size_t length);

/* The status is GYRE_OK, or the test fails with the detail line. */
void fixture_ok(gyre_status_t status);
/* The status is that, and the detail line has the text. */
void fixture_error(gyre_status_t status, gyre_status_t expected, const char *text);

gyre_input_t *fixture_input(const char *path);

#endif
