/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this host shows of headgate, apart from the module's own answers. */
#ifndef CTL_EVIDENCE_H
#define CTL_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bypass.h"
#include "drivers.h"
#include "headgate.h"

enum answer { ANSWER_NO, ANSWER_YES, ANSWER_UNKNOWN };

struct evidence {
	enum answer module_btf;		/* /sys/kernel/btf/headgate */
	enum answer gate;		/* link of lsm/file_ioctl is pinned */
	enum answer gate_compat;	/* link of lsm/file_ioctl_compat is pinned */
	enum answer lsm_bpf;		/* "bpf" is in the list of LSMs */
	pid_t daemon;			/* 0: does not run */
	uint32_t bypasses;		/* ways past the gate that are open, see bypass.h */
	char paced[512];		/* drivers that the gate leaves to headgated, a line each */
	bool pacing;			/* which it does indeed, if it runs */
};

/* The daemon of the pid file, if a process of that name has that pid; 0. */
pid_t evidence_daemon(const char *root);

/* @root is put before each path; "" for this host. */
void evidence_read(const char *root, struct evidence *evidence);

/*
 * For whom the module tells nothing: pins are not shown to all users, and a container has a
 * bpffs of its own, so what was seen of the gate says nothing.
 */
void evidence_doubt(struct evidence *evidence);

const char *answer_name(enum answer answer);

/* What can be promised for a device, and why; room for a clause. */
struct verdict {
	enum headgate_enforceability enforceability;
	char reason[256];
};

/* What is seen that lowers what the driver table says. */
struct evidence_rule {
	enum headgate_enforceability at_most;
	const char *sign;	/* what is seen */
	const char *reason;	/* one clause; "N of M " goes before it where it begins with a blank */
};

/* Iterates over the rules, in the order in which the devices list tells of them: NULL first. */
const struct evidence_rule *evidence_rule_next(const struct evidence_rule *rule);

/*
 * Judge a device by the driver table and by what is seen: never better than the
 * table says.  @device is the module's entry for it, NULL: not seen yet.
 */
void evidence_judge(const struct evidence *evidence, bool module_loaded, const char *driver,
		    const struct headgate_device *device, struct verdict *verdict);

#endif
