// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink: the pressure of all groups, read as the dumps of netlink_dump.c are:
 * a snapshot, a device at a time under its lock, is taken first, and then sent.
 */
#include <linux/mm.h>

#include "agent.h"
#include "lane.h"
#include "netlink_gen.h"
#include "pressure.h"

/* Free entries beyond those counted, for what appears between two looks. */
#define SNAPSHOT_SLACK 16

struct pressure_record {
	u32 scope, lane_id, device_id;
	u64 agent_id;
	struct pressure pressure;
};

struct pressure_snapshot {
	unsigned int count, size, sent;
	struct pressure_record record[] __counted_by(size);
};

/* Beyond what there is room for it only counts. */
static void take(struct pressure_snapshot *snapshot, struct pressure *pressure,
		 struct pressure_record record)
{
	unsigned int i = snapshot->count++;

	if (i >= snapshot->size)
		return;
	pressure_settle(pressure, ktime_get_ns());
	record.pressure = *pressure;
	snapshot->record[i] = record;
}

static void take_device(struct pressure_snapshot *snapshot, struct headgate_device *device)
{
	struct headgate_account *account;
	struct headgate_lane *lane;
	int i;

	take(snapshot, &device->pressure, (struct pressure_record){
		.scope = HEADGATE_PRESSURE_SCOPE_DEVICE, .device_id = device->id });
	list_for_each_entry_rcu(lane, &device->lanes, list, lockdep_is_held(&device->lock)) {
		if (!lane->pressure.waiting) /* else it is the same */
			lane->pressure.running = lane->running;
		take(snapshot, &lane->pressure, (struct pressure_record){
			.scope = HEADGATE_PRESSURE_SCOPE_LANE, .device_id = device->id,
			.lane_id = lane->id });
	}
	hash_for_each(device->accounts, i, account, node)
		if (!READ_ONCE(account->agent->gone))
			take(snapshot, &account->pressure, (struct pressure_record){
				.scope = HEADGATE_PRESSURE_SCOPE_AGENT, .device_id = device->id,
				.agent_id = account->agent->id });
}

static void snapshot_fill(struct pressure_snapshot *snapshot)
{
	struct headgate_device *device = NULL;
	unsigned long flags;

	snapshot->count = 0;
	rcu_read_lock();
	while ((device = headgate_device_next(device))) {
		spin_lock_irqsave(&device->lock, flags);
		take_device(snapshot, device);
		spin_unlock_irqrestore(&device->lock, flags);
	}
	rcu_read_unlock();
}

int headgate_netlink_pressure_start(struct netlink_callback *cb)
{
	struct pressure_snapshot *snapshot, none = {};
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
	cb->args[0] = (long)snapshot;
	return 0;
}

int headgate_netlink_pressure_done(struct netlink_callback *cb)
{
	kvfree((void *)cb->args[0]);
	return 0;
}

/* Attributes of the averages come one after the other, those of a kind before its total. */
static int fill_kind(struct sk_buff *skb, const struct pressure *pressure, enum pressure_kind kind)
{
	static const int first[PRESSURE_KINDS] = {
		[PRESSURE_SOME] = HEADGATE_A_PRESSURE_SOME_AVG10_PPM,
		[PRESSURE_FULL] = HEADGATE_A_PRESSURE_FULL_AVG10_PPM,
	};

	return nla_put_u32(skb, first[kind],
			   pressure_average_ppm(pressure, kind, PRESSURE_AVG10)) ||
	       nla_put_u32(skb, first[kind] + 1,
			   pressure_average_ppm(pressure, kind, PRESSURE_AVG60)) ||
	       nla_put_u32(skb, first[kind] + 2,
			   pressure_average_ppm(pressure, kind, PRESSURE_AVG300)) ||
	       nla_put_uint(skb, first[kind] + 3, pressure->total_ns[kind]);
}

static int fill(struct sk_buff *skb, const struct pressure_record *record)
{
	const struct pressure *pressure = &record->pressure;

	return nla_put_u32(skb, HEADGATE_A_PRESSURE_SCOPE, record->scope) ||
	       (record->scope == HEADGATE_PRESSURE_SCOPE_AGENT &&
		nla_put_uint(skb, HEADGATE_A_PRESSURE_AGENT_ID, record->agent_id)) ||
	       (record->scope == HEADGATE_PRESSURE_SCOPE_LANE &&
		nla_put_u32(skb, HEADGATE_A_PRESSURE_LANE_ID, record->lane_id)) ||
	       nla_put_u32(skb, HEADGATE_A_PRESSURE_DEVICE_ID, record->device_id) ||
	       fill_kind(skb, pressure, PRESSURE_SOME) ||
	       fill_kind(skb, pressure, PRESSURE_FULL) ||
	       nla_put_u32(skb, HEADGATE_A_PRESSURE_WAITING, pressure->waiting) ||
	       nla_put_u32(skb, HEADGATE_A_PRESSURE_RUNNING, pressure->running);
}

/* Sends as many records as the message takes. */
int headgate_nl_pressure_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct pressure_snapshot *snapshot = (struct pressure_snapshot *)cb->args[0];
	void *header;

	for (; snapshot->sent < snapshot->count; snapshot->sent++) {
		header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				     &headgate_nl_family, NLM_F_MULTI, HEADGATE_CMD_PRESSURE_GET);
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
