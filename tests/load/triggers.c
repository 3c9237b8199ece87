// SPDX-License-Identifier: GPL-2.0
/*
 * Triggers of pressure by one socket.
 *
 *	triggers DEVICE					as many as the module takes; prints how many
 *	triggers DEVICE THRESHOLD_MS WINDOW_MS SECONDS	one, of "some", for so long
 */
#define _GNU_SOURCE
#include <stdbool.h>

#include "policy.h"

#define FAR_MORE 10000 /* than there may be */

/* Return: whether the module has taken it. */
static bool add(uint32_t device, uint64_t threshold_ns, uint64_t window_ns)
{
	struct genl_request r;

	genl_begin(&r, policy_family, HEADGATE_CMD_PRESSURE_TRIGGER_ADD, 0);
	genl_add_u32(&r, HEADGATE_A_PRESSURE_SCOPE, HEADGATE_PRESSURE_SCOPE_DEVICE);
	genl_add_u32(&r, HEADGATE_A_PRESSURE_DEVICE_ID, device);
	genl_add_u32(&r, HEADGATE_A_PRESSURE_KIND, HEADGATE_PRESSURE_KIND_SOME);
	genl_add_u64(&r, HEADGATE_A_PRESSURE_THRESHOLD_NS, threshold_ns);
	genl_add_u64(&r, HEADGATE_A_PRESSURE_WINDOW_NS, window_ns);
	return policy_ask(&r)->nlmsg_type == policy_family;
}

int main(int argc, char **argv)
{
	uint64_t number[4];
	int i;

	if (argc != 2 && argc != 5)
		die("usage: triggers DEVICE [THRESHOLD_MS WINDOW_MS SECONDS]");
	for (i = 1; i < argc; i++)
		number[i - 1] = parse_number(argv[i], 1000000);
	policy_open();
	if (argc == 5) {
		if (!add(number[0], number[1] * NSEC_PER_MSEC, number[2] * NSEC_PER_MSEC))
			die("the trigger was refused");
		sleep(number[3]);
		return 0;
	}
	for (i = 0; i < FAR_MORE && add(number[0], NSEC_PER_SEC, NSEC_PER_SEC); i++)
		;
	printf("%d\n", i);
	return 0;
}
