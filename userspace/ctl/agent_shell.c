// SPDX-License-Identifier: GPL-2.0-or-later
/* `agent shell`: this process moves, and becomes the shell, so nothing stands between it and its terminal. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "freezer.h"
#include "session.h"

#define DEFAULT_SHELL "/bin/sh"

static int find_agent(const char *text, struct headgate_agent *agent)
{
	headgate_cleanup(headgate_client_free) struct headgate_client *client = NULL;
	const char *path;
	uint64_t id;
	int ret = session_cgroup(text, &id, &path);

	if (ret)
		return ret;
	if (session_open(&client))
		return EXIT_NOT_RUN;
	ret = headgate_agent_get(client, id, path, agent);
	if (!ret)
		return EXIT_OK;
	session_fail(client, ret, "cannot run a shell in %s", text);
	return EXIT_NOT_RUN;
}

static const char *why(int error)
{
	switch (error) {
	case -EBUSY:
		return "it hands resources on to cgroups below it (cgroup.subtree_control), and can have no processes of its own then: choose one below";
	case -ENOENT:
	case -ENODEV:
		return "its cgroup is gone";
	case -EACCES:
	case -EPERM:
		return "needs CAP_SYS_ADMIN: run as root";
	default:
		return strerror(-error);
	}
}

int run_agent_shell(const struct arguments *arguments)
{
	headgate_cleanup(headgate_agent_free) struct headgate_agent agent = { 0 };
	const char *shell = getenv("SHELL");
	int ret = find_agent(arguments->positional[0], &agent);

	if (ret)
		return ret;
	if (headgate_freezer_stop(agent.path) == HEADGATE_LIFE_STOPPED) {
		fprintf(stderr, "headgate: %s is paused, and so would the shell be: headgate agent resume %s\n",
			agent.path, agent.path);
		return EXIT_NOT_RUN;
	}
	ret = headgate_cgroup_attach(agent.path, 0);
	if (ret) {
		fprintf(stderr, "headgate: cannot run a shell in %s: %s\n", agent.path, why(ret));
		return EXIT_NOT_RUN;
	}
	if (!shell || !*shell)
		shell = DEFAULT_SHELL;
	execlp(shell, shell, (char *)NULL);
	ret = errno;
	fprintf(stderr, "headgate: cannot run '%s': %s\n", shell, strerror(ret));
	return ret == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}
