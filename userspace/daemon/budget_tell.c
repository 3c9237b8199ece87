// SPDX-License-Identifier: GPL-2.0-or-later
#include "budget_tell.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

/* systemd-id128 new */
#define MESSAGE_ID "MESSAGE_ID=5c9b0d2f4e5a4c4e9d6e0b7f3a8c1d27"

static const struct {
	unsigned int event;
	const char *field, *kind;
	int priority;
} events[] = {
	{ HEADGATE_BUDGET_RENEWED, "renewed", "budget-renewed", LOG_NOTICE },
	{ HEADGATE_BUDGET_WARN, "warn", "budget-warn", LOG_WARNING },
	{ HEADGATE_BUDGET_OVER, "over", "budget-over", LOG_WARNING },
	{ HEADGATE_BUDGET_EASED, "eased", "budget-eased", LOG_NOTICE },
};

static size_t place_of(unsigned int event)
{
	size_t i = 0;

	while (events[i].event != event)
		i++;
	return i;
}

const char *budget_event_name(unsigned int event)
{
	return events[place_of(event)].kind;
}

static char *time_text(int64_t time_s, char text[32])
{
	time_t time = time_s;
	struct tm tm;

	if (!gmtime_r(&time, &tm) || !strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &tm))
		strcpy(text, "?");
	return text;
}

static void add_fields(const struct headgate_budget *budget, const struct headgate_budget_state *state,
		       unsigned int event, struct tell_words *words)
{
	char start[32], end[32];

	tell_words_add(words, "HEADGATE_BUDGET=%s", budget->name);
	tell_words_add(words, "HEADGATE_EVENT=%s", events[place_of(event)].field);
	tell_words_add(words, "HEADGATE_WHOM=%s", headgate_budget_whom_name(budget->whom));
	tell_words_add(words, "HEADGATE_OF=%s", budget->of);
	tell_words_add(words, "HEADGATE_USED=%" PRIu64, state->used);
	tell_words_add(words, "HEADGATE_LIMIT=%" PRIu64, budget->limit);
	tell_words_add(words, "HEADGATE_UNIT=%s", budget->money ? budget->currency : "ns");
	tell_words_add(words, "HEADGATE_PERCENT=%u", headgate_budget_percent(budget, state));
	tell_words_add(words, "HEADGATE_PER=%s", headgate_budget_per_name(budget->per));
	tell_words_add(words, "HEADGATE_PERIOD_START=%s", time_text(state->start_s, start));
	tell_words_add(words, "HEADGATE_PERIOD_END=%s", time_text(state->end_s, end));
	tell_words_add(words, "HEADGATE_ACT=%s", headgate_budget_act_name(budget->act));
}

static void print_act(FILE *file, const struct headgate_budget *budget, const char *end)
{
	switch (budget->act) {
	case HEADGATE_BUDGET_FLOOR:
		fprintf(file, "; its agents have the least weight until %s", end);
		break;
	case HEADGATE_BUDGET_CAP:
		fprintf(file, "; its agents together have a cap of %g %% until %s",
			budget->cap_ppm * 100.0 / HEADGATE_PPM, end);
		break;
	case HEADGATE_BUDGET_PAUSE:
		fprintf(file, "; its agents are paused until %s", end);
		break;
	default:
		fprintf(file, "; nothing is done, and it is renewed at %s", end);
		break;
	}
}

static void print(FILE *file, const struct headgate_budget *budget, const struct headgate_budget_state *state,
		  unsigned int event)
{
	char used[48], limit[48], end[32];

	time_text(state->end_s, end);
	headgate_budget_format(budget, state->used, used);
	headgate_budget_format(budget, budget->limit, limit);
	fprintf(file, "budget %s: ", budget->name);
	if (event == HEADGATE_BUDGET_RENEWED) {
		fprintf(file, "renewed: %s until %s", limit, end);
		return;
	}
	fprintf(file, "%s %s used %s of %s per %s, %u %%", headgate_budget_whom_name(budget->whom),
		budget->of, used, limit, headgate_budget_per_name(budget->per),
		headgate_budget_percent(budget, state));
	if (event == HEADGATE_BUDGET_OVER)
		print_act(file, budget, end);
	else if (event == HEADGATE_BUDGET_EASED)
		fputs("; it is not spent any more", file);
	else
		fprintf(file, "; it is renewed at %s", end);
}

int budget_words(const struct headgate_budget *budget, const struct headgate_budget_state *state,
		 unsigned int event, struct tell_words *words)
{
	FILE *file;

	*words = (struct tell_words){ 0 };
	add_fields(budget, state, event, words);
	file = tell_words_stream(words);
	if (file)
		print(file, budget, state, event);
	return tell_words_end(words);
}

bool budget_words_name(const char *sentence, char *name)
{
	size_t length;

	if (strncmp(sentence, "budget ", 7))
		return false;
	sentence += 7;
	length = strcspn(sentence, ": ");
	if (!length || length > HEADGATE_BUDGET_NAME_MAX || sentence[length] != ':')
		return false;
	memcpy(name, sentence, length);
	name[length] = '\0';
	return true;
}

struct tell budget_tell(unsigned int event, const struct tell_words *words)
{
	return (struct tell){
		.fields = words->fields, .sentence = words->sentence, .message_id = MESSAGE_ID,
		.priority = events[place_of(event)].priority,
	};
}
