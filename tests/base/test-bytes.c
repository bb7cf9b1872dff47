/* SPDX-License-Identifier: Apache-2.0 */
/* Amounts of bytes as people read them. */
#include "base/bytes.h"

#include <criterion/criterion.h>

TestSuite(bytes, .timeout = 10);

Test(bytes, have_the_nearest_unit)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } cases[] = {
        {0, "0 bytes"},         {1023, "1023 bytes"},           {1024, "1.0 KiB"},
        {1536, "1.5 KiB"},      {UINT64_C(10) << 20, "10 MiB"}, {UINT64_C(1) << 40, "1.0 TiB"},
        {UINT64_MAX, "16 EiB"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        cr_assert_str_eq(gyre__bytes(cases[i].bytes).text, cases[i].text);
}
