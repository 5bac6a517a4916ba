/* "did you mean ...?". Pure; works on the stack, which is why very long words are never near anything. */
#include "conf/base/suggest.h"

#include <ctype.h>
#include <string.h>

/* Longest word that is compared. No key, verb or service name is longer. */
#define WORD_MAX 64

static bool same(char a, char b) {
        return tolower((unsigned char) a) == tolower((unsigned char) b);
}

/* One row of the matrix: distances of a[0..i] to every prefix of b, from the two rows before it. */
static void next_row(const char *a, const char *b, size_t n_b, size_t i, const size_t *before, const size_t *above,
                size_t *row) {
        row[0] = i + 1;
        for (size_t j = 0; j < n_b; j++) {
                size_t d = above[j] + !same(a[i], b[j]);
                d = MIN(d, above[j + 1] + 1);
                d = MIN(d, row[j] + 1);
                if (i > 0 && j > 0 && same(a[i], b[j - 1]) && same(a[i - 1], b[j]))
                        d = MIN(d, before[j - 1] + 1);
                row[j + 1] = d;
        }
}

size_t edit_distance(const char *a, const char *b) {
        size_t n_a = strlen(a), n_b = strlen(b);
        if (n_a > WORD_MAX || n_b > WORD_MAX)
                return strcmp(a, b) == 0 ? 0 : MAX(n_a, n_b);
        size_t rows[3][WORD_MAX + 1];
        size_t *before = rows[0], *above = rows[1], *row = rows[2];
        for (size_t j = 0; j <= n_b; j++)
                above[j] = before[j] = j;
        for (size_t i = 0; i < n_a; i++) {
                next_row(a, b, n_b, i, before, above, row);
                size_t *oldest = before;
                before = above;
                above = row;
                row = oldest;
        }
        return above[n_b];
}

void suggestion_offer(Suggestion *s, const char *candidate) {
        size_t limit = MAX(strlen(s->wanted) / 3, (size_t) 1);
        size_t d = edit_distance(s->wanted, candidate);
        if (d > limit || (s->best && d >= s->distance))
                return;
        s->best = candidate;
        s->distance = d;
}
