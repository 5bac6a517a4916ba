/* The rotation plan: random streams in random pieces against a slow oracle, and renames over a model of a directory. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "conf/base/macros.h"
#include "daemon/core/rotation.h"

#define STREAM_MAX 400000
#define CUTS_MAX   20000

static char stream[STREAM_MAX];

typedef struct Cuts {
        size_t at[CUTS_MAX]; /* where in the stream one file ends and the next begins */
        size_t n;
} Cuts;

static uint32_t random_state;

static uint32_t random_below(uint32_t n) {
        random_state ^= random_state << 13;
        random_state ^= random_state >> 17;
        random_state ^= random_state << 5;
        return random_state % n;
}

static size_t fill_stream(uint32_t line_max) {
        size_t size = 1 + random_below(line_max > 10000 ? STREAM_MAX : 40000);
        size_t next_newline = random_below(line_max);
        for (size_t i = 0; i < size; i++) {
                bool end = i == next_newline;
                stream[i] = end ? '\n' : 'x';
                if (end)
                        next_newline += 1 + random_below(line_max);
        }
        return size;
}

/* The rule of rotation.h, byte by byte. */
static void cut_by_rule(size_t size, uint64_t max_size, Cuts *ret) {
        ret->n = 0;
        uint64_t file = 0;
        for (size_t i = 0; i + 1 < size; i++) {
                file++;
                bool line_end = stream[i] == '\n' && file >= max_size;
                if (!line_end && file < max_size + ROTATION_OVERHANG)
                        continue;
                ret->at[ret->n++] = i + 1;
                file = 0;
        }
}

/* The plan as log_file.c uses it, with pieces of any size and writes that are cut short. */
static void cut_by_plan(size_t size, uint64_t max_size, uint32_t piece_max, Cuts *ret) {
        RotationState s;
        rotation_begin(&s, 0);
        ret->n = 0;
        for (size_t done = 0; done < size;) {
                size_t wish = 1 + random_below(piece_max), piece = MIN(size - done, wish);
                size_t n = rotation_admit(&s, max_size, stream + done, piece);
                if (n > piece) /* an assertion of Check costs a system call */
                        ck_abort_msg("more admitted than there is");
                size_t written = n > 0 && random_below(8) == 0 ? random_below((uint32_t) n) : n;
                rotation_advance(&s, max_size, stream + done, written);
                done += written;
                if (written < n || n == piece)
                        continue;
                ret->at[ret->n++] = done;
                rotation_begin(&s, 0);
        }
}

static void check_stream(uint32_t line_max, uint64_t max_size, uint32_t piece_max) {
        static Cuts wanted, got;
        size_t size = fill_stream(line_max);
        cut_by_rule(size, max_size, &wanted);
        cut_by_plan(size, max_size, piece_max, &got);
        ck_assert_uint_eq(got.n, wanted.n);
        ck_assert_int_eq(memcmp(got.at, wanted.at, got.n * sizeof(got.at[0])), 0);
}

START_TEST(any_chunking_cuts_where_the_rule_says) {
        random_state = 0x5eed + (uint32_t) _i;
        static const uint32_t line_maxes[] = { 1, 2, 80, 3000, 90000, 300000 };
        static const uint32_t piece_maxes[] = { 1, 7, 500, 65536, 1000000 };
        for (unsigned round = 0; round < 30; round++) {
                uint32_t line_max = line_maxes[random_below(ARRAY_SIZE(line_maxes))];
                uint32_t piece_max = piece_maxes[random_below(ARRAY_SIZE(piece_maxes))];
                check_stream(line_max, 20 + random_below(50000), piece_max);
        }
}
END_TEST

START_TEST(without_a_limit_everything_is_admitted) {
        RotationState s;
        rotation_begin(&s, UINT64_MAX - 10);
        ck_assert_uint_eq(rotation_admit(&s, ROTATION_NEVER, "a\nb\n", 4), 4);
}
END_TEST

START_TEST(full_file_waits_for_the_next_byte) {
        RotationState s;
        rotation_begin(&s, 0);
        ck_assert_uint_eq(rotation_admit(&s, 4, "abc\n", 4), 4);
        rotation_advance(&s, 4, "abc\n", 4);
        ck_assert_uint_eq(rotation_admit(&s, 4, "d", 1), 0);
}
END_TEST

START_TEST(file_found_beyond_its_limit_ends_at_the_first_newline) {
        RotationState s;
        rotation_begin(&s, 1000);
        ck_assert_uint_eq(rotation_admit(&s, 10, "rest\nnew\n", 9), 5);
}
END_TEST

START_TEST(line_is_cut_at_the_overhang_only) {
        RotationState s;
        rotation_begin(&s, 0);
        memset(stream, 'x', STREAM_MAX);
        ck_assert_uint_eq(rotation_admit(&s, 100, stream, STREAM_MAX), 100 + ROTATION_OVERHANG);
        stream[100 + ROTATION_OVERHANG - 1] = '\n';
        ck_assert_uint_eq(rotation_admit(&s, 100, stream, STREAM_MAX), 100 + ROTATION_OVERHANG);
        stream[99] = '\n';
        ck_assert_uint_eq(rotation_admit(&s, 100, stream, STREAM_MAX), 100);
}
END_TEST

/* --- renames --- */

#define KEEP_MAX 6

/* files[i] is the content of NAME.i, 0: not there. */
typedef struct Directory {
        unsigned files[KEEP_MAX + 2];
} Directory;

static unsigned first_free(const Directory *d, unsigned keep) {
        unsigned i = 1;
        while (i <= keep && d->files[i] != 0)
                i++;
        return i;
}

static unsigned count_files(const Directory *d) {
        unsigned n = 0;
        for (unsigned i = 0; i < ARRAY_SIZE(d->files); i++)
                n += d->files[i] != 0;
        return n;
}

/* Runs the first n_steps renames (a kill stops there); returns how many files were overwritten. */
static unsigned run_renames(Directory *d, unsigned keep, unsigned n_steps) {
        unsigned n = rotation_rename_count(keep, first_free(d, keep)), overwritten = 0;
        for (unsigned i = 0; i < MIN(n, n_steps); i++) {
                RotationRename step = rotation_rename(n, i);
                ck_assert_uint_ne(d->files[step.from], 0);
                ck_assert_uint_le(step.to, keep);
                overwritten += d->files[step.to] != 0;
                d->files[step.to] = d->files[step.from];
                d->files[step.from] = 0;
        }
        return overwritten;
}

static Directory directory_from_bits(unsigned bits, unsigned keep) {
        Directory d = { .files = { 1 } };
        for (unsigned i = 1; i <= keep; i++)
                d.files[i] = bits >> (i - 1) & 1 ? i + 1 : 0;
        return d;
}

START_TEST(rotation_frees_the_name_and_loses_only_the_oldest) {
        for (unsigned keep = 1; keep <= KEEP_MAX; keep++)
                for (unsigned bits = 0; bits < 1u << keep; bits++) {
                        Directory d = directory_from_bits(bits, keep);
                        unsigned n_before = count_files(&d);
                        bool all_used = bits == (1u << keep) - 1;
                        ck_assert_uint_eq(run_renames(&d, keep, UINT32_MAX), all_used ? 1 : 0);
                        ck_assert_uint_eq(d.files[0], 0);
                        ck_assert_uint_eq(d.files[1], 1);
                        ck_assert_uint_eq(count_files(&d), n_before - (all_used ? 1 : 0));
                        unsigned newest = 0; /* older files have larger numbers, before and after */
                        for (unsigned i = 1; i <= keep; i++)
                                if (d.files[i] != 0) {
                                        ck_assert_uint_gt(d.files[i], newest);
                                        newest = d.files[i];
                                }
                }
}
END_TEST

START_TEST(rotation_killed_at_any_step_is_completed_by_the_next) {
        for (unsigned steps = 0; steps < KEEP_MAX; steps++) {
                Directory d = directory_from_bits((1u << KEEP_MAX) - 1, KEEP_MAX);
                unsigned overwritten = run_renames(&d, KEEP_MAX, steps);
                ck_assert_uint_eq(d.files[0], 1);
                overwritten += run_renames(&d, KEEP_MAX, UINT32_MAX);
                ck_assert_uint_eq(overwritten, 1);
                ck_assert_uint_eq(d.files[0], 0);
                ck_assert_uint_eq(d.files[1], 1);
        }
}
END_TEST

START_TEST(nothing_is_renamed_when_nothing_is_kept) {
        ck_assert_uint_eq(rotation_rename_count(0, 1), 0);
}
END_TEST

int main(void) {
        TCase *t = tcase_create("rotation");
        tcase_add_loop_test(t, any_chunking_cuts_where_the_rule_says, 0, 10);
        tcase_add_test(t, without_a_limit_everything_is_admitted);
        tcase_add_test(t, full_file_waits_for_the_next_byte);
        tcase_add_test(t, file_found_beyond_its_limit_ends_at_the_first_newline);
        tcase_add_test(t, line_is_cut_at_the_overhang_only);
        tcase_add_test(t, rotation_frees_the_name_and_loses_only_the_oldest);
        tcase_add_test(t, rotation_killed_at_any_step_is_completed_by_the_next);
        tcase_add_test(t, nothing_is_renamed_when_nothing_is_kept);
        Suite *s = suite_create("rotation");
        suite_add_tcase(s, t);
        SRunner *r = srunner_create(s);
        srunner_run_all(r, CK_NORMAL);
        int n_failed = srunner_ntests_failed(r);
        srunner_free(r);
        return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
