// SPDX-License-Identifier: GPL-2.0-or-later
#include "stall_tell.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "units.h"

/* systemd-id128 new */
#define MESSAGE_ID_BEGIN	"MESSAGE_ID=060774e842494f669d781f879a43639e"
#define MESSAGE_ID_END		"MESSAGE_ID=30d28e59c6ac4eb7be9584b90bb7074a"

static void add_number(struct tell_words *words, const char *name, uint64_t number, bool applies)
{
	if (applies)
		tell_words_add(words, "%s=%" PRIu64, name, number);
	else
		tell_words_add(words, "%s=", name);
}

static void add_fields(const struct headgate_stall *stall, bool end, uint64_t age_ns,
		       const struct stall_names *names, struct tell_words *words)
{
	bool is_job = stall->kind == HEADGATE_STALL_KIND_JOB;
	bool is_failed = stall->kind == HEADGATE_STALL_KIND_FAILED;

	tell_words_add(words, "HEADGATE_STALL=%s", headgate_stall_kind_name(stall->kind));
	tell_words_add(words, "HEADGATE_EVENT=%s", end ? "end" : "begin");
	tell_words_add(words, "HEADGATE_AGENT=%s", names->agent);
	add_number(words, "HEADGATE_AGENT_ID", stall->agent_id, stall->agent_id);
	add_number(words, "HEADGATE_PID", stall->pid, stall->pid);
	tell_words_add(words, "HEADGATE_COMM=%s", stall->comm);
	tell_words_add(words, "HEADGATE_DEVICE=%s", names->device);
	add_number(words, "HEADGATE_DEVICE_ID", stall->device_id, true);
	add_number(words, "HEADGATE_LANE", stall->lane_id, stall->lane_id);
	tell_words_add(words, "HEADGATE_ENGINE=%s", names->engine);
	add_number(words, "HEADGATE_AGE_USEC", age_ns / 1000, true);
	add_number(words, "HEADGATE_WAITING", stall->waiting, true);
	add_number(words, "HEADGATE_WAITING_AGENTS", stall->waiting_agents, true);
	add_number(words, "HEADGATE_DEADLINE_USEC", stall->deadline_ns / 1000, is_job);
	add_number(words, "HEADGATE_COUNT", stall->count, stall->count);
	add_number(words, "HEADGATE_ERROR", stall->error, is_failed);
	tell_words_add(words, "HEADGATE_COREDUMP=%s", names->coredump);
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

int stall_words(const struct headgate_stall *stall, bool end, uint64_t age_ns,
		const struct stall_names *names, struct tell_words *words)
{
	FILE *file;

	*words = (struct tell_words){ 0 };
	add_fields(stall, end, age_ns, names, words);
	file = tell_words_stream(words);
	if (file && end)
		print_end(file, stall, age_ns, names);
	else if (file)
		print_begin(file, stall, age_ns, names);
	return tell_words_end(words);
}

static int priority_of(const struct headgate_stall *stall, bool end)
{
	return end ? LOG_NOTICE : stall->kind == HEADGATE_STALL_KIND_WEDGED ? LOG_ERR : LOG_WARNING;
}

struct tell stall_tell(const struct headgate_stall *stall, bool end, const struct tell_words *words)
{
	return (struct tell){
		.fields = words->fields, .sentence = words->sentence, .priority = priority_of(stall, end),
		.message_id = end ? MESSAGE_ID_END : MESSAGE_ID_BEGIN,
	};
}
