// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics_table.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define DAEMON(_field)	METRICS_DAEMON, offsetof(struct metrics_daemon, _field), ""
#define STALL(_field)	METRICS_STALL, offsetof(struct metrics_stall, _field), "kind"
#define DEVICE(_field)	METRICS_DEVICE, offsetof(struct metrics_device, _field), "gpu"
#define ENGINE(_field)	METRICS_ENGINE, offsetof(struct metrics_engine, _field), "gpu, engine"
#define AGENT(_field)	METRICS_AGENT, offsetof(struct metrics_agent, _field), "agent"
#define SHARE(_field)	METRICS_SHARE, offsetof(struct metrics_share, _field), "agent, gpu"
#define FLOW(_field)	METRICS_FLOW, offsetof(struct metrics_flow, _field), "agent, gpu, engine"

#define COUNTER(_name, _of, _help) \
	{ _name, METRICS_COUNTER, METRICS_COUNT, _of, _help }
#define SECONDS(_name, _of, _help) \
	{ _name "_seconds", METRICS_COUNTER, METRICS_SECONDS, _of, _help }
#define GAUGE(_name, _of, _help) \
	{ _name, METRICS_GAUGE, METRICS_COUNT, _of, _help }

const struct metrics_metric metrics_table[] = {
	{ "headgate_build", METRICS_INFO, METRICS_COUNT, METRICS_DAEMON,
	  offsetof(struct metrics_daemon, build), "version, module",
	  "Versions of headgated and of the module, which is empty while none is loaded." },
	GAUGE("headgate_module_loaded", DAEMON(module_loaded), "Whether headgate.ko is loaded."),
	GAUGE("headgate_gate_attached", DAEMON(gate_attached),
	      "Whether submissions pass the gate; 0: they run ungoverned."),
	GAUGE("headgate_policy_refused", DAEMON(policy_refused),
	      "Whether the policy file had errors when it was last read, so that an older policy is in force."),
	GAUGE("headgate_agents", DAEMON(agents), "Cgroups under policy."),
	GAUGE("headgate_agents_other", DAEMON(agents_other),
	      "Agents beyond agents-max, which are told together as agent=\"other\"."),
	GAUGE("headgate_tickets_live", DAEMON(tickets_live), "Tickets that exist now."),
	GAUGE("headgate_jobs_live", DAEMON(jobs_live), "Jobs that are queued or running now."),
	COUNTER("headgate_failed_open", DAEMON(failed_open),
		"Submissions let through because memory was short or the task was exiting."),
	COUNTER("headgate_jobs_unmetered", DAEMON(jobs_unmetered),
		"Jobs that could not be followed because memory was short."),
	COUNTER("headgate_jobs_lost", DAEMON(jobs_lost), "Jobs whose end was never seen."),
	COUNTER("headgate_events_lost", DAEMON(events_lost),
		"Times that events of the module were lost on their way to headgated, which then reads all anew."),
	COUNTER("headgate_history_errors", DAEMON(history_errors),
		"Times that the history could not be written; it is tried again."),
	{ "process_cpu_seconds", METRICS_COUNTER, METRICS_SECONDS, DAEMON(cpu_ns),
	  "Processor time of headgated, of user and system." },
	{ "process_resident_memory_bytes", METRICS_GAUGE, METRICS_BYTES, DAEMON(resident_bytes),
	  "Memory of headgated that is resident." },
	{ "process_start_time_seconds", METRICS_GAUGE, METRICS_SECONDS, DAEMON(started_ns),
	  "When headgated was started, since 1970." },

	GAUGE("headgate_stalls_open", STALL(open), "Stalls that have begun and are not over."),
	COUNTER("headgate_stalls", STALL(begun), "Stalls that began since headgated was started."),

	{ "headgate_device", METRICS_INFO, METRICS_COUNT, METRICS_DEVICE,
	  offsetof(struct metrics_device, info), "gpu, driver, meter",
	  "Driver of the device, and what measures its jobs." },
	GAUGE("headgate_device_wedged", DEVICE(wedged),
	      "Whether the driver has given the device up, and no job was done since."),
	GAUGE("headgate_device_health", DEVICE(health),
	      "How the device is: 0 ok, 1 degraded, 2 brown, 3 dark; absent where nobody judges it."),
	{ "headgate_device_slowdown_ratio", METRICS_GAUGE, METRICS_RATIO, DEVICE(slowdown_ppm),
	  "How many times as long as in its past the work of probes takes; absent where that is not known." },
	COUNTER("headgate_device_tickets", DEVICE(tickets), "Tickets opened for the device."),
	COUNTER("headgate_device_jobs_submitted", DEVICE(jobs), "Jobs that the device was given."),
	COUNTER("headgate_device_jobs_unticketed", DEVICE(jobs_unticketed),
		"Jobs of agents that came without a ticket, past the gate."),
	SECONDS("headgate_pressure_some_waiting", DEVICE(some_ns),
		"Time in which something waited for the device."),
	SECONDS("headgate_pressure_full_waiting", DEVICE(full_ns),
		"Time in which something waited for the device, and nothing was with an engine."),

	COUNTER("headgate_engine_jobs_done", ENGINE(jobs), "Jobs done, of all and of no agents."),
	SECONDS("headgate_engine_busy", ENGINE(busy_ns), "Time of the jobs done."),
	SECONDS("headgate_engine_ungoverned", ENGINE(ungoverned_ns), "The part of it that is no agent's."),
	SECONDS("headgate_engine_held_idle", ENGINE(held_idle_ns),
		"Time without anything outstanding while a ticket waited."),
	SECONDS("headgate_engine_idle", ENGINE(idle_ns), "Time without a job."),
	GAUGE("headgate_engine_tickets_waiting", ENGINE(waiting), "Tickets at the gate."),
	GAUGE("headgate_engine_outstanding", ENGINE(outstanding), "Jobs and open tickets admitted and not done."),
	SECONDS("headgate_engine_pressure_some_waiting", ENGINE(some_ns),
		"Time in which something waited for the engine."),
	SECONDS("headgate_engine_pressure_full_waiting", ENGINE(full_ns),
		"Time in which something waited for the engine, and nothing was with it."),

	{ "headgate_agent", METRICS_INFO, METRICS_COUNT, METRICS_AGENT,
	  offsetof(struct metrics_agent, info), "agent, owner, project, class",
	  "Whose an agent is, and what it is for." },
	GAUGE("headgate_agent_weight", AGENT(weight), "Weight relative to its siblings."),
	{ "headgate_agent_cap_ratio", METRICS_GAUGE, METRICS_RATIO, AGENT(cap_ppm),
	  "Cap, as a part of a device's time; absent where there is none." },
	{ "headgate_agent_state", METRICS_STATE, METRICS_COUNT, METRICS_AGENT,
	  offsetof(struct metrics_agent, state), "agent, state",
	  "What an agent is doing: 1 for the state that it has." },

	SECONDS("headgate_agent_pressure_some_waiting", SHARE(some_ns),
		"Time in which something of the agent, or of those below it, waited for the device."),
	SECONDS("headgate_agent_pressure_full_waiting", SHARE(full_ns),
		"Time in which something of the agent, or of those below it, waited, and nothing was with an engine."),

	SECONDS("headgate_agent_gpu_busy", FLOW(sums.busy_ns), "Engine time of the agent's jobs."),
	COUNTER("headgate_agent_jobs_done", FLOW(sums.jobs), "Jobs done, failed ones included."),
	COUNTER("headgate_agent_jobs_failed", FLOW(sums.failed), "Jobs that ended with an error."),
	COUNTER("headgate_agent_tickets_admitted", FLOW(sums.tickets), "Submissions that the gate let through."),
	COUNTER("headgate_agent_tickets_forced", FLOW(sums.forced),
		"Submissions let through in debt, after max-wait."),
	SECONDS("headgate_agent_queued", FLOW(sums.queued_ns),
		"Time from the gate to the engine, summed over jobs."),
	{ "headgate_agent_queue_wait_seconds", METRICS_HISTOGRAM, METRICS_SECONDS, FLOW(sums),
	  "Time that submissions waited at the gate." },
	{ "headgate_agent_due_ratio", METRICS_GAUGE, METRICS_RATIO, FLOW(due_ppm),
	  "Share of the engine that is due to the agent now." },
	GAUGE("headgate_agent_tickets_waiting", FLOW(waiting), "Tickets at the gate."),
	GAUGE("headgate_agent_outstanding", FLOW(outstanding), "Jobs and open tickets admitted and not done."),
};

const size_t metrics_table_size = ARRAY_SIZE(metrics_table);

const char *metrics_type_name(enum metrics_type type)
{
	static const char *const names[] = {
		[METRICS_COUNTER] = "counter", [METRICS_GAUGE] = "gauge", [METRICS_HISTOGRAM] = "histogram",
		[METRICS_INFO] = "info", [METRICS_STATE] = "gauge",
	};

	return names[type];
}
