/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What DRM drivers tell of a client in /proc/PID/fdinfo/FD: for devices whose work
 * headgate sees but does not hold, and to check its own ledger against.
 * Source of the format: drm-usage-stats.rst in the kernel's documentation.
 */
#ifndef LIBHEADGATE_FDINFO_H
#define LIBHEADGATE_FDINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* amdgpu has the most, some ten. */
#define HEADGATE_FDINFO_ENGINES_MAX	16

/**
 * struct headgate_fdinfo_engine - an engine, or a class of them
 * @name: as the driver calls it
 * @timed: the driver tells @busy_ns
 * @busy_ns: time that it has worked for the client, where the driver tells that
 * @cycles: the same in cycles, where the driver tells that
 * @total_cycles: cycles that have passed meanwhile, where the driver tells that
 * @capacity: how many engines it stands for; 1 where the driver does not say
 */
struct headgate_fdinfo_engine {
	char name[32];
	bool timed;
	uint64_t busy_ns;
	uint64_t cycles;
	uint64_t total_cycles;
	uint64_t capacity;
};

/**
 * struct headgate_fdinfo - a client: an open file of a DRM device
 * @driver: DRM driver name
 * @pdev: PCI address, "" for none
 * @has_id: @id is known; without it one cannot tell a client that two files share
 * @id: number of the client, on its device at least
 * @engines: its engines
 * @n_engines: how many of @engines are there
 */
struct headgate_fdinfo {
	char driver[32];
	char pdev[32];
	bool has_id;
	uint64_t id;
	struct headgate_fdinfo_engine engines[HEADGATE_FDINFO_ENGINES_MAX];
	size_t n_engines;
};

/**
 * headgate_fdinfo_parse - read one file
 * @file: the file
 * @info: filled in
 *
 * Keys that are not known, and values that are not as documented, are left out.
 *
 * Return: 0, or -ENOENT when it is not of a DRM device.
 */
int headgate_fdinfo_parse(FILE *file, struct headgate_fdinfo *info);

/* The same of a text in memory, which is cut into pieces. */
int headgate_fdinfo_parse_text(char *text, struct headgate_fdinfo *info);

/* Whether both are of one client. */
bool headgate_fdinfo_same(const struct headgate_fdinfo *a, const struct headgate_fdinfo *b);

/* The same client, seen again: numbers may lag behind, so that the larger one is right. */
void headgate_fdinfo_merge(struct headgate_fdinfo *info, const struct headgate_fdinfo *again);

/* Time of all its engines. */
uint64_t headgate_fdinfo_busy_ns(const struct headgate_fdinfo *info);

#endif
