/* Tables as they are printed. */
#include "ctl/table.h"

#include <string.h>

#include "tests/unit/run_tests.h"

static const char *const headers[] = { "NAME", "STATE", "NOTE" };
static Table t;

static char *print(bool colours, size_t max_width) {
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        ck_assert_int_eq(table_print(&t, f, colours, max_width), 0);
        ck_assert_int_eq(fclose(f), 0);
        table_done(&t);
        return text;
}

static void add(const char *a, const char *b, const char *c) {
        table_add(&t, COLOUR_NONE, "%s", a);
        table_add(&t, COLOUR_NONE, "%s", b);
        table_add(&t, COLOUR_NONE, "%s", c);
}

static void setup(void) {
        t = TABLE_INIT(headers);
}

static void assert_printed(size_t max_width, const char *wanted) {
        _cleanup_(freep) char *text = print(false, max_width);
        ck_assert_str_eq(text, wanted);
}

START_TEST(columns_are_as_wide_as_their_widest_cell) {
        add("a", "running", "x");
        add("longer-name", "up", "y");
        assert_printed(0, "NAME         STATE    NOTE\na            running  x\nlonger-name  up       y\n");
}
END_TEST

START_TEST(no_line_ends_with_blanks) {
        add("a", "running", "");
        add("b", "", "");
        assert_printed(0, "NAME  STATE    NOTE\na     running\nb\n");
}
END_TEST

START_TEST(width_is_counted_in_columns_not_bytes) {
        add("größe", "up", "x");
        add("日本", "up", "y");
        assert_printed(0, "NAME   STATE  NOTE\ngröße  up     x\n日本   up     y\n");
}
END_TEST

START_TEST(last_column_is_cut_between_characters) {
        add("a", "up", "0123456789äöü");
        assert_printed(25, "NAME  STATE  NOTE\na     up     0123456789äö\n");
}
END_TEST

START_TEST(control_characters_do_not_reach_the_terminal) {
        add("a", "up", "x\033[2Jy\n");
        assert_printed(0, "NAME  STATE  NOTE\na     up     x?[2Jy?\n");
}
END_TEST

START_TEST(empty_table_is_its_headers) {
        assert_printed(0, "NAME  STATE  NOTE\n");
}
END_TEST

START_TEST(colours_do_not_count_for_the_width) {
        table_add(&t, COLOUR_RED, "%s", "a");
        table_add(&t, COLOUR_GREEN, "%s", "up");
        table_add(&t, COLOUR_NONE, "%s", "x");
        _cleanup_(freep) char *text = print(true, 0);
        ck_assert_ptr_nonnull(strstr(text, "\033[31ma\033[0m     \033[32mup\033[0m     x\n"));
}
END_TEST

RUN_TESTS_WITH(setup, "table", columns_are_as_wide_as_their_widest_cell, no_line_ends_with_blanks,
        width_is_counted_in_columns_not_bytes, last_column_is_cut_between_characters,
        control_characters_do_not_reach_the_terminal, empty_table_is_its_headers, colours_do_not_count_for_the_width)
