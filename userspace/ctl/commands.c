// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "commands.h"

#define POLICY (OPTION(WEIGHT) | OPTION(CLASS) | OPTION(SLICE) | OPTION(MAX))

/* `run` has two names. */
#define RUN_OPTIONS (OPTION(JSON) | POLICY | OPTION(PARENT) | OPTION(NAME) | OPTION(BUDGET))
#define RUN_HELP "The command is born in a new cgroup, which goes with it; what it left running is killed.\n" \
	"Exit status: that of the command, 128 + N when signal N killed it; 125 headgate failed,\n" \
	"126 the command cannot be executed, 127 it was not found."

#define AGENT_HELP "AGENT is a path below the cgroup v2 root, as in agent list, or a cgroup id.\n"

const struct command commands[] = {
	{
		.name = "status",
		.summary = "whether headgate enforces; what to do if not",
		.help = "Exit status: 0 enforcing, 3 degraded, 4 the module is not loaded.",
		.options = OPTION(JSON),
		.run = run_status,
	}, {
		.name = "top",
		.summary = "live table of agents: shares, waits, state",
		.help = "DUE is the share by weight among those that have work; WAIT is the time at the gate.\n"
			"In the live table, q quits.  Without a terminal it prints like --batch.",
		.options = OPTION(JSON) | OPTION(BATCH) | OPTION(ITERATIONS) | OPTION(DELAY),
		.run = run_top,
	}, {
		.name = "agent list",
		.summary = "cgroups under policy",
		.options = OPTION(JSON),
		.run = run_agent_list,
	}, {
		.name = "agent set",
		.positional = "CGROUP",
		.summary = "put a cgroup under policy, or change its policy",
		.help = "CGROUP is a path below the cgroup v2 root, such as /agents/build, or a cgroup id.\n"
			"What is not given stays, or is the default for a new agent.",
		.options = OPTION(JSON) | POLICY,
		.min = 1,
		.max = 1,
		.run = run_agent_set,
	}, {
		.name = "agent del",
		.positional = "CGROUP",
		.summary = "take a cgroup out of policy",
		.help = "Its work counts for the agent above, or as ungoverned, from then on.",
		.options = OPTION(JSON),
		.min = 1,
		.max = 1,
		.run = run_agent_del,
	}, {
		.name = "agent pause",
		.positional = "AGENT",
		.summary = "freeze all of an agent until agent resume",
		.help = AGENT_HELP
			"Ends when its processes stand still.  Jobs that are queued are done all the same.",
		.options = OPTION(JSON),
		.min = 1,
		.max = 1,
		.run = run_agent_pause,
	}, {
		.name = "agent resume",
		.positional = "CGROUP",
		.summary = "let an agent go on that was paused",
		.help = "CGROUP is a path below the cgroup v2 root, or a cgroup id, whether it is an agent still or not.",
		.options = OPTION(JSON),
		.min = 1,
		.max = 1,
		.run = run_agent_resume,
	}, {
		.name = "agent kill",
		.positional = "AGENT",
		.summary = "kill all processes of an agent, without asking",
		.help = AGENT_HELP
			"The agent and its cgroup stay.",
		.options = OPTION(JSON),
		.min = 1,
		.max = 1,
		.run = run_agent_kill,
	}, {
		.name = "agent run",
		.positional = "[--] COMMAND [ARGUMENT...]",
		.summary = "the same as run",
		.help = RUN_HELP,
		.options = RUN_OPTIONS,
		.min = 1,
		.max = -1,
		.run = run_run,
	}, {
		.name = "agent shell",
		.positional = "AGENT",
		.summary = "run a shell ($SHELL) in an agent that is there",
		.help = AGENT_HELP
			"It and what it starts are the agent's.  Exit status: that of the shell; 125 headgate failed,\n"
			"126 the shell cannot be executed, 127 it was not found.",
		.min = 1,
		.max = 1,
		.run = run_agent_shell,
	}, {
		.name = "device list",
		.summary = "GPUs, and what headgate can promise for each",
		.help = "All devices of /dev/dri and /dev/accel, and GPUs of NVIDIA's own driver.",
		.options = OPTION(JSON),
		.run = run_device_list,
	}, {
		.name = "device health",
		.summary = "whether devices got slower or wronger",
		.help = "HEALTH: ok, degraded, brown, dark.  FACTOR: how many times as long as while it was well.\n"
			"PROBES: who watches the device, and what each finds; without any only stalls and the\n"
			"jobs of many agents together speak of it.",
		.options = OPTION(JSON),
		.run = run_device_health,
	}, {
		.name = "device calibrate",
		.positional = "DEVICE",
		.summary = "forget how fast a device was",
		.help = "For after another driver, firmware or clock limit.\n"
			"Its probes learn anew what their work takes, for a minute at least.",
		.min = 1,
		.max = 1,
		.run = run_device_calibrate,
	}, {
		.name = "lane list",
		.summary = "lanes: the queues of the devices",
		.options = OPTION(JSON),
		.run = run_lane_list,
	}, {
		.name = "flow list",
		.summary = "the ledger: one line per agent and lane",
		.options = OPTION(JSON) | OPTION(FORGET_GONE),
		.run = run_flow_list,
	}, {
		.name = "usage",
		.summary = "engine time by agent, as drivers tell it",
		.help = "Of any driver that tells, gated or not, and of clients (open files) that are open now.",
		.options = OPTION(JSON),
		.run = run_usage,
	}, {
		.name = "pressure",
		.positional = "[AGENT | lane ID | device ID]...",
		.summary = "for how much of the time work waited",
		.help = "AGENT is a path below the cgroup v2 root, or a cgroup id; ID is a number as in the output.\n"
			"Without any: of all devices, lanes, and agents that have submitted.",
		.options = OPTION(JSON) | OPTION(WAIT),
		.min = 0,
		.max = 64,
		.run = run_pressure,
	}, {
		.name = "stall list",
		.summary = "what hangs, starves or fails now",
		.help = "Jobs that hang, tickets that starve, jobs that fail, and wedged devices.",
		.options = OPTION(JSON),
		.run = run_stall_list,
	}, {
		.name = "budget list",
		.summary = "budgets, and what is used of them",
		.help = "headgated counts and judges them, once a second.  Periods are of the calendar, in UTC.",
		.options = OPTION(JSON),
		.run = run_budget_list,
	}, {
		.name = "config check",
		.positional = "[FILE]",
		.summary = "whether a policy file is without errors",
		.help = "FILE is /etc/headgate/headgate.conf if none is given.  Each error is told with file and line, as\n"
			"headgated --check does; nothing is put in force, and no module needs to be loaded.",
		.options = OPTION(JSON),
		.min = 0,
		.max = 1,
		.run = run_config_check,
	}, {
		.name = "settings",
		.summary = "show or change settings of the module",
		.options = OPTION(JSON) | OPTION(HORIZON) | OPTION(MAX_WAIT) | OPTION(SLICE_BATCH) |
			   OPTION(SLICE_INTERACTIVE),
		.run = run_settings,
	}, {
		.name = "events",
		.summary = "follow the events of the module",
		.help = "One per line, until Ctrl-C.",
		.options = OPTION(JSON),
		.run = run_events,
	}, {
		.name = "trace",
		.summary = "record each job, for ui.perfetto.dev",
		.help = "chrome://tracing opens it, too.  Ctrl-C ends it, and the file is whole.  What was recorded is told at the end.",
		.options = OPTION(JSON) | OPTION(OUTPUT) | OPTION(DURATION) | OPTION(AGENT) |
			   OPTION(DEVICE) | OPTION(BUFFER),
		.run = run_trace,
	}, {
		.name = "report",
		.summary = "use and cost by agent, owner or device",
		.help = "Of what headgated has recorded; it need not run.  Times are UTC.  Format focus is CSV by\n"
			"FOCUS 1.2, a standard for bills: a row for each agent, device and day.",
		.options = OPTION(JSON) | OPTION(SINCE) | OPTION(UNTIL) | OPTION(BY) | OPTION(FORMAT) |
			   OPTION(CONFIG),
		.run = run_report,
	}, {
		.name = "run",
		.positional = "[--] COMMAND [ARGUMENT...]",
		.summary = "run a command as an agent of its own",
		.help = RUN_HELP,
		.options = RUN_OPTIONS,
		.min = 1,
		.max = -1,
		.run = run_run,
	}, {
		.name = "infer",
		.positional = "PROMPT",
		.summary = "answer a prompt with a model",
		.program = true,
	}, {
		.name = "selftest",
		.positional = "[DEVICE]...",
		.summary = "whether devices compute what they should",
		.program = true,
	}, {
		.name = "bench",
		.positional = "[DEVICE]...",
		.summary = "how fast the inference kernels are",
		.program = true,
	}, {
		.name = "completion",
		.positional = "SHELL",
		.summary = "print completion for a shell (bash)",
		.help = "Load it by: source <(headgate completion bash)",
		.min = 1,
		.max = 1,
		.run = run_completion,
	},
};

const size_t commands_count = sizeof(commands) / sizeof(commands[0]);

const struct option_entry option_table[OPTION_COUNT] = {
	[OPTION_HELP] = { "help", 'h', NULL, NULL, "show this help" },
	[OPTION_JSON] = { "json", 'j', NULL, NULL, "print JSON" },
	[OPTION_WEIGHT] = { "weight", 'w', "N", NULL,
		"share relative to its siblings, 1 to 10000 (default 100)" },
	[OPTION_CLASS] = { "class", 'c', "CLASS", "batch interactive", "batch (the default) or interactive" },
	[OPTION_SLICE] = { "slice", 's', "TIME", NULL,
		"slice instead of that of the class, such as 4ms; 0 takes that of the class" },
	[OPTION_MAX] = { "max", 'm', "CAP", "max",
		"cap per device: 30%, 30ms/100ms, or max for none" },
	[OPTION_BATCH] = { "batch", 'b', NULL, NULL, "print one table after the other" },
	[OPTION_ITERATIONS] = { "iterations", 'n', "N", NULL, "end after N tables" },
	[OPTION_DELAY] = { "delay", 'd', "TIME", NULL,
		"time between tables, such as 500ms (default 1s)" },
	[OPTION_HORIZON] = { "horizon", 0, "TIME", NULL,
		"outstanding work up to which a lane admits, 100us to 1s" },
	[OPTION_MAX_WAIT] = { "max-wait", 0, "TIME", NULL,
		"longest wait of a ticket, 10ms to 1h" },
	[OPTION_SLICE_BATCH] = { "slice-batch", 0, "TIME", NULL,
		"slice of class batch, 10us to 1s" },
	[OPTION_SLICE_INTERACTIVE] = { "slice-interactive", 0, "TIME", NULL,
		"slice of class interactive, 10us to 1s" },
	[OPTION_PARENT] = { "parent", 'p', "CGROUP", NULL,
		"make the new cgroup below this one (default /headgate)" },
	[OPTION_NAME] = { "name", 'N', "NAME", NULL,
		"name of the new cgroup (default: the command's and a number)" },
	[OPTION_FORGET_GONE] = { "forget-gone", 0, NULL, NULL,
		"what was printed of agents that are gone is not told again" },
	[OPTION_OUTPUT] = { "output", 'o', "FILE", NULL,
		"new file to write (default headgate-DATE-TIME.json); - is standard output" },
	[OPTION_DURATION] = { "duration", 'D', "TIME", NULL,
		"end by itself after that time, such as 10s" },
	[OPTION_AGENT] = { "agent", 'a', "CGROUP", NULL, "record this agent alone" },
	[OPTION_DEVICE] = { "device", 'g', "DEVICE", NULL,
		"record this device alone: its name, or its number in device list --json" },
	[OPTION_BUFFER] = { "buffer", 'B', "SIZE", NULL,
		"room for events that are not written yet, 4K to 1G (default 8M)" },
	[OPTION_SINCE] = { "since", 'S', "TIME", NULL,
		"from then on: 2026-01-31, 2026-01-31T12:00, or how long ago (default 24h)" },
	[OPTION_UNTIL] = { "until", 'U', "TIME", NULL, "until before then (default now)" },
	[OPTION_BY] = { "by", 'y', "WHAT", "agent owner device", "agent (the default), owner or device" },
	[OPTION_FORMAT] = { "format", 'f', "FORMAT", "table csv json focus",
		"table (the default), csv, json or focus" },
	[OPTION_CONFIG] = { "config", 'C', "FILE", NULL,
		"policy file with the history's path and the prices" },
	[OPTION_BUDGET] = { "budget", 0, "BUDGET", NULL,
		"so much GPU time or money for so long: '2h per day, act = pause'" },
	[OPTION_WAIT] = { "wait", 'W', "TRIGGER", NULL,
		"wait until so much of a window is that kind of pressure: 'some 150ms 1s'" },
};

bool command_is_group(const char *word)
{
	size_t length = strlen(word);

	for (size_t i = 0; i < commands_count; i++)
		if (!strncmp(commands[i].name, word, length) && commands[i].name[length] == ' ')
			return true;
	return false;
}

const struct command *command_find(int argc, char **argv, int *words)
{
	for (size_t i = 0; i < commands_count; i++) {
		const char *name = commands[i].name;
		size_t length = strcspn(name, " ");

		if (argc < 1 || strlen(argv[0]) != length || strncmp(name, argv[0], length))
			continue;
		if (!name[length]) {
			*words = 1;
			return &commands[i];
		}
		if (argc > 1 && !strcmp(name + length + 1, argv[1])) {
			*words = 2;
			return &commands[i];
		}
	}
	return NULL;
}
