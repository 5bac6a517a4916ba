/* What a pattern selects. The rules stand in ctl/protocol.h. Only looks: no service is changed here. */
#include <fnmatch.h>
#include <string.h>

#include "conf/base/suggest.h"
#include "daemon/control_internal.h"

static bool word_matches(const char *word, const ServiceConfig *service) {
        if (strcmp(word, service->name) == 0 || strcmp(word, service->template_name) == 0)
                return true;
        return strpbrk(word, "*?[") && fnmatch(word, service->name, 0) == 0;
}

static bool group_matches(const GroupConfig *group, const ServiceConfig *service) {
        for (char *const *word = group->services; word && *word; word++)
                if (word_matches(*word, service))
                        return true;
        return false;
}

void selection_done(Selection *s) {
        free(s->items);
        *s = (Selection){ 0 };
}

/* Configuration order; services that a reload left behind come last. Names are unique, so equal means the same service. */
static int compare_services(const void *a, const void *b) {
        const Service *x = *(Service *const *) a, *y = *(Service *const *) b;

        if (x->gone != y->gone)
                return x->gone ? 1 : -1;
        if (x->order != y->order)
                return x->order < y->order ? -1 : 1;
        return strcmp(x->config->name, y->config->name);
}

static void selection_sort(Selection *s) {
        size_t n = 0;

        if (s->n < 2)
                return;
        qsort(s->items, s->n, sizeof(s->items[0]), compare_services);
        for (size_t i = 0; i < s->n; i++)
                if (n == 0 || s->items[n - 1] != s->items[i])
                        s->items[n++] = s->items[i];
        s->n = n;
}

static int selection_add(Selection *s, Service *service) {
        if ((s->n & (s->n - 1)) == 0) { /* 0, 1, 2, 4, ...: full */
                Service **bigger = reallocarray(s->items, s->n ? s->n * 2 : 1, sizeof(s->items[0]));
                if (!bigger)
                        return -ENOMEM;
                s->items = bigger;
        }
        s->items[s->n++] = service;
        return 0;
}

/* 1: something matched. */
static int selection_add_matches(Manager *m, Selection *s, const char *pattern) {
        const GroupConfig *group = config_find_group(m->config, pattern);
        bool all = strcmp(pattern, "all") == 0;
        int found = 0;

        for (size_t i = 0; i < m->n_services; i++) {
                const ServiceConfig *config = m->services[i]->config;

                if (!all && !word_matches(pattern, config) && !(group && group_matches(group, config)))
                        continue;
                int r = selection_add(s, m->services[i]);
                if (r < 0)
                        return r;
                found = 1;
        }
        return found;
}

/* By far the most patterns are plain names: no walk over all services for these. A template that has instances is no service
 * of that name, so nothing is missed. */
static int selection_add_pattern(Manager *m, Selection *s, const char *pattern) {
        Service *service = manager_find_service(m, pattern);

        if (!service)
                return selection_add_matches(m, s, pattern);
        int r = selection_add(s, service);
        return r < 0 ? r : 1;
}

int selection_make(Manager *m, char *const *patterns, Selection *ret, const char **ret_unmatched) {
        _cleanup_(selection_done) Selection s = { 0 };

        for (char *const *p = patterns; p && *p; p++) {
                int r = selection_add_pattern(m, &s, *p);
                if (r < 0)
                        return r;
                if (r == 0 && strcmp(*p, "all") != 0) { /* all of nothing is nothing, and no error */
                        *ret_unmatched = *p;
                        return -ESRCH;
                }
                if (s.n > 2 * m->n_services) /* the same names again and again must not grow without bound */
                        selection_sort(&s);
        }
        selection_sort(&s);
        *ret = s;
        s = (Selection){ 0 };
        return 0;
}

int selection_unknown(Manager *m, const char *pattern, sd_bus_error *e) {
        Suggestion near = { .wanted = pattern };

        if (strpbrk(pattern, "*?["))
                return sd_bus_error_setf(
                        e, SUPD_ERROR_NO_SUCH_SERVICE, "no service matches '%s'; `supctl list` shows all", pattern);
        for (size_t i = 0; i < m->n_services; i++) {
                suggestion_offer(&near, m->services[i]->config->name);
                suggestion_offer(&near, m->services[i]->config->template_name);
        }
        for (size_t i = 0; i < m->config->n_groups; i++)
                suggestion_offer(&near, m->config->groups[i].name);
        if (near.best)
                return sd_bus_error_setf(e, SUPD_ERROR_NO_SUCH_SERVICE,
                        "no service or group is called '%s'; did you mean '%s'?", pattern, near.best);
        return sd_bus_error_setf(e, SUPD_ERROR_NO_SUCH_SERVICE,
                "no service or group is called '%s'; `supctl list` shows all", pattern);
}

static int selection_all(Manager *m, Selection *ret) {
        Service **items = malloc(MAX(m->n_services, (size_t) 1) * sizeof(*items));
        if (!items)
                return -ENOMEM;
        if (m->n_services > 0)
                memcpy(items, m->services, m->n_services * sizeof(*items));
        *ret = (Selection){ .items = items, .n = m->n_services };
        return 0;
}

int selection_read(Manager *m, sd_bus_message *message, bool empty_is_all, Selection *ret, sd_bus_error *e) {
        _cleanup_(strv_freep) char **patterns = NULL;
        const char *unmatched = NULL;

        int r = sd_bus_message_read_strv(message, &patterns);
        if (r < 0)
                return r;
        if (!patterns || !patterns[0]) {
                if (empty_is_all)
                        return selection_all(m, ret);
                return sd_bus_error_set(
                        e, SD_BUS_ERROR_INVALID_ARGS, "no service is named; say which, or 'all' for every one");
        }
        r = selection_make(m, patterns, ret, &unmatched);
        return r == -ESRCH ? selection_unknown(m, unmatched, e) : r;
}
