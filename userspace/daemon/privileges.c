// SPDX-License-Identifier: GPL-2.0-or-later
#include "privileges.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "log.h"

/* headgated.service has the same; a test compares the two. */
static const int needed[] = {
	CAP_CHOWN,		/* the group of the socket of [metrics] */
	CAP_DAC_OVERRIDE,	/* cgroup.freeze of cgroups that are delegated to users */
	CAP_DAC_READ_SEARCH,	/* from cgroup id to path: open_by_handle_at() */
	CAP_KILL,		/* [brownout] kill-after */
	CAP_SYS_ADMIN,		/* the module's netlink, the link of an LSM program */
	CAP_SYS_PTRACE,		/* fdinfo of others' processes, for devices that are paced */
	CAP_PERFMON,		/* programs that trace */
	CAP_BPF,
};

static uint64_t needed_mask(void)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		mask |= UINT64_C(1) << needed[i];
	return mask;
}

/* What a program that is run as root would get back.  Those that are not there end the list. */
static int narrow_bounds(uint64_t mask)
{
	int err = 0;

	for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		if (!(mask >> cap & 1) && prctl(PR_CAPBSET_READ, cap) && prctl(PR_CAPBSET_DROP, cap))
			err = -errno;
	return err;
}

static int narrow_own(uint64_t mask)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data))
		return -errno;
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		uint32_t word = (uint32_t)(mask >> (32 * i));

		data[i].permitted &= word;
		data[i].effective &= word;
		data[i].inheritable = 0; /* and with them the ambient ones */
	}
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

void privileges_drop(void)
{
	uint64_t mask = needed_mask();
	int err = narrow_bounds(mask); /* takes one that is not needed otherwise: first */

	err = narrow_own(mask) ?: err;
	if (err)
		log_warning("not all capabilities that are not needed could be given away: %s", strerror(-err));
	umask(0077);
}
