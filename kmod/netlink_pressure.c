// SPDX-License-Identifier: GPL-2.0
/* Generic netlink: the pressure of all groups, a device at a time under its lock. */
#include "agent.h"
#include "lane.h"
#include "netlink_gen.h"
#include "netlink_records.h"
#include "pressure.h"

struct pressure_record {
	u32 scope, lane_id, device_id;
	u64 agent_id;
	struct pressure pressure;
};

static void take_group(struct headgate_records *records, struct pressure *pressure,
		       struct pressure_record group)
{
	struct pressure_record *record = headgate_records_next(records);

	if (!record)
		return;
	pressure_settle(pressure, ktime_get_ns());
	group.pressure = *pressure;
	*record = group;
}

static void take_device(struct headgate_records *records, struct headgate_device *device)
{
	struct headgate_account *account;
	struct headgate_lane *lane;
	int i;

	take_group(records, &device->pressure, (struct pressure_record){
		.scope = HEADGATE_PRESSURE_SCOPE_DEVICE, .device_id = device->id });
	list_for_each_entry_rcu(lane, &device->lanes, list, lockdep_is_held(&device->lock)) {
		if (!lane->pressure.waiting) /* else it is the same */
			lane->pressure.running = lane->running;
		take_group(records, &lane->pressure, (struct pressure_record){
			.scope = HEADGATE_PRESSURE_SCOPE_LANE, .device_id = device->id,
			.lane_id = lane->id });
	}
	hash_for_each(device->accounts, i, account, node)
		if (!READ_ONCE(account->agent->gone))
			take_group(records, &account->pressure, (struct pressure_record){
				.scope = HEADGATE_PRESSURE_SCOPE_AGENT, .device_id = device->id,
				.agent_id = account->agent->id });
}

static void take(struct headgate_records *records)
{
	struct headgate_device *device = NULL;
	unsigned long flags;

	rcu_read_lock();
	while ((device = headgate_device_next(device))) {
		spin_lock_irqsave(&device->lock, flags);
		take_device(records, device);
		spin_unlock_irqrestore(&device->lock, flags);
	}
	rcu_read_unlock();
}

int headgate_netlink_pressure_start(struct netlink_callback *cb)
{
	return headgate_records_start(cb, sizeof(struct pressure_record), take);
}

int headgate_netlink_pressure_done(struct netlink_callback *cb)
{
	return headgate_records_done(cb);
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

static int fill(struct sk_buff *skb, const void *data)
{
	const struct pressure_record *record = data;
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

int headgate_nl_pressure_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return headgate_records_send(skb, cb, fill);
}
