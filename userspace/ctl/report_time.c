// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "report.h"

static int parse_ago(const char *text, int64_t now_s, int64_t *time_s)
{
	static const struct {
		char letter;
		int64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	char *end;
	unsigned long long count = strtoull(text, &end, 10);

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (*end != units[i].letter || end[1] || count > (unsigned long long)(now_s / units[i].seconds))
			continue;
		*time_s = now_s - (int64_t)count * units[i].seconds;
		return 0;
	}
	return -EINVAL;
}

int report_time_parse(const char *text, int64_t now_s, int64_t *time_s)
{
	static const char *const formats[] = { "%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S" };
	char plain[32], back[32];
	size_t length = strlen(text);

	if (!strcmp(text, "now")) {
		*time_s = now_s;
		return 0;
	}
	if (*text < '0' || *text > '9' || length >= sizeof(plain))
		return -EINVAL;
	strcpy(plain, text);
	if (plain[length - 1] == 'Z' && strchr(plain, 'T'))
		plain[length - 1] = '\0';
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct tm tm = {};
		const char *end = strptime(plain, formats[i], &tm);

		if (!end || *end)
			continue;
		*time_s = timegm(&tm);
		/* There is no 31st of February. */
		strftime(back, sizeof(back), formats[i], &tm);
		return strcmp(plain, back) ? -EINVAL : 0;
	}
	return parse_ago(text, now_s, time_s);
}

char *report_time_format(int64_t time_s, char text[32])
{
	time_t time = time_s;
	struct tm tm;

	gmtime_r(&time, &tm);
	strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return text;
}
