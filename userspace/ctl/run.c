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
#include <time.h>
#include <unistd.h>

#include "agent.h"
#include "commands.h"
#include "run_budget.h"
#include "session.h"

#define DEFAULT_PARENT "/headgate"

/* Killed processes leave their cgroup when they are reaped: 5 s in steps of 10 ms. */
#define REMOVE_ATTEMPTS 500
#define REMOVE_PAUSE_NS 10000000

static void freep(char **text)
{
	free(*text);
}

/* "/headgate/make-1234", or what --parent and --name say. */
static int choose_path(const struct arguments *arguments, char **path)
{
	const char *parent = arguments->values[OPTION_PARENT];
	const char *name = arguments->values[OPTION_NAME];
	const char *command = strrchr(arguments->positional[0], '/');
	uint64_t id;
	int ret;

	ret = session_cgroup(parent ? parent : DEFAULT_PARENT, &id, &parent);
	if (ret)
		return ret;
	if (!parent)
		return usage_error("--parent needs a path, not a cgroup id");
	if (name && (!*name || strchr(name, '/') || *name == '.'))
		return usage_error("--name '%s' is not a name for a directory: no slash, no dot at its front",
				   name);
	command = command ? command + 1 : arguments->positional[0];
	parent = strcmp(parent, "/") ? parent : "";
	if (name)
		ret = asprintf(path, "%s/%s", parent, name);
	else
		ret = asprintf(path, "%s/%s-%d", parent, command, getpid());
	return ret < 0 ? session_error(-ENOMEM, "cannot run") : EXIT_OK;
}

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

	for (;;) {
		if (read(signals, &info, sizeof(info)) != sizeof(info))
			continue;
		if (info.ssi_signo == SIGCHLD) {
			if (waitpid(pid, &status, WNOHANG) == pid)
				return status;
		} else if (info.ssi_code != SI_KERNEL) {
			/* What comes from the terminal reached the command already. */
			kill(pid, (int)info.ssi_signo);
		}
	}
}

static int remove_cgroup(const char *path)
{
	static const struct timespec pause = { .tv_nsec = REMOVE_PAUSE_NS };
	int ret = headgate_cgroup_remove(path);

	if (ret != -EBUSY)
		return ret;
	headgate_cgroup_kill(path, 0);
	for (int i = 0; i < REMOVE_ATTEMPTS && ret == -EBUSY; i++) {
		nanosleep(&pause, NULL);
		ret = headgate_cgroup_remove(path);
	}
	return ret;
}

static int spawn_failed(int error, const char *command)
{
	fprintf(stderr, "headgate: cannot run '%s': %s\n", command, strerror(-error));
	return error == -ENOENT ? EXIT_NOT_FOUND :
	       error == -EACCES || error == -ENOEXEC ? EXIT_NOT_EXECUTABLE : EXIT_NOT_RUN;
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

static int run_command(const struct arguments *arguments, const char *path,
		       const struct watch *watch)
{
	pid_t pid = headgate_cgroup_spawn(path, arguments->positional, &watch->before);
	int status;

	if (pid < 0)
		return spawn_failed(pid, arguments->positional[0]);
	status = attend(pid, watch->fd);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int run_as_agent(struct headgate_client *client, const struct arguments *arguments,
			const struct watch *watch, const char *path)
{
	struct headgate_policy policy = { 0 };
	int ret, status = EXIT_NOT_RUN;

	agent_policy(arguments, &policy);
	ret = headgate_cgroup_id(path, &policy.id) ?: run_budget_write(arguments, path);
	if (ret) {
		fprintf(stderr, "headgate: cannot prepare cgroup %s: %s\n", path, strerror(-ret));
	} else {
		ret = headgate_agent_set(client, &policy);
		if (ret)
			session_fail(client, ret, "cannot set agent %s", path);
		else
			status = run_budget_await(arguments, path, policy.id, watch->fd) ?:
				 run_command(arguments, path, watch);
	}
	if (!ret)
		headgate_agent_del(client, policy.id, NULL);	/* -ENOENT: it is gone with us */
	ret = remove_cgroup(path);
	if (ret && ret != -ENOENT)
		fprintf(stderr, "headgate: cannot remove cgroup %s: %s\n", path, strerror(-ret));
	if (arguments->values[OPTION_JSON])
		print_json(&policy, path, status);
	return status;
}

int run_run(const struct arguments *arguments)
{
	headgate_cleanup(headgate_client_free) struct headgate_client *client = NULL;
	headgate_cleanup(freep) char *path = NULL;
	struct headgate_policy policy = { 0 };
	struct watch watch;
	int ret = agent_policy(arguments, &policy);	/* only to find mistakes early */

	if (!ret)
		ret = run_budget_check(arguments);
	if (!ret)
		ret = choose_path(arguments, &path);
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
	ret = headgate_cgroup_create(path);
	if (ret < 0) {
		fprintf(stderr, "headgate: cannot make cgroup %s: %s\n", path,
			ret == -EACCES || ret == -EPERM ? "needs CAP_SYS_ADMIN: run as root" :
			ret == -ENOENT ? "cgroup v2 is not mounted" : strerror(-ret));
		return EXIT_NOT_RUN;
	}
	if (!ret) {
		fprintf(stderr, "headgate: cgroup %s exists: choose another --name\n", path);
		return EXIT_NOT_RUN;
	}
	return run_as_agent(client, arguments, &watch, path);
}
