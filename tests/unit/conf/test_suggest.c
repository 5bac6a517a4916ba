/* suggest.h: the nearest word, and nothing far-fetched. */
#include "conf/base/suggest.h"

#include <string.h>

#include "tests/unit/run_tests.h"

START_TEST(distance_counts_insert_delete_replace_and_swap_as_one) {
        ck_assert_uint_eq(edit_distance("command", "command"), 0);
        ck_assert_uint_eq(edit_distance("comand", "command"), 1);
        ck_assert_uint_eq(edit_distance("commmand", "command"), 1);
        ck_assert_uint_eq(edit_distance("commend", "command"), 1);
        ck_assert_uint_eq(edit_distance("commnad", "command"), 1);
        ck_assert_uint_eq(edit_distance("COMMAND", "command"), 0);
        ck_assert_uint_eq(edit_distance("", "abc"), 3);
        ck_assert_uint_eq(edit_distance("kitten", "sitting"), 3);
}
END_TEST

START_TEST(words_of_any_length_are_safe) {
        char word[5000];
        memset(word, 'x', sizeof(word) - 1);
        word[sizeof(word) - 1] = '\0';
        ck_assert_uint_eq(edit_distance(word, "x"), sizeof(word) - 1);
        ck_assert_uint_eq(edit_distance(word, word), 0);
        char at_limit[65];
        memset(at_limit, 'x', 64);
        at_limit[64] = '\0';
        ck_assert_uint_eq(edit_distance(at_limit, "x"), 63);
}
END_TEST

static const char *best_of(const char *wanted, const char *const *candidates) {
        Suggestion s = { .wanted = wanted };
        for (; *candidates; candidates++)
                suggestion_offer(&s, *candidates);
        return s.best;
}

START_TEST(the_nearest_wins_and_the_far_ones_lose) {
        static const char *const keys[] = { "restart", "restart_delay", "start_timeout", "stop_timeout", "user", NULL };
        ck_assert_str_eq(best_of("restat", keys), "restart");
        ck_assert_str_eq(best_of("stop_timout", keys), "stop_timeout");
        ck_assert_str_eq(best_of("usr", keys), "user");
        ck_assert_ptr_null(best_of("numprocs", keys));
        ck_assert_ptr_null(best_of("", keys));
}
END_TEST

RUN_TESTS("suggest", distance_counts_insert_delete_replace_and_swap_as_one, words_of_any_length_are_safe,
                the_nearest_wins_and_the_far_ones_lose);
