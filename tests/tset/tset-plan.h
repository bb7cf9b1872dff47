/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of sets share: a table that follows from a seed, so that all workers know all of
 * it, and fingerprints of rows that do not care about their order. */
#ifndef TESTS_TSET_PLAN_H
#define TESTS_TSET_PLAN_H

#include "lib/check.h"

enum { ID, KEY, VALUE, TEXT, COLUMNS };

typedef struct table {
    uint64_t seed;
    size_t rows;
    int64_t keys; /* 0 to keys - 1 */
} table_t;

typedef struct print {
    uint64_t rows, sum;
} print_t;

extern const gyre_schema_t *table_schema;

void tset_open(void);
void tset_close(void);

/* Any parallelism from 1 to twice the workers. */
int tset_parts(uint64_t *random);
table_t tset_draw(uint64_t *random);
int64_t table_key(const table_t *table, int64_t id);
int64_t table_value(const table_t *table, int64_t id);
/* To text, of 32 bytes at least. */
size_t table_text(const table_t *table, int64_t id, char *text);
/* Rows first to first + count. */
const gyre_batch_t *table_batch(const table_t *table, int64_t first, size_t count);
gyre_tset_t *table_set(gyre_env_t *env, const table_t *table, int parts);

/* Of a row as these numbers. */
void print_add(print_t *print, const int64_t *numbers, size_t count);
/* What a row of any batch is: integers, and of strings a hash. */
void print_row(print_t *print, const gyre_batch_t *batch, size_t row);
int64_t text_number(const char *text, size_t length);

/* Of all rows of all workers: what the set comes to. */
print_t tset_print(gyre_tset_t *set);
void tset_check(const char *file, int line, gyre_tset_t *set, print_t expected);
#define CHECK_SET(set, expected) tset_check(__FILE__, __LINE__, set, expected)

#endif
