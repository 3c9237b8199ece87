// SPDX-License-Identifier: GPL-2.0-or-later
/* headgate-infer serve: the service, from its command line to its end. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"
#include "commands.h"
#include "http_server.h"
#include "notify.h"
#include "order.h"
#include "probe_message.h"
#include "serve_files.h"
#include "tokenizer.h"
#include "usage.h"

#define LISTEN "unix:/run/headgate/infer.sock"

/* Between looks at what time has come for. */
#define TICK_MS 250

struct arguments {
	const char *model, *listen, *agent;
	struct infer_service_policy policy;
	uint64_t grace_ns;
	bool help;
};

/**
 * struct serve - the running service
 * @stop_at: ns; 0: nobody has said so yet
 * @next_tick: ns
 */
struct serve {
	struct arguments arguments;
	struct infer_service service;
	struct infer_listen listen;
	struct infer_http *http;
	struct infer_watch signals;
	char name[64], model_path[64];
	char *agent;
	uint32_t context;
	int loop, model_fd;
	uint64_t stop_at, next_tick;
};

static const char usage_text[] =
	"Usage: headgate-infer serve --model FILE [OPTIONS]\n"
	"Answer requests to OpenAI's /v1/completions and /v1/chat/completions on this machine, with one worker\n"
	"for each agent, in the agent's cgroup, which is that of the process that connects.\n\n"
	"Options:\n"
	"  -m, --model FILE          GGUF file\n"
	"  -l, --listen ADDRESS      unix:/PATH, 127.0.0.1:PORT or [::1]:PORT (" LISTEN ")\n"
	"  -d, --device ORDER        devices to use, the first that is well (" INFER_ORDER ")\n"
	"  -a, --agent-default CGROUP\n"
	"                            what pays for requests that come from no agent: over loopback, and from\n"
	"                            processes in the root cgroup; . is the service's own. Without it they are\n"
	"                            refused. Without the right to enter cgroups, . is for all requests.\n"
	"  -q, --queue N             requests of an agent that may wait (32)\n"
	"  -w, --workers N           workers to keep ready for agents that have none (1)\n"
	"  -W, --workers-most N      workers at once (32)\n"
	"  -s, --sequences N         requests that a worker computes together (4)\n"
	"  -c, --context N           tokens of prompt and answer together (4096, or what the model was made for)\n"
	"  -t, --threads N           of a worker on processors (all it may use)\n"
	"  -i, --idle SECONDS        after which a worker without requests ends (60)\n"
	"  -H, --hang SECONDS        after which a worker that says nothing is killed (30)\n"
	"  -r, --retry SECONDS       before a device that failed is tried again; doubled with each failure (30)\n"
	"  -b, --brownouts SOCKET    of headgated, which tells what devices are ill; none: of nobody\n"
	"                            (" HEADGATE_PROBE_SOCKET ")\n"
	"  -g, --grace SECONDS       for requests to end after SIGTERM (10)\n"
	"  -h, --help                show this help\n";

static const struct option options[] = {
	{ "model", required_argument, NULL, 'm' },	{ "listen", required_argument, NULL, 'l' },
	{ "device", required_argument, NULL, 'd' },	{ "agent-default", required_argument, NULL, 'a' },
	{ "queue", required_argument, NULL, 'q' },	{ "workers", required_argument, NULL, 'w' },
	{ "workers-most", required_argument, NULL, 'W' }, { "sequences", required_argument, NULL, 's' },
	{ "context", required_argument, NULL, 'c' },	{ "threads", required_argument, NULL, 't' },
	{ "idle", required_argument, NULL, 'i' },	{ "hang", required_argument, NULL, 'H' },
	{ "retry", required_argument, NULL, 'r' },	{ "grace", required_argument, NULL, 'g' },
	{ "brownouts", required_argument, NULL, 'b' },	{ "help", no_argument, NULL, 'h' },
	{},
};

static int complain(const char *about, const char *problem)
{
	fprintf(stderr, "headgate-infer: serve: %s%s%s\n", about, *about ? ": " : "", problem);
	return INFER_EXIT_FAILED;
}

/* What no restart mends, and systemd is told so. */
static int complain_of_usage(const char *about, const char *problem)
{
	return infer_usage_error("serve", "%s%s%s", about, *about ? ": " : "", problem);
}

/* ---- arguments ---- */

struct number {
	int option;
	uint32_t least, most;
	uint32_t *value;	/* or */
	uint64_t *seconds;
};

static bool read_number(const struct number *number, const char *name, const char *text)
{
	char *end, expected[64];
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || value < number->least || value > number->most) {
		snprintf(expected, sizeof(expected), "a number from %u to %u", number->least, number->most);
		infer_usage_value("serve", name, text, expected);
		return false;
	}
	if (number->value)
		*number->value = (uint32_t)value;
	else
		*number->seconds = value * INFER_SECOND;
	return true;
}

static bool read_option(struct arguments *a, int option, int index, const char *text)
{
	struct infer_service_policy *p = &a->policy;
	const struct number numbers[] = {
		{ 'q', 1, 100000, &p->queue, NULL },	{ 'w', 0, 1000, &p->warm, NULL },
		{ 'W', 1, 1000, &p->workers, NULL },	{ 's', 1, 256, &p->sequences, NULL },
		{ 'c', 1, 1 << 24, &p->context, NULL },	{ 't', 0, 4096, &p->threads, NULL },
		{ 'i', 1, 1000000, NULL, &p->idle_ns },	{ 'H', 1, 1000000, NULL, &p->hang_ns },
		{ 'r', 1, 900, NULL, &p->retry_ns },	{ 'g', 0, 1000000, NULL, &a->grace_ns },
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i].option == option)
			return read_number(&numbers[i], options[index].name, text);
	switch (option) {
	case 'm':
		a->model = text;
		return true;
	case 'l':
		a->listen = text;
		return true;
	case 'd':
		p->device = text;
		return true;
	case 'a':
		a->agent = text;
		return true;
	case 'b':
		p->health = strcmp(text, "none") ? text : NULL;
		return true;
	case 'h':
		a->help = true;
		return true;
	}
	return false;
}

static int index_of(int option)
{
	int i = 0;

	while (options[i].name && options[i].val != option)
		i++;
	return i;
}

static bool read_arguments(int argc, char **argv, struct arguments *a)
{
	int option;

	*a = (struct arguments){
		.listen = LISTEN, .grace_ns = 10 * INFER_SECOND,
		.policy = { .device = INFER_ORDER, .health = HEADGATE_PROBE_SOCKET, .queue = 32, .warm = 1, .workers = 32, .sequences = 4,
			    .context = 4096, .idle_ns = 60 * INFER_SECOND, .hang_ns = 30 * INFER_SECOND,
			    .retry_ns = INFER_FLEET_FIRST_NS },
	};
	while ((option = getopt_long(argc, argv, ":m:l:d:a:q:w:W:s:c:t:i:H:r:b:g:h", options, NULL)) != -1) {
		if (option == '?' || option == ':') {
			infer_usage_option("serve", option, options, argv);
			return false;
		}
		if (!read_option(a, option, index_of(option), optarg))
			return false;
	}
	if (a->help || (optind == argc && a->model))
		return true;
	infer_usage_arguments("serve", "--model FILE", a->model ? argv[optind] : NULL);
	return false;
}

/* ---- opening ---- */

/* Checked once, here, where its fault can be told; workers map the same file, whatever takes its name. */
static int open_model(struct serve *s)
{
	const char *file = s->arguments.model;
	struct infer_tokenizer *tokenizer = NULL;
	struct infer_model *model = NULL;
	char problem[INFER_PROBLEM] = "";
	struct infer_gguf *gguf = NULL;
	int error;

	s->model_fd = open(file, O_RDONLY);
	if (s->model_fd < 0)
		return complain(file, strerror(errno));
	snprintf(s->model_path, sizeof(s->model_path), "/proc/self/fd/%d", s->model_fd);
	error = infer_gguf_open(s->model_path, &gguf, problem);
	if (!error)
		error = infer_model_from(gguf, &model, problem);
	if (!error)
		error = infer_tokenizer_from(gguf, &tokenizer, problem);
	if (!error) {
		snprintf(s->name, sizeof(s->name), "%s", *model->name ? model->name : "model");
		s->context = model->context < s->arguments.policy.context ? model->context :
									    s->arguments.policy.context;
	}
	infer_tokenizer_free(tokenizer);
	infer_model_free(model);
	infer_gguf_close(gguf);
	return error ? complain(file, *problem ? problem : strerror(-error)) : 0;
}

/* Whether workers can be started in other cgroups than ours. */
static bool can_enter_cgroups(void)
{
	char *root = NULL;
	bool can = !geteuid() && !headgate_cgroup_root(&root);

	free(root);
	return can;
}

static int choose_agent(struct serve *s)
{
	const char *agent = s->arguments.agent;
	bool own = agent && !strcmp(agent, ".");
	char about[256];
	uint64_t id;
	int error;

	if (!can_enter_cgroups()) {
		if (!own)
			return complain("", "without root or without cgroup v2, workers cannot be started in the cgroups of agents; with --agent-default . all run in this one, and it is billed for all");
		fputs("headgate-infer: serve: workers cannot be started in the cgroups of agents: all run in this one, and it is billed for all\n",
		      stderr);
		s->arguments.policy.own_cgroup_alone = true;
	}
	if (own) {
		error = headgate_cgroup_of(0, &s->agent);
		return error ? complain("", strerror(-error)) : 0;
	}
	error = agent ? headgate_cgroup_id(agent, &id) : 0;
	snprintf(about, sizeof(about), "--agent-default '%.200s'", agent ?: "");
	if (error == -EINVAL)
		return complain_of_usage(about, "expected a path below the cgroup root, such as /x.slice, or .");
	if (error)
		return complain(about, error == -ENOENT ? "there is no such cgroup" : strerror(-error));
	s->agent = agent ? strdup(agent) : NULL;
	return agent && !s->agent ? complain("", strerror(ENOMEM)) : 0;
}

static void on_signal(struct infer_watch *watch, uint32_t events)
{
	struct serve *s = (struct serve *)((char *)watch - offsetof(struct serve, signals));
	struct signalfd_siginfo info;

	(void)events;
	/* Of several that ended there may be one SIGCHLD: who it was is looked up. */
	while (read(watch->fd, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo == SIGCHLD)
			s->next_tick = 0;
		else if (!s->stop_at)
			s->stop_at = infer_now_ns() + s->arguments.grace_ns;
}

static int open_loop(struct serve *s)
{
	sigset_t signals;
	int fd, error;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	/* Where whoever started this ignores it, children leave nothing to be waited for, and their numbers are reused. */
	signal(SIGCHLD, SIG_DFL);
	s->loop = infer_loop_open();
	fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	s->signals = (struct infer_watch){ .ready = on_signal, .fd = -1 };
	error = s->loop < 0 ? s->loop : fd < 0 ? -errno : infer_loop_watch(s->loop, &s->signals, fd, EPOLLIN);
	return error ? complain("", strerror(-error)) : 0;
}

static int open_http(struct serve *s)
{
	struct infer_http_setup setup = {
		.service = &s->service, .listen = &s->listen, .default_agent = s->agent,
		.everyone = s->arguments.policy.own_cgroup_alone, .context = s->context,
		.model = { .model = s->name, .created = (uint64_t)time(NULL) },
	};
	char problem[INFER_PROBLEM];
	int error;

	error = infer_listen_open(s->arguments.listen, &s->listen, problem);
	if (error == -EINVAL || error == -ENAMETOOLONG)
		return complain_of_usage("--listen", problem);
	if (error)
		return complain("", problem);
	error = infer_http_open(&setup, &s->http);
	if (error)
		infer_listen_close(&s->listen);
	return error ? complain(s->arguments.listen, strerror(-error)) : 0;
}

/* Without it there is room for fewer connections, no more. */
static void raise_files(struct serve *s)
{
	int error = infer_files_raise(&s->arguments.policy.files);

	if (error)
		fprintf(stderr, "headgate-infer: serve: the soft limit of open files (%" PRIu64 ") cannot be raised to the hard one: %s; connections beyond it wait\n",
			s->arguments.policy.files, strerror(-error));
}

static int open_all(struct serve *s)
{
	char problem[INFER_PROBLEM];
	int status = open_model(s) ?: choose_agent(s) ?: open_loop(s);

	if (status)
		return status;
	raise_files(s);
	s->arguments.policy.model = s->model_path;
	/* It says nothing of processors, and has few connections. */
	if (!strstr(s->arguments.policy.device, "vulkan"))
		s->arguments.policy.health = NULL;
	if (infer_service_open(&s->service, &s->arguments.policy, s->loop, problem))
		return complain_of_usage("--device", problem);
	return open_http(s);
}

/* ---- running ---- */

static int run(struct serve *s)
{
	int error = 0;

	while (!error) {
		uint64_t now = infer_now_ns();
		int wait, tick;

		if (now >= s->next_tick) {
			infer_service_tick(&s->service);
			infer_http_tick(s->http);
			s->next_tick = now + TICK_MS * 1000000ull;
		}
		infer_http_run(s->http);
		if (s->stop_at)
			infer_http_quiesce(s->http);
		if (s->stop_at && (!infer_http_busy(s->http) || now >= s->stop_at))
			break;
		wait = infer_http_wait_ms(s->http);
		tick = s->next_tick > now ? (int)((s->next_tick - now) / 1000000) + 1 : 0;
		error = infer_loop_wait(s->loop, wait < tick ? wait : tick);
	}
	if (error)
		complain("", strerror(-error));
	/* What is not done is told so, and that goes out. */
	infer_service_close(&s->service);
	infer_http_run(s->http);
	infer_http_close(s->http);
	infer_listen_close(&s->listen);
	return error ? INFER_EXIT_FAILED : INFER_EXIT_OK;
}

/* A manager that is not told ends the service some time later, and knows no reason. */
static void say_ready(void)
{
	int error = infer_notify("READY=1");

	if (error)
		fprintf(stderr, "headgate-infer: serve: the service manager cannot be told that this is ready, and may end it: %s: %s; let the unit reach that socket\n",
			getenv("NOTIFY_SOCKET"), strerror(-error));
	/* Workers have nothing to tell it. */
	unsetenv("NOTIFY_SOCKET");
}

int infer_command_serve(int argc, char **argv)
{
	struct serve s = { .loop = -1, .model_fd = -1 };
	int status;

	if (!read_arguments(argc, argv, &s.arguments))
		return INFER_EXIT_USAGE;
	if (s.arguments.help) {
		fputs(usage_text, stdout);
		return INFER_EXIT_OK;
	}
	status = open_all(&s);
	if (status)
		return status;
	printf("headgate-infer: serve: %s at %s\n", s.name, s.arguments.listen);
	fflush(stdout);
	say_ready();
	status = run(&s);
	free(s.agent);
	return status;
}
