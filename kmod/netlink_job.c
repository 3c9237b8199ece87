// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink: the jobs that engines serve. Read as the dumps of netlink_dump.c are: a
 * snapshot, a bucket of the table at a time under its lock, is taken first, and then sent.
 */
#include <linux/mm.h>
#include <linux/sort.h>

#include "job_table.h"
#include "netlink_gen.h"
#include "settings.h"

/* Free entries beyond those counted, for what appears between two looks. */
#define SNAPSHOT_SLACK 16

struct job_record {
	u64 agent_id, queued_at, run_at;
	u32 lane_id, device_id, pid;
	bool beside; /* others: the lane is that of an engine class */
};

struct job_snapshot {
	unsigned int count, size, sent;
	struct job_record record[] __counted_by(size);
};

/* Beyond what there is room for it only counts. */
static void take(struct job_snapshot *snapshot, const struct headgate_job *job)
{
	const struct headgate_flow *flow = job->flow;
	const struct headgate_lane *lane = flow->lane;
	unsigned int i = snapshot->count++;

	if (i >= snapshot->size)
		return;
	snapshot->record[i] = (struct job_record){
		.agent_id = flow->agent_id,
		.lane_id = lane->id,
		.device_id = lane->device->id,
		.pid = job->pid,
		.queued_at = job->queued_at,
		/* What was handed over behind another is served from the end of that. */
		.run_at = lane->class ? job->run_at : max(job->run_at, lane->last_done),
		.beside = lane->class,
	};
}

static void snapshot_fill(struct job_snapshot *snapshot)
{
	snapshot->count = 0;
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
				take(snapshot, job);
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
	if (one->run_at != other->run_at)
		return one->run_at < other->run_at ? -1 : 1;
	if (one->queued_at != other->queued_at)
		return one->queued_at < other->queued_at ? -1 : 1;
	return 0;
}

/* Of a lane that serves one after the other, the one it is at. */
static void leave_heads(struct job_snapshot *snapshot)
{
	unsigned int kept = 0;

	sort(snapshot->record, snapshot->count, sizeof(*snapshot->record), compare, NULL);
	for (unsigned int i = 0; i < snapshot->count; i++) {
		const struct job_record *record = &snapshot->record[i];

		if (!kept || record->beside ||
		    record->lane_id != snapshot->record[kept - 1].lane_id)
			snapshot->record[kept++] = *record;
	}
	snapshot->count = kept;
}

int headgate_netlink_job_start(struct netlink_callback *cb)
{
	struct job_snapshot *snapshot, none = {};
	unsigned int size;

	if (!netlink_capable(cb->skb, CAP_SYS_ADMIN)) {
		NL_SET_ERR_MSG(cb->extack, "needs CAP_SYS_ADMIN in the initial user namespace");
		return -EPERM;
	}
	snapshot_fill(&none); /* counts */
	for (;;) {
		size = none.count + SNAPSHOT_SLACK;
		snapshot = kvzalloc(struct_size(snapshot, record, size), GFP_KERNEL);
		if (!snapshot)
			return -ENOMEM;
		snapshot->size = size;
		snapshot_fill(snapshot);
		if (snapshot->count <= size)
			break;
		none.count = snapshot->count;
		kvfree(snapshot);
	}
	leave_heads(snapshot);
	cb->args[0] = (long)snapshot;
	return 0;
}

int headgate_netlink_job_done(struct netlink_callback *cb)
{
	kvfree((void *)cb->args[0]);
	return 0;
}

static int fill(struct sk_buff *skb, const struct job_record *record)
{
	return nla_put_uint(skb, HEADGATE_A_JOB_AGENT_ID, record->agent_id) ||
	       nla_put_u32(skb, HEADGATE_A_JOB_LANE_ID, record->lane_id) ||
	       nla_put_u32(skb, HEADGATE_A_JOB_DEVICE_ID, record->device_id) ||
	       nla_put_u32(skb, HEADGATE_A_JOB_PID, record->pid) ||
	       nla_put_uint(skb, HEADGATE_A_JOB_QUEUED_AT_NS, record->queued_at) ||
	       nla_put_uint(skb, HEADGATE_A_JOB_RUN_AT_NS, record->run_at);
}

/* Sends as many records as the message takes. */
int headgate_nl_job_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct job_snapshot *snapshot = (struct job_snapshot *)cb->args[0];
	void *header;

	for (; snapshot->sent < snapshot->count; snapshot->sent++) {
		header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				     &headgate_nl_family, NLM_F_MULTI, HEADGATE_CMD_JOB_GET);
		if (!header)
			return skb->len;
		if (fill(skb, &snapshot->record[snapshot->sent])) {
			genlmsg_cancel(skb, header);
			return skb->len ?: -EMSGSIZE;
		}
		genlmsg_end(skb, header);
	}
	return skb->len;
}
