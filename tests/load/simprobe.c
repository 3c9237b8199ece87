// SPDX-License-Identifier: GPL-2.0
/*
 * simprobe: a probe of a simgpu's health, as a canary would be of a GPU's.
 *
 *   simprobe DEVICE [--job NS] [--period NS] [--runs N] [--allowed US] [--time NS] [--wrong FILE]
 *            [--socket PATH]
 *
 * Every period it tells headgated that it begins, has the device do one job, and tells what came
 * of it: failed, wrong while FILE is there, else ok; --time: with that as the time it took. It ends
 * after so many runs, 0: never. What headgated has against it, it prints, and exits with 1; 2 if it
 * could not run.
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "simgpu.h"

static const char *device, *wrong;
static uint64_t job_ns = 2 * NSEC_PER_MSEC, period_ns = NSEC_PER_SEC, runs, allowed_us, time_ns;

static int meet(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		die("%s: %m", path);
	return fd;
}

static void __attribute__((format(printf, 2, 3))) tell(int fd, const char *format, ...)
{
	char line[256];
	va_list args;
	ssize_t len;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (send(fd, line, strlen(line), MSG_NOSIGNAL) < 0)
		die("headgated is gone: %m");
	len = recv(fd, line, sizeof(line) - 1, 0);
	if (len <= 0)
		die("headgated is gone");
	line[len] = '\0';
	if (!strcmp(line, "ok"))
		return;
	puts(line);
	exit(1);
}

static bool fails(int gpu, uint32_t sync)
{
	struct drm_syncobj_array reset = { .handles = (uintptr_t)&sync, .count_handles = 1 };

	if (ioctl(gpu, DRM_IOCTL_SYNCOBJ_RESET, &reset))
		die("syncobj: %m");
	return simgpu_submit(gpu, 0, job_ns, sync) || simgpu_wait(gpu, sync, INT64_MAX / 2) ||
	       simgpu_error(gpu, sync);
}

static void run(int daemon, int gpu, uint32_t sync)
{
	char times[64] = "", allowed[64] = "";
	const char *result = "ok";

	if (allowed_us)
		snprintf(allowed, sizeof(allowed), " allowed_us=%llu", (unsigned long long)allowed_us);
	if (time_ns)
		snprintf(times, sizeof(times), " time_ns=%llu", (unsigned long long)time_ns);
	tell(daemon, "begin device=%s probe=sim%s", device, allowed);
	if (fails(gpu, sync))
		result = "failed";
	else if (wrong && !access(wrong, F_OK))
		result = "wrong";
	tell(daemon, "end device=%s probe=sim result=%s%s", device, result, times);
}

static void sleep_until(int64_t at)
{
	struct timespec ts = { at / NSEC_PER_SEC, at % NSEC_PER_SEC };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "job", required_argument, NULL, 'j' },
		{ "period", required_argument, NULL, 'p' },
		{ "runs", required_argument, NULL, 'r' },
		{ "allowed", required_argument, NULL, 'a' },
		{ "time", required_argument, NULL, 't' },
		{ "wrong", required_argument, NULL, 'w' },
		{ "socket", required_argument, NULL, 's' },
		{}
	};
	const char *socket = "/run/headgate/probe";
	int64_t next = now_ns();
	int option, daemon, gpu;
	uint32_t sync;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			job_ns = parse_number(optarg, INT64_MAX);
			break;
		case 'p':
			period_ns = parse_number(optarg, INT64_MAX);
			break;
		case 'r':
			runs = parse_number(optarg, INT64_MAX);
			break;
		case 'a':
			allowed_us = parse_number(optarg, INT64_MAX);
			break;
		case 't':
			time_ns = parse_number(optarg, INT64_MAX);
			break;
		case 'w':
			wrong = optarg;
			break;
		case 's':
			socket = optarg;
			break;
		default:
			return 2;
		}
	}
	if (optind != argc - 1)
		die("which device?");
	device = argv[optind];
	daemon = meet(socket);
	gpu = simgpu_open();
	sync = simgpu_syncobj(gpu);
	for (uint64_t i = 0; !runs || i < runs; i++) {
		run(daemon, gpu, sync);
		next += period_ns;
		sleep_until(next);
	}
	return 0;
}
