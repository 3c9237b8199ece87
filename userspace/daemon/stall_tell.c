// SPDX-License-Identifier: GPL-2.0-or-later
#include "stall_tell.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "printable.h"
#include "units.h"

/* systemd-id128 new */
#define MESSAGE_ID_BEGIN	"MESSAGE_ID=060774e842494f669d781f879a43639e"
#define MESSAGE_ID_END		"MESSAGE_ID=30d28e59c6ac4eb7be9584b90bb7074a"

/* Paths and a sentence around them. */
#define SENTENCE_MAX 6000

static void __attribute__((format(printf, 2, 3))) add(struct stall_words *words, const char *format, ...)
{
	size_t i = 0;
	va_list args;

	while (words->fields[i])
		i++;
	va_start(args, format);
	if (vasprintf(&words->fields[i], format, args) < 0)
		words->fields[i] = NULL; /* seen by stall_words(): one is missing */
	va_end(args);
}

static void add_number(struct stall_words *words, const char *name, uint64_t number, bool applies)
{
	if (applies)
		add(words, "%s=%" PRIu64, name, number);
	else
		add(words, "%s=", name);
}

static void add_fields(const struct headgate_stall *stall, bool end, uint64_t age_ns,
		       const struct stall_names *names, struct stall_words *words)
{
	bool is_job = stall->kind == HEADGATE_STALL_KIND_JOB;
	bool is_failed = stall->kind == HEADGATE_STALL_KIND_FAILED;

	add(words, "HEADGATE_STALL=%s", headgate_stall_kind_name(stall->kind));
	add(words, "HEADGATE_EVENT=%s", end ? "end" : "begin");
	add(words, "HEADGATE_AGENT=%s", names->agent);
	add_number(words, "HEADGATE_AGENT_ID", stall->agent_id, stall->agent_id);
	add_number(words, "HEADGATE_PID", stall->pid, stall->pid);
	add(words, "HEADGATE_COMM=%s", stall->comm);
	add(words, "HEADGATE_DEVICE=%s", names->device);
	add_number(words, "HEADGATE_DEVICE_ID", stall->device_id, true);
	add_number(words, "HEADGATE_LANE", stall->lane_id, stall->lane_id);
	add(words, "HEADGATE_ENGINE=%s", names->engine);
	add_number(words, "HEADGATE_AGE_USEC", age_ns / 1000, true);
	add_number(words, "HEADGATE_WAITING", stall->waiting, true);
	add_number(words, "HEADGATE_WAITING_AGENTS", stall->waiting_agents, true);
	add_number(words, "HEADGATE_DEADLINE_USEC", stall->deadline_ns / 1000, is_job);
	add_number(words, "HEADGATE_COUNT", stall->count, stall->count);
	add_number(words, "HEADGATE_ERROR", stall->error, is_failed);
	add(words, "HEADGATE_COREDUMP=%s", names->coredump);
}

/* "process 12 (name) of agent /a" */
static void print_owner(FILE *file, const struct headgate_stall *stall, const struct stall_names *names)
{
	if (stall->pid)
		fprintf(file, "process %" PRIu32 "%s%s%s of ", stall->pid, *stall->comm ? " (" : "", stall->comm,
			*stall->comm ? ")" : "");
	if (stall->agent_id)
		fprintf(file, "agent %s", *names->agent ? names->agent : "(gone)");
	else
		fputs("no agent", file);
}

static void print_place(FILE *file, const struct headgate_stall *stall, const struct stall_names *names)
{
	if (stall->kind != HEADGATE_STALL_KIND_WEDGED)
		fprintf(file, "engine %s (lane %" PRIu32 ") of ", *names->engine ? names->engine : "?",
			stall->lane_id);
	fprintf(file, "device %s", *names->device ? names->device : "?");
}

static void print_begin(FILE *file, const struct headgate_stall *stall, uint64_t age_ns,
			const struct stall_names *names)
{
	static const char *const subjects[] = { "a ticket of ", "a job of ", "jobs of ", "" };
	static const char *const verbs[] = { " starves at ", " is with ", " fail on ", "" };
	char age[32], deadline[32];

	fprintf(file, "stall: %s", subjects[stall->kind]);
	if (stall->kind != HEADGATE_STALL_KIND_WEDGED)
		print_owner(file, stall, names);
	fputs(verbs[stall->kind], file);
	print_place(file, stall, names);
	headgate_duration_format(age_ns, age, sizeof(age));
	switch (stall->kind) {
	case HEADGATE_STALL_KIND_TICKET:
		fprintf(file, ", after %s", age);
		break;
	case HEADGATE_STALL_KIND_JOB:
		fprintf(file, " for %s, its deadline was %s", age,
			headgate_duration_format(stall->deadline_ns, deadline, sizeof(deadline)));
		break;
	case HEADGATE_STALL_KIND_FAILED:
		fprintf(file, ": %s", strerror((int)stall->error));
		break;
	case HEADGATE_STALL_KIND_WEDGED:
		fputs(" is wedged", file);
		if (*names->coredump)
			fprintf(file, ", what its driver left of it is in %s", names->coredump);
		break;
	}
	if (stall->waiting)
		fprintf(file, "; %" PRIu32 " ticket%s of %" PRIu32 " agent%s wait%s behind it", stall->waiting,
			stall->waiting == 1 ? "" : "s", stall->waiting_agents,
			stall->waiting_agents == 1 ? "" : "s", stall->waiting == 1 ? "s" : "");
	else
		fputs("; nothing waits behind it", file);
}

static void print_end(FILE *file, const struct headgate_stall *stall, uint64_t age_ns,
		      const struct stall_names *names)
{
	char age[32];

	fprintf(file, "stall over after %s: ", headgate_duration_format(age_ns, age, sizeof(age)));
	switch (stall->kind) {
	case HEADGATE_STALL_KIND_TICKET:
		fputs("tickets of ", file);
		break;
	case HEADGATE_STALL_KIND_JOB:
		fputs("the job of ", file);
		break;
	case HEADGATE_STALL_KIND_FAILED:
		fprintf(file, "%" PRIu64 " failed job%s of ", stall->count, stall->count == 1 ? "" : "s");
		break;
	case HEADGATE_STALL_KIND_WEDGED:
		break;
	}
	if (stall->kind != HEADGATE_STALL_KIND_WEDGED) {
		print_owner(file, stall, names);
		fputs(" at ", file);
	}
	print_place(file, stall, names);
	if (stall->kind == HEADGATE_STALL_KIND_WEDGED)
		fputs(" was wedged", file);
}

static char *make_sentence(const struct headgate_stall *stall, bool end, uint64_t age_ns,
			   const struct stall_names *names)
{
	char *text = NULL, *shown;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		return NULL;
	if (end)
		print_end(file, stall, age_ns, names);
	else
		print_begin(file, stall, age_ns, names);
	if (fclose(file)) {
		free(text);
		return NULL;
	}
	/* Whoever may make cgroups chose their names. */
	shown = headgate_printable(text, SENTENCE_MAX);
	free(text);
	return shown;
}

int stall_words(const struct headgate_stall *stall, bool end, uint64_t age_ns,
		const struct stall_names *names, struct stall_words *words)
{
	*words = (struct stall_words){ .sentence = make_sentence(stall, end, age_ns, names) };
	add_fields(stall, end, age_ns, names, words);
	if (words->sentence && words->fields[STALL_FIELDS - 1])
		return 0;
	stall_words_free(words);
	return -ENOMEM;
}

void stall_words_free(struct stall_words *words)
{
	for (size_t i = 0; i < STALL_FIELDS; i++)
		free(words->fields[i]);
	free(words->sentence);
	*words = (struct stall_words){ 0 };
}

static int priority_of(const struct headgate_stall *stall, bool end)
{
	return end ? LOG_NOTICE : stall->kind == HEADGATE_STALL_KIND_WEDGED ? LOG_ERR : LOG_WARNING;
}

struct tell stall_tell(const struct headgate_stall *stall, bool end, const struct stall_words *words)
{
	return (struct tell){
		.fields = words->fields, .sentence = words->sentence, .priority = priority_of(stall, end),
		.message_id = end ? MESSAGE_ID_END : MESSAGE_ID_BEGIN,
	};
}
