/* SPDX-License-Identifier: Apache-2.0 */
/* Intrusive doubly linked list, also used as queue. A head is a link that points to itself. */
#ifndef GYRE_BASE_LIST_H
#define GYRE_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

typedef struct gyre__link {
    struct gyre__link *next, *prev;
} gyre__link_t;

#define gyre__container(link, type, member) ((type *)((char *)(link) - offsetof(type, member)))

/* The body may remove the element it stands on. */
#define gyre__list_each(at, head)                                                                  \
    for (gyre__link_t *at = (head)->next, *at##_next = at->next; at != (head);                     \
         at = at##_next, at##_next = at->next)

static inline void gyre__list_init(gyre__link_t *head) { head->next = head->prev = head; }
static inline bool gyre__list_empty(const gyre__link_t *head) { return head->next == head; }

static inline void gyre__list_append(gyre__link_t *head, gyre__link_t *link)
{
    link->prev = head->prev;
    link->next = head;
    head->prev->next = link;
    head->prev = link;
}

static inline void gyre__list_prepend(gyre__link_t *head, gyre__link_t *link)
{
    gyre__list_append(head->next, link);
}

/* The link is left pointing to itself, so that removing it twice does no harm. */
static inline void gyre__list_remove(gyre__link_t *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    link->next = link->prev = link;
}

/* First link, removed; NULL when empty. */
static inline gyre__link_t *gyre__list_pop(gyre__link_t *head)
{
    gyre__link_t *link = head->next;
    if (link == head)
        return NULL;
    gyre__list_remove(link);
    return link;
}

#endif
