/* Exit statuses: decoding, judgement, words. */
#include <sys/wait.h>

#include "daemon/core/exit_status.h"
#include "tests/unit/core/service_fixture.h"
#include "tests/unit/run_tests.h"

START_TEST(siginfo_is_decoded_in_full) {
        ExitStatus s = exit_status_from_siginfo(CLD_EXITED, 7);
        ck_assert(s.kind == EXIT_CODE && s.value == 7);
        s = exit_status_from_siginfo(CLD_KILLED, SIGKILL);
        ck_assert(s.kind == EXIT_SIGNAL && s.value == SIGKILL);
        s = exit_status_from_siginfo(CLD_DUMPED, SIGSEGV);
        ck_assert(s.kind == EXIT_CORE_DUMP && s.value == SIGSEGV);
}
END_TEST

START_TEST(words_name_codes_signals_and_core_dumps) {
        char buf[EXIT_STATUS_FORMAT_MAX];
        ck_assert_str_eq(exit_status_format((ExitStatus){ EXIT_CODE, 3 }, buf), "exited with code 3");
        ck_assert_str_eq(exit_status_format((ExitStatus){ EXIT_SIGNAL, SIGKILL }, buf), "killed by signal KILL");
        ck_assert_str_eq(exit_status_format((ExitStatus){ EXIT_CORE_DUMP, SIGSEGV }, buf), "dumped core on signal SEGV");
        ck_assert_str_eq(exit_status_format((ExitStatus){ EXIT_SIGNAL, SIGRTMIN + 3 }, buf), "killed by signal RTMIN+3");
        ck_assert_str_eq(exit_status_format((ExitStatus){ EXIT_SIGNAL, 33 }, buf), "killed by signal 33");
}
END_TEST

START_TEST(signals_that_ask_to_end_are_clean_others_are_not) {
        ServiceConfig c = fixture_config();
        const int clean[] = { SIGHUP, SIGINT, SIGTERM, SIGPIPE }, unclean[] = { SIGKILL, SIGSEGV, SIGABRT, SIGALRM };
        for (size_t i = 0; i < ARRAY_SIZE(clean); i++)
                ck_assert(exit_status_is_clean(&c, (ExitStatus){ EXIT_SIGNAL, clean[i] }));
        for (size_t i = 0; i < ARRAY_SIZE(unclean); i++)
                ck_assert(!exit_status_is_clean(&c, (ExitStatus){ EXIT_SIGNAL, unclean[i] }));
        ck_assert(!exit_status_is_clean(&c, (ExitStatus){ EXIT_CORE_DUMP, SIGTERM }));
}
END_TEST

START_TEST(success_exit_status_adds_codes_and_signals) {
        ExitStatusSet set = { .codes = { 1u << 24, 0, 0, 0, 0, 0, 0, 1u << 31 }, .signals = { 1ull << SIGALRM } };
        ServiceConfig c = fixture_config();
        c.success_exit_status = &set;
        ck_assert_int_eq(exit_status_to_result(&c, (ExitStatus){ EXIT_CODE, 24 }), RESULT_SUCCESS);
        ck_assert_int_eq(exit_status_to_result(&c, (ExitStatus){ EXIT_CODE, 255 }), RESULT_SUCCESS);
        ck_assert_int_eq(exit_status_to_result(&c, (ExitStatus){ EXIT_CODE, 25 }), RESULT_EXIT_CODE);
        ck_assert_int_eq(exit_status_to_result(&c, (ExitStatus){ EXIT_SIGNAL, SIGALRM }), RESULT_SUCCESS);
        ck_assert_int_eq(exit_status_to_result(&c, (ExitStatus){ EXIT_SIGNAL, SIGUSR1 }), RESULT_SIGNAL);
        ck_assert_int_eq(exit_status_to_result(&c, (ExitStatus){ EXIT_CORE_DUMP, SIGABRT }), RESULT_CORE_DUMP);
}
END_TEST

RUN_TESTS("exit_status", siginfo_is_decoded_in_full, words_name_codes_signals_and_core_dumps,
        signals_that_ask_to_end_are_clean_others_are_not, success_exit_status_adds_codes_and_signals)
