/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What headgated keeps in bpffs, under /sys/fs/bpf/headgate/v1.  A pin is brought into
 * place by a rename, so that what was there before serves until then.
 */
#ifndef HEADGATE_DAEMON_PINS_H
#define HEADGATE_DAEMON_PINS_H

#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stddef.h>

#define PIN_ROOT	"/sys/fs/bpf/headgate"
#define PIN_VERSION	PIN_ROOT "/v1"
#define PIN_MAPS	PIN_VERSION "/maps"
#define PIN_LINKS	PIN_VERSION "/links"

#define PIN_PATH_MAX	128

/* Minimal systems do not mount everything: @type at @dir, unless the file system there has @magic. */
void pins_mount_once(const char *type, const char *dir, long magic, const char *options);

/* Mount bpffs where it is not, make the folders; -errno after a message. */
int pins_make_dirs(void);

/* Those that nothing is pinned in. */
void pins_remove_dirs(void);

/* Bring a map or link into place at @dir/@name; what was there before goes; -errno after a message. */
int pin_put(int fd, const char *dir, const char *name);

/* Whether all of @names are pinned in @dir. */
bool pins_exist(const char *dir, const char *const *names, size_t count);

/* Return: 1 when something was removed, 0 when there was nothing, -errno after a message. */
int pins_remove(const char *dir, const char *const *names, size_t count);

/* The pinned map of that name, or -1 when there is none, or one of another layout. */
int pin_get_map(const struct bpf_map *map);

/* Have @map be the pinned one of that name, if it has the same layout; -errno. */
int pin_reuse_map(struct bpf_map *map);

#endif /* HEADGATE_DAEMON_PINS_H */
