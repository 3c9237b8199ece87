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

/* The daemon of the pid file, if a process of that name has that pid. */
static pid_t find_daemon(const char *root)
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
	evidence->daemon = find_daemon(root);
	read_paced(root, evidence->paced, sizeof(evidence->paced));
}

void evidence_doubt(struct evidence *evidence)
{
	evidence->gate = ANSWER_UNKNOWN;
	evidence->gate_compat = ANSWER_UNKNOWN;
}

static void decide(struct verdict *verdict, enum headgate_enforceability enforceability,
		   const char *reason)
{
	verdict->enforceability = enforceability;
	snprintf(verdict->reason, sizeof(verdict->reason), "%s", reason);
}

void evidence_judge(const struct evidence *evidence, bool module_loaded, const char *driver,
		    const struct headgate_device *device, struct verdict *verdict)
{
	const struct headgate_driver *known = headgate_driver_find(driver);

	if (!module_loaded) {
		decide(verdict, HEADGATE_BLIND, "the module headgate is not loaded");
	} else if (!*driver) {
		decide(verdict, HEADGATE_BLIND,
		       "its node cannot be opened, so its driver is not known: run as root");
	} else if (!known) {
		decide(verdict, HEADGATE_BLIND, "its driver is not in headgate's table");
	} else if (is_paced(evidence, driver)) {
		decide(verdict, evidence->daemon ? HEADGATE_PACED : HEADGATE_OBSERVED, evidence->daemon ?
		       "the policy has it paced: headgated freezes agents that are ahead of their share" :
		       "the policy has it paced, and headgated, which does that, does not run");
	} else if (!known->gated || known->enforceability > HEADGATE_PACED) {
		decide(verdict, known->enforceability, known->reason);
	} else if (evidence->gate == ANSWER_UNKNOWN) {
		decide(verdict, HEADGATE_OBSERVED,
		       "whether the gate is attached cannot be told: run as root");
	} else if (evidence->gate == ANSWER_NO) {
		decide(verdict, HEADGATE_OBSERVED,
		       "the gate is not attached, so nothing is held: start headgated");
	} else if (evidence->gate_compat != ANSWER_YES) {
		decide(verdict, HEADGATE_PACED,
		       "the gate for 32-bit callers is not attached, so these pass it by");
	} else if (known->enforceability == HEADGATE_ENFORCED && device &&
		   device->jobs_unticketed) {
		verdict->enforceability = HEADGATE_PACED;
		snprintf(verdict->reason, sizeof(verdict->reason),
			 "%" PRIu64 " of %" PRIu64 " jobs of agents came without a ticket",
			 device->jobs_unticketed, device->jobs);
	} else {
		decide(verdict, known->enforceability, known->reason);
	}
}
