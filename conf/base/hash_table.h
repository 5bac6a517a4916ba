/* Intrusive chained hash table. Keys belong to the caller's structs: the table knows only 64-bit hashes, and the caller
 * compares keys while walking the nodes of equal hash. It doubles when full and never shrinks; it never owns its members. */
#pragma once

#include "conf/base/macros.h"

typedef struct HashNode {
        struct HashNode *next;
        uint64_t hash;
} HashNode;

typedef struct HashTable {
        HashNode **buckets;
        size_t n_buckets; /* a power of two, or 0 before the first insert */
        size_t n_nodes;
} HashTable;

void hash_table_done(HashTable *t); /* frees the buckets, not the members */

/* 0, or -ENOMEM when the first bucket array cannot be had (a failed growth only makes the chains longer). */
int hash_table_insert(HashTable *t, HashNode *n, uint64_t hash);
void hash_table_remove(HashTable *t, HashNode *n); /* n must be a member */

/* The nodes with exactly this hash: first, then the next after n. NULL at the end. */
HashNode *hash_table_first(const HashTable *t, uint64_t hash);
HashNode *hash_node_next_equal(const HashNode *n);

uint64_t hash_string(const char *s); /* FNV-1a with a final mix */
uint64_t hash_bytes(const void *data, size_t size); /* the same over size bytes */
uint64_t hash_u64(uint64_t v);       /* splitmix64 finaliser */
