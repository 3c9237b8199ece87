// SPDX-License-Identifier: GPL-2.0
/*
 * simload: puts load on a simgpu device and says what came of it.
 *
 * The parent forks workers; each opens the device for itself and runs one or
 * more threads; each thread is one client: it submits jobs to one engine, keeps
 * up to --depth of them in flight, and waits for the oldest. Results lie in
 * shared memory, so that the parent can add them up however a worker ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <drm/simgpu_drm.h>

#define NSEC_PER_SEC	1000000000LL
/* Histogram of times: 16 buckets for each power of two, so within 6.25 %. */
#define SUB_BITS	4
#define SUB		(1 << SUB_BITS)
#define BUCKETS		((64 - SUB_BITS) * SUB)
#define MAX_ERRNO	256
#define MAX_SLOTS	4096
#define MAX_DEPTH	65536
/* How often a wait looks whether it is time to stop. */
#define WAIT_SLICE_NS	(100 * 1000000LL)

enum { EXIT_UNEXPECTED = 1, EXIT_USAGE = 2 };

struct histogram {
	uint64_t n;
	uint64_t max;
	uint32_t count[BUCKETS];
};

/* One thread's results, in memory shared with the parent; one writer. */
struct slot {
	uint64_t submitted;
	uint64_t completed;	/* waited for, without an error */
	uint64_t failed;	/* waited for, with an error */
	uint64_t requested_ns;
	uint64_t busy_ns;	/* engine time had, says the device; first thread's slot */
	uint64_t unexpected;	/* ioctls that failed as they should not */
	uint32_t errors[MAX_ERRNO];
	struct histogram done;	/* submit called to job done */
	struct histogram ioctl;	/* time in the submit ioctl */
	bool verify_failed;
};

struct options {
	const char *node;
	bool card;
	unsigned int engine;
	int64_t duration;
	double pareto;
	unsigned int depth;
	int64_t think;
	int64_t period;
	uint64_t jobs;
	int64_t seconds;
	unsigned int processes;
	unsigned int threads;
	int64_t stats_interval;
	uint64_t fail_every;
	uint64_t hang_every;
	bool never;
	bool latency;
	bool json;
	bool verify;
	unsigned int seed;
};

static struct options opt = {
	.duration = 1000000,
	.depth = 1,
	.processes = 1,
	.threads = 1,
	.seed = 1,
};

static volatile sig_atomic_t stop;
static struct slot *slots;
static int64_t deadline = INT64_MAX;

/* What a thread works with. */
struct worker {
	int fd;
	struct slot *slot;
	pthread_t thread;
	bool started;
	uint32_t never;		/* syncobj whose fence does not signal, or 0 */
	unsigned int seed;
	uint32_t *sync;		/* ring of opt.depth syncobjs, or NULL */
	int64_t *since;		/* when each was submitted */
	uint64_t head;		/* jobs submitted */
	uint64_t tail;		/* jobs waited for */
};

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

/* Sleeps until @when, or until it is time to stop. */
static void sleep_until(int64_t when)
{
	struct timespec ts;

	if (when > deadline)
		when = deadline;
	ts.tv_sec = when / NSEC_PER_SEC;
	ts.tv_nsec = when % NSEC_PER_SEC;
	while (!stop && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

static void histogram_add(struct histogram *h, uint64_t v)
{
	unsigned int e, i = v;

	if (v >= SUB) {
		e = 63 - __builtin_clzll(v);
		i = (e - SUB_BITS + 1) * SUB + ((v >> (e - SUB_BITS)) & (SUB - 1));
	}
	h->count[i]++;
	h->n++;
	if (v > h->max)
		h->max = v;
}

/* The upper end of bucket @i. */
static uint64_t bucket_end(unsigned int i)
{
	unsigned int e;

	if (i < SUB)
		return i;
	e = i / SUB - 1;
	return ((uint64_t)(SUB + i % SUB + 1) << e) - 1;
}

static uint64_t histogram_quantile(const struct histogram *h, double q)
{
	uint64_t seen = 0, want = ceil(q * h->n);
	unsigned int i;

	for (i = 0; i < BUCKETS && h->n; i++) {
		seen += h->count[i];
		if (seen >= want)
			return bucket_end(i) < h->max ? bucket_end(i) : h->max;
	}
	return h->max;
}

static void histogram_merge(struct histogram *to, const struct histogram *from)
{
	unsigned int i;

	for (i = 0; i < BUCKETS; i++)
		to->count[i] += from->count[i];
	to->n += from->n;
	if (from->max > to->max)
		to->max = from->max;
}

static void count_error(struct slot *slot, int err, const char *what, bool expected)
{
	slot->errors[err < MAX_ERRNO ? err : 0]++;
	if (expected)
		return;
	slot->unexpected++;
	fprintf(stderr, "simload: %s: %s (errno %d)\n", what, strerror(err), err);
}

static int open_node(const char *path)
{
	char name[16] = "";
	struct drm_version v = { .name = name, .name_len = sizeof(name) - 1 };
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (!ioctl(fd, DRM_IOCTL_VERSION, &v) && !strcmp(name, "simgpu"))
		return fd;
	close(fd);
	return -ENODEV;
}

/* Opens the first node whose driver is called simgpu. */
static int open_device(void)
{
	char path[32];
	int i, fd, ret = -ENOENT;

	if (opt.node)
		return open_node(opt.node);
	for (i = 0; i < 64; i++) {
		snprintf(path, sizeof(path), opt.card ? "/dev/dri/card%d" : "/dev/dri/renderD%d",
			 opt.card ? i : 128 + i);
		fd = open_node(path);
		if (fd >= 0)
			return fd;
		if (fd != -ENOENT)
			ret = fd;
	}
	return ret;
}

static int syncobj_create(int fd, uint32_t *handle)
{
	struct drm_syncobj_create c = { };

	if (ioctl(fd, DRM_IOCTL_SYNCOBJ_CREATE, &c))
		return -errno;
	*handle = c.handle;
	return 0;
}

/* A syncobj with a fence that nobody signals until the file is closed. */
static int never_create(int fd, uint32_t *handle)
{
	struct drm_simgpu_fence f = { };
	int ret = syncobj_create(fd, handle);

	if (ret)
		return ret;
	f.sync = *handle;
	return ioctl(fd, DRM_IOCTL_SIMGPU_FENCE, &f) ? -errno : 0;
}

/* Waits for a syncobj; -ETIME when it is time to stop first. */
static int syncobj_wait(int fd, uint32_t handle)
{
	struct drm_syncobj_wait w = {
		.handles = (uintptr_t)&handle,
		.count_handles = 1,
	};
	int64_t now;

	for (;;) {
		now = now_ns();
		w.timeout_nsec = now + WAIT_SLICE_NS;
		if (!ioctl(fd, DRM_IOCTL_SYNCOBJ_WAIT, &w))
			return 0;
		if (errno != ETIME && errno != EINTR)
			return -errno;
		/* A job in flight at the end is still waited for, not for ever. */
		if (stop || (opt.never && now >= deadline))
			return -ETIME;
	}
}

/*
 * The error of a job's fence: the only way to see it is through a sync_file.
 * Returns 0, a negative errno of the fence, or a positive errno of the calls.
 */
struct sync_file_head {
	char name[32];
	int32_t status;
	uint32_t flags;
	uint32_t num_fences;
	uint32_t pad;
	uint64_t fences;
};

static int fence_error(int fd, uint32_t handle)
{
	struct drm_syncobj_handle h = {
		.handle = handle,
		.flags = DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE,
	};
	struct sync_file_head info = { };
	int err = 0;

	if (ioctl(fd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &h))
		return errno;
	if (ioctl(h.fd, _IOWR('>', 4, struct sync_file_head), &info))
		err = errno;
	close(h.fd);
	return err ? err : info.status < 0 ? info.status : 0;
}

static uint64_t next_duration(struct worker *w)
{
	double u, d;

	if (opt.pareto <= 0)
		return opt.duration;
	/* Mean opt.duration: scale x_m = mean * (a - 1) / a. */
	u = (rand_r(&w->seed) + 1.0) / (RAND_MAX + 2.0);
	d = opt.duration * (opt.pareto - 1) / opt.pareto / pow(u, 1 / opt.pareto);
	/* Cut at 1000 means: without it one job may outlast the test. */
	return d > 1000.0 * opt.duration ? 1000 * opt.duration : d;
}

/* Returns 0, or -1 when the thread should end. */
static int submit(struct worker *w)
{
	struct drm_simgpu_sync in = { .handle = w->never };
	struct drm_simgpu_submit s = {
		.engine = opt.engine,
		.duration_ns = next_duration(w),
		.in_syncs = w->never ? (uintptr_t)&in : 0,
		.in_count = !!w->never,
		.out_sync = w->sync ? w->sync[w->head % opt.depth] : 0,
	};
	uint64_t n = w->head + 1;
	int64_t start;

	if (opt.fail_every && n % opt.fail_every == 0)
		s.flags |= SIMGPU_SUBMIT_FAIL;
	if (opt.hang_every && n % opt.hang_every == 0)
		s.flags |= SIMGPU_SUBMIT_HANG;

	start = now_ns();
	while (ioctl(w->fd, DRM_IOCTL_SIMGPU_SUBMIT, &s)) {
		/* A signal of ours may break the sleep; anything else is odd. */
		if (errno == EINTR && !stop)
			continue;
		count_error(w->slot, errno, "submit", errno == EINTR);
		return -1;
	}
	histogram_add(&w->slot->ioctl, now_ns() - start);
	if (w->since)
		w->since[w->head % opt.depth] = start;
	w->head++;
	w->slot->submitted++;
	w->slot->requested_ns += s.duration_ns;
	return 0;
}

/* Waits for the oldest job in flight. Returns 0, or -1 to end. */
static int reap(struct worker *w)
{
	unsigned int i = w->tail % opt.depth;
	int err = syncobj_wait(w->fd, w->sync[i]);

	if (err == -ETIME)
		return -1;
	if (err) {
		count_error(w->slot, -err, "wait", false);
		return -1;
	}
	histogram_add(&w->slot->done, now_ns() - w->since[i]);
	w->tail++;
	err = fence_error(w->fd, w->sync[i]);
	if (!err) {
		w->slot->completed++;
		return 0;
	}
	if (err > 0) {
		count_error(w->slot, err, "sync_file", false);
		return -1;
	}
	w->slot->failed++;
	count_error(w->slot, -err, "job", true);
	return 0;
}

static bool more(struct worker *w)
{
	return !stop && (!opt.jobs || w->head < opt.jobs) && now_ns() < deadline;
}

static void run(struct worker *w)
{
	int64_t tick = now_ns();

	while (more(w)) {
		if (opt.period) {
			sleep_until(tick);
			tick += opt.period;
			if (!more(w))
				break;
		}
		if (submit(w))
			return;
		while (w->sync && w->head - w->tail >= (opt.period ? 1 : opt.depth)) {
			if (reap(w))
				return;
			if (opt.think)
				sleep_until(now_ns() + opt.think);
		}
	}
	while (w->sync && w->tail < w->head)
		if (reap(w))
			return;
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	unsigned int i;
	int err = 0;

	if (opt.depth) {
		w->sync = calloc(opt.depth, sizeof(*w->sync));
		w->since = calloc(opt.depth, sizeof(*w->since));
		if (!w->sync || !w->since)
			err = -ENOMEM;
		for (i = 0; i < opt.depth && !err; i++)
			err = syncobj_create(w->fd, &w->sync[i]);
	}
	if (!err && opt.never)
		err = never_create(w->fd, &w->never);
	if (err)
		count_error(w->slot, -err, "set-up", false);
	else
		run(w);
	free(w->sync);
	free(w->since);
	return NULL;
}

/*
 * With depth 0 nobody waited for the jobs, so ask the device until it has none
 * of ours left. Then every job must have ended in exactly one way.
 */
static bool verify(int fd, struct slot *first)
{
	struct drm_simgpu_info info;
	const struct drm_simgpu_counts *c = &info.client_jobs;
	uint64_t submitted = 0, last = 0, ended;
	int64_t since = now_ns();
	unsigned int i;

	for (i = 0; i < opt.threads; i++)
		submitted += first[i].submitted;
	for (;;) {
		memset(&info, 0, sizeof(info));
		info.engine = opt.engine;
		if (ioctl(fd, DRM_IOCTL_SIMGPU_INFO, &info)) {
			count_error(first, errno, "info", false);
			return false;
		}
		ended = c->completed + c->failed + c->cancelled;
		if (ended != last)
			since = now_ns();
		last = ended;
		/* Give up when nothing has ended for longer than a time-out. */
		if (ended >= submitted || opt.never ||
		    now_ns() - since > 10 * NSEC_PER_SEC)
			break;
		usleep(2000);
	}
	if (opt.never)
		return c->submitted == submitted && !ended;
	if (c->submitted == submitted && ended == submitted)
		return true;
	fprintf(stderr, "simload: verify: submitted %" PRIu64 ", device says %" PRIu64
		", ended %" PRIu64 "\n", submitted, (uint64_t)c->submitted, ended);
	return false;
}

static void note_busy(int fd, struct slot *first)
{
	struct drm_simgpu_info info = { .engine = opt.engine };

	if (ioctl(fd, DRM_IOCTL_SIMGPU_INFO, &info))
		count_error(first, errno, "info", false);
	first->busy_ns = info.client_busy_ns;
}

static int process_main(unsigned int index)
{
	struct slot *first = slots + index * opt.threads;
	struct worker *w;
	unsigned int i;
	int fd, err;

	fd = open_device();
	if (fd < 0) {
		count_error(first, -fd, "open", false);
		return EXIT_UNEXPECTED;
	}
	w = calloc(opt.threads, sizeof(*w));
	if (!w)
		return EXIT_UNEXPECTED;
	for (i = 0; i < opt.threads; i++) {
		w[i].fd = fd;
		w[i].slot = first + i;
		w[i].seed = opt.seed + index * opt.threads + i;
		if (!i)
			continue;
		err = pthread_create(&w[i].thread, NULL, worker_main, &w[i]);
		if (err)
			count_error(first, err, "thread", false);
		w[i].started = !err;
	}
	worker_main(&w[0]);
	for (i = 1; i < opt.threads; i++)
		if (w[i].started)
			pthread_join(w[i].thread, NULL);
	if (opt.verify && !verify(fd, first))
		first->verify_failed = true;
	note_busy(fd, first);
	close(fd);
	free(w);
	return 0;
}

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static void sum_slots(struct slot *sum)
{
	unsigned int i, e;

	memset(sum, 0, sizeof(*sum));
	for (i = 0; i < opt.processes * opt.threads; i++) {
		const struct slot *s = &slots[i];

		sum->submitted += s->submitted;
		sum->completed += s->completed;
		sum->failed += s->failed;
		sum->requested_ns += s->requested_ns;
		sum->busy_ns += s->busy_ns;
		sum->unexpected += s->unexpected;
		sum->verify_failed |= s->verify_failed;
		for (e = 0; e < MAX_ERRNO; e++)
			sum->errors[e] += s->errors[e];
		histogram_merge(&sum->done, &s->done);
		histogram_merge(&sum->ioctl, &s->ioctl);
	}
}

/* Prints one figure as key=value, or as a member of a JSON object. */
static void figure(const char *key, uint64_t value)
{
	printf(opt.json ? ",\"%s\":%" PRIu64 : " %s=%" PRIu64, key, value);
}

static void print_histogram(const char *what, const struct histogram *h)
{
	static const struct { const char *name; double q; } q[] = {
		{ "p50", 0.5 }, { "p90", 0.9 }, { "p99", 0.99 }, { "max", 1 },
	};
	char key[32];
	unsigned int i;

	for (i = 0; i < sizeof(q) / sizeof(q[0]); i++) {
		snprintf(key, sizeof(key), "%s_%s_ns", what, q[i].name);
		figure(key, histogram_quantile(h, q[i].q));
	}
}

static void report(bool final, const struct slot *sum, int64_t wall)
{
	char key[32];
	unsigned int e;

	printf(opt.json ? "{\"simload\":\"%s\"" : "simload %s", final ? "total" : "interval");
	figure("submitted", sum->submitted);
	figure("completed", sum->completed);
	figure("failed", sum->failed);
	figure("requested_ns", sum->requested_ns);
	figure("busy_ns", sum->busy_ns);
	figure("wall_ns", wall);
	figure("unexpected", sum->unexpected);
	for (e = 0; e < MAX_ERRNO; e++) {
		if (!sum->errors[e])
			continue;
		snprintf(key, sizeof(key), "errno_%u", e);
		figure(key, sum->errors[e]);
	}
	if (opt.latency) {
		print_histogram("done", &sum->done);
		print_histogram("ioctl", &sum->ioctl);
	}
	if (opt.verify && final)
		figure("verified", !sum->verify_failed);
	printf(opt.json ? "}\n" : "\n");
	fflush(stdout);
}

/* A time with a unit: ns (also none), us, ms, s. Returns -1 if it is none. */
static int64_t parse_time(const char *text)
{
	static const struct { const char *unit; double ns; } units[] = {
		{ "", 1 }, { "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 },
	};
	char *end;
	double v = strtod(text, &end);
	unsigned int i;

	for (i = 0; end != text && i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(end, units[i].unit) && v >= 0 && v * units[i].ns <= 1e18)
			return v * units[i].ns;
	return -1;
}

static const struct option long_options[] = {
	{ "node", required_argument, NULL, 'n' },
	{ "card", no_argument, NULL, 'c' },
	{ "engine", required_argument, NULL, 'e' },
	{ "duration", required_argument, NULL, 'd' },
	{ "pareto", required_argument, NULL, 'a' },
	{ "depth", required_argument, NULL, 'q' },
	{ "think", required_argument, NULL, 'k' },
	{ "period", required_argument, NULL, 'p' },
	{ "jobs", required_argument, NULL, 'j' },
	{ "seconds", required_argument, NULL, 's' },
	{ "processes", required_argument, NULL, 'P' },
	{ "threads", required_argument, NULL, 't' },
	{ "in-fence-never", no_argument, NULL, 'N' },
	{ "fail-every", required_argument, NULL, 'F' },
	{ "hang-every", required_argument, NULL, 'H' },
	{ "stats-interval", required_argument, NULL, 'i' },
	{ "seed", required_argument, NULL, 'S' },
	{ "latency", no_argument, NULL, 'l' },
	{ "json", no_argument, NULL, 'J' },
	{ "verify", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static void usage(FILE *to)
{
	fputs("usage: simload [options]\n"
	      "Submits jobs to a simgpu device and prints one line about them.\n"
	      "TIME is a number with ns, us, ms or s; without a unit it is ns.\n"
	      "\n"
	      "  --node PATH          device node (default: the first simgpu render node)\n"
	      "  --card               look for a card node instead\n"
	      "  --engine N           engine to use (default 0)\n"
	      "  --duration TIME      engine time of a job (default 1ms)\n"
	      "  --pareto ALPHA       Pareto distributed, mean DURATION, ALPHA > 1, cut at 1000 means\n"
	      "  --depth N            jobs in flight (default 1: submit and wait; 0: never wait)\n"
	      "  --think TIME         pause after each job that was waited for\n"
	      "  --period TIME        one job each TIME, waited for; --depth has no effect but 0 does\n"
	      "  --jobs N             stop after N jobs of each thread\n"
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

static uint64_t parse_number(const char *text, uint64_t min, uint64_t max, bool *bad)
{
	unsigned long long v;
	char *end;

	errno = 0;
	v = strtoull(text, &end, 0);
	if (errno || end == text || *end || *text == '-' || v < min || v > max)
		*bad = true;
	return v;
}

static int64_t parse_time_or(const char *text, bool *bad)
{
	int64_t v = parse_time(text);

	if (v < 0)
		*bad = true;
	return v;
}

static int parse_option(int c, bool *bad)
{
	switch (c) {
	case 'n':
		opt.node = optarg;
		break;
	case 'c':
		opt.card = true;
		break;
	case 'e':
		opt.engine = parse_number(optarg, 0, UINT_MAX, bad);
		break;
	case 'd':
		opt.duration = parse_time_or(optarg, bad);
		break;
	case 'a':
		opt.pareto = strtod(optarg, NULL);
		*bad |= !(opt.pareto > 1);
		break;
	case 'q':
		opt.depth = parse_number(optarg, 0, MAX_DEPTH, bad);
		break;
	case 'k':
		opt.think = parse_time_or(optarg, bad);
		break;
	case 'p':
		opt.period = parse_time_or(optarg, bad);
		break;
	case 'j':
		opt.jobs = parse_number(optarg, 1, UINT64_MAX, bad);
		break;
	case 's':
		opt.seconds = strtod(optarg, NULL) * NSEC_PER_SEC;
		*bad |= opt.seconds <= 0;
		break;
	case 'P':
		opt.processes = parse_number(optarg, 1, MAX_SLOTS, bad);
		break;
	case 't':
		opt.threads = parse_number(optarg, 1, MAX_SLOTS, bad);
		break;
	case 'N':
		opt.never = true;
		break;
	case 'F':
		opt.fail_every = parse_number(optarg, 1, UINT64_MAX, bad);
		break;
	case 'H':
		opt.hang_every = parse_number(optarg, 1, UINT64_MAX, bad);
		break;
	case 'i':
		opt.stats_interval = parse_time_or(optarg, bad);
		break;
	case 'S':
		opt.seed = parse_number(optarg, 0, UINT_MAX, bad);
		break;
	case 'l':
		opt.latency = true;
		break;
	case 'J':
		opt.json = true;
		break;
	case 'v':
		opt.verify = true;
		break;
	case 'h':
		return 0;
	default:
		return -1;
	}
	return 1;
}

static void parse_options(int argc, char **argv)
{
	bool bad = false;
	int c, ret;

	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		ret = parse_option(c, &bad);
		if (!ret) {
			usage(stdout);
			exit(0);
		}
		if (ret < 0)
			bad = true;
		if (bad) {
			if (ret > 0)
				fprintf(stderr, "simload: bad value: %s\n", optarg);
			usage(stderr);
			exit(EXIT_USAGE);
		}
	}
	if (optind < argc || (uint64_t)opt.processes * opt.threads > MAX_SLOTS) {
		usage(stderr);
		exit(EXIT_USAGE);
	}
}

/* Waits for all workers, with a report now and then; sends on a stop. */
static int wait_workers(const pid_t *pid, int64_t start)
{
	struct timespec tick = { .tv_nsec = 20 * 1000000 };
	int64_t next = start + opt.stats_interval;
	unsigned int i, left = opt.processes;
	bool told = false;
	struct slot sum;
	int status, ret = 0;
	pid_t done;

	while (left) {
		done = waitpid(-1, &status, opt.stats_interval || !told ? WNOHANG : 0);
		if (done > 0) {
			left--;
			if (!WIFEXITED(status) || WEXITSTATUS(status))
				ret = EXIT_UNEXPECTED;
			continue;
		}
		if (stop && !told) {
			for (i = 0; i < opt.processes; i++)
				if (pid[i] > 0)
					kill(pid[i], SIGTERM);
			told = true;
		}
		if (opt.stats_interval && now_ns() >= next) {
			sum_slots(&sum);
			report(false, &sum, now_ns() - start);
			next += opt.stats_interval;
		}
		nanosleep(&tick, NULL);
	}
	return ret;
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };
	pid_t *pid, parent = getpid();
	struct slot sum;
	unsigned int i;
	int64_t start;
	int ret;

	parse_options(argc, argv);
	slots = mmap(NULL, sizeof(*slots) * opt.processes * opt.threads,
		     PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid = calloc(opt.processes, sizeof(*pid));
	if (slots == MAP_FAILED || !pid) {
		perror("simload");
		return EXIT_UNEXPECTED;
	}
	/* No SA_RESTART: a signal must end the waits. */
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);

	start = now_ns();
	if (opt.seconds)
		deadline = start + opt.seconds;
	for (i = 0; i < opt.processes; i++) {
		pid[i] = fork();
		if (pid[i] < 0) {
			perror("simload: fork");
			opt.processes = i;
			stop = 1;
			break;
		}
		if (!pid[i]) {
			/* A killed parent must not leave load behind. */
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			_exit(getppid() == parent ? process_main(i) : EXIT_UNEXPECTED);
		}
	}
	ret = wait_workers(pid, start);
	sum_slots(&sum);
	report(true, &sum, now_ns() - start);
	if (sum.unexpected || sum.verify_failed)
		ret = EXIT_UNEXPECTED;
	free(pid);
	return ret;
}
