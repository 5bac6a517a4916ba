/* Any bytes as a configuration: first through the reader alone, then through the whole load, twice, with the difference
 * of the two. What must hold: no crash, no leak, an error for each refusal, and a configuration equal to itself. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "conf/diff.h"
#include "conf/load.h"
#include "conf/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int ignore_section(void *userdata _unused_, const char *name _unused_, unsigned line _unused_) {
        return 0;
}

/* Touches every byte that it was given. */
static int weigh_key(void *userdata, const char *name, const char *value, unsigned line _unused_) {
        *(size_t *) userdata += strlen(name) + strlen(value);
        return 0;
}

static int ignore_error(void *userdata _unused_, unsigned line _unused_, const char *reason _unused_) {
        return 0;
}

static void read_source(int fd) {
        static const SourceHandler handler = { .section = ignore_section, .key = weigh_key, .error = ignore_error };
        size_t weight = 0;
        FILE *f = fdopen(dup(fd), "r");
        if (!f || source_parse_stream(f, &handler, &weight) < 0)
                abort();
        fclose(f);
}

static Config *load(const char *path) {
        static char *const environment[] = { (char *) "HOME=/home/me", (char *) "A=x %n 'y", NULL };
        LoadOptions o = { .path = path, .environment = environment, .is_root = true };
        Diagnostics d = { 0 };
        Config *c = NULL;
        int r = config_load(&o, &d, &c);
        char *text = diagnostics_to_string(&d);
        if (!text || (r == 0) != !!c || (r == -EBADMSG && !diagnostics_failed(&d)) || (r < 0 && r != -EBADMSG))
                abort();
        free(text);
        diagnostics_done(&d);
        return c;
}

static void compare(const Config *a, const Config *b) {
        ConfigDiff d = { 0 };
        if (config_diff(a, b, &d) < 0 || d.n_changes > 0)
                abort();
        config_diff_done(&d);
        for (size_t i = 0; i < a->n_services; i++)
                if (config_find_service(a, a->services[i]->name) != a->services[i])
                        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        char path[64];
        int fd = memfd_create("config", MFD_CLOEXEC);
        if (fd < 0 || write(fd, data, size) != (ssize_t) size || lseek(fd, 0, SEEK_SET) != 0)
                abort();
        read_source(fd);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        Config *a = load(path), *b = load(path);
        if (a && b)
                compare(a, b);
        config_unref(a);
        config_unref(b);
        close(fd);
        return 0;
}
