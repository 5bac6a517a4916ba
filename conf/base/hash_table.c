/* Intrusive chained hash table: the buckets are ours, the nodes are the caller's. It never compares keys. */
#include "conf/base/hash_table.h"

#include <string.h>

#define BUCKETS_FIRST 16

static HashNode **bucket_of(const HashTable *t, uint64_t hash) {
        return &t->buckets[hash & (t->n_buckets - 1)];
}

void hash_table_done(HashTable *t) {
        if (!t)
                return;
        free(t->buckets);
        *t = (HashTable){ 0 };
}

static void rehash_into(HashTable *to, const HashTable *from) {
        for (size_t i = 0; i < from->n_buckets; i++)
                for (HashNode *n = from->buckets[i], *next; n; n = next) {
                        next = n->next;
                        HashNode **b = bucket_of(to, n->hash);
                        n->next = *b;
                        *b = n;
                }
}

static int grow(HashTable *t) {
        HashTable bigger = { .n_buckets = t->n_buckets ? t->n_buckets * 2 : BUCKETS_FIRST, .n_nodes = t->n_nodes };
        bigger.buckets = calloc(bigger.n_buckets, sizeof(HashNode *));
        if (!bigger.buckets)
                return -ENOMEM;
        rehash_into(&bigger, t);
        free(t->buckets);
        *t = bigger;
        return 0;
}

int hash_table_insert(HashTable *t, HashNode *n, uint64_t hash) {
        /* A failed growth is no failure as long as there is a bucket array at all. */
        if (t->n_nodes >= t->n_buckets && grow(t) < 0 && !t->buckets)
                return -ENOMEM;
        HashNode **b = bucket_of(t, hash);
        n->hash = hash;
        n->next = *b;
        *b = n;
        t->n_nodes++;
        return 0;
}

void hash_table_remove(HashTable *t, HashNode *n) {
        HashNode **p = bucket_of(t, n->hash);
        while (*p != n)
                p = &(*p)->next;
        *p = n->next;
        n->next = NULL;
        t->n_nodes--;
}

HashNode *hash_table_first(const HashTable *t, uint64_t hash) {
        if (t->n_buckets == 0)
                return NULL;
        HashNode *n = *bucket_of(t, hash);
        return !n || n->hash == hash ? n : hash_node_next_equal(&(HashNode){ .next = n->next, .hash = hash });
}

HashNode *hash_node_next_equal(const HashNode *n) {
        HashNode *m = n->next;
        while (m && m->hash != n->hash)
                m = m->next;
        return m;
}

uint64_t hash_u64(uint64_t v) {
        v += UINT64_C(0x9e3779b97f4a7c15);
        v = (v ^ v >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        v = (v ^ v >> 27) * UINT64_C(0x94d049bb133111eb);
        return v ^ v >> 31;
}

/* The final mix: FNV-1a alone leaves the low bits, which choose the bucket, poorly mixed for short strings. */
uint64_t hash_bytes(const void *data, size_t size) {
        const unsigned char *p = data;
        uint64_t h = UINT64_C(0xcbf29ce484222325);
        for (size_t i = 0; i < size; i++)
                h = (h ^ p[i]) * UINT64_C(0x100000001b3);
        return hash_u64(h);
}

uint64_t hash_string(const char *s) {
        return hash_bytes(s, strlen(s));
}
