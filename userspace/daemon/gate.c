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
#include <sys/random.h>
#include <unistd.h>

#include <headgate/gate.h>

#include "drivers.h"
#include "gate.skel.h"
#include "log.h"
#include "module.h"
#include "pins.h"

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

static int check_lsm(void)
{
	static const char path[] = "/sys/kernel/security/lsm";
	char list[256] = "", *rest = list, *name;
	FILE *file;

	pins_mount_once("securityfs", "/sys/kernel/security", SECURITYFS_MAGIC, NULL);
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

static int check_host(void)
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

/* ---- maps ---- */

/* What is paced is nobody's to hold but headgated's. */
static bool is_gated(const struct headgate_driver *driver, const struct headgate_config *config)
{
	return driver->gated && headgate_config_pace(config, driver->name) == HEADGATE_PACE_NO;
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
			struct headgate_submission value = {
				.flags = driver->ioctls[i].flags,
				.tag = driver->ioctls[i].tag,
			};

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
		err = pin_put(bpf_map__fd(maps[i]), PIN_MAPS, map_names[i]);
		if (err)
			return err;
	}
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		err = pin_put(bpf_link__fd(links[i]), PIN_LINKS, link_names[i]);
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
	err = pin_reuse_map(skeleton->maps.submissions);
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

int gate_prepare(void)
{
	libbpf_set_print(print_libbpf);
	return check_host() ?: pins_make_dirs();
}

int gate_attach(const struct headgate_config *config)
{
	struct gate_bpf *skeleton;
	int err;

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
	return pins_exist(PIN_LINKS, link_names, ARRAY_SIZE(link_names));
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
	int links = pins_remove(PIN_LINKS, link_names, ARRAY_SIZE(link_names));
	int maps = links < 0 ? links : pins_remove(PIN_MAPS, map_names, ARRAY_SIZE(map_names));

	if (maps < 0)
		return maps;
	pins_remove_dirs();
	wait_for_references();
	return links || maps;
}
