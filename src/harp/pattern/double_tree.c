/* SPDX-License-Identifier: Apache-2.0 */
/* P. Sanders, J. Speck, J. L. Traff: Two-tree algorithms for full bandwidth broadcast, reduction
 * and scan. Parallel Computing 35(12), 2009. Nodes are numbered from 1; a node's lowest bit is its
 * height, so the odd ones are the leaves. The second tree is the mirror image of the first: of an
 * even number of nodes it makes the even ones leaves. An odd member goes on top of both. */
#include "harp/pattern/double_tree.h"

#include <stdint.h>

/* 0: none. */
static int parent_of(int node, int count)
{
    int bit = node & -node, up = (node ^ bit) | bit << 1;
    return up > count ? node ^ bit : up;
}

static int right_of(int node, int count)
{
    int step = (node & -node) / 2;
    while (step > 0 && node + step > count)
        step /= 2;
    return step > 0 ? node + step : 0;
}

static int left_of(int node)
{
    int step = (node & -node) / 2;
    return step > 0 ? node - step : 0;
}

static int rank_of(int node, int count, bool second)
{
    if (node == 0)
        return -1;
    return second ? count - node : node - 1;
}

static int root_of(int count, bool second)
{
    int node = 1;
    while (node <= count / 2)
        node *= 2;
    return count == 0 ? -1 : rank_of(node, count, second);
}

int gyre__double_tree_root(int size, int tops, bool second)
{
    return tops > 0 ? size - 1 : root_of(size, second);
}

gyre__branch_t gyre__double_tree(int rank, int size, int tops, bool second)
{
    int count = size - tops;
    gyre__branch_t branch = {-1, -1, -1};
    if (rank >= count) {
        branch.parent = rank + 1 < size ? rank + 1 : -1;
        branch.left = rank > count ? rank - 1 : root_of(count, second);
        return branch;
    }
    int node = second ? count - rank : rank + 1;
    branch.parent = rank_of(parent_of(node, count), count, second);
    if (branch.parent < 0 && tops > 0)
        branch.parent = count;
    branch.left = rank_of(second ? right_of(node, count) : left_of(node), count, second);
    branch.right = rank_of(second ? left_of(node) : right_of(node, count), count, second);
    return branch;
}

static int turned(int rank, int64_t by, int size)
{
    return rank < 0 ? -1 : (int)((rank + by) % size);
}

gyre__branch_t gyre__double_tree_below(int root, int rank, int size, bool second)
{
    int64_t by = (int64_t)root + 1;
    gyre__branch_t branch =
        gyre__double_tree(turned(rank, size - by, size), size, 2 - size % 2, second);
    return (gyre__branch_t){turned(branch.parent, by, size), turned(branch.left, by, size),
                            turned(branch.right, by, size)};
}
