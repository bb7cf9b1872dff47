/* SPDX-License-Identifier: Apache-2.0 */
/* Records of the sort benchmark: a random key, and a value of the record's number and random hex
 * digits, each four times. Every record follows from the seed and its number alone, so any task
 * makes any of them. */
#include "chance.h"
#include "tera.h"

static void make_record(const tera_t *tera, uint64_t number, char *key)
{
    static const char hex[] = "0123456789ABCDEF";
    uint64_t words = ((uint64_t)tera->key + 7) / 8 + 1, stream = chance_word(tera->seed, 0);
    uint64_t bits = 0, filler = chance_word(stream, number * words);
    char *value = key + tera->key;
    for (int i = 0; i < tera->key; i++, bits >>= 8) {
        if (i % 8 == 0)
            bits = chance_word(stream, number * words + 1 + (uint64_t)i / 8);
        key[i] = (char)(tera->text ? ' ' + (bits & 0xff) * 95 / 256 : bits & 0xff);
    }
    for (int i = 0; i < tera->value; i++)
        value[i] = hex[(i < 16 ? number >> (60 - 4 * i) : filler >> (i & 60)) & 15];
    if (tera->text)
        value[tera->value - 1] = '\n';
}

static gyre_status_t write_part(const tera_t *tera, gyre_part_t *part, uint64_t from, uint64_t to)
{
    size_t length = (size_t)(tera->key + tera->value);
    gyre_buffer_t *record;
    gyre_status_t status = gyre_buffer_create(NULL, length, &record);
    if (status != GYRE_OK)
        return status;
    while (from < to && status == GYRE_OK) {
        make_record(tera, from++, gyre_buffer_data(record));
        status = gyre_part_write(part, gyre_buffer_data(record), length);
    }
    gyre_buffer_release(record);
    return status;
}

static gyre_status_t make_part(const tera_t *tera, gyre_output_t *output, int task,
                               uint64_t records)
{
    uint64_t tasks = (uint64_t)tera->sources, per = records / tasks, rest = records % tasks;
    uint64_t before = (uint64_t)task, from = per * before + (before < rest ? before : rest);
    gyre_part_t *part;
    gyre_status_t status = gyre_part_create(output, (uint32_t)task, &part);
    if (status != GYRE_OK)
        return status;
    status = write_part(tera, part, from, from + per + (before < rest));
    if (status == GYRE_OK)
        return gyre_part_commit(part);
    gyre_part_abort(part);
    return status;
}

bool tera_generate(const tera_t *tera, uint64_t records, const char *out)
{
    const gyre_output_opts_t opts = {.overwrite = tera->overwrite};
    double start = tera_seconds();
    gyre_output_t *output;
    if (!tera_ok(gyre_output_open(out, &opts, &output)))
        return false;
    gyre_status_t status = GYRE_OK;
    for (int i = tera->rank; i < tera->sources && status == GYRE_OK; i += tera->size)
        status = make_part(tera, output, i, records);
    if (status == GYRE_OK)
        status = gyre_barrier(tera->world);
    if (status == GYRE_OK && tera->rank == 0)
        status = gyre_output_finish(output, (uint32_t)tera->sources);
    gyre_output_close(output);
    return tera_ok(status) && tera_report(tera, "generate", records, start);
}
