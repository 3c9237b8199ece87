/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The canary: known work on each device about once a second, by a child each that can be killed, and
 * what comes of it told to headgated. This process never loads a driver.
 */
#ifndef INFER_CANARY_H
#define INFER_CANARY_H

#include <sys/types.h>

#include "canary_child.h"
#include "canary_tell.h"
#include "canary_watch.h"
#include "devices.h"

#define INFER_CANARY_PERIOD_NS UINT64_C(1000000000)
#define INFER_CANARY_DUTY 0.001

/**
 * struct infer_canary_options - what to watch, and how
 * @devices: names as of devices.h
 * @names: what headgated calls each; "": as its driver says (place.h)
 * @socket: of headgated; NULL: it is not told
 * @once: one run on each
 * @json: the report is JSON
 * @start: makes a child, with its end of a socket pair: infer_canary_start(), or a test's. Returns 0 and *pid, or an errno.
 */
struct infer_canary_options {
	const char *devices[INFER_DEVICES], *names[INFER_DEVICES];
	size_t n;
	const char *socket, *golden;
	uint64_t period_ns;
	double duty;
	bool once, json;
	int (*start)(const char *device, const char *golden, int socket, pid_t *pid);
};

/**
 * struct infer_canary_slot - one device
 * @device: name as of devices.h
 * @subject: what it is to headgated
 * @leg: what the child calls it; "" before the first one was ready
 * @named: by @names
 * @unplaced: that its name is not known has been said
 * @renamed: that its newest child has another name for it has been said
 * @pid, @pidfd, @socket: of the child; -1
 * @runs: by what came of them; @hung are among the failed
 * @last: newest result
 * @said: newest sentence of the log, which is not said again
 */
struct infer_canary_slot {
	const char *device;
	struct infer_canary_subject subject;
	char leg[256];
	bool named, unplaced, renamed;
	struct infer_canary_watch watch;
	pid_t pid;
	int pidfd, socket;
	uint64_t runs[HEADGATE_PROBE_OUTCOMES], hung;
	struct infer_canary_result last;
	char said[INFER_PROBLEM];
};

/**
 * infer_canary_run() - watches until SIGTERM or SIGINT, or once
 *
 * SIGUSR1 has it print its report to stdout; it does so at the end too.
 *
 * Return: 0 if no run was wrong or failed; 1; a negative errno if it could not begin.
 */
int infer_canary_run(const struct infer_canary_options *options);

/**
 * infer_canary_start() - this program anew, as a child
 */
int infer_canary_start(const char *device, const char *golden, int socket, pid_t *pid);

/* What has been seen so far, for people or as JSON, to stdout; returns 0 or a negative errno. */
int infer_canary_report(const struct infer_canary_slot *slots, const struct infer_canary_options *options);

#endif
