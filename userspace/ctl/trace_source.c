// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/membarrier.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "trace.skel.h"
#include "trace_source.h"

/* Events handed on before the caller may look at its clock and signals: some milliseconds. */
#define READ_EVENTS 4096

struct trace_source {
	struct trace_bpf *skeleton;
	struct ring_buffer *ring;
	struct trace_sink sink;
	int left;	/* of READ_EVENTS */
	int error;	/* the sink's */
};

static int on_record(void *data, void *record, size_t size)
{
	struct trace_source *source = data;
	const struct headgate_trace_head *head = record;

	if (head->kind == HEADGATE_TRACE_JOB && size >= sizeof(struct headgate_trace_job))
		source->error = source->sink.job(source->sink.data, record);
	else if (head->kind == HEADGATE_TRACE_WAIT && size >= sizeof(struct headgate_trace_wait))
		source->error = source->sink.wait(source->sink.data, record);
	if (source->error)
		return source->error;
	return --source->left ? 0 : -EAGAIN;
}

int trace_source_open(struct trace_source **result, uint32_t bytes, const struct trace_sink *sink)
{
	struct trace_source *source = calloc(1, sizeof(*source));
	struct bpf_map *events;
	int ret = -ENOMEM;

	if (!source)
		return ret;
	source->sink = *sink;
	/* What it would print is for its own developers. */
	libbpf_set_print(NULL);
	source->skeleton = trace_bpf__open();
	if (!source->skeleton)
		goto fail;
	events = source->skeleton->maps.events;
	ret = bpf_map__set_max_entries(events, bytes);
	if (ret)
		goto fail;
	source->skeleton->bss->wake_bytes = bpf_map__max_entries(events) / 4;
	ret = trace_bpf__load(source->skeleton);
	if (ret)
		goto fail;
	source->ring = ring_buffer__new(bpf_map__fd(events), on_record, source, NULL);
	if (!source->ring) {
		ret = -errno;
		goto fail;
	}
	*result = source;
	return 0;
fail:
	trace_source_free(&source);
	return ret;
}

void trace_source_free(struct trace_source **source)
{
	if (!*source)
		return;
	ring_buffer__free((*source)->ring);
	trace_bpf__destroy((*source)->skeleton);
	free(*source);
	*source = NULL;
}

int trace_source_attach(struct trace_source *source)
{
	return trace_bpf__attach(source->skeleton);
}

int trace_source_read(struct trace_source *source)
{
	int ret;

	source->left = READ_EVENTS;
	ret = ring_buffer__consume(source->ring);
	if (source->error)
		return source->error;
	if (ret == -EAGAIN)
		return 1;
	return ret < 0 ? ret : ring__avail_data_size(ring_buffer__ring(source->ring, 0)) > 0;
}

void trace_source_wait(struct trace_source *source, int timeout_ms)
{
	struct pollfd ring = { .fd = ring_buffer__epoll_fd(source->ring), .events = POLLIN };

	poll(&ring, 1, timeout_ms);
}

void trace_source_detach(struct trace_source *source)
{
	trace_bpf__detach(source->skeleton);
	/* A program may be at it on another CPU: this waits for a grace period of RCU. */
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
}

static uint64_t misses(const struct bpf_program *program)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	return bpf_prog_get_info_by_fd(bpf_program__fd(program), &info, &size) ?
	       0 : info.recursion_misses;
}

void trace_source_losses(const struct trace_source *source, struct trace_losses *losses)
{
	const struct trace_bpf__bss *bss = source->skeleton->bss;

	losses->jobs = __atomic_load_n(&bss->lost_jobs, __ATOMIC_RELAXED);
	losses->cost_ns = __atomic_load_n(&bss->lost_cost_ns, __ATOMIC_RELAXED);
	losses->waits = __atomic_load_n(&bss->lost_waits, __ATOMIC_RELAXED);
	losses->nested = misses(source->skeleton->progs.trace_job) +
			 misses(source->skeleton->progs.trace_wait);
}
