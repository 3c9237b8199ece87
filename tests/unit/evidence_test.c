// SPDX-License-Identifier: GPL-2.0-or-later
/* The judgement of devices, and what of the host it rests on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "evidence.h"
#include "home.h"

static const struct evidence attached = {
	.module_btf = ANSWER_YES, .gate = ANSWER_YES, .gate_compat = ANSWER_YES,
	.lsm_bpf = ANSWER_YES,
};

static void expect_verdict(const struct evidence *evidence, bool loaded, const char *driver,
			   const struct headgate_device *device,
			   enum headgate_enforceability expected)
{
	struct verdict verdict;

	evidence_judge(evidence, loaded, driver, device, &verdict);
	assert_string_equal(headgate_enforceability_name(verdict.enforceability),
			    headgate_enforceability_name(expected));
	assert_true(strlen(verdict.reason) > 10);
}

static void enforceability__is_never_overstated(void **state)
{
	struct headgate_device clean = { .jobs = 9, .primary_minor = -1 };
	struct headgate_device leaky = { .jobs = 9, .jobs_unticketed = 2, .tickets = 7 };
	struct evidence evidence = attached;

	(void)state;
	expect_verdict(&attached, true, "simgpu", NULL, HEADGATE_ENFORCED);
	expect_verdict(&attached, true, "simgpu", &clean, HEADGATE_ENFORCED);
	expect_verdict(&attached, true, "simgpu", &leaky, HEADGATE_PACED);
	expect_verdict(&attached, false, "simgpu", NULL, HEADGATE_BLIND);
	expect_verdict(&attached, true, "", NULL, HEADGATE_UNKNOWN);
	expect_verdict(&attached, false, "", NULL, HEADGATE_BLIND);
	expect_verdict(&attached, true, "no such driver", NULL, HEADGATE_BLIND);
	expect_verdict(&attached, true, "vgem", NULL, HEADGATE_OBSERVED);
	evidence.gate_compat = ANSWER_NO;
	expect_verdict(&evidence, true, "simgpu", NULL, HEADGATE_PACED);
	evidence.gate = ANSWER_NO;
	expect_verdict(&evidence, true, "simgpu", NULL, HEADGATE_OBSERVED);
	evidence = attached;
	evidence_doubt(&evidence);
	expect_verdict(&evidence, true, "simgpu", NULL, HEADGATE_UNKNOWN);
	/* For these the gate makes no difference. */
	expect_verdict(&evidence, true, "vgem", NULL, HEADGATE_OBSERVED);
	expect_verdict(&evidence, true, "nvidia", NULL, HEADGATE_BLIND);
}

/* The reason must hold @words. */
static void expect_reason(const struct evidence *evidence, const char *driver,
			  const struct headgate_device *device, const char *words)
{
	struct verdict verdict;

	evidence_judge(evidence, true, driver, device, &verdict);
	if (!strstr(verdict.reason, words))
		fail_msg("\"%s\" is not for \"%s\"", verdict.reason, words);
}

static void jobs_and_tickets__tell_what_the_table_cannot(void **state)
{
	struct headgate_device leaky = { .jobs = 9, .jobs_unticketed = 2, .tickets = 7 };
	struct headgate_device unheld = { .jobs = 9, .jobs_unticketed = 2 };
	struct headgate_device young = { .tickets = 3 }, unmeasured = { .tickets = 1000 };

	(void)state;
	expect_verdict(&attached, true, "simgpu", &leaky, HEADGATE_PACED);
	expect_reason(&attached, "simgpu", &leaky, "2 of 9 jobs of agents");
	expect_verdict(&attached, true, "simgpu", &unheld, HEADGATE_OBSERVED);
	expect_verdict(&attached, true, "i915", &unheld, HEADGATE_OBSERVED);
	expect_verdict(&attached, true, "simgpu", &young, HEADGATE_ENFORCED);
	expect_verdict(&attached, true, "simgpu", &unmeasured, HEADGATE_PACED);
	expect_reason(&attached, "simgpu", &unmeasured, "no job is seen");
	/* It is told as observed already, and why. */
	expect_reason(&attached, "habanalabs", &unmeasured, "when a job is done");
}

static void ways_past_the_gate__lower_the_promise(void **state)
{
	const struct headgate_bypass *bypass = NULL;
	struct evidence evidence = attached;

	(void)state;
	expect_verdict(&attached, true, "amdgpu", NULL, HEADGATE_ENFORCED);
	for (uint32_t bit = 1; (bypass = headgate_bypass_next(bypass)); bit <<= 1) {
		evidence.bypasses = bit;
		expect_verdict(&evidence, true, bypass->driver, NULL, bypass->at_most);
		expect_reason(&evidence, bypass->driver, NULL, bypass->reason);
		expect_verdict(&evidence, true, "simgpu", NULL, HEADGATE_ENFORCED);
	}
	/* A gate that is not there is worse than a way round it. */
	evidence.bypasses = 1;
	evidence.gate = ANSWER_NO;
	expect_verdict(&evidence, true, "amdgpu", NULL, HEADGATE_OBSERVED);
	expect_reason(&evidence, "amdgpu", NULL, "start headgated");
}

static void no_evidence__raises_what_the_table_says(void **state)
{
	const struct headgate_driver *driver = NULL;
	struct headgate_device busy = { .jobs = 1000, .tickets = 1000 };
	struct verdict verdict;

	(void)state;
	while ((driver = headgate_driver_next(driver)))
		for (uint32_t open = 0; open < 64; open++)
			for (int gate = ANSWER_NO; gate <= ANSWER_UNKNOWN; gate++) {
				struct evidence evidence = attached;

				evidence.bypasses = open;
				evidence.gate = (enum answer)gate;
				evidence_judge(&evidence, true, driver->name, &busy, &verdict);
				assert_true(verdict.enforceability >= driver->enforceability);
			}
}

static void paced_driver__depends_on_the_daemon(void **state)
{
	struct headgate_device leaky = { .jobs = 9, .jobs_unticketed = 9 };
	struct evidence evidence = attached;

	(void)state;
	strcpy(evidence.paced, "lima\nsimgpu\n");
	expect_verdict(&evidence, true, "simgpu", &leaky, HEADGATE_OBSERVED);
	expect_verdict(&evidence, true, "lim", NULL, HEADGATE_BLIND);
	expect_verdict(&evidence, true, "amdgpu", NULL, HEADGATE_ENFORCED);
	evidence.daemon = 77;
	expect_verdict(&evidence, true, "simgpu", &leaky, HEADGATE_OBSERVED);
	evidence.pacing = true;
	expect_verdict(&evidence, true, "simgpu", &leaky, HEADGATE_PACED);
	expect_verdict(&evidence, true, "lima", NULL, HEADGATE_PACED);
	expect_verdict(&evidence, false, "lima", NULL, HEADGATE_BLIND);
}

static void evidence__is_read_from_the_host(void **state)
{
	struct evidence evidence;

	(void)state;
	evidence_read(home, &evidence);
	assert_int_equal(evidence.module_btf, ANSWER_NO);
	assert_int_equal(evidence.gate, ANSWER_NO);
	assert_int_equal(evidence.lsm_bpf, ANSWER_UNKNOWN);
	assert_int_equal(evidence.daemon, 0);
	assert_string_equal(evidence.paced, "");
	assert_false(evidence.pacing);
	assert_int_equal(system(
		"mkdir -p sys/kernel/btf sys/kernel/security run/headgate proc/77 "
		"sys/fs/bpf/headgate/v1/links && printf lockdown,bpf,ima > sys/kernel/security/lsm && "
		"touch sys/kernel/btf/headgate sys/fs/bpf/headgate/v1/links/gate_ioctl && "
		"echo 77 > run/headgate/headgated.pid && echo headgated > proc/77/comm && "
		"printf 'simgpu\\nxe\\n' > run/headgate/paced && : > run/headgate/pacing"), 0);
	evidence_read(home, &evidence);
	assert_int_equal(evidence.module_btf, ANSWER_YES);
	assert_int_equal(evidence.gate, ANSWER_YES);
	assert_int_equal(evidence.gate_compat, ANSWER_NO);
	assert_int_equal(evidence.lsm_bpf, ANSWER_YES);
	assert_int_equal(evidence.daemon, 77);
	assert_int_equal(evidence.bypasses, 0);
	assert_string_equal(evidence.paced, "simgpu\nxe\n");
	assert_true(evidence.pacing);
	/* A pid that now belongs to another program, and a list with a name like bpf's. */
	assert_int_equal(system("echo other > proc/77/comm && echo bpfx,xbpf > sys/kernel/security/lsm"), 0);
	evidence_read(home, &evidence);
	assert_int_equal(evidence.daemon, 0);
	assert_int_equal(evidence.lsm_bpf, ANSWER_NO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(enforceability__is_never_overstated),
		cmocka_unit_test(jobs_and_tickets__tell_what_the_table_cannot),
		cmocka_unit_test(ways_past_the_gate__lower_the_promise),
		cmocka_unit_test(no_evidence__raises_what_the_table_says),
		cmocka_unit_test(paced_driver__depends_on_the_daemon),
		IN_HOME(evidence__is_read_from_the_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
