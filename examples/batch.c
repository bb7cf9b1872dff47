/* SPDX-License-Identifier: Apache-2.0 */
/* A table made row by row, its large cities kept, packed as a message, unpacked and printed. */
#include "example.h"

#include <string.h>

static gyre_status_t fill(gyre_builder_t *builder)
{
    static const char *const names[] = {"Bloomington", "Chicago", "Indianapolis", "Gary"};
    static const int64_t people[] = {79168, 2746388, 887642, 69093};
    gyre_status_t status = GYRE_OK;
    for (int i = 0; status == GYRE_OK && i < 4; i++) {
        status = gyre_builder_append_bytes(builder->children[0], names[i], strlen(names[i]));
        if (status == GYRE_OK)
            status = gyre_builder_append_int64(builder->children[1], people[i]);
    }
    return status;
}

static gyre_status_t make_cities(const gyre_batch_t **cities)
{
    const gyre_field_t fields[] = {{.name = "city", .kind = GYRE_KIND_STRING},
                                   {.name = "people", .kind = GYRE_KIND_INT64}};
    const gyre_schema_t *schema;
    gyre_builder_t *builder = NULL;
    gyre_status_t status = gyre_schema_create(fields, 2, &schema);
    if (status != GYRE_OK)
        return status;
    status = gyre_builder_create_batch(schema, NULL, &builder);
    if (status == GYRE_OK)
        status = fill(builder);
    if (status == GYRE_OK)
        status = gyre_builder_finish_batch(builder, cities);
    gyre_builder_destroy(builder);
    gyre_schema_release(schema);
    return status;
}

static gyre_status_t keep_large(const gyre_batch_t *cities, const gyre_batch_t **large)
{
    const int64_t *people = cities->columns[1]->values;
    bool keep[4];
    for (size_t i = 0; i < 4; i++)
        keep[i] = people[i] >= 500000;
    return gyre_batch_filter(cities, keep, NULL, large);
}

/* As a worker would send it, and another receive it. */
static gyre_status_t send_to_oneself(const gyre_batch_t *batch, const gyre_batch_t **received)
{
    const gyre_packed_t *packed;
    gyre_buffer_t *memory;
    gyre_status_t status = gyre_batch_pack(batch, GYRE_PACK_CHECKSUM, NULL, &packed);
    if (status != GYRE_OK)
        return status;
    status = gyre_buffer_create(NULL, packed->length, &memory);
    if (status == GYRE_OK) {
        gyre_packed_write(packed, gyre_buffer_data(memory));
        status = gyre_batch_unpack(batch->schema, memory, 0, packed->length, received);
        gyre_buffer_release(memory);
    }
    gyre_packed_destroy(packed);
    return status;
}

int main(void)
{
    const gyre_batch_t *cities = NULL, *large = NULL, *received = NULL;
    gyre_status_t status = make_cities(&cities);
    if (status == GYRE_OK)
        status = keep_large(cities, &large);
    if (status == GYRE_OK)
        status = send_to_oneself(large, &received);
    if (status != GYRE_OK)
        return fail("batch");
    gyre_batch_print(received, SIZE_MAX, stdout);
    bool right = received->length == 2 && gyre_batch_equal(large, received);
    gyre_batch_release(received);
    gyre_batch_release(large);
    gyre_batch_release(cities);
    return right ? 0 : 1;
}
