/* Bump allocator: many small immutable objects that die together (a loaded configuration). Chunks grow, nothing is freed
 * singly. arena_intern() returns one copy per distinct string, so equal values compare and cost once. */
#pragma once

#include "conf/base/hash_table.h"

typedef struct ArenaChunk ArenaChunk;

typedef struct Arena {
        ArenaChunk *chunks; /* newest first */
        ArenaChunk *index;  /* the nodes of `strings`: apart, because they die with arena_seal() */
        HashTable strings;  /* interned strings and data */
        size_t n_bytes;     /* in chunks, index not counted */
} Arena;

void arena_done(Arena *a);

/* Frees the intern index (needed only while loading); what was interned stays valid. */
void arena_seal(Arena *a);

void *arena_alloc(Arena *a, size_t size); /* zeroed, aligned for any type; NULL when out of memory */
const char *arena_intern(Arena *a, const char *s);

/* One copy per distinct run of bytes, aligned to align (a power of two, at most that of max_align_t). For a struct the
 * caller zeroes the padding first; a vector of interned pointers is itself data, so equal vectors are one. */
const void *arena_intern_data(Arena *a, const void *data, size_t size, size_t align);
