/* SPDX-License-Identifier: Apache-2.0 */
/* Two graphs over those that are left.
 *
 * The flood's is the binomial graph: Angskun, Bosilca, Dongarra, "Binomial graph: a scalable and
 * fault-tolerant logical network topology", 2007. Its distance of 1 makes a ring of those that are
 * left, whoever is skipped. The tree is the binomial one, where a rank's parent is the rank
 * without its lowest bit, so that ancestors have lower ranks than their descendants. */
#include "comm/overlay.h"

typedef struct walk {
    const gyre__overlay_t *overlay;
    int rank, through;
    gyre__overlay_fn visit;
    void *arg;
} walk_t;

static void flood_towards(const walk_t *walk, int first, int step)
{
    const gyre__overlay_t *overlay = walk->overlay;
    bool passed = walk->through < 0;
    int at = first;
    while (at != walk->rank && overlay->skip(overlay->arg, at)) {
        passed |= at == walk->through;
        at = (at + step) % overlay->size;
    }
    if (passed && at != walk->rank)
        walk->visit(walk->arg, at);
}

void gyre__overlay_flood(const gyre__overlay_t *overlay, int rank, int through,
                         gyre__overlay_fn visit, void *arg)
{
    walk_t walk = {overlay, rank, through, visit, arg};
    int size = overlay->size;
    for (int distance = 1; distance < size; distance *= 2) {
        flood_towards(&walk, (rank + distance) % size, 1);
        flood_towards(&walk, (rank + size - distance) % size, size - 1);
    }
}

int gyre__overlay_root(const gyre__overlay_t *overlay)
{
    int rank = 0;
    while (rank < overlay->size && overlay->skip(overlay->arg, rank))
        rank++;
    return rank;
}

int gyre__overlay_parent(const gyre__overlay_t *overlay, int rank)
{
    for (int at = rank; at > 0;) {
        at &= at - 1;
        if (!overlay->skip(overlay->arg, at))
            return at;
    }
    int root = gyre__overlay_root(overlay);
    return root == rank ? -1 : root;
}

/* The nearest that are left below rank, which itself need not be. */
static void descend(const walk_t *walk, int rank)
{
    const gyre__overlay_t *overlay = walk->overlay;
    for (int bit = 1; (rank & bit) == 0 && bit < overlay->size - rank; bit *= 2) {
        int child = rank + bit;
        if (overlay->skip(overlay->arg, child))
            descend(walk, child);
        else if (child != walk->rank)
            walk->visit(walk->arg, child);
    }
}

void gyre__overlay_children(const gyre__overlay_t *overlay, int rank, gyre__overlay_fn visit,
                            void *arg)
{
    walk_t walk = {overlay, rank, -1, visit, arg};
    descend(&walk, rank);
    if (rank > 0 && gyre__overlay_root(overlay) == rank)
        descend(&walk, 0);
}
