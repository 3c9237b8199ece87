// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whether the canary finds what it is there for, on the native leg: faults of weights at once,
 * slowness by headgated's own judgement within five runs, and nothing where nothing is.
 * HEADGATE_TEST_DEVICE names another device.
 *
 *	canary_conform [soak]
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "canary.h"
#include "canary_world.h"
#include "devices.h"
#include "known.h"

/* Of each kind and type; and what of them must be found at the first run. */
#define FAULTS 400u
#define FOUND  0.84

#define LEARNED 100u /* runs before a device gets slow */
#define TRIALS  10u
#define NOTICED 5u
#define NOTICED_MOST 20u
#define SLOW_PAUSE_US 10000
#define SHORT   150u /* beside load, and how many to learn it before */
#define SOAK    1000u

static const char *device;
static char golden[] = "/tmp/canary-golden.XXXXXX";
static unsigned int passed, failed, skipped;

static void verdict(bool ok, const char *name, const char *why)
{
	printf("%s %s%s%s\n", ok ? "ok" : "not ok", name, ok ? "" : ": ", ok ? "" : why);
	fflush(stdout);
	*(ok ? &passed : &failed) += 1;
}

/* What times on a machine that others use may keep from being reached is told, and fails nobody. */
static void reported(bool ok, const char *name, const char *why)
{
	if (ok) {
		verdict(true, name, "");
		return;
	}
	printf("skip %s: not reached: %s\n", name, why);
	skipped++;
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "canary_conform: %s\n", what);
	exit(1);
}

/* ---- faults of weights ---- */

struct faulty {
	struct infer_canary_model *model;
	struct infer_known *known;
};

/* On a leg that is opened for it: weights may be copied when that is done. */
static struct infer_answer answer_of(struct faulty *faulty)
{
	const struct infer_model *model = infer_canary_model_get(faulty->model);
	const struct infer_limits *limits = infer_known_limits(faulty->known);
	struct infer_canary_device *opened;
	struct infer_answer answer;
	char problem[INFER_PROBLEM];

	if (infer_canary_device_open(device, model, limits, &opened, problem))
		die(problem);
	if (infer_known_run(faulty->known, infer_canary_device_leg(opened), &answer))
		die("a run failed");
	infer_canary_device_close(opened);
	return answer;
}

static void test_kind(struct faulty *faulty, enum infer_fault_kind kind, const char *name, int type,
		      uint64_t right)
{
	const char *of = type == INFER_FAULT_ANY ? "all" : infer_type_name((enum infer_type)type);
	unsigned int found = 0, by_nmse = 0;
	char title[64], why[64];

	for (unsigned int seed = 0; seed < FAULTS; seed++) {
		struct infer_answer answer;

		infer_fault_turn(kind, seed, type, faulty->model);
		answer = answer_of(faulty);
		infer_fault_turn(kind, seed, type, faulty->model);
		found += answer.hash != right;
		by_nmse += !(answer.nmse <= INFER_GOLDEN_NMSE);
	}
	printf("figure canary_found_%s_%s %.1f %% by the hash, %.1f %% by NMSE alone\n", name, of, 100.0 * found / FAULTS,
	       100.0 * by_nmse / FAULTS);
	snprintf(title, sizeof(title), "canary %s fault of %s weights is found at the first run", name, of);
	snprintf(why, sizeof(why), "%u of %u", found, FAULTS);
	verdict(found >= FOUND * FAULTS, title, why);
}

static void test_faults(void)
{
	static const struct {
		enum infer_fault_kind kind;
		const char *name;
	} kinds[] = { { INFER_FAULT_BIT, "bit" }, { INFER_FAULT_BITS, "bits" }, { INFER_FAULT_LANES, "lanes" } };
	static const int types[] = {
		INFER_FAULT_ANY, INFER_F32, INFER_F16, INFER_Q8_0, INFER_Q4_0, INFER_Q4_K,
		INFER_Q6_K,
	};
	struct faulty faulty;
	uint64_t right;

	if (infer_canary_model_open(&faulty.model) ||
	    infer_known_of(infer_canary_model_get(faulty.model), INFER_CANARY_PROMPT,
			   INFER_CANARY_SINGLES, &faulty.known))
		die("no model");
	right = answer_of(&faulty).hash;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); t++)
			test_kind(&faulty, kinds[k].kind, kinds[k].name, types[t], right);
	verdict(answer_of(&faulty).hash == right, "canary without a fault gives the same bits", "it does not");
	infer_known_close(faulty.known);
	infer_canary_model_close(faulty.model);
}

/* ---- runs as the child does them ---- */

static struct infer_canary_work *open_work(const char *text)
{
	struct infer_canary_work *work;
	struct infer_fault fault;
	char problem[INFER_PROBLEM];

	if (infer_fault_parse(text, &fault))
		die(text);
	if (infer_canary_work_open(device, golden, &fault, &work, problem))
		die(problem);
	return work;
}

/* The answer before is another process's, kept in the golden file. */
static void test_golden(void)
{
	static const char *const faults[] = { "bit:5@3", "bits:5@3", "lanes:5@3" };
	struct infer_canary_work *work = open_work(NULL);

	infer_canary_work_close(work);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		char title[64];
		bool right = true;

		work = open_work(faults[i]);
		for (unsigned int run = 0; run < 6; run++) {
			struct infer_canary_result result;

			infer_canary_work_run(work, &result);
			right &= (result.outcome == HEADGATE_PROBE_WRONG) == (run >= 3) &&
				 result.outcome != HEADGATE_PROBE_FAILED;
		}
		infer_canary_work_close(work);
		snprintf(title, sizeof(title), "canary fault %s makes just the runs from then on wrong", faults[i]);
		verdict(right, title, "another outcome");
	}
}

static unsigned int runs_until_noticed(struct infer_canary_work *work, struct canary_world *world,
				       unsigned int most)
{
	struct infer_canary_result result;

	for (unsigned int n = 1; n <= most; n++) {
		usleep(SLOW_PAUSE_US);
		infer_canary_work_run(work, &result);
		if (world_judge(world, &result) != HEADGATE_HEALTH_OK)
			return n;
	}
	return 0;
}

/*
 * How many runs one device takes to be noticed; 0: it was not. Whether one is noticed that is well
 * is another test's matter: here it is tried anew.
 */
static unsigned int slow_trial(void)
{
	char fault[32];
	unsigned int early = 1, n = 0;

	snprintf(fault, sizeof(fault), "slow:1.5@%u", LEARNED);
	for (int attempt = 0; attempt < 3 && early; attempt++) {
		struct infer_canary_work *work = open_work(fault);
		struct canary_world world = { 0 };

		early = runs_until_noticed(work, &world, LEARNED);
		n = early ? 0 : runs_until_noticed(work, &world, NOTICED_MOST);
		world_end(&world);
		infer_canary_work_close(work);
	}
	return n;
}

/* Where others keep the machine busy, what is learned varies more, and some take a bit longer. */
static void test_slow(void)
{
	unsigned int worst = 0, missed = 0, soon = 0;
	char why[80];

	for (unsigned int i = 0; i < TRIALS; i++) {
		unsigned int n = slow_trial();

		missed += !n;
		soon += n && n <= NOTICED;
		worst = n > worst ? n : worst;
	}
	printf("figure canary_slower_by_half noticed within %u runs in %u of %u trials, at worst after %u\n", NOTICED, soon,
	       TRIALS, worst);
	snprintf(why, sizeof(why), "%u were, %u were missed", soon, missed);
	reported(!missed && soon == TRIALS, "canary device slower by half is noticed within five runs", why);
}

/* ---- nothing where nothing is ---- */

struct calm {
	unsigned int bad, changes;
	double cost_ms;
};

static struct calm run_calm(unsigned int runs, unsigned int pause_ms)
{
	struct infer_canary_work *work = open_work(NULL);
	struct canary_world world = { 0 };
	struct infer_canary_result result;
	struct canary_load load;
	struct calm calm = { 0 };

	load_begin(&load, (int)sysconf(_SC_NPROCESSORS_ONLN) + 1, 20 * pause_ms);
	for (unsigned int i = 0; i < runs; i++) {
		unsigned int before = world.changes;

		usleep(pause_ms * 1000);
		infer_canary_work_run(work, &result);
		calm.bad += result.outcome != HEADGATE_PROBE_OK;
		calm.cost_ms += (double)result.cost_ns / 1e6 / runs;
		world_judge(&world, &result);
		if (world.changes != before)
			fprintf(stderr, "run %u: another state, %.2f times as long\n", i, world_factor(&world));
	}
	load_end(&load);
	calm.changes = world.changes;
	world_end(&world);
	infer_canary_work_close(work);
	return calm;
}

static void test_calm(unsigned int runs, unsigned int pause_ms)
{
	struct calm calm = run_calm(runs, pause_ms);
	char why[64];

	printf("figure canary_cost %.3f ms a run beside load, of %u\n", calm.cost_ms, runs);
	printf("figure canary_false_alarms %u wrong or failed, %u changes of state, in %u runs\n",
	       calm.bad, calm.changes, runs);
	snprintf(why, sizeof(why), "%u wrong, %u changes of state", calm.bad, calm.changes);
	verdict(!calm.bad, "canary beside changing load is never wrong", why);
	reported(!calm.changes, "canary beside changing load raises no alarm", why);
}

/* ---- what hangs ---- */

static int start_child(const char *name, const char *dir, int socket, pid_t *pid)
{
	*pid = fork();
	if (!*pid)
		_exit(infer_canary_child(socket, name, dir));
	return *pid < 0 ? -EAGAIN : 0;
}

/* Whether no child is left but one that was killed; for one that lives comes the alarm. */
static bool was_killed(bool *reaped)
{
	int status;
	pid_t pid;

	alarm(60);
	pid = waitpid(-1, &status, 0);
	alarm(0);
	*reaped = pid == -1;
	return *reaped || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* From the beginning until the parent has told, killed and reaped the child. */
static void test_hang(void)
{
	struct infer_canary_options options = {
		.devices = { device }, .names = { "" }, .n = 1, .golden = golden, .once = true,
		.period_ns = INFER_CANARY_PERIOD_NS, .duty = 1, .start = start_child,
	};
	bool killed, reaped;
	double over;
	uint64_t start;
	char why[64];
	int ret;

	setenv("HEADGATE_INFER_FAULT", "hang", 1);
	start = now_ms();
	ret = infer_canary_run(&options);
	over = (double)(now_ms() - start) - (double)INFER_CANARY_DEADLINE_NS / 1e6;
	unsetenv("HEADGATE_INFER_FAULT");
	killed = was_killed(&reaped);
	printf("figure canary_hang_reaped %.0f ms after its deadline, with opening the device\n", over);
	snprintf(why, sizeof(why), "%.0f ms after it, status %d", over, ret);
	verdict(ret == 1 && over >= 0 && killed, "canary child that hangs has failed, and is killed at its deadline", why);
	reported(over < 500 && reaped, "canary child that hangs is reaped within half a second of its deadline", why);
}

static void forget_golden(void)
{
	DIR *folder = opendir(golden);
	struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder)
		closedir(folder);
	rmdir(golden);
}

int main(int argc, char **argv)
{
	bool soak = argc > 1 && !strcmp(argv[1], "soak");

	device = getenv("HEADGATE_TEST_DEVICE") ?: "native";
	if (!mkdtemp(golden))
		die(golden);
	if (soak) {
		test_calm(SOAK, 1000);
	} else {
		test_faults();
		test_golden();
		test_slow();
		test_hang();
		test_calm(SHORT, 20);
	}
	forget_golden();
	printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
	return failed ? 1 : 0;
}
