/* SPDX-License-Identifier: Apache-2.0 */
/* Partitions as bytes. What comes from a peer is checked against its end before it is used: a
 * member with a table of another type is an error, not a wild read. */
#include "harp/model/stream.h"

#include "base/error.h"

#include <string.h>

char *gyre__stream_pack(const gyre_harp_table_t *table, const gyre_harp_partition_t *partition,
                        char *to)
{
    gyre__stream_head_t head = {partition->id, partition->count};
    size_t length = partition->count * table->element;
    memcpy(to, &head, sizeof(head));
    memcpy(to + sizeof(head), partition->data, length);
    memset(to + sizeof(head) + length, 0, gyre__parcel_round(length) - length);
    return to + sizeof(head) + gyre__parcel_round(length);
}

bool gyre__stream_next(const gyre_harp_table_t *table, const char **at, const char *end,
                       gyre__stream_head_t *head, const void **data, gyre_status_t *status)
{
    size_t left = (size_t)(end - *at);
    if (left == 0 || *status != GYRE_OK)
        return false;
    if (left >= sizeof(*head)) {
        memcpy(head, *at, sizeof(*head));
        left -= sizeof(*head);
        if (head->count <= left / table->element &&
            gyre__parcel_round(head->count * table->element) <= left) {
            *data = *at + sizeof(*head);
            *at += gyre__stream_length(table, head->count);
            return true;
        }
    }
    *status = gyre__error(GYRE_ERR_SYNTAX, "table %lld: a member sent partitions of another type",
                          (long long)table->id);
    return false;
}

gyre_status_t gyre__stream_merge(gyre_harp_table_t *table, const char *data, size_t length)
{
    gyre__stream_head_t head;
    const void *elements;
    gyre_status_t status = GYRE_OK;
    const char *end = data + length;
    while (gyre__stream_next(table, &data, end, &head, &elements, &status))
        status = gyre_harp_table_add(table, head.id, elements, head.count, NULL);
    return status;
}
