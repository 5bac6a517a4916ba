/* Key types that hold text: strings, paths, word vectors, output targets. Pure; the strings are interned in the arena,
 * so that equal values of 1,000 services are one. */
#include <ctype.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>

#include "conf/base/parse.h"
#include "conf/schema_type.h"

static const char *string_of(const SchemaKey *key, const void *object) {
        return *(const char *const *) schema_const_field(key, object);
}

static char *const *words_of(const SchemaKey *key, const void *object) {
        return *(char *const *const *) schema_const_field(key, object);
}

static bool string_equal(const SchemaKey *key, const void *a, const void *b) {
        const char *x = string_of(key, a), *y = string_of(key, b);
        return x && y ? strcmp(x, y) == 0 : x == y;
}

static bool words_equal(const SchemaKey *key, const void *a, const void *b) {
        return strv_equal(words_of(key, a), words_of(key, b));
}

static int string_parse(const SchemaKey *key, const char *text, SchemaContext *context, void *object) {
        const char *s = arena_intern(context->arena, text);
        if (!s)
                return -ENOMEM;
        *(const char **) schema_field(key, object) = s;
        return 0;
}

static int string_format(const SchemaKey *key, const void *object, char **ret) {
        *ret = NULL;
        return string_of(key, object) ? schema_print(ret, "%s", string_of(key, object)) : 0;
}

const SchemaType schema_string = {
        .name = "text",
        .help = "text to the end of the line; quotes are part of it",
        .size = sizeof(char *),
        .parse = string_parse,
        .format = string_format,
        .equal = string_equal,
};

const SchemaType schema_shell = {
        .name = "shell command",
        .help = "text to the end of the line, as /bin/sh understands it; % before i, n or % is written %%",
        .size = sizeof(char *),
        .parse = string_parse,
        .format = string_format,
        .equal = string_equal,
};

static bool credentials_equal(const Credentials *a, const Credentials *b) {
        if (a == b)
                return true;
        if (!a || !b || a->uid != b->uid || a->gid != b->gid || a->n_groups != b->n_groups)
                return false;
        return a->n_groups == 0 || memcmp(a->groups, b->groups, a->n_groups * sizeof(gid_t)) == 0;
}

/* The same name may stand for somebody else by now: what was looked up counts as well. */
static bool user_equal(const SchemaKey *key, const void *a, const void *b) {
        const ServiceConfig *x = a, *y = b;
        return string_equal(key, a, b) && (!x->user || credentials_equal(x->credentials, y->credentials));
}

const SchemaType schema_user = {
        .name = "user",
        .help = "a user name or a number",
        .size = sizeof(char *),
        .parse = string_parse,
        .format = string_format,
        .equal = user_equal,
};

static int path_parse(const SchemaKey *key, const char *text, SchemaContext *context, void *object) {
        if (text[0] != '/')
                return schema_refuse(context, -EINVAL, "`%.*s` is not an absolute path", SCHEMA_QUOTE(text));
        return string_parse(key, text, context, object);
}

const SchemaType schema_path = {
        .name = "path",
        .help = "an absolute path",
        .size = sizeof(char *),
        .parse = path_parse,
        .format = string_format,
        .equal = string_equal,
};

int schema_intern_words(Arena *a, char *const *words, char *const **ret) {
        size_t n = strv_length(words);
        if (n == 0) {
                *ret = NULL;
                return 0;
        }
        _cleanup_(freep) const char **v = calloc(n + 1, sizeof(char *));
        if (!v)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                v[i] = arena_intern(a, words[i]);
                if (!v[i])
                        return -ENOMEM;
        }
        char *const *interned = arena_intern_data(a, v, (n + 1) * sizeof(char *), alignof(char *));
        if (!interned)
                return -ENOMEM;
        *ret = interned;
        return 0;
}

static int words_store(const SchemaKey *key, char *const *words, SchemaContext *context, void *object) {
        return schema_intern_words(context->arena, words, (char *const **) schema_field(key, object));
}

static int words_format(const SchemaKey *key, const void *object, char **ret) {
        char *const *words = words_of(key, object);
        *ret = NULL;
        if (!words)
                return 0;
        *ret = format_argv(words);
        return *ret ? 0 : -ENOMEM;
}

/* Split like a shell; the vector is *ret. */
static int split_words(SchemaContext *context, const char *text, char ***ret) {
        const char *error = "wrong quoting";
        int r = parse_argv(text, ret, &error);
        return r == -EINVAL ? schema_refuse(context, r, "%s", error) : r;
}

static int split_list(SchemaContext *context, const char *text, char ***ret) {
        int r = parse_list(text, ret);
        return r == -EINVAL ? schema_refuse(context, r, "quote is not closed, or backslash at the end") : r;
}

static int command_parse(const SchemaKey *key, const char *text, SchemaContext *context, void *object) {
        _cleanup_(strv_freep) char **argv = NULL;
        int r = split_words(context, text, &argv);
        if (r < 0)
                return r;
        if (!argv || !*argv[0])
                return schema_refuse(context, -EINVAL, "the name of the program is empty");
        return words_store(key, argv, context, object);
}

const SchemaType schema_command = {
        .name = "command",
        .help = "words separated by blanks; '...', \"...\" and backslash quote as in a shell, nothing is expanded",
        .size = sizeof(char **),
        .parse = command_parse,
        .format = words_format,
        .equal = words_equal,
};

static int words_parse(const SchemaKey *key, const char *text, SchemaContext *context, void *object) {
        _cleanup_(strv_freep) char **words = NULL;
        int r = split_list(context, text, &words);
        return r < 0 ? r : words_store(key, words, context, object);
}

const SchemaType schema_words = {
        .name = "list of words",
        .help = "words separated by commas or blanks",
        .size = sizeof(char **),
        .parse = words_parse,
        .format = words_format,
        .equal = words_equal,
};

const SchemaType schema_glob_list = {
        .name = "list of patterns",
        .help = "paths separated by commas or blanks, with * ? [...]; a path without them must exist",
        .size = sizeof(char **),
        .parse = words_parse,
        .format = words_format,
        .equal = words_equal,
};

static int path_list_parse(const SchemaKey *key, const char *text, SchemaContext *context, void *object) {
        _cleanup_(strv_freep) char **paths = NULL;
        int r = split_list(context, text, &paths);
        if (r < 0)
                return r;
        for (char **p = paths; p && *p; p++)
                if ((*p)[(*p)[0] == '-'] != '/')
                        return schema_refuse(context, -EINVAL, "`%.*s` is not an absolute path", SCHEMA_QUOTE(*p));
        return words_store(key, paths, context, object);
}

const SchemaType schema_path_list = {
        .name = "list of paths",
        .help = "absolute paths separated by commas or blanks; a leading - means that it may be missing",
        .size = sizeof(char **),
        .parse = path_list_parse,
        .format = words_format,
        .equal = words_equal,
};

/* An unquoted ",NAME=" inside a value: most likely meant as the next variable, as some supervisors write it. */
static bool has_comma_assignment(const char *text) {
        char quote = '\0';
        for (const char *p = text; *p; p++) {
                if (quote) {
                        quote = *p == quote ? '\0' : quote;
                } else if (*p == '\'' || *p == '"') {
                        quote = *p;
                } else if (*p == ',') {
                        size_t n = 0;
                        while (isalnum((unsigned char) p[1 + n]) || p[1 + n] == '_')
                                n++;
                        if (n > 0 && p[1 + n] == '=')
                                return true;
                }
        }
        return false;
}

static int environment_parse(const SchemaKey *key, const char *text, SchemaContext *context, void *object) {
        _cleanup_(strv_freep) char **words = NULL;
        int r = split_words(context, text, &words);
        if (r < 0)
                return r;
        for (char **w = words; w && *w; w++)
                if (!strchr(*w, '=') || (*w)[0] == '=')
                        return schema_refuse(context, -EINVAL, "`%.*s` is not NAME=value", SCHEMA_QUOTE(*w));
        if (has_comma_assignment(text) && !context->warning)
                context->warning = strdup("a comma does not separate variables, blanks do; quote the value if it "
                                          "belongs to it");
        return words_store(key, words, context, object);
}

const SchemaType schema_environment = {
        .name = "list of assignments",
        .help = "NAME=value separated by blanks, quoted as in a shell; the last of the same NAME wins",
        .size = sizeof(char **),
        .parse = environment_parse,
        .format = words_format,
        .equal = words_equal,
};

/* Output targets. The words are the enum's but for "file", which is written as its path. */
static const char *const output_kind_names[] = {
        [OUTPUT_AUTO] = "auto",
        [OUTPUT_FILE] = "file",
        [OUTPUT_INHERIT] = "inherit",
        [OUTPUT_NULL] = "null",
        [OUTPUT_JOURNAL] = "journal",
        [OUTPUT_SAME] = "same",
};
ENUM_TABLE(output_kind, OutputKind, output_kind_names, _OUTPUT_KIND_MAX);

static const char *const stdout_words[] = { "auto", "inherit", "null", "journal", NULL };
static const char *const stderr_words[] = { "auto", "inherit", "null", "journal", "same", NULL };

/* A relative path is told from a misspelt word by having a slash or a dot in it. */
static int output_path_parse(const SchemaKey *key, const char *text, SchemaContext *context, OutputTarget *target) {
        _cleanup_(freep) char *joined = NULL;
        if (!strchr(text, '/') && !strchr(text, '.'))
                return schema_refuse_word(context, text, key->type->words, ", or a path");
        if (text[strlen(text) - 1] == '/')
                return schema_refuse(context, -EINVAL, "`%.*s` is a directory", SCHEMA_QUOTE(text));
        if (text[0] != '/') {
                int r = schema_print(&joined, "%s/%s", context->log_directory ? context->log_directory : "", text);
                if (r < 0)
                        return r;
        }
        const char *path = arena_intern(context->arena, joined ? joined : text);
        if (!path)
                return -ENOMEM;
        *target = (OutputTarget){ .kind = OUTPUT_FILE, .path = path };
        return 0;
}

static int output_parse(const SchemaKey *key, const char *text, SchemaContext *context, void *object) {
        OutputTarget *target = schema_field(key, object);
        int kind = output_kind_from_string(text);
        if (kind == OUTPUT_SAME && key->type == &schema_stdout)
                return schema_refuse(context, -EINVAL, "only stderr can be `same`");
        if (kind < 0 || kind == OUTPUT_FILE)
                return output_path_parse(key, text, context, target);
        *target = (OutputTarget){ .kind = (OutputKind) kind };
        return 0;
}

static int output_format(const SchemaKey *key, const void *object, char **ret) {
        const OutputTarget *t = schema_const_field(key, object);
        return schema_print(ret, "%s", t->kind == OUTPUT_FILE ? t->path : output_kind_to_string(t->kind));
}

static bool output_equal(const SchemaKey *key, const void *a, const void *b) {
        const OutputTarget *x = schema_const_field(key, a), *y = schema_const_field(key, b);
        return x->kind == y->kind && (x->kind != OUTPUT_FILE || strcmp(x->path, y->path) == 0);
}

const SchemaType schema_stdout = {
        .name = "output",
        .help = "one of these words, or the path of a log file; a relative one (web.log, web/out) starts at "
                "log_directory",
        .words = stdout_words,
        .size = sizeof(OutputTarget),
        .parse = output_parse,
        .format = output_format,
        .equal = output_equal,
};

const SchemaType schema_stderr = {
        .name = "output",
        .help = "one of these words, or the path of a log file; a relative one (web.log, web/out) starts at "
                "log_directory",
        .words = stderr_words,
        .size = sizeof(OutputTarget),
        .parse = output_parse,
        .format = output_format,
        .equal = output_equal,
};
