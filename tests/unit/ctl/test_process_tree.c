/* Trees drawn from lists that may be incomplete. */
#include "ctl/process_tree.h"

#include "tests/unit/run_tests.h"

static void assert_drawn(const ProcessInfo *p, size_t n, const char *wanted) {
        _cleanup_(freep) char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        ck_assert_int_eq(process_tree_print(p, n, f), 0);
        ck_assert_int_eq(fclose(f), 0);
        ck_assert_str_eq(text, wanted);
}

START_TEST(children_hang_below_their_parents) {
        const ProcessInfo p[] = {
                { 10, 1, "S", "master" }, { 11, 10, "S", "worker 1" }, { 12, 11, "Z", "helper" }, { 13, 10, "T", "worker 2" },
        };

        assert_drawn(p, ARRAY_SIZE(p),
                "  10 master\n  ├─ 11 worker 1\n  │  └─ 12 helper (zombie)\n  └─ 13 worker 2 (stopped)\n");
}
END_TEST

START_TEST(orphans_are_roots) {
        const ProcessInfo p[] = { { 10, 1, "S", "a" }, { 20, 1, "S", "b" }, { 21, 20, "S", "c" } };

        assert_drawn(p, ARRAY_SIZE(p), "  10 a\n  20 b\n  └─ 21 c\n");
}
END_TEST

START_TEST(parents_in_a_circle_are_printed_once) {
        const ProcessInfo p[] = { { 10, 11, "S", "a" }, { 11, 10, "S", "b" }, { 12, 12, "S", "c" } };

        assert_drawn(p, ARRAY_SIZE(p), "  12 c\n  10 a\n  └─ 11 b\n");
}
END_TEST

START_TEST(depth_is_bounded) {
        ProcessInfo p[500];
        char *text = NULL;
        size_t size;

        for (unsigned i = 0; i < 500; i++)
                p[i] = (ProcessInfo){ .pid = i + 2, .ppid = i + 1, .state = "S", .command = "x" };
        FILE *f = open_memstream(&text, &size);
        ck_assert_int_eq(process_tree_print(p, 500, f), 0);
        ck_assert_int_eq(fclose(f), 0);
        size_t lines = 0;
        for (const char *s = text; *s; s++)
                lines += *s == '\n';
        ck_assert_uint_eq(lines, 500);
        free(text);
}
END_TEST

RUN_TESTS("process_tree", children_hang_below_their_parents, orphans_are_roots, parents_in_a_circle_are_printed_once,
        depth_is_bounded)
