// SPDX-License-Identifier: GPL-2.0-or-later
#include "pattern.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "headgate.h"

/* The pattern without the mount point, which people copy from a listing. */
static const char *below_root(const char *text)
{
	char *root = NULL;
	size_t len;

	if (headgate_cgroup_root(&root))
		return text;
	len = strlen(root);
	if (len > 1 && !strncmp(text, root, len) && (text[len] == '/' || !text[len]))
		text += len;
	free(root);
	return text;
}

/* A component of @len bytes that no cgroup can have, or that does not say what it seems to. */
static const char *component_fault(const char *name, size_t len)
{
	if (!len)
		return "two slashes in a row, between which there is no name";
	if (*name == '.' && (len == 1 || (len == 2 && name[1] == '.')))
		return "no cgroup is called . or ..";
	for (size_t i = 0; i + 1 < len; i++)
		if (name[i] == '*' && name[i + 1] == '*' && len != 2)
			return "** stands only for whole names, as in a/**/b; within a name write one *";
	return NULL;
}

/* The set that begins at the bracket *@at, by the rules of policy_match(); *@at moves to its end. */
static const char *set_fault(const char **at)
{
	const char *p = *at + 1, *first;

	p += *p == '!' || *p == '^';
	for (first = p; *p && (*p != ']' || p == first); p++) {
		if (*p == '/')
			return "a slash within brackets; no name has one";
		if (p[1] != '-' || !p[2] || p[2] == ']')
			continue;
		if ((unsigned char)p[2] < (unsigned char)*p)
			return "a range in brackets that ends before it begins";
		p += 2;
	}
	if (!*p)
		return "a [ that no ] closes; for the character itself write [[]";
	*at = p;
	return NULL;
}

static const char *find_fault(const char *glob)
{
	const char *fault = NULL, *p;

	for (p = glob; *p && !fault; p++)
		if (*p == '[')
			fault = set_fault(&p);
	/* Each begins at a slash. */
	for (p = glob; *p && !fault; p += 1 + strcspn(p + 1, "/"))
		fault = component_fault(p + 1, strcspn(p + 1, "/"));
	return fault;
}

int headgate_pattern_read(const char *text, char **glob, const char **fault)
{
	size_t len;

	*fault = NULL;
	text = below_root(text);
	text += strspn(text, "/");
	for (len = strlen(text); len && text[len - 1] == '/';)
		len--;
	if (!len)
		return -EINVAL;
	if (asprintf(glob, "/%.*s", (int)len, text) < 0)
		return -ENOMEM;
	*fault = find_fault(*glob);
	if (!*fault)
		return 0;
	free(*glob);
	return -EINVAL;
}
