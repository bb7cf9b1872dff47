/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what gyre bench --json printed from standard input and prints one line per row: size,
 * average, minimum, maximum, valid; of an operator rows, records and bytes per second, nanoseconds
 * per record, valid. Anything but one JSON object of the right shape fails. */
#include <jansson.h>
#include <stdio.h>

static int print_cell(json_t *row, json_error_t *error)
{
    json_int_t size;
    double avg, min, max, best, rate;
    int iterations, valid = 0;
    int failed =
        json_unpack_ex(row, error, 0, "{s:I, s:f, s:f, s:f, s:f, s:f, s:i, s?b}", "size", &size,
                       "avg", &avg, "min", &min, "max", &max, "best", &best, "messages_per_s",
                       &rate, "iterations", &iterations, "valid", &valid);
    if (!failed)
        printf("%d %.9f %.9f %.9f %d\n", (int)size, avg, min, max, valid);
    return failed;
}

static int print_flow(json_t *row, json_error_t *error)
{
    json_int_t rows;
    double records, bytes, time, best, peak, held, spilled;
    int iterations, valid = 0;
    int failed =
        json_unpack_ex(row, error, 0, "{s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:i, s?b}", "rows",
                       &rows, "records_per_s", &records, "bytes_per_s", &bytes, "ns_per_record",
                       &time, "best_ns_per_record", &best, "peak_bytes", &peak, "held_bytes", &held,
                       "spilled_bytes", &spilled, "iterations", &iterations, "valid", &valid);
    if (!failed)
        printf("%d %.9f %.9f %.9f %d\n", (int)rows, records, bytes, time, valid);
    return failed;
}

int main(void)
{
    json_error_t error;
    json_t *all = json_loadf(stdin, JSON_REJECT_DUPLICATES, &error), *rows, *row;
    const char *op, *library, *path, *unit;
    int workers, pairs, window, failed = !all;
    size_t i;
    if (!failed)
        failed = json_unpack_ex(all, &error, 0, "{s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:o}", "op",
                                &op, "library", &library, "path", &path, "unit", &unit, "workers",
                                &workers, "pairs", &pairs, "window", &window, "rows", &rows);
    if (!failed)
        printf("%s %s workers %d pairs %d\n", op, unit, workers, pairs);
    for (i = 0; !failed && i < json_array_size(rows) && (row = json_array_get(rows, i)); i++)
        failed = json_object_get(row, "rows") ? print_flow(row, &error) : print_cell(row, &error);
    if (failed)
        fprintf(stderr, "rows: line %d: %s\n", error.line, error.text);
    json_decref(all);
    return failed != 0;
}
