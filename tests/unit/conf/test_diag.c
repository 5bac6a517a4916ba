/* diag.h: the text form, order, limits. */
#include "conf/base/diag.h"

#include <string.h>

#include "tests/unit/run_tests.h"

START_TEST(unknown_parts_are_left_out) {
        _cleanup_(diagnostics_done) Diagnostics d = { 0 };
        diagnostics_add(&d, DIAG_ERROR, &(DiagPlace){ "/etc/x.ini", 3, "service:web", "user" }, "unknown user `%s`",
                        "x");
        diagnostics_add(&d, DIAG_WARNING, &(DiagPlace){ .file = "/etc/x.ini" }, "odd");
        diagnostics_add(&d, DIAG_ERROR, &(DiagPlace){ .section = "supd" }, "bad");
        diagnostics_add(&d, DIAG_ERROR, &(DiagPlace){ .key = "user" }, "bad");
        diagnostics_add(&d, DIAG_ERROR, NULL, "bad");
        _cleanup_(freep) char *s = diagnostics_to_string(&d);
        ck_assert_str_eq(s, "/etc/x.ini:3: service:web.user: unknown user `x`\n"
                            "/etc/x.ini: warning: odd\n"
                            "supd: bad\n"
                            "user: bad\n"
                            "bad");
        ck_assert_uint_eq(d.n_errors, 4);
        _cleanup_(freep) char *one = diagnostic_format(&d.items[0]);
        ck_assert_str_eq(one, "/etc/x.ini:3: service:web.user: unknown user `x`");
}
END_TEST

START_TEST(warnings_alone_are_no_failure) {
        _cleanup_(diagnostics_done) Diagnostics d = { 0 };
        ck_assert(!diagnostics_failed(&d));
        diagnostics_add(&d, DIAG_WARNING, NULL, "w");
        ck_assert(!diagnostics_failed(&d));
        d.out_of_memory = true;
        ck_assert(diagnostics_failed(&d));
}
END_TEST

START_TEST(control_bytes_never_reach_the_terminal) {
        _cleanup_(diagnostics_done) Diagnostics d = { 0 };
        diagnostics_add(&d, DIAG_ERROR, &(DiagPlace){ .file = "a\nb", .key = "\033[2J" }, "x\033]0;y\007 ä");
        _cleanup_(freep) char *s = diagnostics_to_string(&d);
        ck_assert_str_eq(s, "a?b: ?[2J: x?]0;y? ä");
}
END_TEST

START_TEST(ten_thousand_are_kept_and_the_rest_is_counted) {
        _cleanup_(diagnostics_done) Diagnostics d = { 0 };
        for (unsigned i = 0; i < DIAGNOSTICS_MAX + 5; i++)
                diagnostics_add(&d, DIAG_ERROR, NULL, "%u", i);
        ck_assert_uint_eq(d.n_items, DIAGNOSTICS_MAX);
        ck_assert_uint_eq(d.n_errors, DIAGNOSTICS_MAX + 5);
        _cleanup_(freep) char *s = diagnostics_to_string(&d);
        ck_assert_ptr_nonnull(strstr(s, "\n9999\n(and 5 more)"));
}
END_TEST

RUN_TESTS("diag", unknown_parts_are_left_out, warnings_alone_are_no_failure, control_bytes_never_reach_the_terminal,
                ten_thousand_are_kept_and_the_rest_is_counted);
