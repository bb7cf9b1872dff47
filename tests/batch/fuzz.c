/* SPDX-License-Identifier: Apache-2.0 */
#include "batch/fuzz.h"

#include <gyre/pack.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PRINTED_MAX = 1000 };

size_t fuzz_taken;

static void release(void *context, void *data, size_t size)
{
    free(context);
}

/* All values are read, to be printed, copied and compared. */
static void use(const gyre_batch_t *batch)
{
    const gyre_batch_t *copy;
    FILE *nowhere = fopen("/dev/null", "w");
    if (nowhere) {
        gyre_batch_print(batch, PRINTED_MAX, nowhere);
        fclose(nowhere);
    }
    if (gyre_batch_bytes(batch) > (1 << 20) || batch->length > PRINTED_MAX ||
        gyre_batch_concatenate(&batch, 1, NULL, &copy) != GYRE_OK)
        return;
    if (!gyre_batch_equal(batch, copy))
        abort();
    gyre_batch_release(copy);
}

/* In memory of exactly its size, so that sanitizers see what lies beyond. */
static void try_message(const gyre_schema_t *schema, const uint8_t *data, size_t size)
{
    gyre_buffer_t *memory;
    const gyre_batch_t *batch;
    void *copy = malloc(size + (size == 0));
    if (!copy || gyre_buffer_adopt(copy, size, release, copy, &memory) != GYRE_OK)
        abort();
    memcpy(copy, data, size);
    if (gyre_batch_unpack(schema, memory, 0, size, &batch) == GYRE_OK) {
        fuzz_taken++;
        use(batch);
        gyre_batch_release(batch);
    }
    gyre_buffer_release(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t length;
    const gyre_schema_t *schema;
    if (size < sizeof(length))
        return 0;
    memcpy(&length, data, sizeof(length));
    data += sizeof(length);
    size -= sizeof(length);
    if (length > size || gyre_schema_unpack(data, length, &schema) != GYRE_OK)
        return 0;
    try_message(schema, data + length, size - length);
    gyre_schema_release(schema);
    return 0;
}
