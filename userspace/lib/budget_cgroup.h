/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The budget of one cgroup: an extended attribute of its folder, as written by `headgate run
 * --budget`. It is there whatever happens to headgated, and goes with the cgroup. It is one that
 * takes CAP_SYS_ADMIN to be set, changed or taken away: who has been given a cgroup cannot rid
 * himself of its budget, nor have headgated count more of them than it has room for.
 */
#ifndef LIBHEADGATE_BUDGET_CGROUP_H
#define LIBHEADGATE_BUDGET_CGROUP_H

#include <inttypes.h>

#include "budget.h"

#define HEADGATE_BUDGET_ATTRIBUTE "trusted.headgate.budget"
/* What headgated answers, if it cannot count that: a sentence. */
#define HEADGATE_BUDGET_ANSWER "trusted.headgate.budget.answer"

/* Its name has the cgroup's id. */
#define HEADGATE_BUDGET_CGROUP_NAME "cgroup#"

/* Bytes of either text, with its end. */
#define HEADGATE_BUDGET_TEXT_MAX 512

/**
 * headgate_budget_parse - read the text of a budget of one cgroup
 * @text: "2h per day", or "5.00 EUR per month", and after commas keys of a section [budget NAME]:
 *	", act = cap 10%, warn = 90%". Instead of the first words there may be keys as well.
 * @where: goes before the sentence: "--budget"
 * @budget: receives it, without name, of whom, and id; freed by headgate_budget_free()
 * @error: receives the sentence that tells what is wrong, freed by the caller; NULL without memory
 *
 * The keys are read by what reads a policy file. Without the key act it is floor: whoever sets a
 * budget for one command wants it to be kept.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int headgate_budget_parse(const char *text, const char *where, struct headgate_budget *budget, char **error);

/*
 * Write one of the two attributes; "": take it away.  0 or a negative errno.
 */
int headgate_budget_cgroup_write(const char *path, const char *attribute, const char *text);

/**
 * headgate_budget_cgroup_read - what a cgroup says
 * @path: cgroup
 * @id: it must have that id
 * @attribute: which of the two
 * @text: receives it, "" if it says nothing
 *
 * Return: 0; -EINVAL when it is too long, or no text; or another negative errno.
 */
int headgate_budget_cgroup_read(const char *path, uint64_t id, const char *attribute,
				char text[HEADGATE_BUDGET_TEXT_MAX]);

#endif
