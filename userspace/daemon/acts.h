/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is done about a device that is not well, by degrees: agents that can wait are shed or paused,
 * new ones are kept away, and whose job hangs is killed.  All but the last is taken back.
 */
#ifndef HEADGATE_DAEMON_ACTS_H
#define HEADGATE_DAEMON_ACTS_H

#include "config.h"
#include "health.h"
#include "override.h"

/* What is laid on an agent for the sake of a device. */
struct acts_agent {
	uint64_t id;
	struct override override;
};

/* What is done on one device; the planner's own. */
struct acts_device {
	char name[HEADGATE_DEVICE_NAME_MAX];
	struct acts_agent *agents;	/* in the order of ids */
	size_t n_agents;
	uint64_t *known;		/* that worked there before it was drained */
	size_t n_known;
	bool drained;
};

/* All 0 to begin with; freed by acts_free(). */
struct acts {
	struct acts_device *devices;
	size_t n_devices;
};

/* Of one look so many agents are told of one by one, of the others how many they are. */
#define ACTS_TOLD_MAX 20

/**
 * struct acts_look - what is there now, and who is told
 * @health: of the devices
 * @agents: that the module holds, in the order of ids
 * @config: what the policy wants done
 * @now_ns: CLOCK_MONOTONIC
 * @tell: a sentence about a device and @agent, or agents if NULL; @over: something was taken back
 * @data: for that
 */
struct acts_look {
	const struct headgate_health *health;
	const struct headgate_agents *agents;
	const struct headgate_config_brownout *config;
	uint64_t now_ns;
	void (*tell)(const char *sentence, const struct headgate_agent *agent, bool over, void *data);
	void *data;
};

/* What is to be done, as reasons of OVERRIDE_BROWNOUT.  0, or -ENOMEM: what was done goes on. */
int acts_plan(struct acts *acts, const struct acts_look *look, struct overrides *overrides);

/* Whether the job of a stall has overrun its time of grace as well. */
bool acts_kills(const struct headgate_config_brownout *config, const struct headgate_stall *stall,
		uint64_t now_ns);

/*
 * The device to take instead of those that are not well: the least busy that is, or else one whose load is not known;
 * NULL: none.
 */
const struct headgate_health_device *acts_instead(const struct headgate_health *health);

void acts_free(struct acts *acts);

#endif
