/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Quantities (units.c) and enumerations (names.c) as words, and back. */
#ifndef LIBHEADGATE_UNITS_H
#define LIBHEADGATE_UNITS_H

#include <stddef.h>
#include <stdint.h>

#include <linux/headgate.h>

/* "4ms", "1.5s", "100us", "250ns", "2m", "1h", "0"; -EINVAL, -ERANGE. */
int headgate_duration_parse(const char *text, uint64_t *ns);

/* Three significant digits and a unit: "4 ms", "1.25 s"; returns @text. */
char *headgate_duration_format(uint64_t ns, char *text, size_t size);

/* "30%" as a fraction, 0.3; 0 to 100 %. */
int headgate_percent_parse(const char *text, double *fraction);

/**
 * headgate_cap_parse() - a cap: "30%", "30ms/100ms", or "max" for none
 * @text: text; a percentage is taken of HEADGATE_CAP_PERIOD_NS
 * @quota_ns: receives engine time per period, 0 for no cap
 * @period_ns: receives the period, never 0
 *
 * Return: 0, -EINVAL, or -ERANGE (no more than 0, or a quota above the period).
 */
int headgate_cap_parse(const char *text, uint64_t *quota_ns, uint64_t *period_ns);

/* 100 ms, as cpu.max has it: short against what people notice, long against a job. */
#define HEADGATE_CAP_PERIOD_NS	UINT64_C(100000000)

/* "max", "30%"; returns @text. */
char *headgate_cap_format(uint64_t quota_ns, uint64_t period_ns, char *text, size_t size);

/* A number for people: "998", "12.3k", "4.56M"; returns @text. */
char *headgate_count_format(uint64_t count, char *text, size_t size);

/* Decimal number within [min, max]; -EINVAL, -ERANGE. */
int headgate_number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *value);

/* "batch", "interactive"; -EINVAL. headgate_class_name() gives "?" for others. */
int headgate_class_parse(const char *text, enum headgate_class *class);
const char *headgate_class_name(enum headgate_class class);
const char *headgate_meter_name(enum headgate_meter meter);
const char *headgate_stall_kind_name(enum headgate_stall_kind kind);

#endif
