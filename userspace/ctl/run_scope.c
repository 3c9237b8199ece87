// SPDX-License-Identifier: GPL-2.0-or-later
#include "run_scope.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"

#define SERVICE	"org.freedesktop.systemd1"
#define OBJECT	"/org/freedesktop/systemd1"
#define MANAGER	"org.freedesktop.systemd1.Manager"

/* Where systemd listens itself, for root. */
#define PRIVATE	"unix:path=/run/systemd/private"

#define SUFFIX_SLICE	".slice"
#define SUFFIX_SCOPE	".scope"

/* A scope has nothing to start; one that ends has been emptied. */
#define JOB_WAIT_S	30

bool scope_wanted(void)
{
	return sd_booted() > 0;
}

/* ---- names ---- */

/* "/a.slice/a-b.slice" for "a-b.slice" */
static char *slice_path(const char *slice)
{
	size_t stem = strlen(slice) - strlen(SUFFIX_SLICE), size;
	char *path = NULL;
	FILE *file = open_memstream(&path, &size);

	if (!file)
		return NULL;
	for (size_t i = 1; i <= stem; i++)
		if (i == stem || slice[i] == '-')
			fprintf(file, "/%.*s" SUFFIX_SLICE, (int)i, slice);
	if (!fclose(file))
		return path;
	free(path);
	return NULL;
}

char *scope_slice(const char *parent)
{
	size_t length = strlen(parent), suffix = strlen(SUFFIX_SLICE), at;
	char *slice, *path;

	while (length && parent[length - 1] == '/')
		length--;
	if (!length)
		return strdup("-" SUFFIX_SLICE);
	for (at = length; parent[at - 1] != '/'; at--)
		;
	slice = strndup(parent + at, length - at);
	if (!slice || length - at <= suffix || strcmp(slice + length - at - suffix, SUFFIX_SLICE)) {
		free(slice);
		return NULL;
	}
	path = slice_path(slice);
	if (!path || strlen(path) != length || strncmp(path, parent, length)) {
		free(slice);
		slice = NULL;
	}
	free(path);
	return slice;
}

char *scope_name(const char *agent)
{
	char *name = NULL;
	size_t size;
	FILE *file = open_memstream(&name, &size);

	if (!file)
		return NULL;
	for (const char *at = agent; *at; at++) {
		unsigned char c = (unsigned char)*at;

		if (isascii(c) && (isalnum(c) || c == ':' || c == '_' || c == '-' || (c == '.' && at > agent)))
			fputc(c, file);
		else
			fprintf(file, "\\x%02x", c);
	}
	if (strlen(agent) < strlen(SUFFIX_SCOPE) ||
	    strcmp(agent + strlen(agent) - strlen(SUFFIX_SCOPE), SUFFIX_SCOPE))
		fputs(SUFFIX_SCOPE, file);
	if (!fclose(file))
		return name;
	free(name);
	return NULL;
}

/* ---- the bus ---- */

/* D-Bus need not run, early at boot or in a container. */
static int open_private(sd_bus **bus)
{
	int ret = sd_bus_new(bus);

	if (ret >= 0)
		ret = sd_bus_set_address(*bus, PRIVATE);
	if (ret >= 0)
		ret = sd_bus_start(*bus);
	if (ret < 0)
		*bus = sd_bus_unref(*bus);
	return ret;
}

static int open_bus(sd_bus **bus)
{
	int ret = sd_bus_open_system(bus);

	return ret < 0 && !geteuid() ? open_private(bus) : ret;
}

/* What a job of systemd's has come to; "": nothing yet. */
struct job {
	const char *path;
	char result[32];
};

static int on_removed(sd_bus_message *message, void *data, sd_bus_error *error)
{
	const char *path, *unit, *result;
	struct job *job = data;
	uint32_t id;

	(void)error;
	if (sd_bus_message_read(message, "uoss", &id, &path, &unit, &result) >= 0 && job->path &&
	    !strcmp(job->path, path))
		snprintf(job->result, sizeof(job->result), "%s", result);
	return 0;
}

static int64_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static int await(sd_bus *bus, const struct job *job)
{
	int64_t until_s = now_s() + JOB_WAIT_S;
	int ret = 0;

	while (ret >= 0 && !*job->result) {
		ret = sd_bus_process(bus, NULL);
		if (ret)
			continue;
		if (now_s() >= until_s)
			return -ETIMEDOUT;
		ret = sd_bus_wait(bus, UINT64_C(1000000));
	}
	if (ret < 0)
		return ret;
	return strcmp(job->result, "done") ? -ECANCELED : 0;
}

/* Send a call that answers with a job, and wait for that. @error: what systemd says to the call. */
static int call(sd_bus *bus, sd_bus_message *message, sd_bus_error *error)
{
	/* A connection that is systemd's own has no names. */
	const char *sender = sd_bus_is_bus_client(bus) > 0 ? SERVICE : NULL;
	sd_bus_message *reply = NULL;
	sd_bus_slot *slot = NULL;
	struct job job = { 0 };
	int ret = sd_bus_match_signal(bus, &slot, sender, OBJECT, MANAGER, "JobRemoved", on_removed, &job);

	if (ret >= 0)
		ret = sd_bus_call(bus, message, 0, error, &reply);
	if (ret >= 0)
		ret = sd_bus_message_read(reply, "o", &job.path);
	if (ret >= 0)
		ret = await(bus, &job);
	sd_bus_slot_unref(slot);
	sd_bus_message_unref(reply);
	return ret < 0 ? ret : 0;
}

static int method(sd_bus *bus, const char *name, sd_bus_message **message)
{
	return sd_bus_message_new_method_call(bus, message, SERVICE, OBJECT, MANAGER, name);
}

/* ---- the scope ---- */

static int ask_start(sd_bus *bus, const char *name, const char *slice, const char *description, pid_t pid,
		     sd_bus_error *error)
{
	sd_bus_message *message = NULL;
	int ret = method(bus, "StartTransientUnit", &message);

	if (ret >= 0)
		ret = sd_bus_message_append(message, "ssa(sv)a(sa(sv))", name, "fail", 4,
					    "Description", "s", description,
					    "Slice", "s", slice,
					    "CollectMode", "s", "inactive-or-failed",
					    "PIDs", "au", 1, (uint32_t)pid,
					    0);
	if (ret >= 0)
		ret = call(bus, message, error);
	sd_bus_message_unref(message);
	return ret;
}

static int ask_stop(sd_bus *bus, const char *name, sd_bus_error *error)
{
	sd_bus_message *message = NULL;
	int ret = method(bus, "StopUnit", &message);

	if (ret >= 0)
		ret = sd_bus_message_append(message, "ss", name, "replace");
	if (ret >= 0)
		ret = call(bus, message, error);
	sd_bus_message_unref(message);
	return ret;
}

static void tell(const char *what, const char *name, int ret, const sd_bus_error *error)
{
	const char *says = error->message ?: strerror(-ret);
	size_t length = strlen(says);

	if (sd_bus_error_has_name(error, "org.freedesktop.systemd1.UnitExists")) {
		fprintf(stderr, "headgate: %s exists: choose another --name\n", name);
		return;
	}
	length -= length && says[length - 1] == '.';
	fprintf(stderr, "headgate: systemd cannot %s %s: %.*s%s\n", what, name, (int)length, says,
		ret == -EACCES || ret == -EPERM ? ": run as root" : "");
}

/* Where the process is now: in a cgroup of that name. */
static int find_cgroup(pid_t pid, const char *name, char **path)
{
	const char *last;
	int ret = headgate_cgroup_of(pid, path);

	if (ret)
		return ret;
	last = strrchr(*path, '/');
	/* systemd puts "_" in front of a name that a controller has. */
	if (last && (!strcmp(last + 1, name) || (last[1] == '_' && !strcmp(last + 2, name))))
		return 0;
	fprintf(stderr, "headgate: %s has no cgroup of version 2: choose a --parent of your own, such as /headgate\n", name);
	free(*path);
	*path = NULL;
	return -ENOENT;
}

int scope_start(const char *name, const char *slice, const char *description, pid_t pid, char **path)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus *bus = NULL;
	int ret = open_bus(&bus);

	*path = NULL;
	if (ret >= 0)
		ret = ask_start(bus, name, slice, description, pid, &error);
	if (ret < 0)
		tell("make", name, ret, &error);
	sd_bus_error_free(&error);
	sd_bus_flush_close_unref(bus);
	return ret < 0 ? ret : find_cgroup(pid, name, path);
}

int scope_stop(const char *name)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus *bus = NULL;
	int ret = open_bus(&bus);

	if (ret >= 0)
		ret = ask_stop(bus, name, &error);
	/* It ends by itself when it is empty. */
	if (sd_bus_error_has_name(&error, "org.freedesktop.systemd1.NoSuchUnit"))
		ret = 0;
	if (ret < 0)
		tell("end", name, ret, &error);
	sd_bus_error_free(&error);
	sd_bus_flush_close_unref(bus);
	return ret < 0 ? ret : 0;
}
