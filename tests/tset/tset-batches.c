/* SPDX-License-Identifier: Apache-2.0 */
/* How rows are cut into batches, which functions and those who read a store see: long rows do not
 * pile up, and what a store has got in crumbs lies together, in order. */
#include "lib/check.h"

#include <stdlib.h>
#include <string.h>

enum {
    LONG = 64 << 10, /* bytes of a long row, of so many */
    LONG_ROWS = 200,
    MOST = 4 << 20, /* bytes of a batch of these */
    ROWS = 200000,  /* of which stay those from FROM to TO, and of the others one of so many */
    FROM = 60000,
    TO = 110000,
    EACH = 1000,
    BATCHES = 12 /* as many as those from FROM to TO need, and some; half of all slices */
};

static gyre_env_t *env;
static uint64_t seen; /* rows, by this worker */

/* --- Long rows --- */

static gyre_status_t give_long(gyre_partition_t *part, gyre_builder_t *out)
{
    static const char row[LONG];
    uint64_t *given = part->state;
    gyre_status_t status = gyre_builder_append_bytes(out->children[0], row, LONG);
    return status == GYRE_OK && ++*given < LONG_ROWS ? GYRE_IN_PROGRESS : status;
}

static gyre_status_t open_long(gyre_partition_t *part)
{
    part->state = calloc(1, sizeof(uint64_t));
    return part->state ? GYRE_OK : GYRE_ERR_NO_MEMORY;
}

static void close_long(gyre_partition_t *part)
{
    free(part->state);
}

static gyre_status_t repeat(gyre_partition_t *part, const gyre_row_t *row, gyre_builder_t *out)
{
    size_t length;
    const char *bytes = gyre_row_bytes(row, 0, &length);
    (void)part;
    return gyre_builder_append_bytes(out->children[0], bytes, length);
}

static gyre_status_t weigh(gyre_partition_t *part, const gyre_batch_t *in, const gyre_batch_t **out)
{
    (void)part;
    *out = NULL;
    CHECK(gyre_batch_bytes(in) < MOST);
    seen += in->length;
    return GYRE_OK;
}

static void long_rows(void)
{
    const gyre_field_t field = {.name = "row", .kind = GYRE_KIND_BINARY};
    gyre_function_t source = {.next = give_long, .open = open_long, .close = close_long};
    const gyre_function_t same = {.row = repeat}, sink = {.batch = weigh};
    CHECK_OK(gyre_env_create(check_world, NULL, &env));
    CHECK_OK(gyre_schema_create(&field, 1, &source.schema));
    seen = 0;
    gyre_tset_t *set = gyre_tset_map(gyre_tset_source(env, &source, check_size), &same);
    CHECK_OK(gyre_tset_for_each(set, &sink));
    CHECK_EQ(check_sum(seen), (uint64_t)check_size * LONG_ROWS);
    CHECK_OK(gyre_tset_for_each(gyre_tset_cache(set), &sink));
    CHECK_EQ(check_sum(seen), 2 * (uint64_t)check_size * LONG_ROWS);
    gyre_schema_release(source.schema);
    gyre_env_destroy(env);
}

/* --- Crumbs --- */

static bool is_in(int64_t index)
{
    return (index >= FROM && index < TO) || index % EACH == 0;
}

static bool stays(gyre_partition_t *part, const gyre_row_t *row)
{
    (void)part;
    return is_in(gyre_row_int64(row, 0));
}

static void crumbs(void)
{
    const gyre_function_t filter = {.keep = stays};
    gyre_dataset_t *data;
    size_t count;
    CHECK_OK(gyre_env_create(check_world, NULL, &env));
    gyre_tset_t *set = gyre_tset_filter(gyre_tset_range(env, 0, ROWS, 1), &filter);
    CHECK_OK(gyre_tset_data(gyre_tset_cache(set), &data));
    const gyre_batch_t *const *batches = gyre_dataset_batches(data, 0, &count);
    if (batches) {
        int64_t expected = 0;
        for (size_t i = 0; i < count; i++)
            for (size_t row = 0; row < batches[i]->length; row++, expected++) {
                while (!is_in(expected))
                    expected++;
                CHECK_EQ(((const int64_t *)batches[i]->columns[0]->values)[row], expected);
            }
        CHECK_EQ(expected, ROWS - EACH + 1);
        CHECK(count <= BATCHES);
    }
    gyre_dataset_release(data);
    gyre_env_destroy(env);
}

int main(int argc, char **argv)
{
    static const check_case_t cases[] = {{"long_rows", long_rows}, {"crumbs", crumbs}};
    return check_main(argc, argv, cases, 2, GYRE_THREAD_SINGLE, 100);
}
