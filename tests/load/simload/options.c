// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <getopt.h>
#include <limits.h>
#include <string.h>

#include "../load.h"
#include "options.h"

/* A client's result takes 9 kB. */
#define MAX_CLIENTS	4096
#define MAX_DEPTH	65536

struct options opt = {
	.duration = NSEC_PER_MSEC,
	.depth = 1,
	.processes = 1,
	.threads = 1,
	.seed = 1,
};

/* What an option's argument is, and so the type of its place. */
enum kind {
	HELP,
	FLAG,		/* bool; no argument */
	TEXT,		/* const char * */
	UINT,		/* unsigned int, within bounds */
	COUNT,		/* uint64_t, from 1 */
	TIME,		/* int64_t, ns */
	SECONDS,	/* the same, given in seconds */
	ALPHA,		/* double, above 1 */
};

static const struct known {
	const char *name;
	enum kind kind;
	void *place;
	unsigned int min, max;
} known[] = {
	{ "node", TEXT, .place = &opt.node },
	{ "card", FLAG, .place = &opt.card },
	{ "engine", UINT, .place = &opt.engine, .max = UINT_MAX },
	{ "duration", TIME, .place = &opt.duration },
	{ "pareto", ALPHA, .place = &opt.pareto },
	{ "longest", TIME, .place = &opt.longest },
	{ "depth", UINT, .place = &opt.depth, .max = MAX_DEPTH },
	{ "think", TIME, .place = &opt.think },
	{ "burst", COUNT, .place = &opt.burst },
	{ "period", TIME, .place = &opt.period },
	{ "jobs", COUNT, .place = &opt.jobs },
	{ "begin", TIME, .place = &opt.begin },
	{ "seconds", SECONDS, .place = &opt.seconds },
	{ "processes", UINT, .place = &opt.processes, .min = 1, .max = MAX_CLIENTS },
	{ "threads", UINT, .place = &opt.threads, .min = 1, .max = MAX_CLIENTS },
	{ "in-fence-never", FLAG, .place = &opt.never },
	{ "fail-every", COUNT, .place = &opt.fail_every },
	{ "hang-every", COUNT, .place = &opt.hang_every },
	{ "stats-interval", TIME, .place = &opt.stats_interval },
	{ "seed", UINT, .place = &opt.seed, .max = UINT_MAX },
	{ "latency", FLAG, .place = &opt.latency },
	{ "json", FLAG, .place = &opt.json },
	{ "verify", FLAG, .place = &opt.verify },
	{ "help", HELP, .place = NULL },
};

#define KNOWN	(sizeof(known) / sizeof(known[0]))
/* What getopt_long() returns for known[0]: beyond its own '?'. */
#define FIRST	256

static void usage(FILE *to)
{
	fputs("usage: simload [options]\n"
	      "Submits jobs to a simgpu device and prints one line about them.\n"
	      "TIME is a number with ns, us, ms or s; without a unit it is ns.\n"
	      "\n"
	      "  --node PATH          device node (default: the first simgpu render or accel node)\n"
	      "  --card               look for a card node instead\n"
	      "  --engine N           engine to use (default 0)\n"
	      "  --duration TIME      engine time of a job (default 1ms)\n"
	      "  --pareto ALPHA       Pareto distributed, mean DURATION, ALPHA > 1\n"
	      "  --longest TIME       cuts such durations (default: 1000 means)\n"
	      "  --depth N            jobs in flight (default 1: submit and wait; 0: never wait)\n"
	      "  --think TIME         pause after each job that was waited for\n"
	      "  --burst N            no pause but after N jobs, once all are done\n"
	      "  --period TIME        one job each TIME, waited for; --depth has no effect but 0 does\n"
	      "  --jobs N             stop after N jobs of each thread\n"
	      "  --begin TIME         begin at that time of the monotonic clock\n"
	      "  --seconds S          stop after S seconds\n"
	      "  --processes N        fork N workers, each with its own open file (default 1)\n"
	      "  --threads N          clients in each worker, sharing its file (default 1)\n"
	      "  --in-fence-never     jobs wait for a fence that never signals\n"
	      "  --fail-every N       each N-th job of a thread is made to fail (EIO)\n"
	      "  --hang-every N       each N-th job of a thread is made to hang (ETIME)\n"
	      "  --stats-interval TIME  print figures so far, each TIME\n"
	      "  --seed N             of the random numbers (default 1)\n"
	      "  --latency            print percentiles of submit-to-done and of ioctl time\n"
	      "  --json               print JSON objects instead of key=value lines\n"
	      "  --verify             check by the device's counts that each job ended once\n"
	      "  --help               this text\n"
	      "\n"
	      "SIGTERM and SIGINT end the run early, with its report.\n"
	      "Exit status: 0; 1 an ioctl failed unexpectedly, or --verify did; 2 usage.\n",
	      to);
}

/* A time with a unit: ns (also none), us, ms, s. */
static bool parse_time(const char *text, int64_t *ns)
{
	static const struct { const char *unit; double ns; } units[] = {
		{ "", 1 }, { "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 },
	};
	char *end;
	double v = strtod(text, &end);
	unsigned int i;

	for (i = 0; end != text && i < sizeof(units) / sizeof(units[0]); i++) {
		if (!strcmp(end, units[i].unit) && v >= 0 && v * units[i].ns <= 1e18) {
			*ns = v * units[i].ns;
			return true;
		}
	}
	return false;
}

static bool parse_count(const char *text, uint64_t min, uint64_t max, uint64_t *count)
{
	char *end;

	errno = 0;
	*count = strtoull(text, &end, 0);
	return !errno && end != text && !*end && *text != '-' && *count >= min && *count <= max;
}

/* Return: whether @text is a value of the option. */
static bool set(const struct known *k, const char *text)
{
	uint64_t count;

	switch (k->kind) {
	case FLAG:
		*(bool *)k->place = true;
		return true;
	case TEXT:
		*(const char **)k->place = text;
		return true;
	case UINT:
		if (!parse_count(text, k->min, k->max, &count))
			return false;
		*(unsigned int *)k->place = count;
		return true;
	case COUNT:
		return parse_count(text, 1, UINT64_MAX, k->place);
	case TIME:
		return parse_time(text, k->place);
	case SECONDS:
		*(int64_t *)k->place = strtod(text, NULL) * NSEC_PER_SEC;
		return *(int64_t *)k->place > 0;
	case ALPHA:
		*(double *)k->place = strtod(text, NULL);
		return *(double *)k->place > 1;
	case HELP:
		usage(stdout);
		exit(0);
	}
	return false;
}

static void __attribute__((noreturn)) refuse(void)
{
	usage(stderr);
	exit(EXIT_USAGE);
}

void options_parse(int argc, char **argv)
{
	struct option options[KNOWN + 1] = { };
	unsigned int i;
	int c;

	for (i = 0; i < KNOWN; i++) {
		bool bare = known[i].kind == FLAG || known[i].kind == HELP;

		options[i].name = known[i].name;
		options[i].has_arg = bare ? no_argument : required_argument;
		options[i].val = FIRST + i;
	}
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c < FIRST)
			refuse();
		if (!set(&known[c - FIRST], optarg)) {
			fprintf(stderr, "simload: bad value: %s\n", optarg);
			refuse();
		}
	}
	/* Without a cut one job may outlast the test. */
	if (!opt.longest)
		opt.longest = 1000 * opt.duration;
	if (optind < argc || (uint64_t)opt.processes * opt.threads > MAX_CLIENTS)
		refuse();
}
