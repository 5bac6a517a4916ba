/* Bump allocator: many small immutable objects that die together (a loaded configuration). Chunks grow, nothing is freed
 * singly. arena_intern() returns one copy per distinct string, so equal values compare and cost once. */
#pragma once

#include "conf/base/hash_table.h"

typedef struct ArenaChunk ArenaChunk;

typedef struct Arena {
        ArenaChunk *chunks; /* newest first */
        HashTable strings;  /* interned strings */
} Arena;

void arena_done(Arena *a);

/* Frees the intern index (needed only while loading); what was interned stays valid. */
void arena_seal(Arena *a);

void *arena_alloc(Arena *a, size_t size); /* zeroed, aligned for any type; NULL when out of memory */
const char *arena_intern(Arena *a, const char *s);
