/* Bump allocator with an index of what was interned. Owned by one Config; never frees a single object, never moves one.
 */
#include "conf/base/arena.h"

#include <stdalign.h>
#include <string.h>

#define CHUNK_FIRST 4096
#define CHUNK_MAX   65536 /* bounds what the last, half empty chunk can waste */

struct ArenaChunk {
        ArenaChunk *next;
        size_t size, used;
        max_align_t data[];
};

typedef struct InternNode {
        HashNode node;
        const void *data;
        size_t size;
} InternNode;

static void chunks_free(ArenaChunk *c) {
        while (c) {
                ArenaChunk *next = c->next;
                free(c);
                c = next;
        }
}

void arena_done(Arena *a) {
        if (!a)
                return;
        arena_seal(a);
        chunks_free(a->chunks);
        *a = (Arena){ 0 };
}

void arena_seal(Arena *a) {
        hash_table_done(&a->strings);
        chunks_free(a->index);
        a->index = NULL;
}

static ArenaChunk *chunk_new(size_t size) {
        if (size > SIZE_MAX - sizeof(ArenaChunk))
                return NULL;
        ArenaChunk *c = malloc(sizeof(ArenaChunk) + size);
        if (c) {
                c->next = NULL;
                c->size = size;
                c->used = 0;
        }
        return c;
}

/* An object as large as a chunk gets one of its own, behind the current one, whose free rest stays in use. */
static ArenaChunk *chunk_add(ArenaChunk **list, size_t size) {
        size_t usual = *list ? MIN((*list)->size * 2, (size_t) CHUNK_MAX) : CHUNK_FIRST;
        usual = MAX(usual, (size_t) CHUNK_FIRST) - sizeof(ArenaChunk);
        bool big = size > usual / 2;
        ArenaChunk *c = chunk_new(big ? size : usual);
        if (!c)
                return NULL;
        if (big && *list) {
                c->next = (*list)->next;
                (*list)->next = c;
        } else {
                c->next = *list;
                *list = c;
        }
        return c;
}

static void *chunk_take(ArenaChunk **list, size_t size, size_t align) {
        ArenaChunk *c = *list;
        size_t at = c ? (c->used + align - 1) & ~(align - 1) : 0;
        if (!c || at > c->size || size > c->size - at) {
                c = chunk_add(list, size);
                if (!c)
                        return NULL;
                at = 0;
        }
        c->used = at + size;
        return (char *) c->data + at;
}

static void *take(Arena *a, size_t size, size_t align) {
        void *p = chunk_take(&a->chunks, size, align);
        if (p)
                a->n_bytes += size;
        return p;
}

void *arena_alloc(Arena *a, size_t size) {
        void *p = take(a, size, alignof(max_align_t));
        return p ? memset(p, 0, size) : NULL;
}

static const InternNode *intern_find(const Arena *a, const void *data, size_t size, size_t align, uint64_t hash) {
        for (HashNode *n = hash_table_first(&a->strings, hash); n; n = hash_node_next_equal(n)) {
                const InternNode *i = container_of(n, InternNode, node);
                if (i->size == size && (uintptr_t) i->data % align == 0 && memcmp(i->data, data, size) == 0)
                        return i;
        }
        return NULL;
}

const void *arena_intern_data(Arena *a, const void *data, size_t size, size_t align) {
        uint64_t hash = hash_bytes(data, size);
        const InternNode *found = intern_find(a, data, size, align, hash);
        if (found)
                return found->data;
        InternNode *i = chunk_take(&a->index, sizeof(InternNode), alignof(InternNode));
        void *copy = i ? take(a, size, align) : NULL;
        if (!copy)
                return NULL;
        *i = (InternNode){ .data = memcpy(copy, data, size), .size = size };
        return hash_table_insert(&a->strings, &i->node, hash) < 0 ? NULL : copy;
}

const char *arena_intern(Arena *a, const char *s) {
        return arena_intern_data(a, s, strlen(s) + 1, 1);
}
