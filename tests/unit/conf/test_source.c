/* source.h: what arrives from a file, byte for byte, and on which line. */
#include "conf/source.h"

#include <string.h>

#include "tests/unit/conf/loaded.h"

/* Everything the reader says, one line each. */
static int record_section(void *out, const char *name, unsigned line) {
        fprintf(out, "%u [%s]\n", line, name);
        return 0;
}

static int record_key(void *out, const char *name, const char *value, unsigned line) {
        fprintf(out, "%u %s=<%s>\n", line, name, value);
        return 0;
}

static int record_error(void *out, unsigned line, const char *reason) {
        fprintf(out, "%u ! %s\n", line, reason);
        return 0;
}

static const SourceHandler recorder = { .section = record_section, .key = record_key, .error = record_error };

static char *read_bytes(const char *data, size_t size) {
        char *heard = NULL;
        size_t heard_size = 0;
        FILE *in = fmemopen((void *) (uintptr_t) data, size, "r"), *out = open_memstream(&heard, &heard_size);
        ck_assert(in && out);
        ck_assert_int_eq(source_parse_stream(in, &recorder, out), 0);
        fclose(in);
        fclose(out);
        return heard;
}

static void assert_reads(const char *text, const char *wanted) {
        _cleanup_(freep) char *heard = read_bytes(text, strlen(text));
        ck_assert_str_eq(heard, wanted);
}

START_TEST(values_arrive_whole) {
        assert_reads("a = sh -c \"a ; b\"\n", "1 a=<sh -c \"a ; b\">\n");
        assert_reads("a=x=y==z\n", "1 a=<x=y==z>\n");
        assert_reads("a = b # c ; d\n", "1 a=<b # c ; d>\n");
        assert_reads("a = 'x' \"y\" %n 100% \\\n", "1 a=<'x' \"y\" %n 100% \\>\n");
        assert_reads("a = grüße 你好\n", "1 a=<grüße 你好>\n");
        assert_reads("a = ;b\nb = #c\nc = [d]\n", "1 a=<;b>\n2 b=<#c>\n3 c=<[d]>\n");
        assert_reads("a = http://x:80/\n", "1 a=<http://x:80/>\n");
        assert_reads("a =\t x  y \t\n", "1 a=<x  y>\n");
        assert_reads("a =\n", "1 a=<>\n");
}
END_TEST

START_TEST(an_indented_key_is_a_key_and_no_continuation) {
        assert_reads("[s]\na = 1\n   b = 2\n\tc = 3\n", "1 [s]\n2 a=<1>\n3 b=<2>\n4 c=<3>\n");
        assert_reads("a = 1\n   more\n", "1 a=<1>\n2 ! neither `[section]` nor `key = value` nor a comment\n");
        assert_reads("a = 1 \\\nb = 2\n", "1 a=<1 \\>\n2 b=<2>\n");
}
END_TEST

START_TEST(comments_are_whole_lines) {
        assert_reads("; a = 1\n  # b = 2\n\n   \n#[x]\na = 1\n", "6 a=<1>\n");
}
END_TEST

START_TEST(long_values_names_and_sections_are_not_cut) {
        size_t n = 1 << 20;
        char *text = malloc(n + 5000), *wanted = malloc(n + 5000);
        ck_assert(text && wanted);
        char section[300];
        memset(section, 's', sizeof(section) - 1);
        section[sizeof(section) - 1] = '\0';
        int head = sprintf(text, "[%s]\na = ", section), wanted_head = sprintf(wanted, "1 [%s]\n2 a=<", section);
        for (size_t i = 0; i < n; i++)
                text[(size_t) head + i] = wanted[(size_t) wanted_head + i] = "x;= #\"y:"[i % 8];
        text[(size_t) head + n - 1] = wanted[(size_t) wanted_head + n - 1] = '$';
        strcpy(text + head + n, "\nb = 2\n");
        strcpy(wanted + wanted_head + n, ">\n3 b=<2>\n");
        assert_reads(text, wanted);
        free(text);
        free(wanted);
}
END_TEST

START_TEST(a_name_beyond_the_limit_is_refused_not_cut) {
        char text[SOURCE_NAME_MAX + 10];
        memset(text, 'k', sizeof(text));
        strcpy(text + SOURCE_NAME_MAX, "=v");
        _cleanup_(freep) char *fits = read_bytes(text, strlen(text));
        ck_assert_int_eq(strncmp(fits, "1 kkkk", 6), 0);
        strcpy(text + SOURCE_NAME_MAX, "k=v");
        assert_reads(text, "1 ! what stands before the first `=` is not the name of a key\n");
}
END_TEST

START_TEST(byte_order_mark_and_carriage_returns_are_no_content) {
        assert_reads("\xef\xbb\xbf[s]\r\na = 1\r\n\r\nb = 2", "1 [s]\n2 a=<1>\n4 b=<2>\n");
        assert_reads("\xef\xbb\xbf", "");
        assert_reads("a=1\n\xef\xbb\xbf[s]\n", "1 a=<1>\n2 ! neither `[section]` nor `key = value` nor a comment\n");
}
END_TEST

START_TEST(broken_lines_are_errors_with_their_number) {
        assert_reads("\n[s\n", "2 ! section without closing `]`\n");
        assert_reads("[s] x\n", "1 ! text after the section's `]` (a comment needs a line of its own)\n");
        assert_reads("[s] ; x\n", "1 ! text after the section's `]` (a comment needs a line of its own)\n");
        assert_reads("[]\n[ s ]\n", "1 []\n2 [s]\n");
        assert_reads("key : value\n", "1 ! not `key = value` (a colon does not separate them)\n");
        assert_reads("a:b = c\n", "1 ! what stands before the first `=` is not the name of a key\n");
        assert_reads("a b = c\n", "1 ! what stands before the first `=` is not the name of a key\n");
        assert_reads("= c\n", "1 ! there is no name before the `=`\n");
        assert_reads("word\na = 1\n", "1 ! neither `[section]` nor `key = value` nor a comment\n2 a=<1>\n");
        assert_reads("a = \xff\n", "1 ! the line is not valid UTF-8\n");
        assert_reads("a = \xc0\xaf\n", "1 ! the line is not valid UTF-8\n");
        assert_reads("a = \xed\xa0\x80\n", "1 ! the line is not valid UTF-8\n");
        assert_reads("# caf\xe9\na = 1\n", "2 a=<1>\n"); /* old comments may be in any encoding */
}
END_TEST

START_TEST(a_nul_byte_ends_the_file_with_one_error) {
        static const char text[] = "a = 1\nb = \0x\nc = 3\n\0\0\0\n";
        _cleanup_(freep) char *heard = read_bytes(text, sizeof(text) - 1);
        ck_assert_str_eq(heard, "1 a=<1>\n2 ! a NUL byte: this is not a text file\n");
}
END_TEST

static int stop_at_key(void *count, const char *name _unused_, const char *value _unused_, unsigned line _unused_) {
        ++*(unsigned *) count;
        return -ENOMEM;
}

START_TEST(a_handler_that_fails_stops_the_reading) {
        static const char text[] = "a=1\nb=2\nc=3\n";
        SourceHandler h = { .section = record_section, .key = stop_at_key, .error = record_error };
        unsigned n = 0;
        FILE *in = fmemopen((void *) (uintptr_t) text, sizeof(text) - 1, "r");
        ck_assert_int_eq(source_parse_stream(in, &h, &n), -ENOMEM);
        ck_assert_uint_eq(n, 1);
        fclose(in);
}
END_TEST

START_TEST(only_files_that_end_are_opened) {
        FILE *f = NULL;
        struct stat st;
        write_file("fifo.ini", "");
        _cleanup_(loaded_done) Loaded cleanup = { 0 };
        (void) cleanup;
        ck_assert_int_eq(source_open("/tmp", true, &f, &st), -EISDIR);
        ck_assert_int_eq(source_open("/dev/zero", true, &f, &st), -ENOTSUP);
        ck_assert_int_eq(source_open(path_of("nothing"), true, &f, &st), -ENOENT);
        ck_assert_ptr_null(f);
        ck_assert_int_eq(source_open("/dev/null", true, &f, &st), 0);
        fclose(f);
        ck_assert_int_eq(truncate(path_of("fifo.ini"), (off_t) SOURCE_FILE_MAX + 1), 0);
        ck_assert_int_eq(source_open(path_of("fifo.ini"), true, &f, &st), -EFBIG);
        ck_assert_int_eq(unlink(path_of("fifo.ini")), 0);
        ck_assert_int_eq(mkfifo(path_of("fifo.ini"), 0600), 0);
        ck_assert_int_eq(source_open(path_of("fifo.ini"), false, &f, &st), -ENOTSUP);
        ck_assert_int_eq(source_open(path_of("fifo.ini"), true, &f, &st), 0); /* nobody writes: it does not hang */
        ck_assert_int_eq(source_parse_stream(f, &recorder, stdout), 0);
        fclose(f);
}
END_TEST

RUN_TESTS("source", values_arrive_whole, an_indented_key_is_a_key_and_no_continuation, comments_are_whole_lines,
                long_values_names_and_sections_are_not_cut, a_name_beyond_the_limit_is_refused_not_cut,
                byte_order_mark_and_carriage_returns_are_no_content, broken_lines_are_errors_with_their_number,
                a_nul_byte_ends_the_file_with_one_error, a_handler_that_fails_stops_the_reading,
                only_files_that_end_are_opened);
