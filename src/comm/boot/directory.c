/* SPDX-License-Identifier: Apache-2.0 */
/* Cards in, directory out. Nodes are numbered by their lowest rank; a worker's node is known by
 * that rank, which every worker of the node writes into its card. */
#include "comm/boot/directory.h"

#include "base/error.h"
#include "base/map.h"

#include <string.h>

#define CARD_MAGIC 0x67797265u

typedef struct head {
    uint32_t workers, nodes, unlike, unused;
    uint64_t entries, node_table; /* offsets */
} head_t;

typedef struct builder {
    char net[8];
    gyre__likeness_t likeness; /* of rank 0 */
    uint32_t unlike;
    gyre__map_t index; /* leader -> 1 + node */
    gyre__buf_t nodes, entries, text;
} builder_t;

gyre_status_t gyre__card_write(gyre__buf_t *buf, const gyre__card_t *card, const char *host,
                               const void *address)
{
    gyre__card_t fixed = *card;
    fixed.magic = CARD_MAGIC;
    fixed.host_length = (uint32_t)strlen(host) + 1;
    gyre_status_t status = gyre__buf_append(buf, &fixed, sizeof(fixed));
    if (status == GYRE_OK)
        status = gyre__buf_append(buf, host, fixed.host_length);
    if (status == GYRE_OK)
        status = gyre__buf_append(buf, address, fixed.address_length);
    return status;
}

gyre_status_t gyre__card_read(const void *bytes, size_t length, gyre__card_t *card)
{
    if (length < sizeof(*card))
        return gyre__error(GYRE_ERR_BOOT, "a card of %zu bytes, expected at least %zu", length,
                           sizeof(*card));
    memcpy(card, bytes, sizeof(*card));
    size_t rest = length - sizeof(*card);
    if (card->magic != CARD_MAGIC || card->host_length == 0 || card->host_length > rest ||
        card->address_length != rest - card->host_length ||
        ((const char *)bytes)[sizeof(*card) + card->host_length - 1] != 0)
        return gyre__error(GYRE_ERR_BOOT, "a malformed card: do all workers run the same Gyre?");
    return GYRE_OK;
}

/* The leader's node, a new one at its first worker. */
static gyre_status_t node_of(builder_t *b, uint32_t leader, uint32_t *node)
{
    uintptr_t known = (uintptr_t)gyre__map_get(&b->index, leader);
    if (known == 0) {
        gyre__node_t fresh = {.leader = leader};
        gyre_status_t status = gyre__buf_append(&b->nodes, &fresh, sizeof(fresh));
        known = b->nodes.length / sizeof(fresh);
        if (status == GYRE_OK)
            status = gyre__map_put(&b->index, leader, (void *)known);
        if (status != GYRE_OK)
            return status;
    }
    *node = (uint32_t)known - 1;
    return GYRE_OK;
}

static gyre_status_t check_net(builder_t *b, const gyre__card_t *card, uint32_t rank)
{
    if (rank == 0)
        memcpy(b->net, card->net, sizeof(b->net));
    if (memcmp(card->net, b->net, sizeof(b->net)) == 0)
        return GYRE_OK;
    return gyre__error(GYRE_ERR_BOOT,
                       "rank %u uses network provider %.8s, rank 0 %.8s: set GYRE_NET alike for "
                       "all",
                       rank, card->net, b->net);
}

static gyre_status_t check_likeness(builder_t *b, const gyre__card_t *card, uint32_t rank)
{
    if (rank == 0)
        b->likeness = card->likeness;
    if (b->unlike == 0 && card->likeness.files != b->likeness.files)
        b->unlike = rank;
    if (card->likeness.strict == b->likeness.strict)
        return GYRE_OK;
    return gyre__error(GYRE_ERR_BOOT,
                       "rank %u differs from rank 0 in GYRE_COLL_TUNE or GYRE_REPRODUCIBLE: set "
                       "them alike for all",
                       rank);
}

static gyre_status_t add_card(builder_t *b, const char *bytes, size_t length, uint32_t rank)
{
    gyre__card_t card;
    gyre__entry_t entry = {0};
    const char *host = bytes + sizeof(card);
    gyre_status_t status = gyre__card_read(bytes, length, &card);
    if (status == GYRE_OK)
        status = check_net(b, &card, rank);
    if (status == GYRE_OK)
        status = check_likeness(b, &card, rank);
    if (status == GYRE_OK)
        status = node_of(b, card.leader, &entry.node);
    if (status != GYRE_OK)
        return status;
    gyre__node_t *node = (gyre__node_t *)b->nodes.data + entry.node;
    entry.local_rank = node->workers++;
    entry.domain = card.domain;
    for (int i = 0; i < GYRE__CPU_WORDS; i++)
        node->cpus[i] |= card.cpus[i];
    if (entry.local_rank == 0) {
        node->machine = card.machine;
        node->host = b->text.length;
        status = gyre__buf_append(&b->text, host, card.host_length);
    }
    entry.address = b->text.length;
    entry.address_length = card.address_length;
    if (status == GYRE_OK)
        status = gyre__buf_append(&b->text, host + card.host_length, card.address_length);
    if (status == GYRE_OK)
        status = gyre__buf_append(&b->entries, &entry, sizeof(entry));
    return status;
}

/* Head, entries, nodes and text in one piece; offsets into the text become those of the whole. */
static gyre_status_t join(builder_t *b, gyre__buf_t *out, uint32_t workers)
{
    uint32_t nodes = (uint32_t)(b->nodes.length / sizeof(gyre__node_t));
    head_t head = {workers,   nodes,        b->unlike,
                   0,         sizeof(head), sizeof(head) + b->entries.length};
    uint64_t text = head.node_table + b->nodes.length;
    for (uint32_t i = 0; i < workers; i++)
        ((gyre__entry_t *)b->entries.data)[i].address += text;
    for (uint32_t i = 0; i < nodes; i++)
        ((gyre__node_t *)b->nodes.data)[i].host += text;
    gyre_status_t status = gyre__buf_append(out, &head, sizeof(head));
    if (status == GYRE_OK)
        status = gyre__buf_append(out, b->entries.data, b->entries.length);
    if (status == GYRE_OK)
        status = gyre__buf_append(out, b->nodes.data, b->nodes.length);
    if (status == GYRE_OK)
        status = gyre__buf_append(out, b->text.data, b->text.length);
    return status;
}

gyre_status_t gyre__directory_build(gyre__buf_t *out, const char *cards, const size_t *offsets,
                                    uint32_t workers)
{
    builder_t b = {.unlike = 0};
    gyre_status_t status = GYRE_OK;
    gyre__map_init(&b.index);
    gyre__buf_init(&b.nodes);
    gyre__buf_init(&b.entries);
    gyre__buf_init(&b.text);
    for (uint32_t i = 0; i < workers && status == GYRE_OK; i++)
        status = add_card(&b, cards + offsets[i], offsets[i + 1] - offsets[i], i);
    if (status == GYRE_OK)
        status = join(&b, out, workers);
    gyre__map_cleanup(&b.index);
    gyre__buf_cleanup(&b.nodes);
    gyre__buf_cleanup(&b.entries);
    gyre__buf_cleanup(&b.text);
    return status;
}

void gyre__directory_open(gyre__directory_t *directory, const void *bytes)
{
    const head_t *head = bytes;
    const char *start = bytes;
    *directory = (gyre__directory_t){
        .bytes = start,
        .entries = (const gyre__entry_t *)(start + head->entries),
        .nodes = (const gyre__node_t *)(start + head->node_table),
        .workers = head->workers,
        .node_count = head->nodes,
        .unlike = head->unlike,
    };
}
