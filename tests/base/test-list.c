/* SPDX-License-Identifier: Apache-2.0 */
/* The intrusive list: order, removal anywhere, removal while walking. */
#include "base/list.h"

#include <criterion/criterion.h>

TestSuite(list, .timeout = 10);

typedef struct item {
    int number;
    gyre__link_t link;
} item_t;

static item_t items[10];
static gyre__link_t head;

static void fill(void)
{
    gyre__list_init(&head);
    for (int i = 0; i < 10; i++) {
        items[i].number = i;
        gyre__list_append(&head, &items[i].link);
    }
}

static int number_of(gyre__link_t *link)
{
    return gyre__container(link, item_t, link)->number;
}

Test(list, pops_in_order_of_appending)
{
    fill();
    for (int i = 0; i < 10; i++)
        cr_assert_eq(number_of(gyre__list_pop(&head)), i);
    cr_assert_null(gyre__list_pop(&head));
    cr_assert(gyre__list_empty(&head));
}

Test(list, removes_anywhere_and_twice)
{
    fill();
    for (int i = 0; i < 10; i += 3) {
        gyre__list_remove(&items[i].link);
        gyre__list_remove(&items[i].link);
    }
    static const int left[] = {1, 2, 4, 5, 7, 8};
    int at = 0;
    gyre__list_each(link, &head) cr_assert_eq(number_of(link), left[at++]);
    cr_assert_eq(at, 6);
}

Test(list, walk_may_remove_its_element)
{
    fill();
    gyre__link_t other;
    gyre__list_init(&other);
    gyre__list_each(link, &head)
    {
        if (number_of(link) % 2 == 0) {
            gyre__list_remove(link);
            gyre__list_append(&other, link);
        }
    }
    for (int i = 1; i < 10; i += 2)
        cr_assert_eq(number_of(gyre__list_pop(&head)), i);
    for (int i = 0; i < 10; i += 2)
        cr_assert_eq(number_of(gyre__list_pop(&other)), i);
    cr_assert(gyre__list_empty(&head) && gyre__list_empty(&other));
}
