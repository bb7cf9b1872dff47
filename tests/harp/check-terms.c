/* SPDX-License-Identifier: Apache-2.0 */
#include "harp/check-terms.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

void terms_init(terms_t *terms)
{
    *terms = (terms_t){.table_size = 1024};
    terms->table = calloc(terms->table_size, sizeof(*terms->table));
    cr_assert(terms->table);
    terms_clear(terms);
}

void terms_cleanup(terms_t *terms)
{
    free(terms->all);
    free(terms->table);
}

void terms_clear(terms_t *terms)
{
    terms->count = 1;
    memset(terms->table, 0, terms->table_size * sizeof(*terms->table));
}

static term_t *append(terms_t *terms)
{
    if (terms->count >= terms->room) {
        terms->room = terms->room ? 2 * terms->room : 1024;
        terms->all = realloc(terms->all, terms->room * sizeof(*terms->all));
        cr_assert(terms->all);
    }
    return &terms->all[terms->count++];
}

uint32_t terms_add_inputs(terms_t *terms, int member, uint64_t count)
{
    uint32_t first = terms->count;
    for (uint64_t i = 0; i < count; i++)
        *append(terms) = (term_t){.members = UINT64_C(1) << member,
                                  .index = i,
                                  .first = (uint8_t)member,
                                  .last = (uint8_t)member,
                                  .in_order = true,
                                  .leftwards = true};
    return first;
}

/* Where the term is, or would be put. */
static uint32_t *find(terms_t *terms, uint32_t left, uint32_t right)
{
    uint64_t hash = ((uint64_t)left << 32 | right) * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t at = (uint32_t)(hash >> 32) & (terms->table_size - 1);
    while (terms->table[at]) {
        const term_t *term = &terms->all[terms->table[at]];
        if (term->left == left && term->right == right)
            break;
        at = (at + 1) & (terms->table_size - 1);
    }
    return &terms->table[at];
}

static void grow_table(terms_t *terms)
{
    if (terms->count < terms->table_size / 2)
        return;
    free(terms->table);
    terms->table_size *= 4;
    terms->table = calloc(terms->table_size, sizeof(*terms->table));
    cr_assert(terms->table);
    for (uint32_t i = 1; i < terms->count; i++)
        if (terms->all[i].left)
            *find(terms, terms->all[i].left, terms->all[i].right) = i;
}

uint32_t terms_combine(terms_t *terms, uint32_t left, uint32_t right)
{
    term_t a = terms->all[left], b = terms->all[right];
    if (a.index != b.index || (a.members & b.members))
        return 0;
    grow_table(terms);
    uint32_t *at = find(terms, left, right);
    if (*at)
        return *at;
    *at = terms->count;
    *append(terms) = (term_t){.members = a.members | b.members,
                              .index = a.index,
                              .left = left,
                              .right = right,
                              .first = a.first,
                              .last = b.last,
                              .in_order = a.in_order && b.in_order && a.last + 1 == b.first,
                              .leftwards = a.leftwards && !b.left};
    return terms->count - 1;
}
