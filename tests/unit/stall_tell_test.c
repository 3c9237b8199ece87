// SPDX-License-Identifier: GPL-2.0-or-later
/* What is told of a stall, to people, programs and the journal. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include <cmocka.h>

#include "log.h"
#include "stall_tell.h"
#include "wrap.h"

#define MS	1000000ULL

static const struct headgate_stall job = {
	.kind = HEADGATE_STALL_KIND_JOB, .agent_id = 7, .lane_id = 3, .device_id = 2, .pid = 12,
	.deadline_ns = 10000 * MS, .waiting = 4, .waiting_agents = 2, .comm = "python3",
};

static const struct stall_names names = { "/ml/a", "0000:c1:00.0", "gfx", "" };

/* ---- what the journal would get ---- */

static char journal[4096];
static bool journal_is_there;

bool log_to_journal(void)
{
	return journal_is_there;
}

int __wrap_sd_journal_sendv(const struct iovec *lines, int count)
{
	size_t length = 0;

	journal[0] = '\0';
	for (int i = 0; i < count; i++)
		length += (size_t)snprintf(journal + length, sizeof(journal) - length, "%.*s\n",
					   (int)lines[i].iov_len, (char *)lines[i].iov_base);
	return 0;
}

static char logged[4096];

void log_write(int priority, const char *format, ...)
{
	va_list args;
	int length = snprintf(logged, sizeof(logged), "<%d>", priority);

	va_start(args, format);
	vsnprintf(logged + length, sizeof(logged) - (size_t)length, format, args);
	va_end(args);
}

static void tell_of(const struct headgate_stall *stall, bool end, const struct tell_words *words)
{
	const struct tell tell = stall_tell(stall, end, words);

	tell_log(&tell);
}

/* ---- sentences ---- */

static void says(const struct headgate_stall *stall, bool end, uint64_t age_ms,
		 const struct stall_names *of, const char *expected)
{
	struct tell_words words;

	assert_int_equal(stall_words(stall, end, age_ms * MS, of, &words), 0);
	assert_string_equal(words.sentence, expected);
	tell_words_free(&words);
}

static void sentences__name_whose_it_is_and_what_waits(void **state)
{
	struct headgate_stall stall = job;
	const struct stall_names nothing = { "", "", "", "" };
	const struct stall_names dump = { "", "card", "", "/sys/class/devcoredump/devcd1/data" };

	(void)state;
	says(&stall, false, 12300, &names,
	     "stall: a job of process 12 (python3) of agent /ml/a is with engine gfx (lane 3) of device 0000:c1:00.0 for 12.3 s, its deadline was 10 s; 4 tickets of 2 agents wait behind it");
	says(&stall, true, 33000, &names,
	     "stall over after 33 s: the job of process 12 (python3) of agent /ml/a at engine gfx (lane 3) of device 0000:c1:00.0");
	stall.comm[0] = '\0';
	stall.waiting = 1;
	stall.waiting_agents = 1;
	says(&stall, false, 12300, &nothing,
	     "stall: a job of process 12 of agent (gone) is with engine ? (lane 3) of device ? for 12.3 s, its deadline was 10 s; 1 ticket of 1 agent waits behind it");
	stall.kind = HEADGATE_STALL_KIND_TICKET;
	stall.pid = 0;
	stall.waiting = 0;
	stall.agent_id = 0;
	says(&stall, false, 20000, &names,
	     "stall: a ticket of no agent starves at engine gfx (lane 3) of device 0000:c1:00.0, after 20 s; nothing waits behind it");
	stall.kind = HEADGATE_STALL_KIND_FAILED;
	stall.error = EIO;
	stall.count = 1;
	says(&stall, false, 0, &names,
	     "stall: jobs of no agent fail on engine gfx (lane 3) of device 0000:c1:00.0: Input/output error; nothing waits behind it");
	says(&stall, true, 20000, &names,
	     "stall over after 20 s: 1 failed job of no agent at engine gfx (lane 3) of device 0000:c1:00.0");
	stall.kind = HEADGATE_STALL_KIND_WEDGED;
	stall.lane_id = 0;
	says(&stall, false, 0, &names, "stall: device 0000:c1:00.0 is wedged; nothing waits behind it");
	says(&stall, false, 0, &dump,
	     "stall: device card is wedged, what its driver left of it is in /sys/class/devcoredump/devcd1/data; nothing waits behind it");
	says(&stall, true, 500, &dump, "stall over after 500 ms: device card was wedged");
}

static void names_of_others__do_not_reach_the_terminal_raw(void **state)
{
	const struct stall_names evil = { "/a\n\033[2J", "d", "e", "" };
	struct tell_words words;

	(void)state;
	assert_int_equal(stall_words(&job, false, 0, &evil, &words), 0);
	assert_non_null(strstr(words.sentence, "of agent /a\\x0a\\x1b[2J is with"));
	/* A program gets the path as it is. */
	assert_string_equal(words.fields[2], "HEADGATE_AGENT=/a\n\033[2J");
	tell_words_free(&words);
}

static void fields__are_all_there_and_empty_where_they_do_not_apply(void **state)
{
	static const char *const expected[] = {
		"HEADGATE_STALL=wedged", "HEADGATE_EVENT=end", "HEADGATE_AGENT=", "HEADGATE_AGENT_ID=",
		"HEADGATE_PID=", "HEADGATE_COMM=", "HEADGATE_DEVICE=card", "HEADGATE_DEVICE_ID=2",
		"HEADGATE_LANE=", "HEADGATE_ENGINE=", "HEADGATE_AGE_USEC=1500", "HEADGATE_WAITING=0",
		"HEADGATE_WAITING_AGENTS=0", "HEADGATE_DEADLINE_USEC=", "HEADGATE_COUNT=", "HEADGATE_ERROR=",
		"HEADGATE_COREDUMP=/d",
	};
	const struct headgate_stall stall = { .kind = HEADGATE_STALL_KIND_WEDGED, .device_id = 2 };
	const struct stall_names of = { "", "card", "", "/d" };
	struct tell_words words;

	(void)state;
	assert_int_equal(stall_words(&stall, true, 1500000, &of, &words), 0);
	assert_int_equal(words.count, sizeof(expected) / sizeof(*expected));
	for (size_t i = 0; i < words.count; i++)
		assert_string_equal(words.fields[i], expected[i]);
	assert_null(words.fields[words.count]);
	tell_words_free(&words);
}

static bool has_line(const char *text, const char *line)
{
	size_t length = strlen(line);

	for (const char *at = text; (at = strstr(at, line)); at++)
		if ((at == text || at[-1] == '\n') && at[length] == '\n')
			return true;
	return false;
}

static void journal__gets_sentence_and_fields(void **state)
{
	char begin[64], *id;
	struct tell_words words;

	(void)state;
	journal_is_there = true;
	logged[0] = '\0';
	assert_int_equal(stall_words(&job, false, 12000 * MS, &names, &words), 0);
	tell_of(&job, false, &words);
	assert_string_equal(logged, "");
	assert_true(has_line(journal, "PRIORITY=4"));
	assert_true(has_line(journal, "SYSLOG_IDENTIFIER=headgated"));
	assert_true(has_line(journal, "HEADGATE_STALL=job"));
	assert_true(has_line(journal, "HEADGATE_AGENT=/ml/a"));
	assert_true(has_line(journal, "HEADGATE_PID=12"));
	assert_true(has_line(journal, "HEADGATE_AGE_USEC=12000000"));
	assert_non_null(strstr(journal, "MESSAGE=stall: a job of process 12"));
	assert_null(strstr(journal, "HEADGATE_COREDUMP"));
	id = strstr(journal, "MESSAGE_ID=");
	assert_non_null(id);
	snprintf(begin, sizeof(begin), "%.43s\n", id);
	tell_words_free(&words);
	assert_int_equal(stall_words(&job, true, 12000 * MS, &names, &words), 0);
	tell_of(&job, true, &words);
	assert_true(has_line(journal, "PRIORITY=5"));
	assert_true(has_line(journal, "HEADGATE_EVENT=end"));
	assert_non_null(strstr(journal, "MESSAGE_ID="));
	assert_null(strstr(journal, begin));
	tell_words_free(&words);
}

static void without_a_journal__the_sentence_is_logged(void **state)
{
	struct tell_words words;
	struct headgate_stall stall = job;

	(void)state;
	journal_is_there = false;
	journal[0] = '\0';
	stall.kind = HEADGATE_STALL_KIND_WEDGED;
	assert_int_equal(stall_words(&stall, false, 0, &names, &words), 0);
	tell_of(&stall, false, &words);
	assert_string_equal(journal, "");
	assert_string_equal(logged, "<3>stall: device 0000:c1:00.0 is wedged; 4 tickets of 2 agents wait behind it");
	tell_words_free(&words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sentences__name_whose_it_is_and_what_waits),
		cmocka_unit_test(names_of_others__do_not_reach_the_terminal_raw),
		cmocka_unit_test(fields__are_all_there_and_empty_where_they_do_not_apply),
		cmocka_unit_test(journal__gets_sentence_and_fields),
		cmocka_unit_test(without_a_journal__the_sentence_is_logged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
