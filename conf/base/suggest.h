/* "did you mean ...?": the nearest of some known words. */
#pragma once

#include "conf/base/macros.h"

/* Damerau-Levenshtein distance (insert, delete, replace, swap of neighbours), case ignored. */
size_t edit_distance(const char *a, const char *b);

typedef struct Suggestion {
        const char *wanted;
        const char *best; /* NULL while none is near enough */
        size_t distance;
} Suggestion;

/* Offer candidates one by one; best is the nearest whose distance is at most a third of the word's length, at least 1. */
void suggestion_offer(Suggestion *s, const char *candidate);
