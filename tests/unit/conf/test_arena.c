/* arena.h: memory that dies together, and one copy of what is equal. */
#include "conf/base/arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/run_tests.h"

START_TEST(objects_are_zeroed_aligned_and_apart) {
        _cleanup_(arena_done) Arena a = { 0 };
        char *last = NULL;
        for (size_t i = 0; i < 3000; i++) {
                size_t size = 1 + i * 7 % 5000;
                char *p = arena_alloc(&a, size);
                ck_assert_ptr_nonnull(p);
                ck_assert_uint_eq((uintptr_t) p % alignof(max_align_t), 0);
                char any = 0;
                for (size_t n = 0; n < size; n++)
                        any |= p[n];
                ck_assert_int_eq(any, 0);
                memset(p, 0xff, size);
                ck_assert_ptr_ne(p, last);
                last = p;
        }
}
END_TEST

START_TEST(equal_strings_are_one_and_stay_after_seal) {
        _cleanup_(arena_done) Arena a = { 0 };
        char text[] = "hello";
        const char *one = arena_intern(&a, "hello"), *two = arena_intern(&a, text);
        ck_assert_ptr_eq(one, two);
        ck_assert_ptr_ne(two, text);
        ck_assert_ptr_ne(arena_intern(&a, "hell"), one);
        for (unsigned i = 0; i < 10000; i++) {
                char name[16];
                snprintf(name, sizeof(name), "%u", i % 500);
                ck_assert_ptr_nonnull(arena_intern(&a, name));
        }
        ck_assert_uint_lt(a.n_bytes, 5000);
        arena_seal(&a);
        ck_assert_str_eq(one, "hello");
}
END_TEST

START_TEST(data_is_shared_only_where_it_is_aligned) {
        _cleanup_(arena_done) Arena a = { 0 };
        uint64_t v[] = { 1, 2, 3 };
        ck_assert_ptr_nonnull(arena_intern(&a, "odd"));
        for (unsigned i = 0; i < 8; i++) {
                uint64_t shifted[] = { i, 2, 3 };
                const void *bytes = arena_intern_data(&a, shifted, sizeof(shifted), 1);
                const void *words = arena_intern_data(&a, shifted, sizeof(shifted), alignof(uint64_t));
                ck_assert_ptr_nonnull(bytes);
                ck_assert_uint_eq((uintptr_t) words % alignof(uint64_t), 0);
        }
        ck_assert_ptr_eq(arena_intern_data(&a, v, sizeof(v), 8), arena_intern_data(&a, v, sizeof(v), 8));
}
END_TEST

START_TEST(a_large_object_does_not_waste_the_current_chunk) {
        _cleanup_(arena_done) Arena a = { 0 };
        char *first = arena_alloc(&a, 16), *big = arena_alloc(&a, 1 << 20), *second = arena_alloc(&a, 16);
        ck_assert_ptr_nonnull(big);
        ck_assert_ptr_eq(second, first + 16);
}
END_TEST

RUN_TESTS("arena", objects_are_zeroed_aligned_and_apart, equal_strings_are_one_and_stay_after_seal,
                data_is_shared_only_where_it_is_aligned, a_large_object_does_not_waste_the_current_chunk);
