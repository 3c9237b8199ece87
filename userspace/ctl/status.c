// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>

#include "commands.h"
#include "device.h"
#include "evidence.h"
#include "session.h"
#include "settings.h"

#define PROBLEMS_MAX 8

struct problem {
	const char *what;
	const char *remedy;
};

struct problems {
	struct problem items[PROBLEMS_MAX];
	size_t count;
};

static void add(struct problems *problems, const char *what, const char *remedy)
{
	if (problems->count < PROBLEMS_MAX)
		problems->items[problems->count++] = (struct problem){ what, remedy };
}

struct report {
	struct evidence evidence;
	bool loaded;
	const struct headgate_info *info;	/* NULL: not loaded, or not for us to see */
	struct device_view devices;
	struct problems problems;
	int status;
};

/* What keeps headgate from enforcing, or would after the next accident. */
static void diagnose(struct report *report)
{
	const struct evidence *evidence = &report->evidence;
	struct problems *problems = &report->problems;
	bool loaded = report->loaded, untold = loaded && evidence->gate == ANSWER_UNKNOWN;

	if (!loaded)
		add(problems, "the module headgate is not loaded",
		    "modprobe headgate; if that fails, look into the kernel log by dmesg");
	if (loaded && evidence->module_btf == ANSWER_NO)
		add(problems, "the module was built without BTF, so the gate cannot call it",
		    "install dwarves (pahole) and build the module anew");
	if (evidence->lsm_bpf == ANSWER_NO)
		add(problems, "bpf is not in the kernel's list of LSMs, so the gate cannot attach",
		    "add bpf to lsm= on the kernel's command line (the list is in /sys/kernel/security/lsm) and reboot");
	if (loaded && evidence->gate == ANSWER_NO)
		add(problems, evidence->daemon ? "the gate is not attached: nothing is held" :
		    "the gate is not attached: nothing is held; headgated, which attaches it, does not run",
		    "systemctl restart headgated; if that does not help, journalctl -u headgated tells why");
	else if (loaded && evidence->gate_compat == ANSWER_NO)
		add(problems, "the gate for 32-bit callers is not attached: these pass it by",
		    "systemctl restart headgated; if that does not help, journalctl -u headgated tells why");
	if (loaded && !evidence->daemon && *evidence->paced)
		add(problems, "headgated does not run: devices that the policy has paced are shared by nobody",
		    "systemctl start headgated; if that fails, journalctl -u headgated tells why");
	if (loaded && evidence->daemon && *evidence->paced && !evidence->pacing)
		add(problems, "headgated cannot pace the devices that the policy has paced: they are shared by nobody",
		    "journalctl -u headgated tells why");
	report->status = !loaded ? EXIT_NO_MODULE : problems->count ? EXIT_DEGRADED :
			 untold ? EXIT_FAILED : EXIT_OK;
	if (untold)
		add(problems, "gate, settings and counters are shown to root only, so whether headgate enforces cannot be told",
		    "run headgate status as root");
	if (loaded && !evidence->daemon && evidence->gate != ANSWER_NO)
		add(problems, evidence->gate == ANSWER_YES ?
		    "headgated does not run: no new cgroup comes under policy, the kernel keeps enforcing the policy that it has" :
		    "headgated does not run: no new cgroup comes under policy",
		    "systemctl start headgated; if that fails, journalctl -u headgated tells why");
}

static const char *verdict_name(int status)
{
	switch (status) {
	case EXIT_OK:
		return "enforcing";
	case EXIT_DEGRADED:
		return "degraded";
	case EXIT_NO_MODULE:
		return "module missing";
	default:
		return "unknown";
	}
}

static void json_answer(struct headgate_json *json, const char *key, enum answer answer)
{
	if (answer == ANSWER_UNKNOWN)
		headgate_json_null(json, key);
	else
		headgate_json_bool(json, key, answer == ANSWER_YES);
}

static void devices_json(struct headgate_json *json, const struct device_view *view)
{
	struct verdict verdict;

	headgate_json_array(json, "devices");
	for (size_t i = 0; i < view->present.count; i++) {
		device_view_judge(view, i, &verdict);
		headgate_json_object(json, NULL);
		headgate_json_string(json, "name", view->present.items[i].name);
		headgate_json_string(json, "driver", view->present.items[i].driver);
		headgate_json_string(json, "enforceability",
				     headgate_enforceability_name(verdict.enforceability));
		headgate_json_string(json, "reason", verdict.reason);
		headgate_json_close(json);
	}
	headgate_json_close(json);
}

static void devices_text(const struct device_view *view)
{
	struct verdict verdict;

	for (size_t i = 0; i < view->present.count; i++) {
		const struct headgate_drm_device *device = &view->present.items[i];

		device_view_judge(view, i, &verdict);
		printf("%-20s %s (%s): %s\n", "device", device->name,
		       *device->driver ? device->driver : "?",
		       headgate_enforceability_name(verdict.enforceability));
	}
}

static int print_json(const struct report *report)
{
	const struct evidence *evidence = &report->evidence;
	const struct problems *problems = &report->problems;
	const struct headgate_info *info = report->info;
	struct headgate_json json;

	headgate_json_begin(&json, stdout, true);
	headgate_json_string(&json, "state", verdict_name(report->status));
	headgate_json_bool(&json, "module_loaded", report->loaded);
	json_answer(&json, "module_btf", evidence->module_btf);
	json_answer(&json, "gate_attached", evidence->gate);
	json_answer(&json, "gate_compat_attached", evidence->gate_compat);
	json_answer(&json, "lsm_bpf", evidence->lsm_bpf);
	if (evidence->daemon)
		headgate_json_int(&json, "daemon_pid", evidence->daemon);
	else
		headgate_json_null(&json, "daemon_pid");
	if (info) {
		headgate_json_string(&json, "version", info->version);
		headgate_json_uint(&json, "agents", info->agents);
		headgate_json_uint(&json, "tickets_live", info->tickets_live);
		headgate_json_uint(&json, "jobs_live", info->jobs_live);
		headgate_json_uint(&json, "agents_changes", info->agents_changes);
		headgate_json_uint(&json, "flow_dumps", info->flow_dumps);
		headgate_json_uint(&json, "failed_open", info->failed_open);
		headgate_json_uint(&json, "jobs_unmetered", info->jobs_unmetered);
		headgate_json_uint(&json, "jobs_lost", info->jobs_lost);
		settings_json(&json, info);
	}
	devices_json(&json, &report->devices);
	headgate_json_array(&json, "problems");
	for (size_t i = 0; i < problems->count; i++) {
		headgate_json_object(&json, NULL);
		headgate_json_string(&json, "problem", problems->items[i].what);
		headgate_json_string(&json, "remedy", problems->items[i].remedy);
		headgate_json_close(&json);
	}
	headgate_json_close(&json);
	return headgate_json_end(&json) ? EXIT_FAILED : report->status;
}

static void print_number(const char *name, uint64_t value)
{
	printf("%-20s %" PRIu64 "\n", name, value);
}

static int print_text(const struct report *report)
{
	const struct evidence *evidence = &report->evidence;
	const struct problems *problems = &report->problems;
	const struct headgate_info *info = report->info;

	printf("%-20s %s\n", "state", verdict_name(report->status));
	printf("%-20s %s%s%s\n", "module", report->loaded ? "loaded" : "not loaded",
	       info ? ", version " : "", info ? info->version : "");
	printf("%-20s %s\n", "module BTF", answer_name(evidence->module_btf));
	printf("%-20s %s\n", "bpf among the LSMs", answer_name(evidence->lsm_bpf));
	printf("%-20s %s\n", "gate attached", answer_name(evidence->gate));
	printf("%-20s %s\n", "gate for 32 bit", answer_name(evidence->gate_compat));
	if (evidence->daemon)
		printf("%-20s runs, pid %d\n", "daemon", evidence->daemon);
	else
		printf("%-20s does not run\n", "daemon");
	if (info) {
		print_number("agents", info->agents);
		print_number("tickets live", info->tickets_live);
		print_number("jobs live", info->jobs_live);
		print_number("failed open", info->failed_open);
		print_number("jobs unmetered", info->jobs_unmetered);
		print_number("jobs lost", info->jobs_lost);
		settings_text(info);
	}
	devices_text(&report->devices);
	for (size_t i = 0; i < problems->count; i++)
		printf("\nProblem: %s.\n     Do: %s.\n", problems->items[i].what,
		       problems->items[i].remedy);
	return report->status;
}

static void report_free(struct report *report)
{
	device_view_free(&report->devices);
}

/* The devices that cannot be listed, and what the module does not tell of them, are left out. */
static void look_at_devices(struct report *report, struct headgate_client *client)
{
	struct device_view *view = &report->devices;

	view->evidence = report->evidence;
	view->module_loaded = report->loaded;
	view->told = report->info && !headgate_device_dump(client, &view->seen);
	headgate_drm_enumerate(&view->present);
}

int run_status(const struct arguments *arguments)
{
	headgate_cleanup(headgate_client_free) struct headgate_client *client = NULL;
	headgate_cleanup(headgate_info_free) struct headgate_info info = { 0 };
	headgate_cleanup(report_free) struct report report = { 0 };
	int ret;

	evidence_read("", &report.evidence);
	ret = headgate_client_open(&client);
	if (!ret)
		ret = headgate_info_get(client, &info);
	if (ret && client && ret != -EPERM)
		return session_fail(client, ret, "cannot read the state of the module");
	if (ret && !client && ret != -ENOENT)
		return session_error(ret, "cannot reach the module");
	report.loaded = client;
	if (!ret)
		report.info = &info;
	else if (report.loaded)
		evidence_doubt(&report.evidence);
	look_at_devices(&report, client);
	diagnose(&report);
	return arguments->values[OPTION_JSON] ? print_json(&report) : print_text(&report);
}
