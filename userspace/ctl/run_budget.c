// SPDX-License-Identifier: GPL-2.0-or-later
#include "run_budget.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "budget_cgroup.h"
#include "budget_file.h"
#include "commands.h"
#include "evidence.h"

/* headgated looks once a second, and at a cgroup that it knows already each tenth time. */
#define AWAIT_S 20
#define LOOK_MS 20

int run_budget_check(const struct arguments *arguments)
{
	const char *text = arguments->values[OPTION_BUDGET];
	struct headgate_budget budget;
	char *fault;
	int ret;

	if (!text)
		return EXIT_OK;
	ret = strlen(text) < HEADGATE_BUDGET_TEXT_MAX ? headgate_budget_parse(text, "--budget", &budget, &fault) : -E2BIG;
	if (ret == -E2BIG)
		return usage_error("--budget: it is longer than %d bytes", HEADGATE_BUDGET_TEXT_MAX - 1);
	if (ret == -EINVAL) {
		ret = usage_error("%s", fault);
		free(fault);
		return ret;
	}
	if (ret) {
		fputs("headgate: cannot run: there is no memory\n", stderr);
		return EXIT_NOT_RUN;
	}
	headgate_budget_free(&budget);
	if (evidence_daemon(""))
		return EXIT_OK;
	fputs("headgate: nobody would count the budget, as headgated does not run: systemctl start headgated, or leave out --budget\n",
	      stderr);
	return EXIT_NOT_RUN;
}

int run_budget_write(const struct arguments *arguments, const char *path)
{
	const char *text = arguments->values[OPTION_BUDGET];

	return text ? headgate_budget_cgroup_write(path, HEADGATE_BUDGET_ATTRIBUTE, text) : 0;
}

static bool is_counted(uint64_t id)
{
	struct headgate_budgets budgets;
	bool is = false;

	if (headgate_budgets_load(HEADGATE_BUDGETS_FILE, &budgets))
		return false;
	for (size_t i = 0; i < budgets.n_records && !is; i++)
		is = budgets.records[i].budget.cgroup_id == id;
	headgate_budgets_free(&budgets);
	return is;
}

static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* The signal that ends the wait, 0: none yet. */
static int end_signal(int signals)
{
	struct pollfd ready = { .fd = signals, .events = POLLIN };
	struct signalfd_siginfo info;

	if (poll(&ready, 1, LOOK_MS) < 1 || read(signals, &info, sizeof(info)) != sizeof(info))
		return 0;
	switch (info.ssi_signo) {
	case SIGINT:
	case SIGTERM:
	case SIGHUP:
	case SIGQUIT:
		return (int)info.ssi_signo;
	default:
		return 0;
	}
}

static int refuse(const char *path, const char *reason)
{
	fprintf(stderr, "headgate: headgated does not count the budget of %s, so nothing is run: %s\n", path, reason);
	return EXIT_NOT_RUN;
}

int run_budget_await(const struct arguments *arguments, const char *path, uint64_t id, int signals)
{
	char answer[HEADGATE_BUDGET_TEXT_MAX];
	time_t until = seconds() + AWAIT_S;
	int signal;

	if (!arguments->values[OPTION_BUDGET])
		return EXIT_OK;
	while (!is_counted(id)) {
		signal = end_signal(signals);
		if (signal)
			return 128 + signal;
		if (!headgate_budget_cgroup_read(path, id, HEADGATE_BUDGET_ANSWER, answer) && *answer)
			return refuse(path, answer);
		if (seconds() >= until)
			return refuse(path, "it does not answer; journalctl -u headgated may have the reason");
	}
	return EXIT_OK;
}
