/* SPDX-License-Identifier: Apache-2.0 */
/* Who meets whom: folding and double trees, for many numbers of members. */
#include "harp/pattern/double_tree.h"
#include "harp/pattern/fold.h"

#include <criterion/criterion.h>
#include <stdint.h>

TestSuite(pattern, .timeout = 20);

/* Groups are runs of ranks that cover all, none larger than the radix, the lead among them. */
Test(pattern, fold)
{
    for (int radix = 0; radix <= 9; radix++)
        for (int members = 1; members <= 130; members++) {
            int next = 0, groups = 0;
            for (int r = 0; r < members; r++) {
                gyre__fold_t fold = gyre__fold(r, members, radix, members / 2);
                cr_assert(r >= fold.first && r < fold.last);
                cr_assert(fold.lead >= fold.first && fold.lead < fold.last);
                cr_assert_leq(fold.last - fold.first, fold.radix);
                cr_assert_eq(gyre__fold_lead(&fold, fold.index), fold.lead);
                cr_assert_eq(gyre__fold_index(&fold, r), fold.index);
                if (members / 2 >= fold.first && members / 2 < fold.last)
                    cr_assert_eq(fold.lead, members / 2);
                if (r == next) {
                    cr_assert_eq(fold.first, next);
                    cr_assert_eq(fold.index, groups++);
                    next = fold.last;
                }
                cr_assert(fold.size <= members && fold.size * fold.radix > members);
                if (r == members - 1)
                    cr_assert_eq(groups, fold.size);
            }
        }
}

Test(pattern, fold_of_very_many)
{
    gyre__fold_t fold = gyre__fold(INT32_MAX - 1, INT32_MAX, 2, -1);
    cr_assert_eq(fold.size, 1 << 30);
    cr_assert_eq(fold.index, (1 << 30) - 1);
    cr_assert_eq(fold.last, INT32_MAX);
}

typedef struct range {
    int low, high, count, depth;
} range_t;

/* Ranks of a subtree: those on the left are below, those on the right above. */
static range_t walk(int rank, int parent, int size, int tops, bool second)
{
    gyre__branch_t at = gyre__double_tree(rank, size, tops, second);
    range_t all = {rank, rank, 1, 1}, part;
    cr_assert_eq(at.parent, parent);
    if (at.left >= 0) {
        part = walk(at.left, rank, size, tops, second);
        cr_assert_lt(part.high, rank);
        all = (range_t){part.low, rank, 1 + part.count, 1 + part.depth};
    }
    if (at.right >= 0) {
        part = walk(at.right, rank, size, tops, second);
        cr_assert_gt(part.low, rank);
        all.high = part.high;
        all.count += part.count;
        all.depth = part.depth + 1 > all.depth ? part.depth + 1 : all.depth;
    }
    return all;
}

Test(pattern, double_tree)
{
    for (int size = 1; size <= 200; size++)
        for (int tops = size % 2; tops <= size && tops <= 2; tops += 2)
            for (int second = 0; second < 2; second++) {
                int root = gyre__double_tree_root(size, tops, second), levels = 0;
                while (size >> levels)
                    levels++;
                range_t all = walk(root, -1, size, tops, second);
                cr_assert_eq(all.count, size);
                cr_assert(all.low == 0 && all.high == size - 1);
                cr_assert_leq(all.depth, levels + tops);
            }
}

static bool is_leaf(int rank, int size, int tops, bool second)
{
    gyre__branch_t at = gyre__double_tree(rank, size, tops, second);
    return at.left < 0 && at.right < 0;
}

Test(pattern, double_tree_leaves)
{
    for (int size = 2; size <= 65; size++)
        for (int r = 0; r < size - size % 2; r++)
            cr_assert_neq(is_leaf(r, size, size % 2, false), is_leaf(r, size, size % 2, true));
}

/* Parents and children agree, and root has no parent. */
Test(pattern, double_tree_below)
{
    for (int size = 1; size <= 40; size++)
        for (int root = 0; root < size; root++)
            for (int r = 0; r < size; r++) {
                gyre__branch_t at = gyre__double_tree_below(root, r, size, r % 2);
                cr_assert_eq(at.parent < 0, r == root);
                if (at.left >= 0)
                    cr_assert_eq(gyre__double_tree_below(root, at.left, size, r % 2).parent, r);
                if (at.right >= 0)
                    cr_assert_eq(gyre__double_tree_below(root, at.right, size, r % 2).parent, r);
            }
}
