/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policy file /etc/headgate/headgate.conf and its drop-ins, conf.d/ beside it.
 *
 * The lines are read here and not by libinih, which cuts section names at 50 bytes
 * (one cgroup path of Kubernetes has 120) and does not tell the number of a line.
 */
#ifndef HEADGATE_CONFIG_H
#define HEADGATE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "budget.h"
#include "drivers.h"
#include "headgate.h"
#include "health.h"
#include "history_db.h"
#include "money.h"
#include "labels.h"

#define HEADGATE_CONFIG_FILE "/etc/headgate/headgate.conf"

/**
 * struct headgate_config_agent - one section [agent GLOB]
 * @glob: pattern over cgroup paths, beginning with a slash
 * @policy: the keys of the section; @policy.id and @policy.path are not used
 * @labels: its keys owner and project
 * @deadline_ns: of its jobs; 0: not set
 */
struct headgate_config_agent {
	char *glob;
	struct headgate_policy policy;
	struct headgate_labels labels;
	uint64_t deadline_ns;
};

/**
 * struct headgate_config_driver - one section [driver NAME]
 * @driver: entry of the driver table
 * @present: bit 0: @pace was set
 * @pace: by what headgated paces its devices; then the gate leaves them alone
 * @deadline_ns: of jobs on its devices; 0: not set
 */
struct headgate_config_driver {
	const struct headgate_driver *driver;
	unsigned int present;
	enum headgate_pace pace;
	uint64_t deadline_ns;
};

/**
 * struct headgate_config_stall - section [stall]
 * @deadline_ns: a job may run for so long, whatever others take
 * @exec: program to run for each stall, NULL: none
 * @exec_timeout_ns: for so long
 */
struct headgate_config_stall {
	uint64_t deadline_ns;
	char *exec;
	uint64_t exec_timeout_ns;
};

/**
 * struct headgate_config_brownout - section [brownout]
 * @limits: from which factors on a device is degraded, and brown
 * @exec: program to run for each change, NULL: none
 * @exec_timeout_ns: for so long
 * @shed: the state from which on agents of class batch have the least weight and a cap; OK: never,
 *	as for those below
 * @shed_cap_ppm: that cap, in parts per million of the time of a device
 * @pause: they stand still, if others than these work there
 * @drain: agents that have not worked there before stand still
 * @fail_over: subscribers are told which device to take instead
 * @kill_after_ns: past its deadline the process of a job is killed; 0: never
 */
struct headgate_config_brownout {
	struct headgate_health_limits limits;
	char *exec;
	uint64_t exec_timeout_ns;
	enum headgate_health_state shed;
	uint32_t shed_cap_ppm;
	enum headgate_health_state pause;
	enum headgate_health_state drain;
	enum headgate_health_state fail_over;
	uint64_t kill_after_ns;
};

/**
 * struct headgate_config_history - section [history]
 * @path: its database
 * @enabled: whether headgated writes it
 * @keep_s: how long rows stay on each level, in seconds
 */
struct headgate_config_history {
	char path[256];
	bool enabled;
	int64_t keep_s[HISTORY_LEVELS];
};

/**
 * struct headgate_config_metrics - section [metrics]
 * @listen: as it was written
 * @address: a unix socket, or a port of loopback; what is not used of it is 0
 * @address_size: of @address; 0: metrics are off
 * @group: of the unix socket
 * @agents_max: agents that are told one by one
 */
struct headgate_config_metrics {
	char listen[128];
	struct sockaddr_storage address;
	socklen_t address_size;
	gid_t group;
	size_t agents_max;
};

/**
 * struct headgate_price - one section [price PATTERN]
 * @pattern: of names of devices
 * @micros: price of an hour of the device, in millionths of @currency
 * @currency: ISO 4217
 * @from_day: the first day on which it holds, in days since 1970, UTC
 */
struct headgate_price {
	char *pattern;
	int64_t micros;
	char currency[4];
	int64_t from_day;
};

/**
 * struct headgate_config_file - one file that was read
 * @name: its path
 * @n_agents: how many sections [agent GLOB] it has
 */
struct headgate_config_file {
	char *name;
	size_t n_agents;
};

/**
 * struct headgate_config - policy, in the order of the files
 * @missing: there was no policy file; the rest is of its drop-ins
 * @settings: section [gate]
 * @observe: its key of that name: room of the observation, in agents on a lane; 0: none is wanted
 * @stall: section [stall]
 * @brownout: section [brownout]
 * @agents: sections [agent GLOB]
 * @n_agents: their number
 * @drivers: sections [driver NAME]
 * @n_drivers: their number
 * @history: section [history]
 * @metrics: section [metrics]
 * @prices: sections [price PATTERN]
 * @n_prices: their number
 * @budgets: sections [budget NAME]
 * @n_budgets: their number
 * @files: the files read, in their order
 * @n_files: their number
 */
struct headgate_config {
	bool missing;
	struct headgate_settings settings;
	unsigned int observe;
	struct headgate_config_stall stall;
	struct headgate_config_brownout brownout;
	struct headgate_config_agent *agents;
	size_t n_agents;
	struct headgate_config_driver *drivers;
	size_t n_drivers;
	struct headgate_config_history history;
	struct headgate_config_metrics metrics;
	struct headgate_price *prices;
	size_t n_prices;
	struct headgate_budget *budgets;
	size_t n_budgets;
	struct headgate_config_file *files;
	size_t n_files;
};

/**
 * struct headgate_config_errors - what is wrong, in the order of files and lines
 * @items: "file:line: sentence" each
 * @count: their number
 */
struct headgate_config_errors {
	char **items;
	size_t count;
};

/**
 * headgate_config_load - read a policy file and its drop-ins
 * @file: path of the file; drop-ins are conf.d/<name>.conf in its directory, in the order of names
 * @optional: whether @file may be missing
 * @config: receives the policy; freed by headgate_config_free()
 * @errors: receives every error found; freed by headgate_config_errors_free()
 *
 * Return: 0; -EINVAL when there are @errors, @config is then untouched; -ENOMEM.
 */
int headgate_config_load(const char *file, bool optional, struct headgate_config *config,
			 struct headgate_config_errors *errors);

/* By what the policy has the devices of this driver paced; of several sections the last wins. */
enum headgate_pace headgate_config_pace(const struct headgate_config *config, const char *driver);

/* The price of a device on a day: of the last section that matches and holds then; NULL: none. */
const struct headgate_price *headgate_config_price(const struct headgate_config *config,
						   const char *device, int64_t day);

/*
 * Whether the policy has prices in which the money of a budget can be counted; an amount without a
 * currency gets that of all prices. @fault: what is wrong, if not.
 */
#define HEADGATE_FAULT_MAX 160
bool headgate_config_has_price(const struct headgate_config *config, struct headgate_budget *budget,
			       char fault[HEADGATE_FAULT_MAX]);

/* The deadline of jobs that the policy has for the devices of this driver; 0: none. */
uint64_t headgate_config_driver_deadline(const struct headgate_config *config, const char *driver);

/* headgate_config_load() that has each error complained of, in a sentence. */
int headgate_config_read(const char *file, bool optional, struct headgate_config *config,
			 void (*complain)(const char *sentence));

/* headgate_config_read(), and if all is well says of which files on @out, a line for each. */
int headgate_config_check(const char *file, bool optional, FILE *out,
			  void (*complain)(const char *sentence));

void headgate_config_free(struct headgate_config *config);
void headgate_config_errors_free(struct headgate_config_errors *errors);

#endif /* HEADGATE_CONFIG_H */
