// SPDX-License-Identifier: GPL-2.0-or-later
/* Where no cgroup says whose it is. */
#include "watch.h"

void watch_labels(const struct watch *watch, const struct headgate_config *config,
		  uint64_t agent_id, const char *path, struct headgate_labels *labels)
{
	(void)watch;
	(void)config;
	(void)agent_id;
	(void)path;
	*labels = (struct headgate_labels){ 0 };
}
