// SPDX-License-Identifier: GPL-2.0-or-later
#include "canary_work.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "known.h"

/* Of one run; of each batch the quickest counts. */
#define REPEATS 4
#define BATCHES (1 + INFER_CANARY_SINGLES)
/* So many times the same, before an answer is learned. */
#define LEARNS 3

/**
 * struct infer_canary_work - a device at work
 * @known: what is right
 * @golden: what is compared with, if @learned; in its folder, if @kept
 * @spoiled: the fault of weights is in
 */
struct infer_canary_work {
	char name[INFER_PROBLEM];
	const char *dir;
	struct infer_canary_model *model;
	struct infer_known *known;
	struct infer_canary_device *device;
	struct infer_golden golden;
	bool learned, kept, spoiled;
	struct infer_fault fault;
	uint64_t runs;
};

/**
 * struct spent - of one time the work
 * @n: batches so far
 * @thread_ns: of the caller's thread, after the last of them
 * @batch_ns: of each batch
 */
struct spent {
	const struct infer_canary_device *device;
	unsigned int n;
	uint64_t thread_ns;
	uint64_t batch_ns[BATCHES];
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* On processors it is the thread's time that counts: to wait for others to have theirs is no fault of a core. */
static void add_time(const struct infer_leg *leg, void *data)
{
	struct spent *spent = data;
	uint64_t thread_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);

	(void)leg;
	spent->batch_ns[spent->n++ % BATCHES] += infer_canary_device_is_native(spent->device) ?
						 thread_ns - spent->thread_ns : infer_canary_device_time(spent->device);
	spent->thread_ns = thread_ns;
}

static bool has_fault(const struct infer_canary_work *work, enum infer_fault_kind kind)
{
	return work->fault.kind == kind && work->runs >= work->fault.from;
}

/* Adds what it took to @result->cost_ns. A device that is slow to order does the work several times. */
static int work_once(struct infer_canary_work *work, struct infer_canary_result *result, struct infer_answer *answer,
		     struct spent *spent)
{
	double factor = has_fault(work, INFER_FAULT_SLOW) ? work->fault.factor : 1, times = ceil(factor);
	uint64_t host_ns = 0, device_ns = 0;
	int error = 0;

	*spent = (struct spent){ .device = work->device };
	for (double i = 0; i < times && !error; i++) {
		spent->thread_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
		error = infer_known_run_each(work->known, infer_canary_device_leg(work->device), answer, add_time, spent);
		host_ns += answer->ns;
	}
	for (unsigned int i = 0; i < BATCHES; i++) {
		device_ns += spent->batch_ns[i];
		spent->batch_ns[i] = (uint64_t)((double)spent->batch_ns[i] * factor / times);
	}
	result->cost_ns += device_ns ? device_ns : host_ns;
	return error;
}

/* Weights are the device's from the moment it is opened. */
static int spoil(struct infer_canary_work *work, char problem[INFER_PROBLEM])
{
	infer_canary_device_close(work->device);
	work->device = NULL;
	infer_fault_turn(work->fault.kind, work->fault.seed, INFER_FAULT_ANY, work->model);
	work->spoiled = true;
	return infer_canary_device_open(work->name, infer_canary_model_get(work->model), infer_known_limits(work->known),
					&work->device, problem);
}

static int work_several(struct infer_canary_work *work, struct infer_canary_result *result, struct infer_answer *answer)
{
	uint64_t best_ns[BATCHES];
	struct spent spent;
	int error = 0;

	memset(best_ns, 0xff, sizeof(best_ns));
	for (int repeat = 0; repeat < REPEATS && !error; repeat++) {
		error = work_once(work, result, answer, &spent);
		for (unsigned int i = 0; i < BATCHES; i++)
			best_ns[i] = spent.batch_ns[i] < best_ns[i] ? spent.batch_ns[i] : best_ns[i];
		if (!error && work->learned && answer->hash != work->golden.hash)
			break;
	}
	for (unsigned int i = 0; i < BATCHES; i++)
		result->time_ns += best_ns[i];
	return error;
}

static void fail(struct infer_canary_result *result, int error)
{
	result->outcome = HEADGATE_PROBE_FAILED;
	if (!*result->text)
		snprintf(result->text, sizeof(result->text), "it could not run: %s", strerror(-error));
}

/* Faults to order that are none of computing. */
static void misbehave(const struct infer_canary_work *work)
{
	if (has_fault(work, INFER_FAULT_CRASH))
		abort();
	while (has_fault(work, INFER_FAULT_HANG))
		pause();
}

static void judge(struct infer_canary_work *work, struct infer_canary_result *result, const struct infer_answer *answer,
		  uint32_t wrong)
{
	result->hash = answer->hash;
	result->nmse = answer->nmse;
	if (wrong) {
		result->outcome = HEADGATE_PROBE_WRONG;
		snprintf(result->text, sizeof(result->text), "%" PRIu32 " rows of the product of integers are wrong", wrong);
	} else if (!(answer->nmse <= INFER_GOLDEN_NMSE)) {
		result->outcome = HEADGATE_PROBE_WRONG;
		snprintf(result->text, sizeof(result->text), "the answer is wrong: it is off by NMSE %.1e, and %.0e is allowed",
			 answer->nmse, INFER_GOLDEN_NMSE);
	} else if (work->learned && answer->hash != work->golden.hash) {
		result->outcome = HEADGATE_PROBE_WRONG;
		snprintf(result->text, sizeof(result->text), "the answer has hash %016" PRIx64 ", not %016" PRIx64
			 " as it always had; it is off by NMSE %.1e", answer->hash, work->golden.hash, answer->nmse);
	}
}

/* What was said of the golden answer is what went wrong before, or news. */
static void keep(struct infer_canary_work *work, char problem[INFER_PROBLEM])
{
	size_t length;

	work->kept = !infer_golden_write(work->dir, &work->golden, problem);
	length = strlen(problem);
	if (!work->kept)
		snprintf(problem + length, INFER_PROBLEM - length,
			 ": the answer is not compared with earlier ones, nor kept");
	else if (!length)
		snprintf(problem, INFER_PROBLEM, "a golden answer is learned: hash %016" PRIx64 ", NMSE %.1e",
			 work->golden.hash, work->golden.nmse);
}

/* learn(): 0 also if the answer is not to be learned, which each run then tells. */
static int learn(struct infer_canary_work *work, char problem[INFER_PROBLEM])
{
	struct infer_answer answer, first = { 0 };
	struct infer_canary_result unused = { 0 };
	struct spent spent;
	int error;

	for (int i = 0; i < LEARNS; i++) {
		error = work_once(work, &unused, &answer, &spent);
		if (error) {
			snprintf(problem, INFER_PROBLEM, "%.64s could not run: %s", work->name, strerror(-error));
			return error;
		}
		if (!i)
			first = answer;
		if (answer.hash != first.hash || !(answer.nmse <= INFER_GOLDEN_NMSE))
			return 0;
	}
	work->golden.hash = first.hash;
	work->golden.nmse = first.nmse;
	work->golden.learned_s = time(NULL);
	work->learned = true;
	/* It holds for this process, kept or not. */
	keep(work, problem);
	return 0;
}

void infer_canary_work_run(struct infer_canary_work *work, struct infer_canary_result *result)
{
	struct infer_answer answer = { 0 };
	uint32_t wrong = 0;
	int error = 0;

	*result = (struct infer_canary_result){ .outcome = HEADGATE_PROBE_OK };
	misbehave(work);
	if (has_fault(work, INFER_FAULT_FAIL))
		error = -EIO;
	if (!error && infer_fault_is_of_weights(work->fault.kind) && has_fault(work, work->fault.kind) && !work->spoiled)
		error = spoil(work, result->text);
	if (!error && !work->device)
		error = -ENODEV;
	if (!error)
		error = infer_canary_device_integers(work->device, &wrong);
	if (!error)
		error = work_several(work, result, &answer);
	work->runs++;
	if (error)
		fail(result, error);
	else
		judge(work, result, &answer, wrong);
	/* It was not right when it was opened, or not the same each time. */
	if (!work->learned && result->outcome == HEADGATE_PROBE_OK && learn(work, result->text))
		result->outcome = HEADGATE_PROBE_FAILED;
	result->by_nmse = !work->kept;
}

static int open_golden(struct infer_canary_work *work, char problem[INFER_PROBLEM])
{
	int length = snprintf(work->golden.key, sizeof(work->golden.key), "%s model=%016" PRIx64,
			      infer_canary_device_facts(work->device)->key, infer_canary_model_version(work->model));

	*problem = '\0';
	if (length >= (int)sizeof(work->golden.key)) {
		snprintf(problem, INFER_PROBLEM, "%.64s: it has too long a name", work->name);
		return -ENAMETOOLONG;
	}
	work->learned = !infer_golden_read(work->dir, &work->golden, problem);
	work->kept = work->learned;
	return work->learned ? 0 : learn(work, problem);
}

static int open_known(struct infer_canary_work *work, char problem[INFER_PROBLEM])
{
	int error = infer_canary_model_open(&work->model);

	if (!error)
		error = infer_known_of(infer_canary_model_get(work->model), INFER_CANARY_PROMPT, INFER_CANARY_SINGLES, &work->known);
	if (error)
		snprintf(problem, INFER_PROBLEM, "no known answers: %s", strerror(-error));
	return error;
}

int infer_canary_work_open(const char *device, const char *golden, const struct infer_fault *fault,
			   struct infer_canary_work **opened, char problem[INFER_PROBLEM])
{
	struct infer_canary_work *work = calloc(1, sizeof(*work));
	int error;

	snprintf(problem, INFER_PROBLEM, "%s", strerror(ENOMEM));
	if (!work)
		return -ENOMEM;
	snprintf(work->name, sizeof(work->name), "%s", device);
	work->dir = golden;
	work->fault = *fault;
	error = open_known(work, problem);
	if (!error)
		error = infer_canary_device_open(device, infer_canary_model_get(work->model), infer_known_limits(work->known),
						 &work->device, problem);
	if (!error)
		error = open_golden(work, problem);
	if (error)
		infer_canary_work_close(work);
	else
		*opened = work;
	return error;
}

void infer_canary_work_close(struct infer_canary_work *work)
{
	infer_canary_device_close(work->device);
	infer_known_close(work->known);
	infer_canary_model_close(work->model);
	free(work);
}

const struct infer_canary_facts *infer_canary_work_facts(const struct infer_canary_work *work)
{
	return infer_canary_device_facts(work->device);
}
