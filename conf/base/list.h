/* Intrusive, circular, doubly linked list. The head is a ListNode of its own; a node that is in no list points to itself.
 * The list never owns its members. */
#pragma once

#include <stdbool.h>

#include "conf/base/macros.h"

typedef struct ListNode {
        struct ListNode *prev, *next;
} ListNode;

#define LIST_INIT(n) ((ListNode){ .prev = &(n), .next = &(n) })

static inline void list_init(ListNode *n) {
        n->prev = n->next = n;
}

static inline bool list_is_empty(const ListNode *head) {
        return head->next == head;
}

static inline bool list_is_linked(const ListNode *n) {
        return n->next != n;
}

static inline void list_append(ListNode *head, ListNode *n) {
        n->prev = head->prev;
        n->next = head;
        head->prev->next = n;
        head->prev = n;
}

/* Leaves n self-linked: removing it twice is harmless. */
static inline void list_remove(ListNode *n) {
        n->prev->next = n->next;
        n->next->prev = n->prev;
        list_init(n);
}

#define LIST_ENTRY(n, type, member) container_of((n), type, member)

/* The body may remove the current node. */
#define LIST_FOREACH(n, head) \
        for (ListNode *n = (head)->next, *n##_next = n->next; n != (head); n = n##_next, n##_next = n->next)

#define LIST_FOREACH_REVERSE(n, head) \
        for (ListNode *n = (head)->prev, *n##_prev = n->prev; n != (head); n = n##_prev, n##_prev = n->prev)
