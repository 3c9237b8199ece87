// SPDX-License-Identifier: GPL-2.0
/* Generic netlink: the jobs that engines serve, a bucket of the table at a time. */
#include <linux/sort.h>

#include "job_table.h"
#include "netlink_gen.h"
#include "netlink_records.h"

struct job_record {
	u64 agent_id, queued_at, run_at;
	u64 last_done; /* of its lane */
	u32 lane_id, device_id, pid;
	bool beside; /* others, and holds up none */
};

static void take_job(struct headgate_records *records, const struct headgate_job *job)
{
	const struct headgate_flow *flow = job->flow;
	const struct headgate_lane *lane = flow->lane;
	struct job_record *record = headgate_records_next(records);

	if (!record)
		return;
	*record = (struct job_record){
		.agent_id = flow->agent_id,
		.lane_id = lane->id,
		.device_id = lane->device->id,
		.pid = job->pid,
		.queued_at = job->queued_at,
		.run_at = job->run_at,
		.last_done = lane->last_done,
		/* Of an engine class, or announced and taken to wait. */
		.beside = lane->class || job->blocked,
	};
}

static void take(struct headgate_records *records)
{
	for (int i = 0; i < ARRAY_SIZE(headgate_jobs.bucket); i++) {
		struct headgate_bucket *bucket = &headgate_jobs.bucket[i];
		struct headgate_job *job;
		unsigned long flags;

		if (hlist_empty(&bucket->head)) /* of most of them */
			continue;
		spin_lock_irqsave(&bucket->lock, flags);
		hlist_for_each_entry(job, &bucket->head, node) {
			struct headgate_device *device = job->flow->lane->device;

			spin_lock(&device->lock);
			if (job->run_at)
				take_job(records, job);
			spin_unlock(&device->lock);
		}
		spin_unlock_irqrestore(&bucket->lock, flags);
	}
}

static int compare(const void *a, const void *b)
{
	const struct job_record *one = a, *other = b;

	if (one->lane_id != other->lane_id)
		return one->lane_id < other->lane_id ? -1 : 1;
	if (one->beside != other->beside)
		return other->beside ? -1 : 1;
	if (one->run_at != other->run_at)
		return one->run_at < other->run_at ? -1 : 1;
	if (one->queued_at != other->queued_at)
		return one->queued_at < other->queued_at ? -1 : 1;
	return 0;
}

/*
 * Of a lane that serves one after the other, the one it is at: the first that was handed over,
 * which need not have been queued first. It is served from the end of the one before.
 */
static void leave_heads(struct headgate_records *records)
{
	struct job_record *all = (void *)records->data;
	unsigned int kept = 0;

	sort(all, records->count, sizeof(*all), compare, NULL);
	for (unsigned int i = 0; i < records->count; i++) {
		if (i && !all[i].beside && all[i].lane_id == all[i - 1].lane_id)
			continue;
		if (!all[i].beside)
			all[i].run_at = max(all[i].run_at, all[i].last_done);
		all[kept++] = all[i];
	}
	records->count = kept;
}

int headgate_netlink_job_start(struct netlink_callback *cb)
{
	int err = headgate_records_start(cb, sizeof(struct job_record), take);

	if (!err)
		leave_heads((struct headgate_records *)cb->args[0]);
	return err;
}

int headgate_netlink_job_done(struct netlink_callback *cb)
{
	return headgate_records_done(cb);
}

static int fill(struct sk_buff *skb, const void *data)
{
	const struct job_record *record = data;

	return nla_put_uint(skb, HEADGATE_A_JOB_AGENT_ID, record->agent_id) ||
	       nla_put_u32(skb, HEADGATE_A_JOB_LANE_ID, record->lane_id) ||
	       nla_put_u32(skb, HEADGATE_A_JOB_DEVICE_ID, record->device_id) ||
	       nla_put_u32(skb, HEADGATE_A_JOB_PID, record->pid) ||
	       nla_put_uint(skb, HEADGATE_A_JOB_QUEUED_AT_NS, record->queued_at) ||
	       nla_put_uint(skb, HEADGATE_A_JOB_RUN_AT_NS, record->run_at);
}

int headgate_nl_job_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return headgate_records_send(skb, cb, fill);
}
