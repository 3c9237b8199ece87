// SPDX-License-Identifier: GPL-2.0-or-later
/* What is said on the probe socket: understood whole, or refused with what is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probe_message.h"

static char error[256];

static int parse(const char *line, struct headgate_probe_message *message)
{
	return headgate_probe_parse(line, message, error, sizeof(error));
}

static void good_messages__are_understood_and_said_again(void **state)
{
	static const struct {
		const char *line;
		struct headgate_probe_message message;
	} cases[] = {
		{ "begin device=0000:03:00.0 probe=gemv allowed_us=2000000",
		  { HEADGATE_PROBE_BEGIN, "0000:03:00.0", "gemv", 0, 2000000, 0 } },
		{ "begin device=simgpu probe=a-b_c.d:e", { HEADGATE_PROBE_BEGIN, "simgpu", "a-b_c.d:e", 0, 0, 0 } },
		{ "end device=d probe=p result=ok time_ns=1500000",
		  { HEADGATE_PROBE_END, "d", "p", HEADGATE_PROBE_OK, 0, 1500000 } },
		{ "end device=d probe=p result=wrong", { HEADGATE_PROBE_END, "d", "p", HEADGATE_PROBE_WRONG, 0, 0 } },
		{ "end device=d probe=p result=failed", { HEADGATE_PROBE_END, "d", "p", HEADGATE_PROBE_FAILED, 0, 0 } },
		{ "subscribe", { HEADGATE_PROBE_SUBSCRIBE, "", "", 0, 0, 0 } },
		{ "calibrate device=d", { HEADGATE_PROBE_CALIBRATE, "d", "", 0, 0, 0 } },
	};
	char line[HEADGATE_PROBE_MESSAGE_MAX];
	struct headgate_probe_message message;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(parse(cases[i].line, &message), 0);
		assert_memory_equal(&message, &cases[i].message, sizeof(message));
		assert_int_equal(headgate_probe_format(&message, line, sizeof(line)),
				 strlen(cases[i].line));
		assert_string_equal(line, cases[i].line);
		/* As a shell would say it, and in another order. */
		snprintf(line, sizeof(line), "%s\n", cases[i].line);
		assert_int_equal(parse(line, &message), 0);
	}
	assert_int_equal(parse("end  result=ok probe=p device=d", &message), 0);
	assert_int_equal(headgate_probe_format(&message, line, 10), -7);
}

static void bad_messages__are_refused_with_what_is_wrong(void **state)
{
	static const struct {
		const char *line, *error;
	} cases[] = {
		{ "", "there is no message \"\"; there are begin, end, subscribe and calibrate" },
		{ "hello", "there is no message \"hello\"; there are begin, end, subscribe and calibrate" },
		{ "begin device=d", "begin needs probe=" },
		{ "end device=d probe=p", "end needs result=" },
		{ "calibrate", "calibrate needs device=" },
		{ "subscribe device=d", "subscribe takes no word device" },
		{ "begin device=d probe=p result=ok", "begin takes no word result" },
		{ "begin device=d probe=p device=e", "device is there twice" },
		{ "begin device=a/b probe=p", "device=a/b is not what device can be" },
		{ "begin device= probe=p", "device= is not what device can be" },
		{ "begin device probe=p", "device= is not what device can be" },
		{ "end device=d probe=p result=fine", "result=fine is not what result can be" },
		{ "end device=d probe=p result=ok time_ns=0", "time_ns=0 is not what time_ns can be" },
		{ "end device=d probe=p result=ok time_ns=-1", "time_ns=-1 is not what time_ns can be" },
		{ "end device=d probe=p result=ok time_ns=1e9", "time_ns=1e9 is not what time_ns can be" },
		{ "begin device=d probe=p allowed_us=99999999999999999999",
		  "allowed_us=99999999999999999999 is not what allowed_us can be" },
		{ "begin device=d probe=p allowed_us=1000000001", "allowed_us=1000000001 is not what allowed_us can be" },
		{ "begin device=d\tprobe=p", "a message is of printable ASCII" },
		{ "subscribe\nsubscribe", "a message is one line of at most 511 bytes" },
		{ "begin device=d probe=12345678901234567890123456789012",
		  "probe=12345678901234567890123456789012 is not what probe can be" },
	};
	struct headgate_probe_message message;
	char longest[HEADGATE_PROBE_MESSAGE_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(parse(cases[i].line, &message), -22);
		assert_string_equal(error, cases[i].error);
	}
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(parse(longest, &message), -22);
	assert_string_equal(error, "a message is one line of at most 511 bytes");
}

/* Whatever comes, nothing is read or written beyond its end: the sanitizers watch. */
static void random_messages__do_no_harm(void **state)
{
	static const char *const words[] = {
		"begin", "end", "device=", "probe=", "result=ok", "time_ns=", "=", " ", "\n", "x", "9", "\x80", "allowed_us=",
	};
	struct headgate_probe_message message;
	unsigned short dice[3] = { 1, 2, 3 };
	char line[600], little[32];

	(void)state;
	for (int i = 0; i < 100000; i++) {
		line[0] = '\0';
		for (int words_left = (int)(nrand48(dice) % 12); words_left > 0; words_left--)
			strcat(line, words[nrand48(dice) % (sizeof(words) / sizeof(words[0]))]);
		headgate_probe_parse(line, &message, little, sizeof(little));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_messages__are_understood_and_said_again),
		cmocka_unit_test(bad_messages__are_refused_with_what_is_wrong),
		cmocka_unit_test(random_messages__do_no_harm),
	};

	return cmocka_run_group_tests_name("probe_message", tests, NULL, NULL);
}
