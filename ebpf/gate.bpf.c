// SPDX-License-Identifier: GPL-2.0
/*
 * The gate: which ioctls submit work to a GPU, and the question to the module
 * whether one may run now.
 *
 * Both LSM hooks see every ioctl of the system, so the tests go from cheap to dear:
 * the number (no memory touched), the major of the device node, whether the task does what
 * it did last, what was found for this file before, and only then the driver's name.  The
 * table of submissions is data: the daemon fills it.
 *
 * The module answers -ERESTARTNOINTR when it has armed a wait on the way out of the
 * system call; the kernel then restarts the ioctl, and the hook judges it again.
 * Anything else lets the ioctl run: headgate fails open.  The hooks are not sleepable
 * (file_ioctl_compat never is), and LSM programs are not subject to the recursion
 * guard that drops nested tracing programs: no submission slips past.
 *
 * The lane of a hint is learned from jobs. A file whose jobs land on several lanes has
 * its arguments read for the queue that they are for, see tag.bpf.h, and a lane for each:
 * a queue is not what the task did last, so the module is not to go by that.
 *
 * learn_lane writes hints without a lock against the gate that reads them: a stale
 * hint makes a ticket queue on the wrong lane once, and the job that follows corrects it.
 */
#include "common.bpf.h"
#include "tag.bpf.h"

char _license[] SEC("license") = "GPL";

/* 0: let it run; -ERESTARTNOINTR: a wait is armed */
extern int bpf_headgate_admit(struct file *file, const struct headgate_call *call) __ksym;
/* The same, or -ENOENT: the task's last submission was another */
extern int bpf_headgate_admit_again(struct file *file, __u32 nr, __u32 gate) __ksym;

/*
 * Set when loaded, other than any other gate's. What the module remembers of a task's
 * last submission is good for the gate that said it is one, and its table, alone.
 */
__u32 gate_number;

/* The table has some 30 entries; 256 leaves room for drivers to come. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, struct headgate_submission_key);
	__type(value, struct headgate_submission);
} submissions SEC(".maps");

/*
 * What open files do, a few entries per process that uses a GPU; the eldest is forgotten.
 * 16384: an LRU map sets 128 free entries aside for each CPU, and this serves 128 CPUs.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct headgate_hint_key);
	__type(value, struct headgate_hint);
} hints SEC(".maps");

static __always_inline struct headgate_hint_key hint_key(__u64 client, __u32 nr)
{
	return (struct headgate_hint_key){ .nr = nr, .client = client };
}

/* Not one of a file that was there before, on another device. */
static __always_inline bool hint_fits(const struct headgate_hint *hint, const struct inode *inode)
{
	return hint->inode == inode->i_ino && hint->device == inode->i_rdev;
}

/*
 * The file is one of DRM's: its private_data is a struct drm_file.  Were it another's
 * (a block device of the same major), the reads would fail or give a name that is in no table.
 */
static __always_inline struct headgate_submission *find_submission(struct file *file, __u32 nr)
{
	struct drm_file___headgate *drm = file->private_data;
	struct headgate_submission_key key = { .nr = nr };

	bpf_probe_read_kernel_str(key.driver, sizeof(key.driver),
				  BPF_CORE_READ(drm, minor, dev, driver, name));
	return bpf_map_lookup_elem(&submissions, &key);
}

/* The first time that a file makes an ioctl: by the driver's name. */
static __always_inline struct headgate_submission *look_up(struct file *file, __u32 nr,
							   const struct headgate_hint_key *key)
{
	struct headgate_submission *submission = find_submission(file, nr);
	struct headgate_hint hint = {
		.inode = file->f_inode->i_ino,
		.device = file->f_inode->i_rdev,
		.verdict = submission ? HEADGATE_HINT_SUBMITS : HEADGATE_HINT_OTHER,
	};

	if (submission) {
		hint.flags = submission->flags;
		hint.tag = submission->tag;
	}
	bpf_map_update_elem(&hints, key, &hint, BPF_ANY);
	return submission;
}

/* The verdict on an ioctl that is not the one that the task made last. */
static __always_inline int judge_other(struct file *file, __u32 nr, unsigned long arg)
{
	struct headgate_hint_key key = hint_key((__u64)file->private_data, nr);
	struct headgate_call call = { .nr = nr, .gate = gate_number };
	struct headgate_submission *submission;
	struct headgate_hint *hint;

	hint = bpf_map_lookup_elem(&hints, &key);
	if (!hint || !hint_fits(hint, file->f_inode)) {
		submission = look_up(file, nr, &key);
		if (!submission)
			return 0;
		call.flags = submission->flags;
	} else {
		if (hint->verdict == HEADGATE_HINT_OTHER)
			return 0;
		call.flags = hint->flags;
		call.hint = hint->lane;
		if (hint->verdict == HEADGATE_HINT_VARIES) {
			call.gate = 0;
			call.tag = tag_of_argument(&hint->tag, arg);
			call.hint = tag_lane(hint, call.tag);
		}
	}
	/* The verifier wants a constant, and no error but this one may leave the program. */
	if (bpf_headgate_admit(file, &call) == -ERESTARTNOINTR)
		return -ERESTARTNOINTR;
	return 0;
}

static __always_inline int judge(struct file *file, __u32 nr, unsigned long arg)
{
	__u32 major = file->f_inode->i_rdev >> MINORBITS;
	int verdict;

	if (major != DRM_MAJOR && major != ACCEL_MAJOR)
		return 0;
	verdict = bpf_headgate_admit_again(file, nr, gate_number);
	if (verdict == -ERESTARTNOINTR)
		return -ERESTARTNOINTR;
	if (!verdict)
		return 0;
	return judge_other(file, nr, arg);
}

/* DRM dispatches by the number alone; those of its core are below and above the drivers'. */
static __always_inline bool is_driver_ioctl(unsigned int cmd)
{
	__u32 nr = cmd & 0xff;

	return nr >= DRM_COMMAND_BASE && nr < DRM_COMMAND_END;
}

SEC("lsm/file_ioctl")
int BPF_PROG(gate_ioctl, struct file *file, unsigned int cmd, unsigned long arg)
{
	return is_driver_ioctl(cmd) ? judge(file, cmd & 0xff, arg) : 0;
}

/* 32-bit callers on a 64-bit kernel; their pointers come as 64 bits */
SEC("lsm/file_ioctl_compat")
int BPF_PROG(gate_ioctl_compat, struct file *file, unsigned int cmd, unsigned long arg)
{
	return is_driver_ioctl(cmd) ? judge(file, cmd & 0xff, arg) : 0;
}

/*
 * A ticket's last job landed on another lane than the hint said. By the address alone: the
 * file may be closed by now, and its place be that of another, whose hint is wrong then, once.
 */
SEC("tp_btf/headgate_ticket_lane")
int BPF_PROG(learn_lane, __u64 client, __u32 nr, __u32 tag, __u32 lane)
{
	struct headgate_hint_key key = hint_key(client, nr);
	struct headgate_hint *hint = bpf_map_lookup_elem(&hints, &key);

	if (hint && hint->verdict != HEADGATE_HINT_OTHER)
		tag_learn(hint, tag, lane);
	return 0;
}
