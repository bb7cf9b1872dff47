/* SPDX-License-Identifier: Apache-2.0 */
/* Statuses: what the map promises about codes, names and texts. */
#include <criterion/criterion.h>
#include <gyre/status.h>
#include <stdbool.h>
#include <string.h>

TestSuite(status, .timeout = 10);

static const struct row {
    const char *name, *text;
    int code;
} rows[] = {
#define ROW(name, code, text) {#name, text, code},
    GYRE_STATUS_MAP(ROW)
#undef ROW
};
enum { COUNT = sizeof(rows) / sizeof(rows[0]) };

Test(status, names_and_texts_round_trip)
{
    for (int i = 0; i < COUNT; i++) {
        cr_assert_str_eq(gyre_status_name((gyre_status_t)rows[i].code), rows[i].name);
        cr_assert_str_eq(gyre_status_string((gyre_status_t)rows[i].code), rows[i].text);
        cr_assert_neq(rows[i].text[0], '\0');
    }
}

Test(status, all_are_different)
{
    for (int i = 0; i < COUNT; i++)
        for (int j = 0; j < i; j++) {
            cr_assert_neq(rows[i].code, rows[j].code, "%s and %s", rows[i].name, rows[j].name);
            cr_assert_str_neq(rows[i].name, rows[j].name);
            cr_assert_str_neq(rows[i].text, rows[j].text);
        }
}

Test(status, sign_says_what_it_is)
{
    cr_assert_eq(GYRE_OK, 0);
    for (int i = 0; i < COUNT; i++) {
        bool error = strncmp(rows[i].name, "GYRE_ERR_", 9) == 0;
        cr_assert_eq(error, rows[i].code < 0, "%s is %d", rows[i].name, rows[i].code);
        cr_assert_gt(rows[i].code, -90, "%s is in no group", rows[i].name);
    }
}

Test(status, other_numbers_have_a_name_too)
{
    static const int numbers[] = {2, 1000, -19, -90, 0x7fffffff, -0x7fffffff};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        cr_assert_str_eq(gyre_status_name((gyre_status_t)numbers[i]), "GYRE_?");
        cr_assert_str_eq(gyre_status_string((gyre_status_t)numbers[i]), "unknown status");
    }
}
