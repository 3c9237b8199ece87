// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "session.h"

static const char no_module[] =
	"the module headgate is not loaded: run modprobe headgate (see headgate status)";
static const char other_version[] =
	"the loaded module speaks another version of the protocol: install tool and module of one version";
static const char no_permission[] = "needs CAP_SYS_ADMIN: run as root";

void session_complain(const char *sentence)
{
	fprintf(stderr, "headgate: %s\n", sentence);
}

int session_error(int error, const char *what)
{
	switch (error) {
	case -ENOENT:
		fprintf(stderr, "headgate: %s\n", no_module);
		return EXIT_NO_MODULE;
	case -EPROTONOSUPPORT:
		fprintf(stderr, "headgate: %s\n", other_version);
		return EXIT_FAILED;
	case -EPERM:
	case -EACCES:
		fprintf(stderr, "headgate: %s: %s\n", what, no_permission);
		return EXIT_FAILED;
	default:
		fprintf(stderr, "headgate: %s: %s\n", what, strerror(-error));
		return EXIT_FAILED;
	}
}

int session_open(struct headgate_client **client)
{
	int ret = headgate_client_open(client);

	return ret ? session_error(ret, "cannot reach the module") : EXIT_OK;
}

int session_fail(const struct headgate_client *client, int error, const char *format, ...)
{
	char what[PATH_MAX + 64];
	va_list list;

	va_start(list, format);
	vsnprintf(what, sizeof(what), format, list);
	va_end(list);
	/* The module has words of its own for what it misses: without them, it is the one missing. */
	if (error == -EPERM ||
	    (error == -ENOENT && !strcmp(headgate_client_error(client), strerror(ENOENT))))
		return session_error(error, what);
	fprintf(stderr, "headgate: %s: %s\n", what, headgate_client_error(client));
	return EXIT_FAILED;
}

int session_cgroup(const char *text, uint64_t *id, const char **path)
{
	char *root = NULL;
	size_t length;

	*id = 0;
	*path = NULL;
	if (isdigit((unsigned char)*text)) {
		if (headgate_number_parse(text, 1, UINT64_MAX, id))
			return usage_error("'%s' is neither a cgroup id nor a path that begins with a slash",
					   text);
		return EXIT_OK;
	}
	if (*text != '/')
		return usage_error("'%s' is no cgroup: a path begins with a slash, which is the cgroup v2 root; an id is a number",
				   text);
	*path = text;
	if (headgate_cgroup_root(&root))
		return EXIT_OK;
	length = strlen(root);
	if (length > 1 && !strncmp(text, root, length) && (text[length] == '/' || !text[length]))
		*path = text[length] ? text + length : "/";
	free(root);
	return EXIT_OK;
}
