// SPDX-License-Identifier: GPL-2.0-or-later
/* headgate-infer selftest: known answers for each type of weights, on each device. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "devices.h"
#include "known.h"
#include "usage.h"

/* The same bits are wanted so often. */
#define RUNS 3
/* As wide as "subgroups,halves,matrices". */
#define KERNELS 25

static const enum infer_type types[] = { INFER_F32, INFER_F16, INFER_Q8_0, INFER_Q4_0, INFER_Q4_K, INFER_Q6_K };

static int usage(void)
{
	fputs("Usage: headgate selftest [OPTIONS] [DEVICE]...\n"
	      "Compute known answers on each device, or on these, and compare them.\n"
	      "DEVICE is native, native:VARIANT, vulkan:NUMBER or vulkan:NAME, as headgate-infer devices lists them.\n"
	      "NMSE is how far the logits of a tiny model are from those of the plain kernels, HASH is of their\n"
	      "bits; both must be the same in each run.  KERNELS are the variants that were used.\n"
	      "Exit status: 0 all right, 1 something is wrong.\n\n"
	      "Options:\n"
	      "  -h, --help                     show this help\n",
	      stdout);
	return INFER_EXIT_OK;
}

/* What is wrong with a run, given the first; NULL if nothing is. */
static const char *fault(const struct infer_answer *answer, const struct infer_answer *first)
{
	if (!(answer->nmse <= INFER_KNOWN_NMSE))
		return "wrong";
	return answer->hash != first->hash ? "differs from run to run" : NULL;
}

static const char *run(struct infer_known *known, struct infer_leg *leg, struct infer_answer *first)
{
	for (int i = 0; i < RUNS; i++) {
		struct infer_answer answer;
		const char *wrong;
		int error = infer_known_run(known, leg, &answer);

		if (error)
			return strerror(-error);
		if (!i)
			*first = answer;
		wrong = fault(&answer, first);
		if (wrong)
			return wrong;
		first->ns = answer.ns < first->ns ? answer.ns : first->ns;
	}
	return NULL;
}

/* *opened is false if the device opens for no type. */
static bool test_type(const char *device, enum infer_type type, bool head, bool *opened)
{
	char problem[INFER_PROBLEM] = "";
	struct infer_answer answer = { 0 };
	struct infer_known *known;
	struct infer_leg *leg;
	const char *wrong;
	int error = infer_known_open(type, &known);

	if (error) {
		fprintf(stderr, "headgate-infer: no known answers: %s\n", strerror(-error));
		return false;
	}
	error = infer_device_open(device, infer_known_model(known), infer_known_limits(known), &leg, problem);
	/* What opened for others, or lacks memory, may open for the next. */
	*opened = !error || !head || error == -ENOMEM;
	if (error) {
		printf("%s%s%s not run: %s\n", device, *opened ? "  " : ":", *opened ? infer_type_name(type) : "", problem);
		infer_known_close(known);
		return false;
	}
	if (head)
		printf("%s: %s\n  TYPE   NMSE     HASH              TIME        %-*s  RESULT\n", device, leg->name, KERNELS,
		       "KERNELS");
	wrong = run(known, leg, &answer);
	printf("  %-5s  %.1e  %016llx  %8.3f ms  %-*s  %s\n", infer_type_name(type), answer.nmse,
	       (unsigned long long)answer.hash, (double)answer.ns / 1e6, KERNELS, leg->kernels, wrong ?: "ok");
	infer_leg_close(leg);
	infer_known_close(known);
	return !wrong;
}

static bool test_device(const char *device)
{
	bool right = true, opened = true;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]) && opened; i++) {
		right &= test_type(device, types[i], !i, &opened);
		fflush(stdout);
	}
	return right;
}

int infer_command_selftest(int argc, char **argv)
{
	static const struct option options[] = { { "help", no_argument, NULL, 'h' }, {} };
	char devices[INFER_DEVICES][INFER_DEVICE_NAME], problem[INFER_PROBLEM];
	bool right = true;
	int option, n;

	option = getopt_long(argc, argv, ":h", options, NULL);
	if (option != -1)
		return option == 'h' ? usage() : infer_usage_option("selftest", option, options, argv);
	for (int i = optind; i < argc; i++)
		if (infer_device_check(argv[i], problem))
			return infer_usage_error("selftest", "%s", problem);
	for (int i = optind; i < argc; i++)
		right &= test_device(argv[i]);
	n = optind == argc ? infer_devices(devices) : 0;
	for (int i = 0; i < n; i++)
		right &= test_device(devices[i]);
	return right ? INFER_EXIT_OK : INFER_EXIT_FAILED;
}
