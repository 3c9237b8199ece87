// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An agent for one command: cgroup, policy, command, and all of it undone in
 * reverse whatever ends the command.  Signals are blocked all the while and
 * read from a signalfd, so none can come between a step and its undoing.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "commands.h"
#include "run_budget.h"
#include "run_place.h"
#include "session.h"

static int open_signals(sigset_t *before)
{
	static const int forwarded[] = {
		SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH, SIGCHLD,
	};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(forwarded) / sizeof(forwarded[0]); i++)
		sigaddset(&set, forwarded[i]);
	if (sigprocmask(SIG_BLOCK, &set, before))
		return -errno;
	/* An ignored SIGCHLD would make the kernel reap the command itself. */
	signal(SIGCHLD, SIG_DFL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* Until the command has ended; its wait status. */
static int attend(pid_t pid, int signals)
{
	struct signalfd_siginfo info;
	int status;

	/* Its SIGCHLD may have been read before we came. */
	while (waitpid(pid, &status, WNOHANG) != pid) {
		if (read(signals, &info, sizeof(info)) != sizeof(info))
			continue;
		/* What comes from the terminal reached the command already. */
		if (info.ssi_signo != SIGCHLD && info.ssi_code != SI_KERNEL)
			kill(pid, (int)info.ssi_signo);
	}
	return status;
}

static void print_json(const struct headgate_policy *policy, const char *path, int status)
{
	struct headgate_json json;

	headgate_json_begin(&json, stderr, false);
	headgate_json_uint(&json, "agent_id", policy->id);
	headgate_json_string(&json, "agent", path);
	headgate_json_int(&json, "exit_status", status);
	headgate_json_end(&json);
}

/* The signals that are watched, and the mask from before, which is the command's. */
struct watch {
	int fd;
	sigset_t before;
};

/* It would stand still as well, and nothing that is sent to it would end it. */
static int run_paused(const struct run_place *place, const char *command)
{
	fprintf(stderr, "headgate: cannot run '%s': %s or a cgroup above it is paused: headgate agent resume lets it go on\n",
		command, place->path);
	return EXIT_NOT_RUN;
}

static int run_command(const struct arguments *arguments, struct run_place *place,
		       const struct watch *watch)
{
	pid_t pid = headgate_spawn_go(&place->spawn);
	int status;

	if (pid == -EBUSY)
		return run_paused(place, arguments->positional[0]);
	if (pid < 0)
		return run_failed(pid, arguments->positional[0]);
	status = attend(pid, watch->fd);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int run_as_agent(struct headgate_client *client, const struct arguments *arguments,
			const struct watch *watch, struct run_place *place)
{
	struct headgate_policy policy = { 0 };
	int ret, status = EXIT_NOT_RUN;

	agent_policy(arguments, &policy);
	ret = headgate_cgroup_id(place->path, &policy.id) ?: run_budget_write(arguments, place->path);
	if (ret) {
		fprintf(stderr, "headgate: cannot prepare cgroup %s: %s\n", place->path, strerror(-ret));
	} else {
		ret = headgate_agent_set(client, &policy);
		if (ret)
			session_fail(client, ret, "cannot set agent %s", place->path);
		else
			status = run_budget_await(arguments, place->path, policy.id, watch->fd) ?:
				 run_command(arguments, place, watch);
	}
	if (!ret)
		headgate_agent_del(client, policy.id, NULL);	/* -ENOENT: it is gone with us */
	run_place_end(place, policy.id);
	if (arguments->values[OPTION_JSON])
		print_json(&policy, place->path, status);
	return status;
}

int run_run(const struct arguments *arguments)
{
	headgate_cleanup(headgate_client_free) struct headgate_client *client = NULL;
	headgate_cleanup(run_place_free) struct run_place place = { 0 };
	struct headgate_policy policy = { 0 };
	struct watch watch;
	int ret = agent_policy(arguments, &policy);	/* only to find mistakes early */

	if (!ret)
		ret = run_budget_check(arguments);
	if (!ret)
		ret = run_place_choose(arguments, &place);
	if (ret)
		return ret;
	if (session_open(&client))
		return EXIT_NOT_RUN;
	/* They stay blocked to the end of the process, which is near when the command ends. */
	watch.fd = open_signals(&watch.before);
	if (watch.fd < 0) {
		session_error(watch.fd, "cannot watch signals");
		return EXIT_NOT_RUN;
	}
	return run_place_make(&place, arguments->positional, &watch.before) ?:
	       run_as_agent(client, arguments, &watch, &place);
}
