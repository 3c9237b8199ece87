// SPDX-License-Identifier: GPL-2.0-or-later
/* headgate-infer canary: known work about once a second, see Documentation/canary.rst. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "canary.h"
#include "commands.h"
#include "units.h"
#include "usage.h"

static int usage(void)
{
	fputs("Usage: headgate-infer canary [OPTIONS]\n"
	      "Have devices do known work about once a second, compare what comes of it, and tell headgated.\n"
	      "DEVICE is native, native:VARIANT, vulkan, vulkan:NUMBER or vulkan:NAME, as headgate-infer devices\n"
	      "lists them.  Each has a process of its own.  SIGUSR1 prints what has been seen so far.\n"
	      "Exit status: 0 all was right, 1 something was not.\n\n"
	      "Options:\n"
	      "  -d, --device DEVICE            one to watch, up to 17 times (vulkan: the first GPU)\n"
	      "  -n, --name NAME                what headgate device list calls the device before (as its driver tells)\n"
	      "  -s, --socket PATH              of headgated (" HEADGATE_PROBE_SOCKET "); none: it is not told\n"
	      "  -p, --period TIME              between runs (1s)\n"
	      "  -u, --duty PERCENT             of a device's time, for which runs are made rarer (0.1%)\n"
	      "  -g, --golden DIR               where golden answers are (" INFER_GOLDEN_DIR ")\n"
	      "  -o, --once                     one run on each device\n"
	      "  -j, --json                     print what has been seen as JSON\n"
	      "  -h, --help                     show this help\n",
	      stdout);
	return INFER_EXIT_OK;
}

int infer_canary_start(const char *device, const char *golden, int socket, pid_t *pid)
{
	char number[16];
	char *const argv[] = { "headgate-infer", "canary", "--child", number, (char *)device, (char *)golden, NULL };
	pid_t parent = getpid();
	sigset_t none;

	snprintf(number, sizeof(number), "%d", socket);
	*pid = fork();
	if (*pid < 0)
		return -errno;
	if (*pid)
		return 0;
	/* No canary is left behind, whatever ends its parent. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(INFER_EXIT_FAILED);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* A terminal's Ctrl-C, and systemd's signal to the unit, are for the parent: its end is the child's. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	fcntl(socket, F_SETFD, 0);
	execv("/proc/self/exe", argv);
	_exit(INFER_EXIT_FAILED);
}

static int wrong(const char *option, const char *value, const char *expected)
{
	infer_usage_value("canary", option, value, expected);
	return -EINVAL;
}

static int add_device(struct infer_canary_options *options, const char *name)
{
	char problem[INFER_PROBLEM];

	if (options->n == INFER_DEVICES) {
		infer_usage_error("canary", "there are more than %d devices", INFER_DEVICES);
		return -EINVAL;
	}
	if (infer_device_check(name, problem)) {
		infer_usage_error("canary", "%s", problem);
		return -EINVAL;
	}
	options->devices[options->n] = name;
	options->names[options->n++] = "";
	return 0;
}

static int add_name(struct infer_canary_options *options, const char *name)
{
	if (!options->n)
		return wrong("name", name, "a --device before it");
	if (!*name || strlen(name) >= HEADGATE_DEVICE_NAME_MAX)
		return wrong("name", name, "a name of headgate device list");
	options->names[options->n - 1] = name;
	return 0;
}

static int take(struct infer_canary_options *options, int option, const char *value)
{
	switch (option) {
	case 'd':
		return add_device(options, value);
	case 'n':
		return add_name(options, value);
	case 's':
		options->socket = strcmp(value, "none") ? value : NULL;
		return 0;
	case 'p':
		if (headgate_duration_parse(value, &options->period_ns) || options->period_ns < 1000000)
			return wrong("period", value, "a time from 1ms on, such as 1s");
		return 0;
	case 'u':
		if (headgate_percent_parse(value, &options->duty) || options->duty < 1e-6)
			return wrong("duty", value, "a percentage from 0.0001% on, such as 0.1%");
		return 0;
	case 'g':
		options->golden = value;
		return 0;
	case 'o':
		options->once = true;
		return 0;
	case 'j':
		options->json = true;
		return 0;
	}
	return -EINVAL;
}

static int watch(const struct infer_canary_options *options)
{
	int error = infer_canary_run(options);

	if (error < 0)
		fprintf(stderr, "headgate-infer: %s\n", strerror(-error));
	return error ? INFER_EXIT_FAILED : INFER_EXIT_OK;
}

int infer_command_canary(int argc, char **argv)
{
	static const struct option names[] = {
		{ "device", required_argument, NULL, 'd' }, { "name", required_argument, NULL, 'n' },
		{ "socket", required_argument, NULL, 's' }, { "period", required_argument, NULL, 'p' },
		{ "duty", required_argument, NULL, 'u' },   { "golden", required_argument, NULL, 'g' },
		{ "once", no_argument, NULL, 'o' },         { "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },         {}
	};
	struct infer_canary_options options = { .socket = HEADGATE_PROBE_SOCKET, .golden = INFER_GOLDEN_DIR,
						.period_ns = INFER_CANARY_PERIOD_NS, .duty = INFER_CANARY_DUTY,
						.start = infer_canary_start };
	int option;

	/* infer_canary_start() wrote this. */
	if (argc == 5 && !strcmp(argv[1], "--child"))
		return infer_canary_child(atoi(argv[2]), argv[3], argv[4]);
	while ((option = getopt_long(argc, argv, ":d:n:s:p:u:g:ojh", names, NULL)) != -1) {
		if (option == 'h')
			return usage();
		if (option == '?' || option == ':')
			return infer_usage_option("canary", option, names, argv);
		if (take(&options, option, optarg))
			return INFER_EXIT_USAGE;
	}
	if (optind < argc)
		return infer_usage_arguments("canary", NULL, argv[optind]);
	if (!options.n)
		add_device(&options, "vulkan");
	/* Where it is ignored from birth, nobody could wait for a child. */
	signal(SIGCHLD, SIG_DFL);
	return watch(&options);
}
