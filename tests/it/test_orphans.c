/* A thousand orphans by double fork: all reaped, none taken for a service. */
#include <stdio.h>
#include <string.h>

#include "harness.h"

#define N_ORPHANS 1000

static void start_orphans(const char *options) {
        conf_write("[service:maker]\ncommand = %s %d %s/orphans.marker %s\n"
                   "[service:bystander]\ncommand = %s --marker %s/bystander.marker\n",
                        program_path("orphans"), N_ORPHANS, box.dir, options, program_path("rude"), box.dir);
        supd_start();
        wait_for_line(in_box("orphans.marker"), text("made %d", N_ORPHANS));
        wait_for_line(in_box("bystander.marker"), "ready");
}

START_TEST(a_storm_of_orphans_leaves_no_zombie_and_no_service_changed) {
        start_orphans("");
        pid_t maker = service_pid("maker"), bystander = service_pid("bystander");
        wait_until(daemon_orphans_reaped() >= N_ORPHANS);
        ck_assert_uint_eq(count_zombies(box.supd), 0);
        ck_assert_uint_eq(daemon_orphans_reaped(), N_ORPHANS);

        ck_assert_int_eq(service_pid("maker"), maker);
        ck_assert_int_eq(service_pid("bystander"), bystander);
        ck_assert_uint_eq(view("maker").restarts, 0);
        ck_assert_uint_eq(view("bystander").restarts, 0);
        ck_assert_uint_eq(count_lines(in_box("bystander.marker"), "start"), 1);
        ck_assert_uint_eq(count_processes("orphans.marker"), 1);
}
END_TEST

START_TEST(living_orphans_end_with_their_service_and_no_other) {
        start_orphans("--linger");
        pid_t bystander = service_pid("bystander");
        wait_until(count_processes("orphans.marker") == N_ORPHANS + 1);
        supctl_ok("stop", "maker");
        ck_assert_uint_eq(count_processes("orphans.marker"), 0);
        wait_until(count_zombies(box.supd) == 0);
        ck_assert_int_eq(service_pid("bystander"), bystander);
}
END_TEST

int main(void) {
        Suite *s = suite_create("orphans");
        TCase *c = it_case(s, "storm");
        tcase_add_test(c, a_storm_of_orphans_leaves_no_zombie_and_no_service_changed);
        tcase_add_test(c, living_orphans_end_with_their_service_and_no_other);
        return it_main(s);
}
