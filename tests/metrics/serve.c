// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * serve good|bad: metrics of a host that is made up, at a port of loopback that it prints, until
 * its input ends. What counts grows with time. On the bad one all is so that somebody should be
 * told.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "life.h"
#include "metrics_server.h"

#define NS_PER_MS UINT64_C(1000000)

static bool bad;
static struct timespec begin;

static uint64_t elapsed_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000;
}

static void add_daemon(struct metrics_snapshot *snapshot, uint64_t ms)
{
	struct metrics_daemon *row = metrics_add(snapshot, METRICS_DAEMON);

	*row = (struct metrics_daemon){
		.labels = strdup(""), .build = strdup("version=\"1\",module=\"1\""),
		.module_loaded = 1, .gate_attached = !bad, .policy_refused = bad,
		.agents = 2, .agents_other = 0, .tickets_live = 3, .jobs_live = 4,
		.failed_open = 0, .jobs_unmetered = 0, .jobs_lost = bad ? ms / 100 : 0,
		.events_lost = bad ? ms / 100 : 0, .history_errors = bad ? ms / 100 : 0,
		.cpu_ns = ms * 10000, .started_ns = begin.tv_sec * 1000 * NS_PER_MS,
		.resident_bytes = 8 << 20,
	};
}

static void add_stalls(struct metrics_snapshot *snapshot, uint64_t ms)
{
	static const char *const kinds[] = { "ticket", "job", "failed", "wedged" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct metrics_stall *row = metrics_add(snapshot, METRICS_STALL);

		if (asprintf(&row->labels, "kind=\"%s\"", kinds[i]) < 0)
			exit(1);
		row->open = bad;
		row->begun = bad ? 1 + ms / 100 : 0;
	}
}

static void add_device(struct metrics_snapshot *snapshot, uint64_t ms)
{
	struct metrics_device *device = metrics_add(snapshot, METRICS_DEVICE);
	struct metrics_engine *engine = metrics_add(snapshot, METRICS_ENGINE);

	*device = (struct metrics_device){
		.labels = strdup("gpu=\"0000:03:00.0\""),
		.info = strdup("gpu=\"0000:03:00.0\",driver=\"xe\",meter=\"sched\""),
		.wedged = bad, .health = bad ? 2 : 0, .slowdown_ppm = bad ? 1500000 : 1000000,
		.tickets = ms, .jobs = ms, .jobs_unticketed = bad ? ms / 10 : 0,
		.some_ns = ms * NS_PER_MS / 2, .full_ns = ms * NS_PER_MS / 4,
	};
	*engine = (struct metrics_engine){
		.labels = strdup("gpu=\"0000:03:00.0\",engine=\"rcs0\""),
		.jobs = ms, .busy_ns = ms * NS_PER_MS * 9 / 10,
		.ungoverned_ns = ms * NS_PER_MS / 10, .held_idle_ns = ms * NS_PER_MS / 100,
		.idle_ns = ms * NS_PER_MS / 10, .waiting = 2, .outstanding = 3,
		.some_ns = ms * NS_PER_MS / 2, .full_ns = ms * NS_PER_MS / 4,
	};
}

static void add_agent(struct metrics_snapshot *snapshot, uint64_t ms, const char *agent)
{
	struct metrics_agent *row = metrics_add(snapshot, METRICS_AGENT);
	struct metrics_share *share = metrics_add(snapshot, METRICS_SHARE);
	struct metrics_flow *flow = metrics_add(snapshot, METRICS_FLOW);

	*row = (struct metrics_agent){
		.weight = 100, .cap_ppm = 500000, .state = HEADGATE_LIFE_WORKING,
	};
	*share = (struct metrics_share){
		.some_ns = ms * NS_PER_MS, .full_ns = ms * NS_PER_MS * (bad ? 99 : 50) / 100,
	};
	*flow = (struct metrics_flow){
		.sums = { .tickets = ms, .jobs = ms, .failed = bad ? ms / 10 : 0,
			  .forced = bad ? ms / 100 : 0, .busy_ns = ms * NS_PER_MS * 4 / 10,
			  .queued_ns = ms * NS_PER_MS / 10, .wait_ns = ms * NS_PER_MS,
			  .waits = { ms / 2, 0, ms / 4, ms / 8, [METRICS_WAITS] = ms / 16 } },
		.due_ppm = 500000, .waiting = 1, .outstanding = 2,
	};
	if (asprintf(&row->labels, "agent=\"%s\"", agent) < 0 ||
	    asprintf(&row->info, "agent=\"%s\",owner=\"anna\",project=\"p\",class=\"batch\"", agent) < 0 ||
	    asprintf(&share->labels, "agent=\"%s\",gpu=\"0000:03:00.0\"", agent) < 0 ||
	    asprintf(&flow->labels, "agent=\"%s\",gpu=\"0000:03:00.0\",engine=\"rcs0\"", agent) < 0)
		exit(1);
}

static int fill(struct metrics_snapshot *snapshot, void *data)
{
	uint64_t ms = elapsed_ms();

	(void)data;
	add_daemon(snapshot, ms);
	add_stalls(snapshot, ms);
	add_device(snapshot, ms);
	add_agent(snapshot, ms, "/ml.slice/train");
	/* "/a\"} 1<newline>\b", U+FFFD FF, as they come out of metrics_text.c */
	add_agent(snapshot, ms, "/a\\\"} 1\\n\\\\b\xef\xbf\xbd" "FF");
	return 0;
}

int main(int argc, char **argv)
{
	const struct metrics_source source = { .snapshot = fill };
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(address);
	struct metrics_server *server;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (argc != 2 || (strcmp(argv[1], "good") && strcmp(argv[1], "bad"))) {
		fputs("usage: serve good|bad\n", stderr);
		return 2;
	}
	bad = !strcmp(argv[1], "bad");
	clock_gettime(CLOCK_MONOTONIC, &begin);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 16) ||
	    getsockname(fd, (struct sockaddr *)&address, &size)) {
		perror("serve");
		return 1;
	}
	if (metrics_server_new(&server, fd, true, &source)) {
		fputs("serve: it cannot be started\n", stderr);
		return 1;
	}
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
	while (getchar() != EOF)
		;
	return !metrics_server_free(server);
}
