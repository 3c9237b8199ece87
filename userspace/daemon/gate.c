// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replacing a gate: load the new programs upon the pinned maps, attach them beside the
 * old ones, then rename the new pins over the old, which detaches those.  For a moment
 * two gates judge each ioctl; the module answers the second as it did the first.
 */
#include "gate.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <headgate/gate.h>

#include "drivers.h"
#include "gate.skel.h"
#include "log.h"
#include "module.h"

#define BPFFS		"/sys/fs/bpf"
#define PIN_ROOT	BPFFS "/headgate"
#define PIN_VERSION	PIN_ROOT "/v1"
#define PIN_MAPS	PIN_VERSION "/maps"
#define PIN_LINKS	PIN_VERSION "/links"

/* bpffs reserves names with a dot. */
#define PIN_NEW		"_new"
#define PIN_PATH_MAX	128

static const char *const pin_dirs[] = { PIN_ROOT, PIN_VERSION, PIN_MAPS, PIN_LINKS };
static const char *const link_names[] = { "gate_ioctl", "gate_ioctl_compat", "learn_lane" };
static const char *const map_names[] = { "submissions", "hints" };

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Its warnings hold the verifier's verdict; the rest is for its own developers. */
static int print_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	if (level == LIBBPF_WARN)
		log_write_va(LOG_WARNING, format, args);
	return 0;
}

/* Minimal systems do not mount it. */
static void mount_once(const char *type, const char *dir, long magic, const char *options)
{
	struct statfs fs;

	if (!statfs(dir, &fs) && fs.f_type == magic)
		return;
	if (mount(type, dir, type, MS_NOSUID | MS_NODEV | MS_NOEXEC, options))
		log_debug("cannot mount %s at %s: %s", type, dir, strerror(errno));
}

static int check_lsm(void)
{
	static const char path[] = "/sys/kernel/security/lsm";
	char list[256] = "", *rest = list, *name;
	FILE *file;

	mount_once("securityfs", "/sys/kernel/security", SECURITYFS_MAGIC, NULL);
	file = fopen(path, "re");
	if (file) {
		if (!fgets(list, sizeof(list), file))
			list[0] = '\0';
		fclose(file);
	}
	while ((name = strsep(&rest, ",\n")))
		if (!strcmp(name, "bpf"))
			return 0;
	/* Attaching would succeed all the same, and the gate would never be asked. */
	log_error("the kernel does not run the BPF LSM (%s: %s); boot with lsm=...,bpf added to the list",
		  path, file ? list : strerror(errno));
	return -EOPNOTSUPP;
}

int gate_check_host(void)
{
	if (access("/sys/kernel/btf/vmlinux", R_OK)) {
		log_error("the kernel has no BTF; headgate needs a kernel built with CONFIG_DEBUG_INFO_BTF");
		return -EOPNOTSUPP;
	}
	if (access("/sys/kernel/btf/headgate", R_OK)) {
		log_error("headgate.ko has no BTF, so its kfuncs are absent; build it again with pahole (package dwarves) installed");
		return -EOPNOTSUPP;
	}
	return check_lsm();
}

/* A folder that is there already must be ours: a bpffs may be open to everybody. */
static int check_pin_dir(const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		return -errno;
	if (S_ISDIR(st.st_mode) && st.st_uid == geteuid() && !(st.st_mode & 0077))
		return 0;
	log_error("%s: not a folder of mode 0700 that belongs to root: somebody else made it; remove it",
		  path);
	return -EPERM;
}

static int make_pin_dirs(void)
{
	int err;

	mount_once("bpf", BPFFS, BPF_FS_MAGIC, "mode=0700");
	for (size_t i = 0; i < ARRAY_SIZE(pin_dirs); i++) {
		if (!mkdir(pin_dirs[i], 0700))
			continue;
		err = errno == EEXIST ? check_pin_dir(pin_dirs[i]) : -errno;
		if (!err)
			continue;
		if (err != -EPERM)
			log_error("%s: %s; is bpffs mounted at " BPFFS "?", pin_dirs[i],
				  strerror(-err));
		return err;
	}
	return 0;
}

/* ---- maps ---- */

static bool same_layout(const struct bpf_map *map, int fd)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	return !bpf_map_get_info_by_fd(fd, &info, &len) && info.type == bpf_map__type(map) &&
	       info.key_size == bpf_map__key_size(map) &&
	       info.value_size == bpf_map__value_size(map) &&
	       info.max_entries == bpf_map__max_entries(map) &&
	       info.map_flags == bpf_map__map_flags(map);
}

/* Old and new programs should see the same table; a map of another layout is replaced. */
static int reuse_map(struct bpf_map *map)
{
	char path[PIN_PATH_MAX];
	int fd, err = 0;

	snprintf(path, sizeof(path), PIN_MAPS "/%s", bpf_map__name(map));
	fd = bpf_obj_get(path);
	if (fd < 0)
		return 0;
	if (same_layout(map, fd))
		err = bpf_map__reuse_fd(map, fd);
	else
		log_notice("%s has another layout and is replaced", path);
	close(fd);
	return err;
}

/* What is paced is nobody's to hold but headgated's. */
static bool is_gated(const struct headgate_driver *driver, const struct headgate_config *config)
{
	return driver->gated && !headgate_config_paces(config, driver->name);
}

static bool in_table(const struct headgate_submission_key *key, const struct headgate_config *config)
{
	const struct headgate_driver *driver = headgate_driver_find(key->driver);

	if (!driver || !is_gated(driver, config))
		return false;
	for (size_t i = 0; i < driver->n_ioctls; i++)
		if (driver->ioctls[i].nr == key->nr)
			return true;
	return false;
}

/* A map taken over may hold entries of an older table. */
static void drop_stale_submissions(int fd, const struct headgate_config *config)
{
	struct headgate_submission_key key, next;
	bool more = !bpf_map_get_next_key(fd, NULL, &next);

	while (more) {
		key = next;
		more = !bpf_map_get_next_key(fd, &key, &next);
		key.driver[HEADGATE_DRIVER_NAME_LEN - 1] = '\0';
		if (!in_table(&key, config))
			bpf_map_delete_elem(fd, &key);
	}
}

static int fill_submissions(int fd, const struct headgate_config *config)
{
	const struct headgate_driver *driver = NULL;
	int err;

	while ((driver = headgate_driver_next(driver))) {
		for (size_t i = 0; is_gated(driver, config) && i < driver->n_ioctls; i++) {
			struct headgate_submission_key key = { .nr = driver->ioctls[i].nr };
			struct headgate_submission value = { .flags = driver->ioctls[i].flags };

			strncpy(key.driver, driver->name, sizeof(key.driver) - 1);
			err = bpf_map_update_elem(fd, &key, &value, BPF_ANY);
			if (err)
				return err;
		}
	}
	drop_stale_submissions(fd, config);
	return 0;
}

/* ---- pins ---- */

/* Bring a map or link into place at @dir/@name; what was there before goes. */
static int pin(int fd, const char *dir, const char *name)
{
	char path[PIN_PATH_MAX], path_new[PIN_PATH_MAX];
	int err;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	snprintf(path_new, sizeof(path_new), "%s/%s" PIN_NEW, dir, name);
	unlink(path_new); /* of a daemon that was killed here */
	err = bpf_obj_pin(fd, path_new);
	if (!err && rename(path_new, path))
		err = -errno;
	if (err) {
		unlink(path_new);
		log_error("%s: %s", path, strerror(-err));
	}
	return err;
}

static int pin_all(struct gate_bpf *skeleton)
{
	struct bpf_link *const links[] = {
		skeleton->links.gate_ioctl,
		skeleton->links.gate_ioctl_compat,
		skeleton->links.learn_lane,
	};
	struct bpf_map *const maps[] = { skeleton->maps.submissions, skeleton->maps.hints };
	int err;

	for (size_t i = 0; i < ARRAY_SIZE(maps); i++) {
		err = pin(bpf_map__fd(maps[i]), PIN_MAPS, map_names[i]);
		if (err)
			return err;
	}
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		err = pin(bpf_link__fd(links[i]), PIN_LINKS, link_names[i]);
		if (err)
			return err;
	}
	return 0;
}

static int load(struct gate_bpf *skeleton, const struct headgate_config *config)
{
	int err;

	/* What the module remembers of an older gate's answers is not for this one. */
	if (getrandom(&skeleton->bss->gate_number, sizeof(skeleton->bss->gate_number), 0) < 0)
		return -errno;
	/* Hints start anew: they hold verdicts of the table before, lanes of the module before. */
	err = reuse_map(skeleton->maps.submissions);
	if (!err)
		err = gate_bpf__load(skeleton);
	if (err) {
		log_error("cannot load the gate's BPF programs: %s", strerror(-err));
		return err;
	}
	err = fill_submissions(bpf_map__fd(skeleton->maps.submissions), config);
	if (err) {
		log_error("cannot fill the table of submissions: %s", strerror(-err));
		return err;
	}
	err = gate_bpf__attach(skeleton);
	if (err)
		log_error("cannot attach the gate's BPF programs: %s", strerror(-err));
	return err;
}

int gate_attach(const struct headgate_config *config)
{
	struct gate_bpf *skeleton;
	int err;

	libbpf_set_print(print_libbpf);
	err = gate_check_host() ?: make_pin_dirs();
	if (err)
		return err;
	skeleton = gate_bpf__open();
	if (!skeleton) {
		err = -errno;
		log_error("cannot open the gate's BPF programs: %s", strerror(-err));
		return err;
	}
	err = load(skeleton, config) ?: pin_all(skeleton);
	/* The pins keep what is in place; our descriptors would keep the module from being removed. */
	gate_bpf__destroy(skeleton);
	return err;
}

bool gate_is_attached(void)
{
	char path[PIN_PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(link_names); i++) {
		snprintf(path, sizeof(path), PIN_LINKS "/%s", link_names[i]);
		if (access(path, F_OK))
			return false;
	}
	return true;
}

/* 1 when something was removed */
static int unpin(const char *dir, const char *const *names, size_t count)
{
	char path[PIN_PATH_MAX];
	int removed = 0;

	for (size_t i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s" PIN_NEW, dir, names[i]);
		unlink(path);
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		if (!unlink(path)) {
			removed = 1;
		} else if (errno != ENOENT) {
			int err = -errno;

			log_error("%s: %s", path, strerror(-err));
			return err;
		}
	}
	return removed;
}

/* Links and programs are freed by workers after grace periods: tens of milliseconds. */
static void wait_for_references(void)
{
	const int step_us = 10000, limit_us = 3000000;

	for (int waited = 0; module_references() > 0 && waited < limit_us; waited += step_us)
		usleep(step_us);
	if (module_references() > 0)
		log_notice("headgate.ko is still referenced %d times, by somebody else's BPF programs or open files",
			   module_references());
}

int gate_detach(void)
{
	int links = unpin(PIN_LINKS, link_names, ARRAY_SIZE(link_names));
	int maps = links < 0 ? links : unpin(PIN_MAPS, map_names, ARRAY_SIZE(map_names));

	if (maps < 0)
		return maps;
	for (size_t i = ARRAY_SIZE(pin_dirs); i-- > 0;)
		rmdir(pin_dirs[i]); /* stays when others pin something there */
	wait_for_references();
	return links || maps;
}
