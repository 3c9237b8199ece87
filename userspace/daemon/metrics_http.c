// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics_http.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define OPENMETRICS "application/openmetrics-text"

/* Quality is told in thousandths. */
#define QUALITY_ONE 1000

/* The next part of a list, without blanks around it; NULL: there is no more. */
static const char *next(const char **list, char separator, size_t *size)
{
	const char *at = *list, *end;

	if (!at)
		return NULL;
	end = strchrnul(at, separator);
	*list = *end ? end + 1 : NULL;
	at += strspn(at, " \t");
	while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*size = end > at ? end - at : 0;
	return at;
}

static bool is(const char *at, size_t size, const char *word)
{
	return size == strlen(word) && !strncasecmp(at, word, size);
}

/* "0.75" is 750. */
static unsigned int quality(const char *at, size_t size)
{
	unsigned int value = 0, scale = 100;

	if (!size || *at < '0' || *at > '1')
		return 0;
	value = (*at - '0') * QUALITY_ONE;
	for (size_t i = 2; i < size && at[i] >= '0' && at[i] <= '9' && scale; i++, scale /= 10)
		value += (at[i] - '0') * scale;
	return value > QUALITY_ONE ? QUALITY_ONE : value;
}

struct range {
	bool openmetrics, text;
	unsigned int quality;
};

/* One of Accept, such as "text/plain; version=0.0.4; q=0.5". */
static struct range range_of(const char *at, size_t size)
{
	struct range range = { .quality = QUALITY_ONE };
	char copy[128];
	const char *list = copy, *part;

	if (size >= sizeof(copy))
		return range;
	memcpy(copy, at, size);
	copy[size] = '\0';
	part = next(&list, ';', &size);
	range.openmetrics = is(part, size, OPENMETRICS);
	range.text = is(part, size, "text/plain") || is(part, size, "text/*") || is(part, size, "*/*");
	while ((part = next(&list, ';', &size))) {
		if (size > 2 && !strncasecmp(part, "q=", 2))
			range.quality = quality(part + 2, size - 2);
		else if (size > 8 && !strncasecmp(part, "version=", 8) && !is(part + 8, size - 8, "1.0.0"))
			range.openmetrics = false;
	}
	return range;
}

enum metrics_format metrics_http_format(const char *accept)
{
	unsigned int openmetrics = 0, text = 0;
	const char *part;
	size_t size;

	while ((part = next(&accept, ',', &size))) {
		struct range range = range_of(part, size);

		if (range.openmetrics && range.quality > openmetrics)
			openmetrics = range.quality;
		if (range.text && range.quality > text)
			text = range.quality;
	}
	return openmetrics && openmetrics >= text ? METRICS_OPENMETRICS : METRICS_PROMETHEUS;
}

const char *metrics_http_type(enum metrics_format format)
{
	return format == METRICS_OPENMETRICS ? OPENMETRICS "; version=1.0.0; charset=utf-8" :
					       "text/plain; version=0.0.4; charset=utf-8";
}
