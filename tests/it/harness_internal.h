/* What the parts of the harness share; no test includes it. */
#pragma once

#include <stdarg.h>

#include "harness.h"

#define MESSAGE_MAX 4000

void sandbox_setup(void);
void sandbox_teardown(void);
char *textv(const char *format, va_list ap) __attribute__((format(printf, 1, 0)));
char *process_command(pid_t pid);
uint64_t it_deadline_length(void); /* milliseconds */
bool supd_answers(void);           /* its control socket takes a connection */
const char *tail_of(const char *s);
