/* SPDX-License-Identifier: Apache-2.0 */
/* Room in a member's ring, under random plans of units and of readers of different pace: what a
 * reader has not released is not given out again, and once all is released there is room. */
#include "harp/team.h"
#include "lib/random.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { MEMBERS = 4, LARGEST = 32768, UNITS = 200000 };

typedef struct taken {
    size_t start, end;
    uint64_t unit;
    int32_t reader;
} taken_t;

typedef struct fixture {
    random_plan_t random;
    gyre__team_t team;
    bool swaps;
    uint64_t seen[1 + MEMBERS];
    taken_t latest[GYRE__SLOTS];
} fixture_t;

static void fixture_init(fixture_t *f, random_plan_t random)
{
    memset(f, 0, sizeof(*f));
    f->random = random;
    f->team.places.local_size = MEMBERS;
    f->team.pages = calloc(MEMBERS, GYRE__HEAP_PAGE);
    f->team.released = f->seen;
    f->team.ring = gyre__heap_ring(16);
}

static bool is_kept(const fixture_t *f, const taken_t *taken)
{
    for (int i = 1; i < MEMBERS; i++)
        if ((taken->reader == GYRE__ALL || taken->reader == i) &&
            gyre__team_page(&f->team, (uint32_t)i)->released <= taken->unit)
            return true;
    return false;
}

/* Readers go on to any unit up to the next. */
static void release(fixture_t *f, uint64_t below)
{
    uint64_t *released =
        &gyre__team_page(&f->team, 1 + (uint32_t)random_below(&f->random, MEMBERS - 1))->released;
    *released += random_below(&f->random, below - *released + 1);
}

static bool take(fixture_t *f, uint64_t unit, uint32_t length, int32_t reader)
{
    uint32_t offset;
    if (!gyre__team_vacant(&f->team, unit) ||
        !gyre__team_take(&f->team, unit, length, f->swaps, &offset))
        return false;
    cr_assert_leq(offset + length, f->team.ring);
    for (int i = 0; i < GYRE__SLOTS; i++)
        if (f->latest[i].end && is_kept(f, &f->latest[i]))
            cr_assert(f->latest[i].end <= offset || f->latest[i].start >= offset + length,
                      "unit %llu at %u overlaps unit %llu", (unsigned long long)unit, offset,
                      (unsigned long long)f->latest[i].unit);
    f->latest[unit % GYRE__SLOTS] = (taken_t){offset, offset + length, unit, reader};
    f->team.mine[unit % GYRE__SLOTS].unit = unit + 1;
    f->team.mine[unit % GYRE__SLOTS].reader = reader;
    return true;
}

/* Members publish some of the units only, so that slots may be passed over for long. */
Test(team, gives_no_bytes_that_are_read_yet)
{
    fixture_t f;
    fixture_init(&f, random_start("test-team"));
    uint32_t most = LARGEST;
    for (uint64_t unit = 0; unit < UNITS; unit++) {
        if (random_below(&f.random, 1000) == 0)
            f.swaps = !f.swaps;
        if (random_below(&f.random, 1000) == 0)
            most = 1 + (uint32_t)random_below(&f.random, LARGEST);
        uint32_t length = 1 + (uint32_t)random_below(&f.random, most);
        int32_t reader = random_below(&f.random, 2)
                             ? GYRE__ALL
                             : 1 + (int32_t)random_below(&f.random, MEMBERS - 1);
        bool mine = random_below(&f.random, 4) > 0 && unit % GYRE__SLOTS != unit / 5000 % 20;
        while (mine && !take(&f, unit, length, reader))
            release(&f, unit);
    }
    for (uint32_t i = 1; i < MEMBERS; i++)
        gyre__team_page(&f.team, i)->released = UNITS;
    for (uint64_t unit = UNITS; unit < UNITS + GYRE__SLOTS_SURE; unit++)
        cr_assert(take(&f, unit, 1 + (uint32_t)random_below(&f.random, LARGEST), GYRE__ALL));
    free(f.team.pages);
}

/* Whatever lies where in the ring: in a round that is short yet, and after long and short ones. */
Test(team, has_room_for_the_units_that_are_sure)
{
    fixture_t f = {.random = random_start("test-team")};
    for (int run = 0; run < 200; run++) {
        fixture_init(&f, f.random);
        f.swaps = run % 2;
        uint64_t shorts = random_below(&f.random, 5);
        for (uint64_t unit = 0; unit < 2000; unit++) {
            uint32_t length = random_below(&f.random, 4) < shorts
                                  ? 1 + (uint32_t)random_below(&f.random, LARGEST)
                                  : LARGEST;
            for (uint32_t i = 1; i < MEMBERS && unit >= GYRE__SLOTS_SURE; i++)
                gyre__team_page(&f.team, i)->released = unit + 1 - GYRE__SLOTS_SURE;
            cr_assert(take(&f, unit, length, GYRE__ALL), "no room for unit %llu of %u bytes",
                      (unsigned long long)unit, length);
        }
        free(f.team.pages);
    }
}

/* A piece of the heap serves any communicator that is not larger than its first. */
Test(team, fits_into_a_piece_for_more_members)
{
    for (uint32_t room = 1; room <= 300; room++)
        for (uint32_t members = 1; members <= room; members++)
            cr_assert_leq(members * (GYRE__HEAP_PAGE + gyre__heap_ring(members)),
                          gyre__heap_piece_size(room), "%u members in a piece for %u", members,
                          room);
}
