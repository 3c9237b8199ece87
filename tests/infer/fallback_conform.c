// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A driver that offers a feature and cannot make kernels with it (driver.h): plainer ones are used
 * instead, and are right; that is said once and not tried again; and what is no fault of a kernel
 * takes no feature away.
 *
 *	fallback_conform [matrices]
 *
 * matrices: the cases of these alone, which want another driver than the rest. What a device is
 * found to lack it lacks for the rest of the process, so each case is a process.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "canary_device.h"
#include "conform.h"
#include "driver.h"
#include "known.h"
#include "vulkan/features.h"
#include "vulkan/vleg.h"
#include "vulkan_world.h"

#define SKIPPED 77
#define LIMIT 1e-9
/* ns, a minute: where GPUs are processors, kernels are compiled as they first run. */
#define PATIENCE 60000000000

static const struct feature {
	const char *name;
	uint32_t feature, capability;
	VkResult says;
	const char *said;
} features[] = {
	{ "subgroups", INFER_VULKAN_SUBGROUPS, DRIVER_SUBGROUPS, VK_ERROR_INITIALIZATION_FAILED,
	  "VK_ERROR_INITIALIZATION_FAILED" },
	{ "halves", INFER_VULKAN_HALVES, DRIVER_HALVES, VK_ERROR_FEATURE_NOT_PRESENT,
	  "VK_ERROR_FEATURE_NOT_PRESENT" },
	{ "dots", INFER_VULKAN_DOTS, DRIVER_DOTS, VK_SUCCESS, "VK_ERROR_UNKNOWN" },
	{ "matrices", INFER_VULKAN_MATRICES, DRIVER_MATRICES, VK_ERROR_UNKNOWN, "VK_ERROR_UNKNOWN" },
};

/* Of a case: the device as it is offered, and what is open on it. */
static struct infer_vulkan_device offered;
static struct infer_known *known;
static struct infer_canary_device *device;
static char problem[INFER_PROBLEM];
static FILE *told;

/* expect(): what must be, or the case has failed. */
static void expect(bool right, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void expect(bool right, const char *format, ...)
{
	va_list arguments;

	if (right)
		return;
	va_start(arguments, format);
	printf("# ");
	vprintf(format, arguments);
	printf("\n");
	va_end(arguments);
	exit(1);
}

/* A leg on the device and the check by integers: all that has variants. */
static int open_device(void)
{
	char name[128];
	int error;

	snprintf(name, sizeof(name), "vulkan:%s", vulkan_device());
	error = infer_canary_device_open(name, infer_known_model(known), infer_known_limits(known),
					 &device, problem);
	if (!error)
		vleg_of(infer_canary_device_leg(device))->gpu.deadline = PATIENCE;
	return error;
}

static const char *kernels(void)
{
	return infer_canary_device_leg(device)->kernels;
}

static void close_device(void)
{
	infer_canary_device_close(device);
	expect(!driver.modules && !driver.pipelines && !driver.layouts,
	       "%d modules, %d pipelines and %d layouts are left", driver.modules, driver.pipelines,
	       driver.layouts);
}

/* That the device computes, and by kernels with just these features. */
static void expect_right(uint32_t set)
{
	struct infer_answer answer;
	char text[VK_FEATURES_TEXT];
	uint32_t wrong = 1;
	int error;

	vk_features_text(set, text);
	expect(!strcmp(kernels(), text), "%s are used and not %s", kernels(), text);
	error = infer_known_run(known, infer_canary_device_leg(device), &answer);
	expect(!error, "a model's answer: %s", strerror(-error));
	expect(answer.nmse <= INFER_KNOWN_NMSE, "a model's answer is wrong: NMSE %.1e", answer.nmse);
	expect(!infer_canary_device_integers(device, &wrong) && !wrong, "%u integers are wrong", wrong);
}

/* What was said on stderr so far. */
static const char *heard(void)
{
	static char text[4096];

	rewind(told);
	text[fread(text, 1, sizeof(text) - 1, told)] = '\0';
	return text;
}

static unsigned int lines(const char *text)
{
	unsigned int n = 0;

	while ((text = strchr(text, '\n'))) {
		text++;
		n++;
	}
	return n;
}

static uint32_t without(uint32_t feature)
{
	uint32_t rest = offered.features & ~feature;

	return feature & INFER_VULKAN_HALVES ? rest & ~(uint32_t)INFER_VULKAN_MATRICES : rest;
}

static void expect_line(const struct feature *feature, uint32_t rest)
{
	char advice[128], text[VK_FEATURES_TEXT];
	const char *line = heard();

	snprintf(advice, sizeof(advice), "HEADGATE_INFER_VULKAN=%s ", vk_features_text(rest, text));
	expect(lines(line) == 1, "not one line: %s", line);
	expect(strstr(line, offered.name) && strstr(line, feature->said) && strstr(line, advice) &&
	       strstr(line, feature->name), "not of %s, %s and %s: %s", feature->name, feature->said, advice, line);
}

static int open_leg(const struct infer_model *model, const struct infer_limits *limits,
		    void *context, struct infer_leg **leg)
{
	struct infer_vulkan_options options = { .deadline = PATIENCE };

	(void)context;
	return infer_vulkan_open_with(model, limits, vulkan_device(), &options, leg, problem);
}

static void refused__is_done_without(const struct feature *feature)
{
	unsigned int refused;
	char name[64];

	driver.refuses[0] = feature->capability;
	driver.says = feature->says;
	expect(!open_device(), "it does not open: %s", problem);
	expect(driver.refused, "nothing was refused");
	expect_right(without(feature->feature));
	close_device();
	expect_line(feature, without(feature->feature));
	refused = driver.refused;
	snprintf(name, sizeof(name), "fallback_without_%s", feature->name);
	if (feature->feature != INFER_VULKAN_DOTS)
		expect(!conform_products(name, open_leg, NULL, LIMIT), "products are wrong");
	expect(!open_device(), "it does not open again: %s", problem);
	expect_right(without(feature->feature));
	close_device();
	expect(driver.refused == refused, "it was tried again");
	expect(lines(heard()) == 1, "it was said again: %s", heard());
}

static void named_as_told__is_not_tried(const struct feature *feature)
{
	char text[VK_FEATURES_TEXT];

	driver.refuses[0] = feature->capability;
	driver.says = feature->says;
	setenv("HEADGATE_INFER_VULKAN", vk_features_text(without(feature->feature), text), 1);
	expect(!open_device(), "it does not open: %s", problem);
	expect_right(without(feature->feature));
	close_device();
	expect(!driver.refused, "it was tried");
	expect(!*heard(), "it was said: %s", heard());
}

/* What the driver says of kernels with that feature is no fault of theirs; then it is well. */
static void expect_blameless(const struct feature *feature, VkResult says, const char *said,
			     int error)
{
	unsigned int before;

	driver.refuses[0] = feature->capability;
	driver.says = says;
	before = driver.refused;
	expect(open_device() == error, "it opens after %s, or not for that reason: %s", said, problem);
	expect(!driver.modules && !driver.pipelines && !driver.layouts, "something is left after %s", said);
	expect(driver.refused == before + 1, "more was tried after %s", said);
	expect(strstr(problem, said) || strstr(heard(), said), "%s is not said: %s", said, problem);
	driver.refuses[0] = 0;
	expect(!open_device(), "it does not open after %s: %s", said, problem);
	expect_right(offered.features);
	close_device();
}

static void no_memory__takes_nothing_away(const struct feature *feature)
{
	expect_blameless(feature, VK_ERROR_OUT_OF_DEVICE_MEMORY, "VK_ERROR_OUT_OF_DEVICE_MEMORY", -ENOMEM);
	expect_blameless(feature, VK_ERROR_OUT_OF_HOST_MEMORY, "VK_ERROR_OUT_OF_HOST_MEMORY", -ENOMEM);
}

static void a_lost_device__takes_nothing_away(const struct feature *feature)
{
	expect_blameless(feature, VK_ERROR_DEVICE_LOST, "VK_ERROR_DEVICE_LOST", -ENODEV);
}

static void other_bits__are_other_golden_answers(const struct feature *feature)
{
	struct infer_canary_facts facts;

	expect(!open_device(), "it does not open: %s", problem);
	facts = *infer_canary_device_facts(device);
	expect(strstr(facts.leg, feature->name), "%s is not said: %s", feature->name, facts.leg);
	close_device();
	driver.refuses[0] = feature->capability;
	driver.says = feature->says;
	expect(!open_device(), "it does not open: %s", problem);
	expect(strcmp(facts.key, infer_canary_device_facts(device)->key), "the same key: %s", facts.key);
	expect(!strstr(infer_canary_device_facts(device)->leg, feature->name), "%s is said", feature->name);
	close_device();
}

static void the_plainest_refused__is_the_device_s_failure(const struct feature *feature)
{
	driver.refuses[0] = DRIVER_ALL;
	driver.says = feature->says;
	expect(open_device() == -ENODEV, "it opens, or not for that reason: %s", problem);
	expect(!driver.modules && !driver.pipelines && !driver.layouts, "something is left");
	expect(strstr(problem, offered.name) && strstr(problem, feature->said) && strstr(problem, "kernel embed_q8_0 "),
	       "not of %s: %s", feature->said, problem);
	driver.refuses[0] = 0;
	expect(!open_device(), "it does not open when it is well: %s", problem);
	expect_right(offered.features);
	close_device();
	expect(!*heard(), "a feature is said to be missing: %s", heard());
}

static void not_opened_with_features__is_told_why(const struct feature *feature)
{
	driver.opens = VK_ERROR_FEATURE_NOT_PRESENT;
	expect(open_device() == -ENODATA, "it opens, or not for that reason: %s", problem);
	expect(strstr(problem, offered.name) && strstr(problem, feature->name) &&
	       strstr(problem, "VK_ERROR_FEATURE_NOT_PRESENT") &&
	       strstr(problem, "HEADGATE_INFER_VULKAN=plain "), "not why: %s", problem);
	driver.opens = VK_ERROR_INITIALIZATION_FAILED;
	expect(open_device() == -ENODEV && strstr(problem, "VK_ERROR_INITIALIZATION_FAILED"),
	       "it opens, or not for that reason: %s", problem);
	driver.opens = VK_SUCCESS;
	expect(!open_device(), "it does not open when it is well: %s", problem);
	expect_right(offered.features);
	close_device();
}

static void two_refused__are_both_done_without(const struct feature *feature)
{
	const uint32_t both = INFER_VULKAN_SUBGROUPS | INFER_VULKAN_HALVES;

	driver.refuses[0] = DRIVER_SUBGROUPS;
	driver.refuses[1] = DRIVER_HALVES;
	driver.says = feature->says;
	expect(!open_device(), "it does not open: %s", problem);
	expect_right(without(both));
	close_device();
	expect_line(feature, without(both));
}

static void no_memory_for_one_kernel__is_of_the_moment(const struct feature *feature)
{
	int8_t matrix[16] = { 0 };
	struct infer_vulkan_integers *integers;
	struct infer_leg *leg;

	expect(!open_leg(infer_known_model(known), infer_known_limits(known), NULL, &leg), "it does not open: %s", problem);
	driver.refuses[0] = DRIVER_ALL;
	driver.says = VK_ERROR_OUT_OF_HOST_MEMORY;
	expect(infer_vulkan_integers_open(leg, matrix, 4, 4, &integers) == -ENOMEM, "a kernel is made");
	driver.refuses[0] = 0;
	expect(!infer_vulkan_integers_open(leg, matrix, 4, 4, &integers), "none is made later");
	infer_vulkan_integers_close(integers);
	infer_leg_close(leg);
	expect(lines(heard()) == 1, "not one line: %s", heard());
	(void)feature;
}

/* Batches of each kind, and as long as one workgroup of attention walks and longer. */
static void opened__needs_no_more_kernels(const struct feature *feature)
{
	struct infer_vulkan_options options = { .deadline = PATIENCE, .attend_span = INFER_PAGE };
	struct infer_answer answer;
	struct infer_known *few;
	const struct infer_model *model = infer_known_model(known);
	struct infer_leg *leg;
	int error;

	expect(!infer_known_of(model, GEMV_MOST, 0, &few), "no memory");
	error = infer_vulkan_open_with(model, infer_known_limits(known), vulkan_device(), &options,
				       &leg, problem);
	expect(!error, "it does not open: %s", problem);
	driver.refuses[0] = DRIVER_ALL;
	driver.says = feature->says;
	error = infer_known_run(known, leg, &answer);
	error = error ?: infer_known_run(few, leg, &answer);
	expect(!error && !driver.refused, "%u more are wanted: %s%s", driver.refused, heard(), strerror(-error));
	infer_leg_close(leg);
	infer_known_close(few);
}

static void in_child(const struct feature *feature, void (*run)(const struct feature *feature))
{
	struct infer_vulkan_device *devices;
	int n = infer_vulkan_devices(&devices), i = atoi(vulkan_device());

	expect(n > i && !infer_known_open(INFER_Q8_0, &known), "no device, or no memory");
	offered = devices[i];
	free(devices);
	if (!(offered.features & feature->feature))
		exit(SKIPPED);
	told = tmpfile();
	expect(told && dup2(fileno(told), STDERR_FILENO) >= 0, "stderr is not caught");
	run(feature);
	infer_known_close(known);
	exit(0);
}

static void check_case(const char *name, const struct feature *feature,
		       void (*run)(const struct feature *feature))
{
	char title[128];
	pid_t pid;
	int status;

	snprintf(title, sizeof(title), "fallback_%s__%s", feature->name, name);
	fflush(NULL);
	pid = fork();
	if (!pid)
		in_child(feature, run);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		abort();
	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED)
		vulkan_skip(title, "the device lacks it");
	else
		vulkan_verdict(title, !status);
}

#define CHECK(feature, name) check_case(#name, feature, name)

static void check_feature(const struct feature *feature)
{
	CHECK(feature, refused__is_done_without);
	CHECK(feature, named_as_told__is_not_tried);
	CHECK(feature, no_memory__takes_nothing_away);
	CHECK(feature, a_lost_device__takes_nothing_away);
	CHECK(feature, other_bits__are_other_golden_answers);
}

int main(int argc, char **argv)
{
	bool matrices = argc > 1 && !strcmp(argv[1], "matrices");

	unsetenv("HEADGATE_INFER_VULKAN");
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		if (matrices == !strcmp(features[i].name, "matrices"))
			check_feature(&features[i]);
	CHECK(&features[matrices ? 3 : 1], opened__needs_no_more_kernels);
	if (!matrices) {
		CHECK(&features[1], the_plainest_refused__is_the_device_s_failure);
		CHECK(&features[1], not_opened_with_features__is_told_why);
		CHECK(&features[1], two_refused__are_both_done_without);
		CHECK(&features[1], no_memory_for_one_kernel__is_of_the_moment);
	}
	return vulkan_sum_up(0);
}
