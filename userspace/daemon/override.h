/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is laid on top of an agent's policy for a while, and why: a set of reasons for each agent,
 * of which the strictest holds. Pure.
 */
#ifndef HEADGATE_DAEMON_OVERRIDE_H
#define HEADGATE_DAEMON_OVERRIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "calls.h"

/**
 * struct override - what one reason asks for, or all do
 * @weight: at most; 0: as the policy has it
 * @cap_ppm: engine time per device, at most, in millionths; 0: as the policy has it
 * @paused: all of it stands still
 */
struct override {
	uint32_t weight;
	uint32_t cap_ppm;
	bool paused;
};

/* Who has reasons; each judges its own anew, and knows nothing of others'. */
enum override_source { OVERRIDE_BUDGET, OVERRIDE_BROWNOUT, OVERRIDE_SOURCES };

struct override_agent;

/* Start with all 0. */
struct overrides {
	struct override_agent *items;	/* in the order of ids */
	size_t count;
	unsigned int rounds[OVERRIDE_SOURCES];
};

/* A source says all that it asks for anew: begin, override_set() for each, end. */
void overrides_begin(struct overrides *overrides, enum override_source source);
/* What it has not set since is no more. */
void overrides_end(struct overrides *overrides, enum override_source source);

/**
 * override_set - a reason for an agent
 * @overrides: all of them
 * @id: cgroup id
 * @source: whose reason it is
 * @name: which of its reasons
 * @override: what it asks for, instead of what it asked before
 *
 * Return: 0 or -ENOMEM.
 */
int override_set(struct overrides *overrides, uint64_t id, enum override_source source,
		 const char *name, const struct override *override);

/* What all reasons of an agent come to; false, and all 0: there is none. */
bool override_of(const struct overrides *overrides, uint64_t id, struct override *strictest);

/* The stricter of both, field by field. */
void override_add(struct override *override, const struct override *other);

/* Lay it on top of a policy that has all fields: nothing becomes more than it has. */
void override_apply(const struct override *override, struct headgate_policy *policy);

void overrides_free(struct overrides *overrides);

#endif
