// SPDX-License-Identifier: GPL-2.0
/*
 * What drm_sched itself knows of the engine time of its entities, by the cgroup that
 * queued to them: it keeps that for its fair policy, whatever the policy, since 7.x
 * (struct drm_sched_entity_stats, which no header shows). For a test to compare with
 * the ledger; an entity whose memory is used again must have been of the same cgroup.
 */
#include "common.bpf.h"

char _license[] SEC("license") = "GPL";

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct drm_sched_entity_stats___headgate {
	ktime_t runtime;
};

struct drm_sched_entity___headgate {
	struct drm_sched_entity_stats___headgate *stats;
};

struct drm_sched_job___headgate {
	struct drm_sched_entity_stats___headgate *entity_stats;
};

#pragma clang attribute pop

struct entity {
	__u64 cgroup;
	__u64 jobs;
	__u64 runtime_ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64); /* address of its stats */
	__type(value, struct entity);
} entities SEC(".maps");

SEC("tp_btf/drm_sched_job_queue")
int BPF_PROG(entity_of, void *job, struct drm_sched_entity___headgate *entity)
{
	struct entity fresh = { .cgroup = bpf_get_current_cgroup_id() };
	__u64 key;

	if (!entity)
		return 0;
	key = (__u64)BPF_CORE_READ(entity, stats);
	bpf_map_update_elem(&entities, &key, &fresh, BPF_NOEXIST);
	return 0;
}

/* A job of an entity is done, and its time has been added. */
SEC("fexit/drm_sched_entity_stats_job_add_gpu_time")
int BPF_PROG(entity_ran, struct drm_sched_job___headgate *job)
{
	struct drm_sched_entity_stats___headgate *stats;
	struct entity *entity;
	__u64 key;

	if (!job)
		return 0;
	stats = BPF_CORE_READ(job, entity_stats);
	key = (__u64)stats;
	entity = bpf_map_lookup_elem(&entities, &key);
	if (!entity)
		return 0;
	entity->jobs++;
	entity->runtime_ns = BPF_CORE_READ(stats, runtime);
	return 0;
}
