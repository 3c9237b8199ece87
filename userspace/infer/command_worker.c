// SPDX-License-Identifier: GPL-2.0-or-later
/* headgate-infer worker: what serve starts for each agent; nobody else has a use for it. */
#include <errno.h>
#include <getopt.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "commands.h"
#include "worker.h"

/* Rows of a batch: a prompt goes through the weights once for each so many tokens. */
#define ROWS 128u

struct arguments {
	int fd;
	const char *model, *device;
	uint32_t sequences, context, threads;
};

/**
 * struct loaded - the model and what goes with it; zeroed it can be freed
 */
struct loaded {
	struct infer_gguf *gguf;
	struct infer_model *model;
	struct infer_tokenizer *tokenizer;
	struct infer_order *order;
	enum infer_chat chat;
	uint32_t context;
};

static bool read_arguments(int argc, char **argv, struct arguments *arguments)
{
	static const struct option options[] = {
		{ "fd", required_argument, NULL, 'f' },		{ "model", required_argument, NULL, 'm' },
		{ "device", required_argument, NULL, 'd' },	{ "sequences", required_argument, NULL, 's' },
		{ "context", required_argument, NULL, 'c' },	{ "threads", required_argument, NULL, 't' },
		{},
	};
	int option;

	*arguments = (struct arguments){ .fd = -1, .device = INFER_ORDER, .sequences = 1, .context = 4096 };
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		uint32_t number = optarg ? (uint32_t)strtoul(optarg, NULL, 10) : 0;

		switch (option) {
		case 'f':
			arguments->fd = (int)number;
			break;
		case 'm':
			arguments->model = optarg;
			break;
		case 'd':
			arguments->device = optarg;
			break;
		case 's':
			arguments->sequences = number;
			break;
		case 'c':
			arguments->context = number;
			break;
		case 't':
			arguments->threads = number;
			break;
		default:
			return false;
		}
	}
	return optind == argc && arguments->fd >= 0 && arguments->model && arguments->sequences && arguments->context;
}

static int load(const struct arguments *arguments, struct loaded *loaded, char problem[INFER_PROBLEM])
{
	struct infer_text template = { 0 };
	struct infer_limits limits = { .rows = ROWS, .sequences = arguments->sequences, .threads = arguments->threads };
	int error = infer_gguf_open(arguments->model, &loaded->gguf, problem);

	if (!error)
		error = infer_model_from(loaded->gguf, &loaded->model, problem);
	if (!error)
		error = infer_tokenizer_from(loaded->gguf, &loaded->tokenizer, problem);
	if (error)
		return error;
	infer_gguf_text(loaded->gguf, "tokenizer.chat_template", &template);
	loaded->chat = infer_chat_recognise(loaded->tokenizer, template);
	loaded->context = loaded->model->context < arguments->context ? loaded->model->context : arguments->context;
	limits.sequence_pages = (loaded->context + INFER_PAGE - 1) / INFER_PAGE;
	limits.pages = limits.sequence_pages * limits.sequences;
	limits.rows = limits.rows < limits.sequences ? limits.sequences : limits.rows;
	return infer_order_new(arguments->device, loaded->model, &limits, &loaded->order, problem);
}

static void unload(struct loaded *loaded)
{
	infer_order_free(loaded->order);
	infer_tokenizer_free(loaded->tokenizer);
	infer_model_free(loaded->model);
	infer_gguf_close(loaded->gguf);
}

/*
 * Root has files of root's still, such as device nodes, but no more rights than these, nor ever again: what it
 * computes on is its agent's. Before a driver starts threads, as it is for this one alone.
 */
static int give_up_rights(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(SYS_capset, &header, none))
		return -errno;
	/* It may be lost with rights. */
	return prctl(PR_SET_PDEATHSIG, SIGKILL) ? -errno : 0;
}

int infer_command_worker(int argc, char **argv)
{
	char problem[INFER_PROBLEM] = "";
	struct infer_worker_setup setup;
	struct arguments arguments;
	struct loaded loaded = { 0 };
	int error;

	if (!read_arguments(argc, argv, &arguments)) {
		fputs("headgate-infer: worker is for serve to start\n", stderr);
		return INFER_EXIT_USAGE;
	}
	/* If the service has ended before this, so has the socket. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* A terminal's Ctrl-C is for the service, which ends its workers when their requests are done. */
	signal(SIGINT, SIG_IGN);
	error = load(&arguments, &loaded, problem);
	if (!error)
		error = give_up_rights();
	if (error) {
		fprintf(stderr, "headgate-infer: worker: %s: %s\n", arguments.model,
			*problem ? problem : strerror(-error));
		unload(&loaded);
		return INFER_EXIT_FAILED;
	}
	setup = (struct infer_worker_setup){ .fd = arguments.fd, .context = loaded.context,
					     .tokenizer = loaded.tokenizer, .chat = loaded.chat,
					     .order = loaded.order };
	error = infer_worker_run(&setup);
	/* Closing a device that hangs hangs. */
	if (error == -ENODEV)
		_exit(INFER_EXIT_FAILED);
	unload(&loaded);
	return error ? INFER_EXIT_FAILED : INFER_EXIT_OK;
}
