// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "screen.h"
#include "session.h"
#include "top_view.h"

#define DEFAULT_DELAY_NS UINT64_C(1000000000)

/* A dump takes about a millisecond; oftener than this, `top` would be the load. */
#define DELAY_MIN_NS UINT64_C(10000000)
#define DELAY_MAX_NS UINT64_C(3600000000000)

/* The first table of a live page comes sooner than the others: nobody likes an empty page. */
#define FIRST_DELAY_NS UINT64_C(300000000)

struct top {
	struct headgate_client *client;
	struct screen screen;
	bool json;
	bool colour;
	uint64_t delay_ns;
	uint64_t iterations;	/* 0: without end */
	struct snapshot before, now;
	struct top_model model;
	bool ready;		/* before, now and model are there */
	uint64_t tables;
};

static int parse(const struct arguments *arguments, struct top *top)
{
	const char *delay = arguments->values[OPTION_DELAY];
	const char *iterations = arguments->values[OPTION_ITERATIONS];

	top->json = arguments->values[OPTION_JSON];
	top->delay_ns = DEFAULT_DELAY_NS;
	if (delay && (headgate_duration_parse(delay, &top->delay_ns) ||
		      top->delay_ns < DELAY_MIN_NS || top->delay_ns > DELAY_MAX_NS))
		return usage_error("--delay '%s' is not a time from 10ms to 1h, such as 500ms", delay);
	if (iterations &&
	    headgate_number_parse(iterations, 1, UINT32_MAX, &top->iterations))
		return usage_error("--iterations '%s' is not a whole number above 0", iterations);
	return EXIT_OK;
}

/* The later snapshot becomes the earlier one. */
static int measure(struct top *top)
{
	struct snapshot fresh;
	int ret = snapshot_take(top->client, &fresh);

	if (ret)
		return ret;
	snapshot_drop_gone(&fresh);
	top_model_free(&top->model);
	snapshot_free(&top->before);
	top->before = top->now;
	top->now = fresh;
	ret = top_model_build(&top->before, &top->now, &top->model);
	top->ready = !ret;
	return ret;
}

static void title(FILE *file, const struct top *top)
{
	char interval[32], clock[16];
	time_t now = time(NULL);
	struct tm local;

	localtime_r(&now, &local);
	strftime(clock, sizeof(clock), "%H:%M:%S", &local);
	fprintf(file, "headgate %s  over %s  agents %zu%s\n\n", clock,
		headgate_duration_format(top->model.interval_ns, interval, sizeof(interval)),
		top->now.agents.count, top->screen.live ? "  q quits" : "");
}

static int show_live(struct top *top)
{
	int width, height;
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		return -ENOMEM;
	screen_size(&width, &height);
	title(file, top);
	top_view_text(&top->model, file, width, top->colour);
	if (fclose(file)) {
		free(text);
		return -ENOMEM;
	}
	screen_paint(text, height);
	free(text);
	return 0;
}

static int show(struct top *top)
{
	if (!top->ready)
		return 0;
	if (top->screen.live)
		return show_live(top);
	if (top->json)
		return top_view_json(&top->model, stdout);
	if (top->tables)
		putchar('\n');
	title(stdout, top);
	top_view_text(&top->model, stdout, 0, top->colour);
	return fflush(stdout) ? -errno : 0;
}

/* Tables until the end is reached or asked for; negative errno of the module or of stdout. */
static int loop(struct top *top)
{
	uint64_t next = screen_now() + (top->screen.live && top->delay_ns > FIRST_DELAY_NS ?
					FIRST_DELAY_NS : top->delay_ns);
	int ret = snapshot_take(top->client, &top->now);

	snapshot_drop_gone(&top->now);
	while (!ret) {
		switch (screen_wait(&top->screen, next)) {
		case SCREEN_QUIT:
			return 0;
		case SCREEN_RESIZED:
			ret = show(top);
			continue;
		case SCREEN_TIMEOUT:
			break;
		}
		ret = measure(top);
		if (!ret)
			ret = show(top);
		if (++top->tables == top->iterations)
			break;
		next += top->delay_ns;
		if (next < screen_now())	/* stopped or slow: no burst to catch up */
			next = screen_now() + top->delay_ns;
	}
	return ret;
}

int run_top(const struct arguments *arguments)
{
	headgate_cleanup(headgate_client_free) struct headgate_client *client = NULL;
	struct top top = { 0 };
	const char *no_colour = getenv("NO_COLOR");
	bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	int ret = parse(arguments, &top);

	if (!ret)
		ret = session_open(&client);
	if (ret)
		return ret;
	top.client = client;
	top.colour = isatty(STDOUT_FILENO) && !(no_colour && *no_colour);
	ret = screen_open(&top.screen, terminal && !top.json && !arguments->values[OPTION_BATCH]);
	if (ret)
		return session_error(ret, "cannot set up the terminal");
	ret = loop(&top);
	screen_close(&top.screen);
	if (ret)
		ret = *headgate_client_error(client) ?
		      session_fail(client, ret, "cannot read the ledger") :
		      session_error(ret, "cannot show the table");
	top_model_free(&top.model);
	snapshot_free(&top.before);
	snapshot_free(&top.now);
	return ret;
}
