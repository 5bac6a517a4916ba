/* hash_table.h against the plainest model: an array of flags. */
#include "conf/base/hash_table.h"

#include <stdio.h>

#include "tests/unit/run_tests.h"

#define N 1000

typedef struct Member {
        HashNode node;
        unsigned key;
} Member;

static Member *find(const HashTable *t, unsigned key, uint64_t hash) {
        for (HashNode *n = hash_table_first(t, hash); n; n = hash_node_next_equal(n)) {
                ck_assert(n->hash == hash);
                if (container_of(n, Member, node)->key == key)
                        return container_of(n, Member, node);
        }
        return NULL;
}

/* Few hashes for many keys: chains are long, and equal hashes lie between others. */
static uint64_t bad_hash(unsigned key) {
        return key % 7;
}

static void drive(uint64_t (*hash)(unsigned)) {
        static Member members[N];
        static bool present[N];
        _cleanup_(hash_table_done) HashTable t = { 0 };
        uint64_t random = 42;
        size_t n = 0;
        for (unsigned step = 0; step < 4 * N; step++) {
                random = hash_u64(random);
                unsigned k = (unsigned) (random % N);
                members[k].key = k;
                if (present[k]) {
                        hash_table_remove(&t, &members[k].node);
                        n--;
                } else {
                        ck_assert_int_eq(hash_table_insert(&t, &members[k].node, hash(k)), 0);
                        n++;
                }
                present[k] = !present[k];
                ck_assert_uint_eq(t.n_nodes, n);
        }
        for (unsigned k = 0; k < N; k++)
                ck_assert_ptr_eq(find(&t, k, hash(k)), present[k] ? &members[k] : NULL);
}

static uint64_t good_hash(unsigned key) {
        return hash_u64(key);
}

START_TEST(members_are_found_until_they_are_removed) {
        drive(good_hash);
}
END_TEST

START_TEST(colliding_members_are_found_as_well) {
        drive(bad_hash);
}
END_TEST

START_TEST(an_empty_table_holds_nothing_and_costs_nothing) {
        HashTable t = { 0 };
        ck_assert_ptr_null(hash_table_first(&t, 0));
        ck_assert_ptr_null(t.buckets);
        hash_table_done(&t);
        hash_table_done(NULL);
}
END_TEST

START_TEST(short_strings_spread_over_the_low_bits) {
        unsigned buckets[64] = { 0 }, worst = 0;
        for (unsigned i = 0; i < 640; i++) {
                char name[16];
                (void) snprintf(name, sizeof(name), "svc%u", i);
                unsigned b = ++buckets[hash_string(name) % 64];
                worst = MAX(worst, b);
        }
        ck_assert_uint_lt(worst, 30); /* 10 on average */
        ck_assert(hash_string("ab") == hash_bytes("abc", 2));
}
END_TEST

RUN_TESTS("hash_table", members_are_found_until_they_are_removed, colliding_members_are_found_as_well,
                an_empty_table_holds_nothing_and_costs_nothing, short_strings_spread_over_the_low_bits);
