// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "evidence.h"

#define LINKS "/sys/fs/bpf/headgate/v1/links"

const char *answer_name(enum answer answer)
{
	return answer == ANSWER_YES ? "yes" : answer == ANSWER_NO ? "no" : "unknown";
}

static enum answer exists(const char *root, const char *path)
{
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", root, path);
	if (!access(full, F_OK))
		return ANSWER_YES;
	return errno == ENOENT || errno == ENOTDIR ? ANSWER_NO : ANSWER_UNKNOWN;
}

/* First line of a file without its newline; false when it cannot be read. */
static bool read_line(const char *root, const char *path, char *line, int size)
{
	char full[PATH_MAX];
	FILE *file;
	bool got;

	snprintf(full, sizeof(full), "%s%s", root, path);
	file = fopen(full, "re");
	if (!file)
		return false;
	got = fgets(line, size, file);
	fclose(file);
	if (got)
		line[strcspn(line, "\n")] = '\0';
	return got;
}

static enum answer lsm_has_bpf(const char *root)
{
	char list[512], *rest = list, *name;

	/* securityfs is not mounted everywhere. */
	if (!read_line(root, "/sys/kernel/security/lsm", list, sizeof(list)))
		return ANSWER_UNKNOWN;
	while ((name = strsep(&rest, ",")))
		if (!strcmp(name, "bpf"))
			return ANSWER_YES;
	return ANSWER_NO;
}

pid_t evidence_daemon(const char *root)
{
	char line[64], path[64];
	uint64_t pid;

	if (!read_line(root, "/run/headgate/headgated.pid", line, sizeof(line)) ||
	    headgate_number_parse(line, 1, INT_MAX, &pid))
		return 0;
	snprintf(path, sizeof(path), "/proc/%" PRIu64 "/comm", pid);
	if (!read_line(root, path, line, sizeof(line)) || strcmp(line, "headgated"))
		return 0;
	return (pid_t)pid;
}

/* What the file of the daemon says is true of the gate's table, whether or not it still runs. */
static void read_paced(const char *root, char *paced, size_t size)
{
	char path[PATH_MAX];
	FILE *file;
	size_t len = 0;

	snprintf(path, sizeof(path), "%s/run/headgate/paced", root);
	file = fopen(path, "re");
	if (file) {
		len = fread(paced, 1, size - 1, file);
		fclose(file);
	}
	paced[len] = '\0';
}

static bool is_paced(const struct evidence *evidence, const char *driver)
{
	size_t len = strlen(driver);

	for (const char *line = evidence->paced; *line; line += strspn(line, "\n")) {
		if (!strncmp(line, driver, len) && (line[len] == '\n' || !line[len]))
			return true;
		line += strcspn(line, "\n");
	}
	return false;
}

void evidence_read(const char *root, struct evidence *evidence)
{
	evidence->module_btf = exists(root, "/sys/kernel/btf/headgate");
	evidence->gate = exists(root, LINKS "/gate_ioctl");
	evidence->gate_compat = exists(root, LINKS "/gate_ioctl_compat");
	evidence->lsm_bpf = lsm_has_bpf(root);
	evidence->daemon = evidence_daemon(root);
	evidence->bypasses = headgate_bypasses_open(root);
	read_paced(root, evidence->paced, sizeof(evidence->paced));
	evidence->pacing = exists(root, "/run/headgate/pacing") == ANSWER_YES;
}

void evidence_doubt(struct evidence *evidence)
{
	evidence->gate = ANSWER_UNKNOWN;
	evidence->gate_compat = ANSWER_UNKNOWN;
}

/* Fewer may be on their way yet: tickets come before their jobs. */
#define TICKETS_WITHOUT_JOBS	64

enum rule {
	NOT_LOADED,
	NODE_CLOSED,
	DRIVER_UNKNOWN,
	GATE_UNKNOWN,
	GATE_MISSING,
	GATE_COMPAT_MISSING,
	ALL_UNTICKETED,
	SOME_UNTICKETED,
	NO_JOBS,
	PACED,
	PACED_BY_NOBODY,
	PACED_IN_VAIN,
};

static const struct evidence_rule rules[] = {
	[NOT_LOADED] = {
		HEADGATE_BLIND, "the module is not loaded", "the module headgate is not loaded",
	},
	[NODE_CLOSED] = {
		HEADGATE_UNKNOWN, "no node of the device can be opened",
		"its node cannot be opened, so its driver is not known: run as root",
	},
	[DRIVER_UNKNOWN] = {
		HEADGATE_BLIND, "the driver is not in the table above",
		"its driver is not in headgate's table",
	},
	[GATE_UNKNOWN] = {
		HEADGATE_UNKNOWN, "the pins of the gate cannot be read",
		"whether the gate is attached cannot be told: run as root",
	},
	[GATE_MISSING] = {
		HEADGATE_OBSERVED, "the gate is not pinned",
		"the gate is not attached, so nothing is held: start headgated",
	},
	[GATE_COMPAT_MISSING] = {
		HEADGATE_PACED, "the gate for 32-bit callers is not pinned",
		"the gate for 32-bit callers is not attached, so these pass it by",
	},
	[ALL_UNTICKETED] = {
		HEADGATE_OBSERVED, "agents have had jobs, and no ticket",
		"jobs of agents come, and none with a ticket",
	},
	[SOME_UNTICKETED] = {
		HEADGATE_PACED, "some jobs of agents had no ticket",
		" jobs of agents came without a ticket",
	},
	[NO_JOBS] = {
		HEADGATE_PACED, "many tickets, and no job",
		"tickets come, and no job is seen, so what they cost is not measured",
	},
	[PACED] = {
		HEADGATE_PACED, "the policy has the driver paced", HEADGATE_PACED_REASON,
	},
	[PACED_BY_NOBODY] = {
		HEADGATE_OBSERVED, "the same, and headgated does not run",
		"the policy has it paced, and headgated, which does that, does not run",
	},
	[PACED_IN_VAIN] = {
		HEADGATE_OBSERVED, "the same, and headgated cannot",
		"the policy has it paced, and headgated cannot: its log says why",
	},
};

const struct evidence_rule *evidence_rule_next(const struct evidence_rule *rule)
{
	size_t i = rule ? (size_t)(rule - rules) + 1 : 0;

	return i < sizeof(rules) / sizeof(rules[0]) ? &rules[i] : NULL;
}

/* Only ever worse: of two that are as bad, the first one is told. */
static void lower(struct verdict *verdict, enum headgate_enforceability at_most,
		  const char *reason)
{
	if (at_most <= verdict->enforceability)
		return;
	verdict->enforceability = at_most;
	snprintf(verdict->reason, sizeof(verdict->reason), "%s", reason);
}

static void apply(struct verdict *verdict, enum rule rule)
{
	lower(verdict, rules[rule].at_most, rules[rule].reason);
}

/* The policy's word is all there is to it: the gate has no part in what is paced. */
static void decide(struct verdict *verdict, enum rule rule)
{
	verdict->enforceability = rules[rule].at_most;
	snprintf(verdict->reason, sizeof(verdict->reason), "%s", rules[rule].reason);
}

static void apply_jobs(struct verdict *verdict, const struct headgate_device *device)
{
	char reason[sizeof(verdict->reason)];

	if (device->jobs_unticketed && !device->tickets)
		apply(verdict, ALL_UNTICKETED);
	snprintf(reason, sizeof(reason), "%" PRIu64 " of %" PRIu64 "%s", device->jobs_unticketed,
		 device->jobs, rules[SOME_UNTICKETED].reason);
	if (device->jobs_unticketed)
		lower(verdict, rules[SOME_UNTICKETED].at_most, reason);
	if (!device->jobs && device->tickets >= TICKETS_WITHOUT_JOBS)
		apply(verdict, NO_JOBS);
}

static void apply_gate(struct verdict *verdict, const struct evidence *evidence)
{
	if (evidence->gate == ANSWER_UNKNOWN)
		apply(verdict, GATE_UNKNOWN);
	else if (evidence->gate == ANSWER_NO)
		apply(verdict, GATE_MISSING);
	else if (evidence->gate_compat != ANSWER_YES)
		apply(verdict, GATE_COMPAT_MISSING);
}

void evidence_judge(const struct evidence *evidence, bool module_loaded, const char *driver,
		    const struct headgate_device *device, struct verdict *verdict)
{
	const struct headgate_driver *known = headgate_driver_find(driver);
	const struct headgate_bypass *bypass = headgate_bypass_worst(driver, evidence->bypasses);

	verdict->enforceability = known ? known->enforceability : HEADGATE_ENFORCED;
	snprintf(verdict->reason, sizeof(verdict->reason), "%s", known ? known->reason : "");
	if (!module_loaded)
		apply(verdict, NOT_LOADED);
	else if (!*driver)
		apply(verdict, NODE_CLOSED);
	else if (!known)
		apply(verdict, DRIVER_UNKNOWN);
	if (!module_loaded || !known)
		return;
	if (is_paced(evidence, driver)) {
		decide(verdict, !evidence->daemon ? PACED_BY_NOBODY :
				evidence->pacing ? PACED : PACED_IN_VAIN);
		return;
	}
	if (!known->gated)
		return;
	apply_gate(verdict, evidence);
	if (bypass)
		lower(verdict, bypass->at_most, bypass->reason);
	if (device)
		apply_jobs(verdict, device);
}
