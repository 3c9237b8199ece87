// SPDX-License-Identifier: GPL-2.0-or-later
#include "money.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MICROS INT64_C(1000000)
#define WHOLE_MAX INT64_C(1000000000)
#define NS_PER_HOUR UINT64_C(3600000000000)
#define SECONDS_PER_DAY 86400

int headgate_money_parse(const char *text, int64_t *micros, char currency[4])
{
	int64_t whole = 0, part = 0, unit = MICROS;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	for (; isdigit((unsigned char)*text); text++) {
		whole = whole * 10 + (*text - '0');
		if (whole > WHOLE_MAX)
			return -EINVAL;
	}
	if (*text == '.') {
		if (!isdigit((unsigned char)*++text))
			return -EINVAL;
		for (; isdigit((unsigned char)*text); text++) {
			unit /= 10;
			if (!unit)
				return -EINVAL;
			part += (*text - '0') * unit;
		}
	}
	if (*text != ' ' && *text != '\t')
		return -EINVAL;
	text += strspn(text, " \t");
	for (int i = 0; i < 3; i++)
		if (text[i] < 'A' || text[i] > 'Z')
			return -EINVAL;
	if (text[3])
		return -EINVAL;
	strcpy(currency, text);
	*micros = whole * MICROS + part;
	return 0;
}

char *headgate_money_format(int64_t micros, char text[32])
{
	uint64_t size = micros < 0 ? -(uint64_t)micros : (uint64_t)micros;
	size_t length;

	snprintf(text, 32, "%s%" PRIu64 ".%06" PRIu64, micros < 0 ? "-" : "", size / MICROS, size % MICROS);
	for (length = strlen(text); text[length - 1] == '0' && text[length - 3] != '.'; length--)
		text[length - 1] = '\0';
	return text;
}

int headgate_day_parse(const char *text, int64_t *day)
{
	struct tm tm = {};
	char back[16];
	const char *end = strptime(text, "%Y-%m-%d", &tm);
	time_t time;

	if (!end || *end)
		return -EINVAL;
	time = timegm(&tm);
	/* The 31st of February would be a day in March. */
	strftime(back, sizeof(back), "%Y-%m-%d", &tm);
	if (strcmp(back, text))
		return -EINVAL;
	*day = time / SECONDS_PER_DAY;
	return 0;
}

int64_t headgate_cost(int64_t micros, uint64_t ns)
{
	return ((unsigned __int128)micros * ns + NS_PER_HOUR / 2) / NS_PER_HOUR;
}

struct rest {
	size_t place;
	uint64_t part;
	unsigned __int128 left;	/* what rounding took, times the sum of all parts */
};

/* Whoever lost most comes first. */
static int by_rest(const void *a, const void *b)
{
	const struct rest *x = a, *y = b;

	if (x->left != y->left)
		return x->left > y->left ? -1 : 1;
	if (x->part != y->part)
		return x->part > y->part ? -1 : 1;
	return x->place < y->place ? -1 : 1;
}

int headgate_cost_split(int64_t cost, const uint64_t *parts, int64_t *costs, size_t count)
{
	struct rest *rests = calloc(count ?: 1, sizeof(*rests));
	unsigned __int128 sum = 0, share;
	int64_t left = cost;

	if (!rests)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		sum += parts[i];
	for (size_t i = 0; i < count; i++) {
		share = sum ? (unsigned __int128)cost * parts[i] : 0;
		costs[i] = sum ? share / sum : 0;
		rests[i] = (struct rest){ .place = i, .part = parts[i], .left = sum ? share % sum : 0 };
		left -= costs[i];
	}
	if (!sum) {
		left = 0;
		if (count)
			costs[count - 1] = cost;
	}
	/* Fewer than there are parts; each gets at most one. */
	if (left > 0)
		qsort(rests, count, sizeof(*rests), by_rest);
	for (int64_t i = 0; i < left; i++)
		costs[rests[i].place]++;
	free(rests);
	return 0;
}
