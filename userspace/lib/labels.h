/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose an agent is, and for what: words for people, without a meaning to headgate. */
#ifndef LIBHEADGATE_LABELS_H
#define LIBHEADGATE_LABELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* headgated has the labels of all agents here, for headgate: id, owner and project, with tabs between. */
#define HEADGATE_LABELS_FILE "/run/headgate/labels"

/* Bytes: a column of a table, and some more. */
#define HEADGATE_LABEL_MAX 64

enum headgate_label { HEADGATE_LABEL_OWNER, HEADGATE_LABEL_PROJECT, HEADGATE_LABEL_COUNT };

/* "" where there is none. */
struct headgate_labels {
	char values[HEADGATE_LABEL_COUNT][HEADGATE_LABEL_MAX + 1];
};

/* "owner" */
const char *headgate_label_name(enum headgate_label label);

/*
 * Whether a label may be that: 1 to HEADGATE_LABEL_MAX bytes of UTF-8, without control characters
 * and those that are not seen or turn the direction of others, and no blank at either end.
 */
bool headgate_label_is_fit(const char *text, size_t length);

/**
 * headgate_label_read - what a cgroup says of itself
 * @path: cgroup
 * @label: extended attribute user.headgate.owner or user.headgate.project of its folder
 * @value: receives it, or ""
 *
 * Return: 0, also where it says nothing; -EINVAL when it is not fit; -ENOMEM.
 */
int headgate_label_read(const char *path, enum headgate_label label,
			char value[HEADGATE_LABEL_MAX + 1]);

/*
 * What they do not say the cgroup may: those that are empty are read of it.
 * Returns a bit for each label that is there, but not fit.
 */
unsigned int headgate_labels_complete(struct headgate_labels *labels, const char *path);

struct headgate_labelled {
	uint64_t agent_id;
	struct headgate_labels labels;
	unsigned int unfit;	/* of headgated: bit for each label that was said to be so; not in the file */
};

/* Of all agents, in the order of their ids. */
struct headgate_labels_list {
	struct headgate_labelled *items;
	size_t count;
};

/* -ENOENT, -ENOMEM; a line that is not understood is left out. */
int headgate_labels_load(const char *file, struct headgate_labels_list *list);

/* The file is there whole or as it was; 0 or a negative errno. */
int headgate_labels_save(const char *file, const struct headgate_labels_list *list);

/* NULL: there is none of that agent. */
struct headgate_labelled *headgate_labels_find(const struct headgate_labels_list *list, uint64_t agent_id);

/* One more, without labels; NULL without memory. */
struct headgate_labelled *headgate_labels_add(struct headgate_labels_list *list, uint64_t agent_id);

void headgate_labels_free(struct headgate_labels_list *list);

#endif
