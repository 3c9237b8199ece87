/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The canary with children that do not compute, and a headgated that is a socket. What a child
 * does is in the name of its device: wrong, fail, crash, hang, unkillable, sorry, or else what is
 * right.
 */
#ifndef TEST_INFER_CANARY_WORLD_H
#define TEST_INFER_CANARY_WORLD_H

#include <stdio.h>
#include <sys/types.h>

#include "canary.h"
#include "infer_canary_server.h"

#define MS UINT64_C(1000000)
#define PCI "0000:03:00.0"

/**
 * struct world - of one test
 * @starts: children that were started
 * @pids: of the last ones
 * @unkillable: a child that SIGKILL does not end
 * @nameless: they do not know what headgated calls the device
 * @moving: all but the first one call it another
 * @heard: where stderr went
 * @printed: where stdout went
 */
extern struct world {
	struct server server;
	struct infer_canary_options options;
	int starts;
	pid_t pids[16], unkillable;
	bool nameless, moving;
	FILE *heard, *printed;
} world;

int world_setup(void **state);
int world_teardown(void **state);
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

void watch(const char *device);

/* Until headgated was told @text so often. */
int run_until(const char *text, int times);
int run_once(void);

/* How often @text is in what was written to @file, and in what headgated was told. */
int count(FILE *file, const char *text);
int told(const char *text);

bool is_reaped(pid_t pid);

#endif
