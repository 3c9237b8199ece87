// SPDX-License-Identifier: GPL-2.0
/*
 * What BPF programs may call. Arguments are types of vmlinux, integers,
 * or plain structures of them: no pointer to a type of another module's BTF.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/module.h>

#include "compat/btf.h"
#include "gate.h"
#include "kfuncs.h"
#include "ticket.h"

__bpf_kfunc_start_defs();

/**
 * bpf_headgate_admit - a task is about to submit to a GPU
 * @file: open file of a DRM or accel device
 * @call: the ioctl, which is known to be a submission
 *
 * Return: 0 when the ioctl is to run. -ERESTARTNOINTR when it is held: the
 * program must return just that, and the kernel restarts the ioctl.
 */
__bpf_kfunc int bpf_headgate_admit(struct file *file, const struct headgate_call *call)
{
	return headgate_gate_admit(file, call);
}

/**
 * bpf_headgate_admit_again - a task may be about to submit as it did before
 * @file: open file
 * @nr: number of the ioctl
 * @gate: number of the gate that asks, not 0
 *
 * Return: -ENOENT when this is not the call that bpf_headgate_admit() was last
 * asked about, for this task and by this gate: it has to be asked. Else what it
 * would answer.
 */
__bpf_kfunc int bpf_headgate_admit_again(struct file *file, u32 nr, u32 gate)
{
	return headgate_gate_admit_again(file, nr, gate);
}

__bpf_kfunc_end_defs();

BTF_KFUNCS_START(headgate_kfunc_ids)
BTF_ID_FLAGS(func, bpf_headgate_admit, KF_TRUSTED_ARGS | KF_RCU_PROTECTED)
BTF_ID_FLAGS(func, bpf_headgate_admit_again, KF_TRUSTED_ARGS | KF_RCU_PROTECTED)
BTF_KFUNCS_END(headgate_kfunc_ids)

/* Tracing programs share the registration: they may run anywhere, even in here. */
static int headgate_kfunc_filter(const struct bpf_prog *prog, u32 kfunc_id)
{
	if (!btf_id_set8_contains(&headgate_kfunc_ids, kfunc_id))
		return 0;
	return prog->type == BPF_PROG_TYPE_LSM ? 0 : -EACCES;
}

static const struct btf_kfunc_id_set headgate_kfunc_set = {
	.owner = THIS_MODULE,
	.filter = headgate_kfunc_filter,
	.set = &headgate_kfunc_ids,
};

int headgate_kfuncs_init(void)
{
	/* LSM and TRACING share this hook: a second registration would fail. */
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_LSM, &headgate_kfunc_set);
}
