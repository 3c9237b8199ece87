// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe_message.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

enum key { KEY_DEVICE, KEY_PROBE, KEY_RESULT, KEY_ALLOWED, KEY_TIME, KEYS };

static const char *const keys[KEYS] = { "device", "probe", "result", "allowed_us", "time_ns" };

static const struct {
	const char *name;
	unsigned int needs;
	unsigned int takes;
} verbs[HEADGATE_PROBE_VERBS] = {
	[HEADGATE_PROBE_BEGIN] = { "begin", 1 << KEY_DEVICE | 1 << KEY_PROBE, 1 << KEY_ALLOWED },
	[HEADGATE_PROBE_END] = { "end", 1 << KEY_DEVICE | 1 << KEY_PROBE | 1 << KEY_RESULT, 1 << KEY_TIME },
	[HEADGATE_PROBE_SUBSCRIBE] = { "subscribe", 0, 0 },
	[HEADGATE_PROBE_CALIBRATE] = { "calibrate", 1 << KEY_DEVICE, 0 },
};

/* 17 minutes, in which headgated would notice nothing. */
#define ALLOWED_MAX_US	UINT64_C(1000000000)
#define TIME_MAX_NS	(ALLOWED_MAX_US * 1000)

static int __attribute__((format(printf, 3, 4))) fail(char *error, size_t size, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, size, format, args);
	va_end(args);
	return -EINVAL;
}

static bool take_name(const char *value, char *name, size_t size)
{
	size_t length = strlen(value);

	if (!length || length >= size ||
	    strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:_-") != length)
		return false;
	strcpy(name, value);
	return true;
}

static bool take_number(const char *value, uint64_t max, uint64_t *number)
{
	char *end;

	if (strspn(value, "0123456789") != strlen(value) || strlen(value) > 15)
		return false;
	*number = strtoull(value, &end, 10);
	return *number && *number <= max;
}

static bool take(struct headgate_probe_message *message, enum key key, const char *value)
{
	switch (key) {
	case KEY_DEVICE:
		return take_name(value, message->device, sizeof(message->device));
	case KEY_PROBE:
		return take_name(value, message->probe, sizeof(message->probe));
	case KEY_RESULT:
		return !headgate_probe_outcome_parse(value, &message->outcome);
	case KEY_ALLOWED:
		return take_number(value, ALLOWED_MAX_US, &message->allowed_us);
	case KEY_TIME:
		return take_number(value, TIME_MAX_NS, &message->time_ns);
	case KEYS:
		break;
	}
	return false;
}

/* @word is "key=value" of a verb; its bit is added to @seen. */
static int take_word(struct headgate_probe_message *message, char *word, unsigned int *seen, char *error,
		     size_t size)
{
	unsigned int allowed = verbs[message->verb].needs | verbs[message->verb].takes;
	char *value = strchr(word, '=');
	size_t i;

	if (value)
		*value++ = '\0';
	for (i = 0; i < KEYS && strcmp(word, keys[i]); i++)
		;
	if (i == KEYS || !(allowed & 1U << i))
		return fail(error, size, "%s takes no word %s", verbs[message->verb].name, word);
	if (*seen & 1U << i)
		return fail(error, size, "%s is there twice", word);
	if (!value || !take(message, (enum key)i, value))
		return fail(error, size, "%s=%s is not what %s can be", word, value ? value : "", word);
	*seen |= 1U << i;
	return 0;
}

int headgate_probe_parse(const char *line, struct headgate_probe_message *message, char *error, size_t size)
{
	char copy[HEADGATE_PROBE_MESSAGE_MAX], *at = copy, *word;
	unsigned int seen = 0, lacks;
	size_t length = strcspn(line, "\n"), i;

	*message = (struct headgate_probe_message){ 0 };
	if (length >= sizeof(copy) || line[length + (line[length] == '\n')])
		return fail(error, size, "a message is one line of at most %zu bytes", sizeof(copy) - 1);
	memcpy(copy, line, length);
	copy[length] = '\0';
	/* The sentence is shown, and repeats what was said. */
	for (char *c = copy; *c; c++)
		if (*c < ' ' || *c > '~')
			return fail(error, size, "a message is of printable ASCII");
	word = strsep(&at, " ");
	for (i = 0; i < HEADGATE_PROBE_VERBS && strcmp(word, verbs[i].name); i++)
		;
	if (i == HEADGATE_PROBE_VERBS)
		return fail(error, size, "there is no message \"%.32s\"; there are begin, end, subscribe and calibrate", word);
	message->verb = (enum headgate_probe_verb)i;
	while ((word = strsep(&at, " ")))
		if (*word && take_word(message, word, &seen, error, size))
			return -EINVAL;
	lacks = verbs[i].needs & ~seen;
	if (lacks)
		return fail(error, size, "%s needs %s=", verbs[i].name, keys[__builtin_ctz(lacks)]);
	return 0;
}

int headgate_probe_format(const struct headgate_probe_message *message, char *line, size_t size)
{
	unsigned int takes = verbs[message->verb].needs | verbs[message->verb].takes;
	char device[HEADGATE_DEVICE_NAME_MAX + 8] = "", probe[HEADGATE_PROBE_NAME_MAX + 8] = "";
	char result[24] = "", allowed[40] = "", time[40] = "";
	int length;

	if (takes & 1U << KEY_DEVICE)
		snprintf(device, sizeof(device), " device=%s", message->device);
	if (takes & 1U << KEY_PROBE)
		snprintf(probe, sizeof(probe), " probe=%s", message->probe);
	if (takes & 1U << KEY_RESULT)
		snprintf(result, sizeof(result), " result=%s", headgate_probe_outcome_name(message->outcome));
	if (takes & 1U << KEY_ALLOWED && message->allowed_us)
		snprintf(allowed, sizeof(allowed), " allowed_us=%" PRIu64, message->allowed_us);
	if (takes & 1U << KEY_TIME && message->time_ns)
		snprintf(time, sizeof(time), " time_ns=%" PRIu64, message->time_ns);
	length = snprintf(line, size, "%s%s%s%s%s%s", verbs[message->verb].name, device, probe, result,
			  allowed, time);
	return length < (int)size ? length : -E2BIG;
}
