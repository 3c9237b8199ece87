// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "report.h"
#include "session.h"

#define SINCE_DEFAULT "24h"

enum format { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON, FORMAT_FOCUS };

/* The place of @word among those in @words, -1 for none. */
static int place_of(const char *words, const char *word)
{
	size_t length = strlen(word);

	for (int i = 0; *words; i++) {
		size_t next = strcspn(words, " ");

		if (next == length && !strncmp(words, word, length))
			return i;
		words += next + strspn(words + next, " ");
	}
	return -1;
}

static int take_word(const struct arguments *arguments, enum option_id option, int *place)
{
	const struct option_entry *entry = &option_table[option];

	if (!arguments->values[option])
		return EXIT_OK;
	*place = place_of(entry->values, arguments->values[option]);
	if (*place >= 0)
		return EXIT_OK;
	return usage_error("--%s takes one of %s, not '%s'", entry->name, entry->values,
			   arguments->values[option]);
}

static int take_time(enum option_id option, const char *text, int64_t now, int64_t *time_s)
{
	if (!report_time_parse(text, now, time_s))
		return EXIT_OK;
	return usage_error("--%s: '%s' is no time; write 2026-01-31, 2026-01-31T12:00 (UTC), how long ago, such as 90m, 24h or 7d, or now",
			   option_table[option].name, text);
}

static int take_span(const struct arguments *arguments, struct report *report)
{
	const char *since = arguments->values[OPTION_SINCE] ?: SINCE_DEFAULT;
	const char *until = arguments->values[OPTION_UNTIL];
	int64_t now = time(NULL);
	int ret = take_time(OPTION_SINCE, since, now, &report->since_s);

	/* What was recorded just now is of a slot that has begun. */
	report->until_s = now + 1;
	if (!ret && until)
		ret = take_time(OPTION_UNTIL, until, now, &report->until_s);
	if (!ret && report->since_s >= report->until_s)
		return usage_error("--since is not before --until");
	return ret;
}

static int load_config(const struct arguments *arguments, struct headgate_config *config)
{
	const char *file = arguments->values[OPTION_CONFIG];

	return headgate_config_read(file ?: HEADGATE_CONFIG_FILE, !file, config, session_complain) ? EXIT_FAILED : EXIT_OK;
}

static int print(const struct report *report, enum format format, enum report_by by)
{
	switch (format) {
	case FORMAT_CSV:
		return report_print_csv(report, by);
	case FORMAT_JSON:
		return report_print_json(report, by);
	case FORMAT_FOCUS:
		return report_print_focus(report);
	default:
		return report_print_table(report, by);
	}
}

static int read_and_print(struct report *report, const struct headgate_config *config,
			  enum format format, enum report_by by)
{
	struct history_db db;
	int ret = history_open(&db, config->history.path, false);

	db.error[sizeof(db.error) - 1] = '\0';
	if (!ret)
		ret = report_read(report, &db, config);
	if (ret)
		fprintf(stderr, "headgate: %s\n", ret == -ENOMEM ? "memory is short" : db.error);
	history_close(&db);
	if (ret)
		return EXIT_FAILED;
	ret = print(report, format, by);
	if (ret)
		fprintf(stderr, "headgate: the report cannot be printed: %s\n",
			ret == -EOVERFLOW ? "its sums are too large; take a shorter time" : strerror(-ret));
	return ret ? EXIT_FAILED : EXIT_OK;
}

int run_report(const struct arguments *arguments)
{
	struct headgate_config config = {};
	struct report report = {};
	int by = REPORT_BY_AGENT, format = arguments->values[OPTION_JSON] ? FORMAT_JSON : FORMAT_TABLE;
	int ret = take_word(arguments, OPTION_BY, &by);

	if (!ret)
		ret = take_word(arguments, OPTION_FORMAT, &format);
	if (!ret)
		ret = take_span(arguments, &report);
	if (!ret)
		ret = load_config(arguments, &config);
	if (!ret)
		ret = read_and_print(&report, &config, format, by);
	report_free(&report);
	headgate_config_free(&config);
	return ret;
}
