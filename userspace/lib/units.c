// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "units.h"

/* More digits than this cannot matter, and keep the arithmetic below exact. */
#define FRACTION_DIGITS 9

struct unit {
	const char *name;
	uint64_t scale;
};

static const struct unit durations[] = {
	{ "ns", 1 },
	{ "us", UINT64_C(1000) },
	{ "µs", UINT64_C(1000) },
	{ "ms", UINT64_C(1000000) },
	{ "s", UINT64_C(1000000000) },
	{ "m", UINT64_C(60000000000) },
	{ "min", UINT64_C(60000000000) },
	{ "h", UINT64_C(3600000000000) },
};

/* A decimal number as whole + fraction / 10^9; strtod() would follow the locale. */
static int parse_decimal(const char **text, uint64_t *whole, uint64_t *fraction)
{
	const char *at = *text;
	uint64_t value = 0, part = 0;
	int digits = 0;

	if (!isdigit((unsigned char)*at))
		return -EINVAL;
	for (; isdigit((unsigned char)*at); at++)
		if (__builtin_mul_overflow(value, UINT64_C(10), &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value))
			return -ERANGE;
	if (*at == '.') {
		at++;
		if (!isdigit((unsigned char)*at))
			return -EINVAL;
		for (; isdigit((unsigned char)*at); at++)
			if (digits < FRACTION_DIGITS) {
				part = part * 10 + (uint64_t)(*at - '0');
				digits++;
			}
	}
	for (; digits < FRACTION_DIGITS; digits++)
		part *= 10;
	*text = at;
	*whole = value;
	*fraction = part;
	return 0;
}

int headgate_duration_parse(const char *text, uint64_t *ns)
{
	uint64_t whole, fraction, value;
	int ret = parse_decimal(&text, &whole, &fraction);

	if (ret)
		return ret;
	while (*text == ' ')
		text++;
	if (!*text && !whole && !fraction) {
		*ns = 0;
		return 0;
	}
	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		const struct unit *unit = &durations[i];

		if (strcmp(text, unit->name))
			continue;
		if (__builtin_mul_overflow(whole, unit->scale, &value))
			return -ERANGE;
		/* fraction < 10^9 and scale <= 3.6 * 10^12: the product needs 72 bits */
		fraction = (uint64_t)((unsigned __int128)fraction * unit->scale / 1000000000);
		if (__builtin_add_overflow(value, fraction, &value))
			return -ERANGE;
		*ns = value;
		return 0;
	}
	return -EINVAL;
}

/* @value with about three significant digits, without zeros at the end of a fraction. */
static void format_short(double value, char *text, size_t size)
{
	char *end;

	snprintf(text, size, "%.*f", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value);
	if (!strpbrk(text, ".,"))
		return;
	end = text + strlen(text);
	while (end[-1] == '0')
		*--end = '\0';
	if (end[-1] == '.' || end[-1] == ',')
		end[-1] = '\0';
}

/* From which value on each unit is used; 10 min and 1 h are easier to read than their seconds. */
static const struct {
	double from_ns;
	double ns;
	const char *name;
} shown[] = {
	{ 3600e9, 3600e9, "h" }, { 600e9, 60e9, "min" }, { 999.5e6, 1e9, "s" }, { 999.5e3, 1e6, "ms" },
	{ 1e3, 1e3, "us" },
};

char *headgate_duration_format(uint64_t ns, char *text, size_t size)
{
	double value = (double)ns;
	char number[32];

	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		if (value < shown[i].from_ns)
			continue;
		format_short(value / shown[i].ns, number, sizeof(number));
		snprintf(text, size, "%s %s", number, shown[i].name);
		return text;
	}
	snprintf(text, size, "%" PRIu64 " ns", ns);
	return text;
}

int headgate_percent_parse(const char *text, double *fraction)
{
	uint64_t whole, part;
	int ret = parse_decimal(&text, &whole, &part);

	if (ret)
		return ret;
	while (*text == ' ')
		text++;
	if (strcmp(text, "%"))
		return -EINVAL;
	if (whole > 100 || (whole == 100 && part))
		return -ERANGE;
	*fraction = ((double)whole + (double)part / 1e9) / 100;
	return 0;
}

int headgate_cap_parse(const char *text, uint64_t *quota_ns, uint64_t *period_ns)
{
	uint64_t quota, period = HEADGATE_CAP_PERIOD_NS;
	const char *slash = strchr(text, '/');
	double fraction;
	int ret;

	if (!strcmp(text, "max")) {
		quota = 0;
		goto done;
	}
	if (slash) {
		char first[64];

		if ((size_t)(slash - text) >= sizeof(first))
			return -EINVAL;
		snprintf(first, sizeof(first), "%.*s", (int)(slash - text), text);
		ret = headgate_duration_parse(first, &quota);
		if (!ret)
			ret = headgate_duration_parse(slash + 1, &period);
	} else {
		ret = headgate_percent_parse(text, &fraction);
		quota = ret ? 0 : (uint64_t)(fraction * (double)period + 0.5);
	}
	if (ret)
		return ret;
	if (!quota || quota > period)
		return -ERANGE;
done:
	*quota_ns = quota;
	*period_ns = period;
	return 0;
}

char *headgate_cap_format(uint64_t quota_ns, uint64_t period_ns, char *text, size_t size)
{
	char number[32];

	if (!quota_ns || !period_ns || quota_ns >= period_ns) {
		snprintf(text, size, "max");
		return text;
	}
	format_short((double)quota_ns * 100 / (double)period_ns, number, sizeof(number));
	snprintf(text, size, "%s%%", number);
	return text;
}

char *headgate_count_format(uint64_t count, char *text, size_t size)
{
	static const char suffixes[] = "kMGTPE";
	double value = (double)count;
	char number[32];
	int step = -1;

	if (count < 1000) {
		snprintf(text, size, "%" PRIu64, count);
		return text;
	}
	for (; value >= 999.5; step++)
		value /= 1000;
	format_short(value, number, sizeof(number));
	snprintf(text, size, "%s%c", number, suffixes[step]);
	return text;
}

int headgate_number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	uint64_t whole = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (!isdigit((unsigned char)*text))
			return -EINVAL;
		if (__builtin_mul_overflow(whole, UINT64_C(10), &whole) ||
		    __builtin_add_overflow(whole, (uint64_t)(*text - '0'), &whole))
			return -ERANGE;
	}
	if (whole < min || whole > max)
		return -ERANGE;
	*value = whole;
	return 0;
}
