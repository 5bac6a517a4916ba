/* Widths, spans, colours. */
#include "ctl/text.h"

#include <string.h>

#include "conf/base/parse.h"
#include "tests/unit/run_tests.h"

START_TEST(width_of_text) {
        ck_assert_uint_eq(text_width(""), 0);
        ck_assert_uint_eq(text_width("web"), 3);
        ck_assert_uint_eq(text_width("größe"), 5);
        ck_assert_uint_eq(text_width("日本"), 4);
        ck_assert_uint_eq(text_width("e\u0301"), 1);
        ck_assert_uint_eq(text_width("\xff\xfe"), 2);     /* no UTF-8: a column each */
        ck_assert_uint_eq(text_width("a\xe6\x97"), 3);    /* cut in the middle */
}
END_TEST

START_TEST(fit_never_splits_a_character) {
        ck_assert_uint_eq(text_fit("日本", 3), 3);
        ck_assert_uint_eq(text_fit("äöü", 2), 4);
        ck_assert_uint_eq(text_fit("abc", 10), 3);
        ck_assert_uint_eq(text_fit("abc", 0), 0);
}
END_TEST

START_TEST(spans_are_as_precise_as_a_reader_wants) {
        char buf[FORMAT_DURATION_MAX];

        ck_assert_str_eq(text_span(1234567, buf), "1.2s");
        ck_assert_str_eq(text_span(65 * USEC_PER_SEC + 1234, buf), "1min 5s");
        ck_assert_str_eq(text_span(8561, buf), "8ms");
        ck_assert_str_eq(text_span(3600 * USEC_PER_SEC + 61 * USEC_PER_SEC, buf), "1h 1min");
        ck_assert_str_eq(text_span(USEC_INFINITY, buf), "infinity");
}
END_TEST

START_TEST(no_colour_off_a_terminal_or_when_unwanted) {
        FILE *f = tmpfile();

        ck_assert_ptr_nonnull(f);
        ck_assert(!text_wants_colour(f));
        (void) fclose(f);
        ck_assert_str_eq(text_colour(COLOUR_RED, false), "");
        ck_assert_str_eq(text_colour(COLOUR_NONE, true), "");
}
END_TEST

RUN_TESTS("text", width_of_text, fit_never_splits_a_character, spans_are_as_precise_as_a_reader_wants,
        no_colour_off_a_terminal_or_when_unwanted)
