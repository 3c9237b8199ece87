// SPDX-License-Identifier: GPL-2.0
/*
 * Observation: what the gate and the engines did, for bpftool and cat. The module's
 * ledger is the truth; this is a window on it, with what a ledger has no room for: how
 * long things took, by agent and lane, and which jobs were the longest.
 *
 *   headgate_ticket_admit ──► observe_ticket ──► agents ──► show_agents   cat …/v1/agents
 *   headgate_job_done     ──► observe_job ─────┘
 *                                  └─────────► top_jobs ► show_jobs     cat …/v1/jobs
 *
 * Both events come under the lock of the lane's device, interrupts off. So an entry of
 * "agents" is written by one processor at a time, and plain additions are exact: no
 * atomics, nor a copy for each processor, which would cost memory and the reader's sums.
 * Nor does an interrupt nest into a program, which the kernel would answer by leaving
 * out the inner event; were it to happen, bpftool prog shows it as recursion_misses.
 * A reader may see a job in one counter and not yet in the next.
 *
 * "agents" is an LRU hash: agents come and go, and those that are gone are the ones not
 * used any more, so they make room by themselves, without a daemon. The kernel tells
 * nobody whom it forgets; the number is what was ever made less what is there. One that
 * is forgotten while another device's event is being written to it may lend that one event to
 * the row that takes its place.
 */
#include "common.bpf.h"
#include "compat.bpf.h"
#include <headgate/observe.h>

char _license[] SEC("license") = "GPL";

/* cgroup paths are shown to this depth. */
#define PATH_DEPTH	12
/* include/uapi/linux/limits.h: the longest name, with its zero */
#define NAME_SIZE	256

#define NS_PER_US	1000ULL
#define NS_PER_MS	1000000ULL
#define NS_PER_S	1000000000ULL

/* The cgroup of that id; NULL when it is removed */
struct cgroup *bpf_cgroup_from_id(__u64 id) __ksym;
void bpf_cgroup_release(struct cgroup *cgroup) __ksym;

/* The daemon sets another size, if the policy file says so. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, HEADGATE_OBSERVE_ENTRIES);
	__type(key, struct headgate_observe_key);
	__type(value, struct headgate_observe_agent);
} agents SEC(".maps");

/* The longest job first. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, HEADGATE_OBSERVE_TOP_JOBS);
	__type(key, __u32);
	__type(value, struct headgate_observe_job);
} top_jobs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct headgate_observe_losses);
} losses SEC(".maps");

static __always_inline struct headgate_observe_losses *find_losses(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&losses, &first);
}

/* ---- agents ---- */

static const struct headgate_observe_agent blank;

static __always_inline struct headgate_observe_agent *
make_agent(const struct headgate_observe_key *key)
{
	struct headgate_observe_losses *lost = find_losses();

	if (!bpf_map_update_elem(&agents, key, &blank, BPF_NOEXIST) && lost)
		__sync_fetch_and_add(&lost->made, 1);
	return bpf_map_lookup_elem(&agents, key);
}

static __always_inline struct headgate_observe_agent *agent_of(__u64 agent, __u32 lane)
{
	struct headgate_observe_key key = { .agent = agent, .lane = lane };

	return bpf_map_lookup_elem(&agents, &key) ?: make_agent(&key);
}

/* BPF has no instruction for a logarithm. */
static __always_inline __u32 bucket_of(__u64 ns)
{
	__u64 rest = ns >> HEADGATE_OBSERVE_SHIFT;
	__u32 bucket = 1;

	if (!rest)
		return 0;
	if (rest >> (HEADGATE_OBSERVE_BUCKETS - 2))
		return HEADGATE_OBSERVE_BUCKETS - 1;
	for (__u32 step = 16; step; step /= 2) {
		if (rest >> step) {
			rest >>= step;
			bucket += step;
		}
	}
	return bucket & (HEADGATE_OBSERVE_BUCKETS - 1);
}

static __always_inline void book(struct headgate_observe_histogram *histogram, __u64 ns)
{
	histogram->count[bucket_of(ns)]++;
}

SEC("tp_btf/headgate_ticket_admit")
int BPF_PROG(observe_ticket, __u64 agent, __u32 lane, __u64 wait_ns)
{
	struct headgate_observe_agent *entry = agent_of(agent, lane);
	struct headgate_observe_losses *lost;

	if (entry) {
		entry->tickets++;
		book(&entry->wait, wait_ns);
		return 0;
	}
	lost = find_losses();
	if (lost)
		__sync_fetch_and_add(&lost->tickets, 1);
	return 0;
}

/* ---- the longest jobs ---- */

/* Those that are shorter move down; the last is forgotten. */
static __always_inline void insert(const struct headgate_observe_job *job)
{
	struct headgate_observe_job *above, *here;
	__u32 rank = HEADGATE_OBSERVE_TOP_JOBS - 1, next;

	here = bpf_map_lookup_elem(&top_jobs, &rank);
	/* What a helper is given the address of, the verifier no longer counts. */
	for (int i = HEADGATE_OBSERVE_TOP_JOBS - 2; i >= 0; i--) {
		next = i;
		above = bpf_map_lookup_elem(&top_jobs, &next);
		if (!here || !above)
			return;
		if (above->cost_ns >= job->cost_ns)
			break;
		*here = *above;
		here = above;
	}
	if (here)
		*here = *job;
}

/* Most jobs are none of the longest. */
static __always_inline bool is_long(__u64 cost_ns)
{
	struct headgate_observe_job *last;
	__u32 rank = HEADGATE_OBSERVE_TOP_JOBS - 1;

	last = bpf_map_lookup_elem(&top_jobs, &rank);
	return last && cost_ns > last->cost_ns;
}

/*
 * Jobs of two devices may come here at once; a BPF program of this kind may hold no
 * lock, so the second goes unranked, and is counted. Readers may see a job twice, or one that
 * is half written.
 */
static __always_inline void rank(const struct headgate_observe_job *job)
{
	struct headgate_observe_losses *lost = find_losses();

	if (!lost)
		return;
	if (__sync_val_compare_and_swap(&lost->ranking, 0, 1)) {
		__sync_fetch_and_add(&lost->top_jobs, 1);
		return;
	}
	if (is_long(job->cost_ns)) /* another may have come in between */
		insert(job);
	__sync_lock_test_and_set(&lost->ranking, 0);
}

/* A job that was killed on its way may bear times that are not in order. */
static __always_inline __u64 span(__u64 from, __u64 to)
{
	return to > from ? to - from : 0;
}

SEC("tp_btf/headgate_job_done")
int BPF_PROG(observe_job, __u64 agent, __u32 lane, __u64 queued_at, __u64 run_at, __u64 done_at,
	     __u64 cost_ns, int error)
{
	struct headgate_observe_agent *entry = agent_of(agent, lane);
	struct headgate_observe_losses *lost;

	if (is_long(cost_ns)) {
		struct headgate_observe_job job = {
			.agent = agent,
			.queued_at = queued_at,
			.run_at = run_at,
			.done_at = done_at,
			.cost_ns = cost_ns,
			.lane = lane,
			.error = error,
		};

		rank(&job);
	}
	if (entry) {
		entry->jobs++;
		entry->busy_ns += cost_ns;
		entry->last_at = done_at;
		if (error)
			entry->failed++;
		book(&entry->queue, span(queued_at, run_at ?: done_at));
		if (run_at)
			book(&entry->run, cost_ns);
		else
			entry->unrun++;
		return 0;
	}
	lost = find_losses();
	if (lost)
		__sync_fetch_and_add(&lost->jobs, 1);
	return 0;
}

/* ---- tables ---- */

struct name {
	char text[NAME_SIZE];
};

/*
 * A name of a cgroup goes to root's terminal, and whoever may make cgroups chose it: all but
 * printable ASCII becomes a question mark. Not static: the verifier walks the loop once,
 * not for each call.
 */
__noinline int clean_name(struct name *name)
{
	if (!name)
		return 0;
	for (int i = 0; i < NAME_SIZE && name->text[i]; i++)
		if (name->text[i] < ' ' || name->text[i] > '~')
			name->text[i] = '?';
	return 0;
}

static __noinline void print_name(struct seq_file *seq, const char *from)
{
	struct name name;

	if (bpf_probe_read_kernel_str(&name, sizeof(name), from) < 0) {
		BPF_SEQ_PRINTF(seq, "/?");
		return;
	}
	clean_name(&name);
	BPF_SEQ_PRINTF(seq, "/%s", name.text);
}

/* Not a name of the root itself, which is empty. */
static __noinline void print_path(struct seq_file *seq, struct kernfs_node *node)
{
	const char *names[PATH_DEPTH] = {};
	struct kernfs_node *parent;
	int i;

	for (i = 0; i < PATH_DEPTH; i++) {
		parent = kernfs_parent_of(node);
		if (!parent)
			break;
		names[i] = BPF_CORE_READ(node, name);
		node = parent;
	}
	if (!i)
		BPF_SEQ_PRINTF(seq, "/");
	else if (kernfs_parent_of(node))
		BPF_SEQ_PRINTF(seq, "/...");
	for (i = PATH_DEPTH - 1; i >= 0; i--)
		if (names[i])
			print_name(seq, names[i]);
}

/* The last column, since it is as wide as it is. */
static __always_inline void print_cgroup(struct seq_file *seq, __u64 id)
{
	struct cgroup *cgroup;

	if (!id) {
		BPF_SEQ_PRINTF(seq, "(ungoverned)\n");
		return;
	}
	cgroup = bpf_cgroup_from_id(id);
	if (!cgroup) {
		BPF_SEQ_PRINTF(seq, "(gone)\n");
		return;
	}
	print_path(seq, BPF_CORE_READ(cgroup, kn));
	BPF_SEQ_PRINTF(seq, "\n");
	bpf_cgroup_release(cgroup);
}

/* By nearest rank; the upper edge of its bucket, in us. */
static __noinline __u64 percentile(const struct headgate_observe_histogram *histogram,
				   __u32 percent)
{
	__u64 total = 0, below = 0, rank;
	int i;

	for (i = 0; i < HEADGATE_OBSERVE_BUCKETS; i++)
		total += histogram->count[i];
	if (!total)
		return 0;
	rank = (total * percent + 99) / 100;
	for (i = 0; i < HEADGATE_OBSERVE_BUCKETS - 1; i++) {
		below += histogram->count[i];
		if (below >= rank)
			break;
	}
	return ((1ULL << (i + HEADGATE_OBSERVE_SHIFT)) + NS_PER_US - 1) / NS_PER_US;
}

static int is_there(struct bpf_map *map, struct headgate_observe_key *key,
		    struct headgate_observe_agent *entry, __u64 *forgotten)
{
	--*forgotten;
	return 0;
}

static __always_inline void print_agents_header(struct seq_file *seq)
{
	BPF_SEQ_PRINTF(seq, "%10s %5s %10s %10s %7s %10s %9s %9s %9s %9s %9s  %s\n", "AGENT",
		       "LANE", "TICKETS", "JOBS", "FAILED", "BUSY_MS", "WAIT50_US", "WAIT99_US",
		       "QUE99_US", "RUN50_US", "RUN99_US", "CGROUP");
}

/* What stands below the rows. */
static __always_inline void print_losses(struct seq_file *seq)
{
	struct headgate_observe_losses *lost = find_losses();
	__u64 made, forgotten;

	if (!lost)
		return;
	/* Down from a number that the verifier does not know, or it would count along. */
	made = lost->made;
	forgotten = made;
	bpf_for_each_map_elem(&agents, is_there, &forgotten, 0);
	if (forgotten > made)
		forgotten = 0; /* rows that somebody made by hand */
	if (forgotten == made)
		print_agents_header(seq);
	BPF_SEQ_PRINTF(seq, "lost: %llu rows forgotten, %llu tickets and %llu jobs not booked\n",
		       forgotten, lost->tickets, lost->jobs);
}

SEC("iter/bpf_map_elem")
int show_agents(struct bpf_iter__bpf_map_elem *ctx)
{
	struct headgate_observe_agent *entry = ctx->value;
	struct headgate_observe_key *key = ctx->key;
	struct seq_file *seq = ctx->meta->seq;

	if (!key || !entry) {
		print_losses(seq);
		return 0;
	}
	if (!ctx->meta->seq_num)
		print_agents_header(seq);
	BPF_SEQ_PRINTF(seq, "%10llu %5u %10llu %10llu %7llu %10llu %9llu %9llu %9llu %9llu %9llu  ",
		       key->agent, key->lane, entry->tickets, entry->jobs, entry->failed,
		       entry->busy_ns / NS_PER_MS, percentile(&entry->wait, 50),
		       percentile(&entry->wait, 99), percentile(&entry->queue, 99),
		       percentile(&entry->run, 50), percentile(&entry->run, 99));
	print_cgroup(seq, key->agent);
	return 0;
}

SEC("iter/bpf_map_elem")
int show_jobs(struct bpf_iter__bpf_map_elem *ctx)
{
	struct headgate_observe_job *job = ctx->value;
	struct seq_file *seq = ctx->meta->seq;
	struct headgate_observe_losses *lost;
	__u32 *rank = ctx->key;

	if (!rank || !job) {
		lost = find_losses();
		if (lost)
			BPF_SEQ_PRINTF(seq, "lost: %llu jobs not ranked\n", lost->top_jobs);
		return 0;
	}
	/* There always is a first one. */
	if (!ctx->meta->seq_num)
		BPF_SEQ_PRINTF(seq, "%4s %10s %10s %10s %6s %10s %5s  %s\n", "RANK", "RUN_US",
			       "QUEUE_US", "AGO_S", "ERROR", "AGENT", "LANE", "CGROUP");
	if (!job->cost_ns)
		return 0;
	BPF_SEQ_PRINTF(seq, "%4u %10llu %10llu %10llu %6d %10llu %5u  ", *rank + 1,
		       job->cost_ns / NS_PER_US,
		       span(job->queued_at, job->run_at ?: job->done_at) / NS_PER_US,
		       span(job->done_at, bpf_ktime_get_ns()) / NS_PER_S, job->error,
		       job->agent, job->lane);
	print_cgroup(seq, job->agent);
	return 0;
}
