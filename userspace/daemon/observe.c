// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where the maps pinned are of the layout wanted, and the programs attached those of
 * this daemon, they go on: no event is missed.  Else the old programs are detached
 * before the new ones are attached, since two of them would book each event twice; what
 * comes between goes unseen here, and is in the module's ledger.  Maps of the same
 * layout keep what they hold.
 */
#include "observe.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <stdio.h>
#include <unistd.h>

#include <headgate/observe.h>

#include "log.h"
#include "observe.skel.h"
#include "pins.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static const char *const link_names[] = { "observe_ticket", "observe_job" };
static const char *const map_names[] = { "agents", "top_jobs", "losses" };
static const char *const table_names[] = { "agents", "jobs" };

/* ---- maps ---- */

/* All of them or none: what was made in one is counted in another. */
static int reuse_maps(struct bpf_map *const *maps, bool *reused)
{
	int fds[ARRAY_SIZE(map_names)], err = 0;

	*reused = true;
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = pin_get_map(maps[i]);
		*reused &= fds[i] >= 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		if (*reused && !err)
			err = bpf_map__reuse_fd(maps[i], fds[i]);
		if (fds[i] >= 0)
			close(fds[i]);
	}
	return err;
}

/* ---- programs ---- */

static int get_link(const char *name)
{
	char path[PIN_PATH_MAX];

	snprintf(path, sizeof(path), PIN_LINKS "/%s", name);
	return bpf_obj_get(path);
}

static bool same_program(int a, int b)
{
	struct bpf_prog_info info[2] = {};
	__u32 len = sizeof(info[0]);

	return !bpf_prog_get_info_by_fd(a, &info[0], &len) &&
	       !bpf_prog_get_info_by_fd(b, &info[1], &len) &&
	       !memcmp(info[0].tag, info[1].tag, sizeof(info[0].tag));
}

/* Whether the link of that name is pinned, and runs what @program would. */
static bool is_attached(const char *name, const struct bpf_program *program)
{
	struct bpf_link_info info = {};
	__u32 len = sizeof(info);
	int link = get_link(name), old;
	bool same;

	if (link < 0)
		return false;
	old = bpf_link_get_info_by_fd(link, &info, &len) ? -1 : bpf_prog_get_fd_by_id(info.prog_id);
	same = old >= 0 && same_program(old, bpf_program__fd(program));
	if (old >= 0)
		close(old);
	close(link);
	return same;
}

/* The last reference is a descriptor's, so that the program is detached when this returns. */
static int detach_links(void)
{
	int fds[ARRAY_SIZE(link_names)], removed;

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = get_link(link_names[i]);
	removed = pins_remove(PIN_LINKS, link_names, ARRAY_SIZE(link_names));
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return removed;
}

static int attach_programs(struct bpf_program *const *programs)
{
	int err = detach_links();

	for (size_t i = 0; i < ARRAY_SIZE(link_names) && err >= 0; i++) {
		struct bpf_link *link = bpf_program__attach(programs[i]);

		err = link ? pin_put(bpf_link__fd(link), PIN_LINKS, link_names[i]) : -errno;
		bpf_link__destroy(link);
	}
	return err < 0 ? err : 0;
}

/* ---- tables ---- */

static int pin_table(struct bpf_program *program, struct bpf_map *map, const char *name)
{
	union bpf_iter_link_info info = { .map.map_fd = bpf_map__fd(map) };
	LIBBPF_OPTS(bpf_iter_attach_opts, options, .link_info = &info,
		    .link_info_len = sizeof(info));
	struct bpf_link *link = bpf_program__attach_iter(program, &options);
	int err = link ? pin_put(bpf_link__fd(link), PIN_VERSION, name) : -errno;

	bpf_link__destroy(link);
	return err;
}

/* ---- all of it ---- */

static int apply(struct observe_bpf *skeleton)
{
	struct bpf_program *const programs[] = { skeleton->progs.observe_ticket,
						 skeleton->progs.observe_job };
	struct bpf_map *const maps[] = { skeleton->maps.agents, skeleton->maps.top_jobs,
					 skeleton->maps.losses };
	bool goes_on;
	int err = reuse_maps(maps, &goes_on) ?: observe_bpf__load(skeleton);

	if (err)
		return err;
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		goes_on &= is_attached(link_names[i], programs[i]);
	for (size_t i = 0; i < ARRAY_SIZE(maps) && !err && !goes_on; i++)
		err = pin_put(bpf_map__fd(maps[i]), PIN_MAPS, map_names[i]);
	if (!err && !goes_on)
		err = attach_programs(programs);
	if (!err)
		err = pin_table(skeleton->progs.show_agents, skeleton->maps.agents, "agents");
	if (!err)
		err = pin_table(skeleton->progs.show_jobs, skeleton->maps.top_jobs, "jobs");
	if (!err && !goes_on)
		log_notice("the observation is attached, with room for %u rows",
			   bpf_map__max_entries(skeleton->maps.agents));
	return err;
}

static int attach(unsigned int entries)
{
	struct observe_bpf *skeleton = observe_bpf__open();
	int err;

	if (!skeleton)
		return -errno;
	err = bpf_map__set_max_entries(skeleton->maps.agents, entries) ?: apply(skeleton);
	/* The pins keep what is in place. */
	observe_bpf__destroy(skeleton);
	return err;
}

void observe_apply(unsigned int entries)
{
	int err = 0;

	if (entries)
		err = attach(entries);
	else
		observe_detach();
	if (err) {
		log_warning("there is no observation (" PIN_VERSION "/{agents,jobs}): %s; the gate does not need it",
			    strerror(-err));
		observe_detach();
	}
}

int observe_detach(void)
{
	int tables = pins_remove(PIN_VERSION, table_names, ARRAY_SIZE(table_names));
	int links = detach_links();
	int maps = pins_remove(PIN_MAPS, map_names, ARRAY_SIZE(map_names));

	if (tables < 0 || links < 0 || maps < 0)
		return tables < 0 ? tables : links < 0 ? links : maps;
	return tables || links || maps;
}
