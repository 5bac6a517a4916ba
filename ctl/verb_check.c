/* check: what supd would say about a configuration, without a supd. */
#include <string.h>

#include "conf/load.h"
#include "ctl/json.h"
#include "ctl/text.h"
#include "ctl/verbs.h"

extern char **environ;

static json_t *diagnostic_to_json(const Diagnostic *d) {
        return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "level", d->level == DIAG_ERROR ? "error" : "warning", "file",
                json_text(d->file), "line", d->line ? json_integer(d->line) : json_null(), "section", json_text(d->section), "key",
                json_text(d->key), "text", json_text(d->text));
}

static int print_json(const Diagnostics *d, bool ok) {
        json_t *list = json_array();

        for (size_t i = 0; i < d->n_items; i++)
                (void) json_array_append_new(list, diagnostic_to_json(&d->items[i]));
        return json_print(json_pack("{s:b, s:I, s:o}", "ok", ok, "errors", (json_int_t) d->n_errors, "diagnostics", list));
}

static void print_summary(const Config *config, const Diagnostics *d, const char *path) {
        if (!config)
                (void) fprintf(stderr, "%zu error%s; supd would not accept this.\n", d->n_errors, d->n_errors == 1 ? "" : "s");
        else if (d->n_errors > 0)
                (void) fprintf(stderr, "%zu error%s; supd would leave out the services that have one.\n", d->n_errors,
                        d->n_errors == 1 ? "" : "s");
        else
                (void) printf("%s: %zu service%s, no errors\n", config->path ?: path, config->n_services,
                        config->n_services == 1 ? "" : "s");
}

int verb_check_config(const Invocation *i) {
        _cleanup_(diagnostics_done) Diagnostics d = { 0 };
        _cleanup_(config_unrefp) Config *config = NULL;
        const char *path = i->n_arguments > 0 ? i->arguments[0] : NULL;
        const LoadOptions options = {
                .path = path,
                .environment = environ,
                .is_root = geteuid() == 0,
                .runtime_directory = i->options->runtime_directory,
        };

        int r = config_load(&options, &d, &config);
        bool ok = r >= 0 && !diagnostics_failed(&d);
        if (option_given(i->options, OPTION_JSON)) {
                int code = print_json(&d, ok);
                return code == EXIT_OK && !ok ? EXIT_FAILED : code;
        }
        (void) diagnostics_print(&d, stderr);
        if (r < 0 && d.n_items == 0)
                say_error("%s: %s", path ?: "the default configuration", strerror(-r));
        print_summary(config, &d, path ?: "");
        return ok ? EXIT_OK : EXIT_FAILED;
}
