/* explain: the keys of the configuration, from the one table that the parser uses too. */
#include <string.h>

#include "conf/base/suggest.h"
#include "conf/schema.h"
#include "ctl/json.h"
#include "ctl/table.h"
#include "ctl/verbs.h"

static json_t *words_to_json(const char *const *words) {
        if (!words)
                return json_null();
        json_t *list = json_array();
        for (; *words; words++)
                (void) json_array_append_new(list, json_text(*words));
        return list;
}

static json_t *key_to_json(const SchemaKey *k) {
        return json_pack("{s:s, s:s, s:s, s:o, s:o, s:b, s:o, s:s}", "section", schema_section_to_string(k->section), "name",
                k->name, "type", schema_type_name(k), "default", json_text(k->default_value), "unit", json_text(k->unit),
                "needs_restart", k->needs_restart, "words", words_to_json(schema_type_words(k)), "help", k->help);
}

static void print_words(const char *const *words) {
        for (const char *const *w = words; w && *w; w++)
                (void) printf("%s%s", w == words ? "  one of:  " : " | ", *w);
        if (words)
                (void) putchar('\n');
}

static void print_key(const SchemaKey *k) {
        (void) printf("%s = %s\n  %s\n", k->name, schema_type_name(k), k->help);
        (void) printf("  section: [%s]%s\n", k->section == SCHEMA_SUPD ? "supd" : k->section == SCHEMA_GROUP ? "group:NAME" :
                      "service:NAME", k->section == SCHEMA_SERVICE ? " or [defaults]" : "");
        print_words(schema_type_words(k));
        (void) printf("  default: %s%s%s\n", k->default_value ?: "not set", k->unit ? " " : "", k->unit ?: "");
        if (k->section == SCHEMA_SERVICE)
                (void) printf("  a change takes effect %s\n", k->needs_restart ? "when the service is started again" :
                                                                                 "at once, by `supctl reload`");
}

/* "service:web", "defaults" and "service" all mean the section of services. */
static int find_section(const char *word, SchemaSection *ret) {
        char name[32];

        (void) snprintf(name, sizeof(name), "%.*s", (int) strcspn(word, ":"), word);
        int s = strcmp(name, "defaults") == 0 ? (int) SCHEMA_SERVICE : schema_section_from_string(name);
        if (s < 0)
                return -ENOENT;
        *ret = (SchemaSection) s;
        return 0;
}

typedef struct Wanted {
        const char *key;       /* NULL: all of the section */
        bool all_sections;
        SchemaSection section;
} Wanted;

static bool is_wanted(const SchemaKey *k, const Wanted *w) {
        if (w->key)
                return strcmp(w->key, k->name) == 0;
        return w->all_sections || k->section == w->section;
}

static int print_json(const Wanted *w) {
        json_t *list = json_array();

        for (size_t i = 0; i < n_schema_keys; i++)
                if (is_wanted(&schema_keys[i], w))
                        (void) json_array_append_new(list, key_to_json(&schema_keys[i]));
        return json_print(json_pack("{s:o}", "keys", list));
}

static void print_table(const Wanted *w) {
        static const char *const headers[] = { "SECTION", "KEY", "DEFAULT", "MEANING" };
        _cleanup_(table_done) Table t = TABLE_INIT(headers);

        for (size_t i = 0; i < n_schema_keys; i++) {
                const SchemaKey *k = &schema_keys[i];

                if (!is_wanted(k, w))
                        continue;
                table_add(&t, COLOUR_DIM, "%s", schema_section_to_string(k->section));
                table_add(&t, COLOUR_BOLD, "%s", k->name);
                table_add(&t, COLOUR_NONE, "%s", k->default_value ?: "-");
                table_add(&t, COLOUR_NONE, "%s", k->help);
        }
        (void) table_print(&t, stdout, text_wants_colour(stdout), 0);
        (void) puts("\n`supctl explain KEY` tells more about one.");
}

static int say_unknown(const char *word) {
        Suggestion near = { .wanted = word };

        for (size_t i = 0; i < n_schema_keys; i++)
                suggestion_offer(&near, schema_keys[i].name);
        if (near.best)
                say_error("no key or section is called '%s'; did you mean '%s'?", word, near.best);
        else
                say_error("no key or section is called '%s'; `supctl explain` lists all", word);
        return EXIT_FAILED;
}

static bool key_exists(const char *name) {
        for (size_t i = 0; i < n_schema_keys; i++)
                if (strcmp(schema_keys[i].name, name) == 0)
                        return true;
        return false;
}

int verb_explain(const Invocation *i) {
        const char *word = i->n_arguments > 0 ? i->arguments[0] : NULL;
        Wanted w = { .all_sections = !word };

        if (word && key_exists(word))
                w.key = word;
        else if (word && find_section(word, &w.section) < 0)
                return say_unknown(word);
        if (option_given(i->options, OPTION_JSON))
                return print_json(&w);
        if (!w.key) {
                print_table(&w);
                return EXIT_OK;
        }
        for (size_t k = 0; k < n_schema_keys; k++)
                if (is_wanted(&schema_keys[k], &w))
                        print_key(&schema_keys[k]);
        return EXIT_OK;
}
