/* See process_tree.h. Each process is printed once, whatever the parents say: pids come from a moving target. */
#include "ctl/process_tree.h"

#include <string.h>

#include "ctl/text.h"

#define DEPTH_MAX 64

typedef struct Tree {
        const ProcessInfo *items;
        size_t n;
        bool *printed;
        FILE *f;
        char prefix[DEPTH_MAX * 8]; /* "│  " takes five bytes */
} Tree;

static bool has_parent_inside(const Tree *t, size_t i) {
        for (size_t k = 0; k < t->n; k++)
                if (k != i && t->items[k].pid == t->items[i].ppid)
                        return true;
        return false;
}

/* The next process after i, not printed yet, that is a child of pid; n: none. */
static size_t next_child(const Tree *t, size_t i, uint32_t pid) {
        for (; i < t->n; i++)
                if (!t->printed[i] && t->items[i].ppid == pid && t->items[i].pid != pid)
                        return i;
        return t->n;
}

static const char *state_word(const char *state) {
        switch (state[0]) {
        case 'T':
        case 't':
                return " (stopped)";
        case 'Z':
                return " (zombie)";
        case 'D':
                return " (waits for I/O)";
        default:
                return "";
        }
}

static void print_process(const Tree *t, const ProcessInfo *p, const char *branch) {
        (void) fprintf(t->f, "  %s%s%u ", t->prefix, branch, p->pid);
        text_put(t->f, p->command, strlen(p->command));
        (void) fprintf(t->f, "%s\n", state_word(p->state));
}

static void print_branch(Tree *t, size_t i, size_t depth, const char *branch, const char *below) {
        size_t length = strlen(t->prefix);

        t->printed[i] = true;
        print_process(t, &t->items[i], branch);
        if (depth + 1 >= DEPTH_MAX)
                return; /* the rest is printed as roots */
        strcat(t->prefix, below);
        for (size_t k = next_child(t, 0, t->items[i].pid); k < t->n;) {
                size_t next = next_child(t, k + 1, t->items[i].pid);
                bool last = next == t->n;

                print_branch(t, k, depth + 1, last ? "└─ " : "├─ ", last ? "   " : "│  ");
                k = next;
        }
        t->prefix[length] = '\0';
}

int process_tree_print(const ProcessInfo *processes, size_t n, FILE *f) {
        _cleanup_(freep) bool *printed = calloc(MAX(n, (size_t) 1), sizeof(*printed));
        Tree t = { .items = processes, .n = n, .printed = printed, .f = f };

        if (!printed)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                if (!printed[i] && !has_parent_inside(&t, i))
                        print_branch(&t, i, 0, "", "");
        for (size_t i = 0; i < n; i++)
                if (!printed[i])
                        print_branch(&t, i, 0, "", "");
        return 0;
}
