/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which devices are well, as workers have found them.
 *
 * One that failed is passed over by new workers for a while, which doubles with each failure, and then
 * one agent tries it again: so requests return to it when it is well, and if it is not, only that one's have waited.
 * One that headgated calls ill is passed over until it calls it well.
 */
#ifndef INFER_SERVE_FLEET_H
#define INFER_SERVE_FLEET_H

#include "devices.h"
#include "place.h"

#define INFER_FLEET 16
#define INFER_FLEET_ORDER (INFER_FLEET * INFER_PROBLEM)

/* How long it is passed over at first, where nobody has said otherwise, and at most. */
#define INFER_FLEET_FIRST_NS (30 * 1000000000ull)
#define INFER_FLEET_MOST_NS (900 * 1000000000ull)

/* Opening a device uploads all weights without a word, and compiles kernels: so many times as long as it may be silent. */
#define INFER_FLEET_OPENING 20

/* A name by which headgated calls devices. */
#define INFER_FLEET_PLACE INFER_PLACE
#define INFER_FLEET_ILL 32

/**
 * struct infer_fleet_device - one of the order; times are ns of CLOCK_MONOTONIC
 * @opened: a worker has had it open
 * @failing: it has failed since an answer of its was whole
 * @until: 0: it is well, as far as anybody knows
 * @pause: how long it was passed over last; 0: it has not failed since it worked
 * @tried_by: until @tried_until, the agent that finds out whether it works again
 * @suspected_by: the agent that suspected it last, and passes it over until @suspected_until
 * @suspected_pause: how long that was
 * @word_until: another's suspicion confirms this one
 * @why: it is thought to have failed, as was told last; ""
 * @place: as headgated calls it; "": not known
 */
struct infer_fleet_device {
	char name[INFER_PROBLEM];
	bool opened, failing;
	uint64_t until, pause, tried_by, tried_until;
	uint64_t suspected_by, suspected_until, suspected_pause, word_until;
	char why[INFER_PROBLEM];
	char place[INFER_FLEET_PLACE];
};

/**
 * struct infer_fleet - the entries of the policy's order
 * @first_ns: for which one that failed is passed over at first
 * @hang_ns: for which a worker may be silent, which is how long it takes to find out that a device is not well
 * @ill: places of devices that are, until some time in ns, 0: it is not; ends with the first that is ""
 */
struct infer_fleet {
	uint32_t count;
	uint64_t first_ns, hang_ns;
	struct infer_fleet_device devices[INFER_FLEET];
	struct {
		char place[INFER_FLEET_PLACE];
		uint64_t until;
	} ill[INFER_FLEET_ILL];
};

/**
 * struct infer_fleet_order - what one worker is given
 * @of: which of the fleet each of its entries is
 */
struct infer_fleet_order {
	char text[INFER_FLEET_ORDER];
	uint32_t of[INFER_FLEET];
};

/**
 * infer_fleet_read() - an order as infer_order_new() takes it; @hang_ns is set afterwards
 *
 * Return: 0, or -EINVAL with a sentence in @problem.
 */
int infer_fleet_read(struct infer_fleet *fleet, const char *text, uint64_t first_ns, char problem[INFER_PROBLEM]);

/**
 * infer_fleet_order() - those that are well, in the policy's order, then the others, whose time is over first
 * @who: for whom, as some are passed over for one agent alone
 * @avoid: bit i: the fleet's device i comes after all whose bit is not set
 */
void infer_fleet_order(const struct infer_fleet *fleet, uint64_t who, uint32_t avoid, uint64_t now,
		       struct infer_fleet_order *order);

/* infer_fleet_note(): for the log, why it is said to have failed. */
void infer_fleet_note(struct infer_fleet *fleet, uint32_t device, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

void infer_fleet_failed(struct infer_fleet *fleet, uint32_t device, uint64_t now);

/**
 * infer_fleet_suspect() - a worker has ended or fallen silent, and it may be the device
 * @who: any number of the agent whose cgroup it was in, for whom the device is passed over; 0: it was in the service's
 *
 * An agent's limits end and starve its workers as well, on whichever device, so for all others the device has failed
 * once a second one says so, and nobody had an answer of it meanwhile. Each time the agent passes it over for longer.
 */
void infer_fleet_suspect(struct infer_fleet *fleet, uint32_t device, uint64_t who, uint64_t now);

/* infer_fleet_suspected(): whether it is, by @who. */
bool infer_fleet_suspected(const struct infer_fleet *fleet, uint32_t device, uint64_t who, uint64_t now);

/**
 * infer_fleet_try() - an agent's request is given to a worker on it
 *
 * If the device has failed and its time is over, the others leave it alone until that worker has found out, for as long
 * as one that has opened it may be silent.
 */
void infer_fleet_try(struct infer_fleet *fleet, uint32_t device, uint64_t who, uint64_t now);

/* infer_fleet_tried(): whether another agent does. */
bool infer_fleet_tried(const struct infer_fleet *fleet, uint32_t device, uint64_t who, uint64_t now);

enum infer_fleet_state {
	INFER_FLEET_WELL,	/* as far as anybody knows */
	INFER_FLEET_BROWN,	/* brown or dark, says headgated; it is used if none is well */
	INFER_FLEET_FAILED,	/* it is passed over, and has not computed an answer since it failed last */
};

/* infer_fleet_state(): what is true for all agents. */
enum infer_fleet_state infer_fleet_state(const struct infer_fleet *fleet, uint32_t device, uint64_t now);

/* infer_fleet_opened(): a worker has it open. */
void infer_fleet_opened(struct infer_fleet *fleet, uint32_t device);

/* infer_fleet_worked(): it has computed a whole answer. */
void infer_fleet_worked(struct infer_fleet *fleet, uint32_t device, uint64_t now);

/**
 * infer_fleet_place() - where a device is, by a worker that has it open
 *
 * Return: whether it is news that this one is ill.
 */
bool infer_fleet_place(struct infer_fleet *fleet, uint32_t device, const char *place, uint64_t now);

/**
 * infer_fleet_heard() - headgated has said how the device of a place is
 * @until: ns; it is ill, which is believed until then; 0: it is not
 *
 * Return: whether that is news of one in the order.
 */
bool infer_fleet_heard(struct infer_fleet *fleet, const char *place, uint64_t until, uint64_t now);

/* infer_fleet_lapsed(): the place of one in the order of which that it is ill is not believed any more; once each; or NULL. */
const char *infer_fleet_lapsed(struct infer_fleet *fleet, uint64_t now);

/**
 * infer_fleet_better() - whether one that is in use is better left for another, as far as @who knows
 * @avoid: as for infer_fleet_order()
 *
 * That is, one before it is well, or it is not and any other is. What is well is not left for what nobody has ever had
 * open, or another agent tries.
 */
bool infer_fleet_better(const struct infer_fleet *fleet, uint32_t device, uint64_t who, uint32_t avoid, uint64_t now);

#endif
