// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents.h"
#include "budget_act.h"
#include "gate.h"
#include "headgate.h"
#include "instance.h"
#include "log.h"
#include "manager.h"
#include "observe.h"
#include "pacer.h"
#include "privileges.h"

#ifndef HEADGATE_VERSION
#define HEADGATE_VERSION "0.1.0"
#endif

static const char usage[] =
	"usage: headgated [OPTION]...\n"
	"       headgated --check [FILE]\n"
	"       headgated --detach\n"
	"       headgated --thaw\n"
	"\n"
	"Attach headgate's gate, put cgroups under the policy of the policy file, and\n"
	"follow both as they change.\n"
	"\n"
	"      --check [FILE]     say what is wrong with the policy file, and exit\n"
	"      --detach           take the gate, the observation and headgated's agents away,\n"
	"                         and exit\n"
	"      --thaw             thaw what a headgated that was killed left frozen, and exit\n"
	"  -c, --config FILE      policy file (" HEADGATE_CONFIG_FILE ")\n"
	"      --cgroup-root DIR  directory of the root cgroup (where cgroup2 is mounted)\n"
	"      --foreground       run in the foreground, as it does anyway\n"
	"  -v, --verbose          say more\n"
	"  -h, --help             show this text, and exit\n"
	"  -V, --version          show the version, and exit\n";

enum { EXIT_USAGE = 2 };

/* A guard that has just lost its daemon may still be thawing. */
#define THAW_WAIT_MS 2000

static void complain_of(const char *sentence)
{
	log_error("%s", sentence);
}

static int check(const struct options *options)
{
	return headgate_config_check(options->config_file, options->config_optional, stdout, complain_of) ?
	       EXIT_FAILURE : EXIT_SUCCESS;
}

/*
 * To all but root, pins and agents look as if there were none.  The module tells root of a
 * container, to whom bpffs does not show them; without the module there is nothing to detach.
 */
static bool may_detach(struct headgate_client *client)
{
	struct headgate_info info;
	int err = geteuid() ? -EPERM : 0;

	if (!err && client) {
		err = headgate_info_get(client, &info);
		if (!err)
			headgate_info_free(&info);
	}
	if (err == -EPERM)
		log_error("--detach needs CAP_SYS_ADMIN: run as root; nothing was detached");
	return err != -EPERM;
}

/* The gate first: without it agents hold nobody, and it goes whatever the module speaks. */
static int take_away(struct headgate_client *client, int client_err, struct agents *agents)
{
	int observation = observe_detach();
	int gate = gate_detach(), deleted = 0;

	if (gate < 0 || observation < 0)
		return gate < 0 ? gate : observation;
	budget_lift(client);
	if (client_err && client_err != -ENOENT) {
		log_error("cannot talk to headgate.ko: %s", strerror(-client_err));
		return client_err;
	}
	agents_load(agents);
	/* Of agents that are not ours, too: nobody else would let them through. */
	if (client)
		headgate_device_release(client, 0);
	if (client)
		deleted = agents_delete_all(agents, client);
	if (deleted < 0)
		return deleted;
	log_info("%s; agents deleted: %d", gate ? "the gate is detached" : "there was no gate", deleted);
	return 0;
}

static int detach(void)
{
	struct headgate_client *client = NULL;
	struct agents *agents = NULL;
	int client_err = headgate_client_open(&client);
	int err = -EPERM;

	if (may_detach(client))
		err = agents_new(&agents) ?: take_away(client, client_err, agents);
	agents_free(agents);
	headgate_client_free(&client);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* For what ends with headgated's whole control group; the guard sees to all else. */
static int thaw(void)
{
	if (access(RUN_DIR, F_OK) && errno == ENOENT)
		return EXIT_SUCCESS; /* nobody was ever paced */
	budget_thaw_left();
	return pacer_thaw_left(THAW_WAIT_MS) ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int run(struct options *options)
{
	char *root = NULL;
	int err;

	privileges_drop();
	err = instance_lock();
	if (err)
		return EXIT_FAILURE;
	err = headgate_cgroup_root(&root);
	if (err) {
		log_error("cgroup v2 is not mounted; headgate needs it (mount -t cgroup2 none /sys/fs/cgroup)");
	} else {
		options->cgroup_root = root;
		err = manager_run(options);
	}
	free(root);
	instance_unlock();
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

enum { OPTION_CHECK = 256, OPTION_DETACH, OPTION_THAW, OPTION_CGROUP_ROOT, OPTION_FOREGROUND };

static const struct option long_options[] = {
	{ "check", optional_argument, NULL, OPTION_CHECK },
	{ "detach", no_argument, NULL, OPTION_DETACH },
	{ "thaw", no_argument, NULL, OPTION_THAW },
	{ "config", required_argument, NULL, 'c' },
	{ "cgroup-root", required_argument, NULL, OPTION_CGROUP_ROOT },
	{ "foreground", no_argument, NULL, OPTION_FOREGROUND },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{}
};

static int __attribute__((format(printf, 1, 2))) usage_error(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	fputs("headgated: ", stderr);
	vfprintf(stderr, format, list);
	fputs(", see headgated --help\n", stderr);
	va_end(list);
	return EXIT_USAGE;
}

/* What getopt stumbled over; it would say so itself, by the path we were started by. */
static int complain(int code, char **argv)
{
	const char *name = NULL;

	for (const struct option *option = long_options; option->name && !name; option++)
		if (optopt && option->val == optopt)
			name = option->name;
	if (code == ':')
		return usage_error("option --%s needs an argument", name);
	if (name)
		return usage_error("option --%s takes no argument", name);
	if (optopt)
		return usage_error("there is no option -%c", optopt);
	return usage_error("there is no option %s", argv[optind - 1]);
}

/* A file that somebody names must be there. */
static void name_config(struct options *options, const char *file)
{
	options->config_file = file;
	options->config_optional = false;
}

/* What is left after the options; returns EXIT_SUCCESS or EXIT_USAGE. */
static int take_arguments(int argc, char **argv, int command, struct options *options)
{
	if (command == OPTION_CHECK && optind < argc)
		name_config(options, argv[optind++]);
	if (optind < argc)
		return usage_error("it does not take the argument '%s'", argv[optind]);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct options options = { .config_file = HEADGATE_CONFIG_FILE, .config_optional = true,
				   .version = HEADGATE_VERSION };
	bool verbose = false;
	int option, command = 0;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":c:vhV", long_options, NULL)) != -1) {
		switch (option) {
		case OPTION_CHECK:
		case OPTION_DETACH:
		case OPTION_THAW:
			if (command && command != option)
				return usage_error("--check, --detach and --thaw exclude each other");
			command = option;
			if (optarg)
				name_config(&options, optarg);
			break;
		case 'c':
			name_config(&options, optarg);
			break;
		case OPTION_CGROUP_ROOT:
			options.cgroup_root = optarg;
			break;
		case OPTION_FOREGROUND:
			break;
		case 'v':
			verbose = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		case 'V':
			puts("headgated " HEADGATE_VERSION);
			return EXIT_SUCCESS;
		default:
			return complain(option, argv);
		}
	}
	if (take_arguments(argc, argv, command, &options))
		return EXIT_USAGE;
	log_open(verbose);
	/* libheadgate finds cgroups there too */
	if (options.cgroup_root)
		setenv("HEADGATE_CGROUP_ROOT", options.cgroup_root, 1);
	switch (command) {
	case OPTION_CHECK:
		return check(&options);
	case OPTION_DETACH:
		return detach();
	case OPTION_THAW:
		return thaw();
	default:
		return run(&options);
	}
}
