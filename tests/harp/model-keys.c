/* SPDX-License-Identifier: Apache-2.0 */
/* Key-value tables against plain arrays, and events. */
#include "harp/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS = 60, VALUES = 3, AM_ID = 9 };

/* Key number k in each form; the user's int32 keys are negative, too. */
static size_t make_key(gyre_harp_key_t form, int k, char *key)
{
    int32_t narrow = k * 1000 - 20000;
    int64_t wide = ((int64_t)k << 40) - 7;
    if (form == GYRE_HARP_BYTES)
        return (size_t)snprintf(key, 80, "%.*s%d", k % 50,
                                "a long prefix that many keys share....."
                                "...........",
                                k) *
               (k != 0);
    memcpy(key, form == GYRE_HARP_INT32 ? (void *)&narrow : (void *)&wide,
           form == GYRE_HARP_INT32 ? 4 : 8);
    return form == GYRE_HARP_INT32 ? 4 : 8;
}

static void values_of(int rank, int k, int64_t *values)
{
    for (int i = 0; i < VALUES; i++)
        values[i] = (int64_t)(check_mix((uint64_t)rank * 100 + (uint64_t)k, (uint64_t)i) % 1000);
}

/* Random adds and removes, followed in an array. */
static void play(gyre_harp_key_t form, uint64_t *state)
{
    gyre_harp_kv_t *kv;
    gyre_harp_outcome_t outcome;
    bool there[KEYS] = {false};
    int64_t model[KEYS][VALUES], values[VALUES];
    size_t count = 0, at = 0, walked = 0, length;
    char key[80];
    const void *walked_key;
    void *value;
    CHECK_OK(gyre_harp_kv_create(form, GYRE_INT64, VALUES, GYRE_MINUS, &kv));
    for (int step = 0; step < 3000; step++) {
        int k = (int)check_below(state, KEYS);
        length = make_key(form, k, key);
        if (check_below(state, 3)) {
            values_of(step, k, values);
            CHECK_OK(gyre_harp_kv_add(kv, key, length, values, &outcome));
            CHECK_EQ(outcome, there[k] ? GYRE_HARP_COMBINED : GYRE_HARP_ADDED);
            for (int i = 0; i < VALUES; i++)
                model[k][i] = there[k] ? model[k][i] - values[i] : values[i];
            count += !there[k];
            there[k] = true;
        } else {
            CHECK_IS(gyre_harp_kv_remove(kv, key, length), there[k] ? GYRE_OK : GYRE_ERR_NOT_FOUND);
            count -= there[k];
            there[k] = false;
        }
        CHECK_EQ(gyre_harp_kv_count(kv), count);
    }
    for (int k = 0; k < KEYS; k++) {
        value = gyre_harp_kv_find(kv, key, make_key(form, k, key));
        CHECK(!value == !there[k]);
        CHECK(!value || memcmp(value, model[k], sizeof(model[k])) == 0);
    }
    while (gyre_harp_kv_next(kv, &at, &walked_key, &length, &value)) {
        CHECK(gyre_harp_kv_find(kv, walked_key, length) == value);
        walked++;
    }
    CHECK_EQ(walked, count);
    gyre_harp_kv_destroy(kv);
}

static bool has_key(uint64_t seed, int rank, int k)
{
    return check_mix(seed + (uint64_t)rank, (uint64_t)k) % 3 == 0;
}

/* Every key that anybody has is at one worker, or at all, with the sum of all values. */
static void gather_keys(gyre_harp_key_t form, uint64_t seed, bool all)
{
    gyre_harp_kv_t *kv;
    int64_t values[VALUES], sum[VALUES];
    char key[80];
    CHECK_OK(gyre_harp_kv_create(form, GYRE_INT64, VALUES, GYRE_SUM, &kv));
    for (int k = 0; k < KEYS; k++)
        if (has_key(seed, check_rank, k)) {
            values_of(check_rank, k, values);
            CHECK_OK(gyre_harp_kv_add(kv, key, make_key(form, k, key), values, NULL));
        }
    CHECK_OK(all ? gyre_harp_kv_allgather(check_world, kv)
                 : gyre_harp_group_by_key(check_world, kv));
    uint64_t found = 0, expected = 0;
    for (int k = 0; k < KEYS; k++) {
        int64_t *have = gyre_harp_kv_find(kv, key, make_key(form, k, key));
        bool any = false;
        memset(sum, 0, sizeof(sum));
        for (int rank = 0; rank < check_size; rank++)
            if (has_key(seed, rank, k)) {
                values_of(rank, k, values);
                for (int i = 0; i < VALUES; i++)
                    sum[i] += values[i];
                any = true;
            }
        CHECK(!have || memcmp(have, sum, sizeof(sum)) == 0);
        CHECK(any || !have);
        CHECK(!all || !any || have);
        expected += any;
        found += have != NULL;
    }
    CHECK_EQ(gyre_harp_kv_count(kv), found);
    CHECK_EQ(check_sum(found), all ? expected * (uint64_t)check_size : expected);
    gyre_harp_kv_destroy(kv);
}

void test_kv(void)
{
    uint64_t state = check_seed();
    gyre_harp_kv_t *kv;
    CHECK_IS(gyre_harp_kv_create(GYRE_HARP_INT32, (gyre_type_t)9999, 1, GYRE_SUM, &kv),
             GYRE_ERR_ARG);
    CHECK_IS(gyre_harp_group_by_key(check_world, NULL), GYRE_ERR_ARG);
    for (int form = GYRE_HARP_INT32; form <= GYRE_HARP_BYTES; form++) {
        play((gyre_harp_key_t)form, &state);
        for (int round = 0; round < 6; round++)
            gather_keys((gyre_harp_key_t)form, check_random(&state), round % 2);
    }
}

static void check_event(gyre_harp_events_t *events, gyre_harp_event_type_t type, int source,
                        int64_t name)
{
    gyre_harp_event_t event;
    CHECK_OK(gyre_harp_event_wait(events, &event));
    CHECK_EQ(event.type, type);
    CHECK(source < 0 || event.source == source);
    CHECK_EQ(event.name, name);
    CHECK_EQ(event.length, name);
    CHECK_CONTENT(event.data, event.length, (uint64_t)name);
    gyre_harp_event_release(&event);
}

void test_events(void)
{
    gyre_harp_events_t *events;
    gyre_harp_event_t event;
    static char data[100000];
    int next = (check_rank + 1) % check_size, before = (check_rank + check_size - 1) % check_size;
    CHECK_IS(gyre_harp_events_create(check_world, GYRE_AM_IDS, &events), GYRE_ERR_RANGE);
    CHECK_OK(gyre_harp_events_create(check_world, AM_ID, &events));
    CHECK_IS(gyre_harp_event_get(events, &event), GYRE_IN_PROGRESS);
    check_fill(data, 5, 5);
    CHECK_OK(gyre_harp_event_send(events, GYRE_HARP_EVENT_LOCAL, -1, 5, data, 5));
    CHECK_OK(gyre_harp_event_get(events, &event));
    CHECK_EQ(event.type, GYRE_HARP_EVENT_LOCAL);
    gyre_harp_event_release(&event);
    gyre_harp_event_release(&event);
    for (int64_t name = 0; name <= 100000; name = name * 10 + 1) {
        check_barrier(); /* nobody sends the next before all have the last */
        check_fill(data, (size_t)name, (uint64_t)name);
        CHECK_OK(
            gyre_harp_event_send(events, GYRE_HARP_EVENT_MESSAGE, next, name, data, (size_t)name));
        check_event(events, GYRE_HARP_EVENT_MESSAGE, before, name);
        check_barrier();
        CHECK_OK(
            gyre_harp_event_send(events, GYRE_HARP_EVENT_COLLECTIVE, -1, name, data, (size_t)name));
        for (int i = 0; i < check_size; i++)
            check_event(events, GYRE_HARP_EVENT_COLLECTIVE, -1, name);
    }
    CHECK_IS(gyre_harp_event_send(events, GYRE_HARP_EVENT_MESSAGE, check_size, 1, NULL, 0),
             GYRE_ERR_RANK);
    CHECK_IS(gyre_harp_event_send(events, (gyre_harp_event_type_t)7, 0, 1, NULL, 0), GYRE_ERR_ARG);
    check_barrier();
    CHECK_OK(gyre_harp_event_send(events, GYRE_HARP_EVENT_LOCAL, 0, 5, data, 5)); /* left there */
    gyre_harp_events_destroy(events);
    gyre_harp_events_destroy(NULL);
}
