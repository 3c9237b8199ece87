// SPDX-License-Identifier: GPL-2.0-or-later
#include "runtimes.h"

#include <bpf/bpf.h>
#include <unistd.h>

#include <headgate/observe.h>

#include "pins.h"
#include "stall.h"

/* One of another layout, of an older headgated, is none. */
static int open_map(void)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	int map = bpf_obj_get(PIN_MAPS "/agents");

	if (map < 0)
		return -1;
	if (!bpf_map_get_info_by_fd(map, &info, &len) &&
	    info.key_size == sizeof(struct headgate_observe_key) &&
	    info.value_size == sizeof(struct headgate_observe_agent))
		return map;
	close(map);
	return -1;
}

uint64_t runtimes_p99(uint64_t agent_id, uint32_t device_id, const struct headgate_lanes *lanes)
{
	struct headgate_observe_histogram sum = {};
	struct headgate_observe_agent row;
	int map = open_map();

	if (map < 0)
		return 0;
	for (size_t i = 0; i < lanes->count; i++) {
		const struct headgate_observe_key key = { .agent = agent_id, .lane = lanes->items[i].id };

		if (lanes->items[i].device_id != device_id || bpf_map_lookup_elem(map, &key, &row))
			continue;
		for (size_t j = 0; j < HEADGATE_OBSERVE_BUCKETS; j++)
			sum.count[j] += row.run.count[j];
	}
	close(map);
	return headgate_stall_p99(&sum);
}
