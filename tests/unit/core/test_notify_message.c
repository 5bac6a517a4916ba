/* sd_notify messages, as real daemons send them and as nobody should. */
#include <string.h>

#include "daemon/core/notify_message.h"
#include "tests/unit/run_tests.h"

static NotifyMessage parse(const char *text) {
        NotifyMessage m;
        notify_message_parse(text, strlen(text), &m);
        return m;
}

static bool has_status(const NotifyMessage *m, const char *text) {
        return m->has_status && m->status_length == strlen(text) && memcmp(m->status, text, m->status_length) == 0;
}

START_TEST(messages_of_real_daemons) {
        NotifyMessage m = parse("READY=1\nSTATUS=Ready to handle connections\nMAINPID=16578"); /* php-fpm */
        ck_assert(m.ready && m.main_pid == 16578 && has_status(&m, "Ready to handle connections"));
        m = parse("STATUS=Waiting to flush the buffer pool\nEXTEND_TIMEOUT_USEC=30000000\n"); /* mariadb */
        ck_assert(!m.ready && m.extend_timeout == 30 * USEC_PER_SEC);
        m = parse("READY=1\nWATCHDOG=1\nSTATUS=Processes active: 0, idle: 2, Traffic: 0.00req/sec");
        ck_assert(m.ready && m.watchdog_ping && has_status(&m, "Processes active: 0, idle: 2, Traffic: 0.00req/sec"));
        m = parse("STATUS=\nSTOPPING=1\n"); /* rabbitmq */
        ck_assert(m.stopping && has_status(&m, ""));
        m = parse("RELOADING=1"); /* haproxy */
        ck_assert(m.reloading && !m.ready && m.n_malformed == 0);
}
END_TEST

START_TEST(unknown_assignments_and_empty_lines_are_ignored) {
        NotifyMessage m = parse("X_FOO=1\n\nFDSTORE=1\nREADY=1\n\n=\nREADYX=1\n");
        ck_assert(m.ready && m.n_malformed == 0);
}
END_TEST

START_TEST(malformed_values_change_nothing_and_are_counted) {
        NotifyMessage m = parse("READY=yes\nMAINPID=0\nMAINPID=-4\nMAINPID=99999999999\nWATCHDOG_USEC=abc\nERRNO=4096\n"
                                "EXTEND_TIMEOUT_USEC=\nWATCHDOG=2");
        ck_assert(!m.ready && m.main_pid == 0 && !m.has_watchdog_usec && !m.has_errno && m.extend_timeout == 0 &&
                !m.watchdog_ping);
        ck_assert_uint_eq(m.n_malformed, 8);
}
END_TEST

START_TEST(the_last_of_repeated_assignments_counts) {
        NotifyMessage m = parse("STATUS=a\nMAINPID=1\nSTATUS=b=c\nMAINPID=2\nWATCHDOG_USEC=0");
        ck_assert(has_status(&m, "b=c") && m.main_pid == 2 && m.has_watchdog_usec && m.watchdog_usec == 0);
}
END_TEST

/* The text is exactly as long as it says: AddressSanitizer sees every byte beyond. */
START_TEST(nothing_beyond_the_length_is_read) {
        const char *whole = "READY=1\nSTATUS=working\nMAINPID=123\nWATCHDOG=trigger";
        for (size_t n = 0; n <= strlen(whole); n++) {
                _cleanup_(freep) char *text = malloc(n ? n : 1);
                NotifyMessage m;
                memcpy(text, whole, n);
                notify_message_parse(text, n, &m);
                ck_assert(m.ready == (n >= 7));
                ck_assert(m.watchdog_trigger == (n == strlen(whole)));
        }
}
END_TEST

START_TEST(nul_bytes_are_bytes) {
        const char text[] = "STATUS=a\0b\nREADY=1";
        NotifyMessage m;
        notify_message_parse(text, sizeof text - 1, &m);
        ck_assert(m.ready && m.status_length == 3);
}
END_TEST

RUN_TESTS("notify_message", messages_of_real_daemons, unknown_assignments_and_empty_lines_are_ignored,
        malformed_values_change_nothing_and_are_counted, the_last_of_repeated_assignments_counts,
        nothing_beyond_the_length_is_read, nul_bytes_are_bytes)
