/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The events of the module for `trace`: ebpf/trace.bpf.c and its ring buffer. */
#ifndef CTL_TRACE_SOURCE_H
#define CTL_TRACE_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include <headgate/trace.h>

/* What came and was not recorded. */
struct trace_losses {
	uint64_t jobs;		/* found the buffer full */
	uint64_t cost_ns;	/* their engine time */
	uint64_t waits;		/* the same of admissions */
	uint64_t nested;	/* events of either kind that the kernel dropped */
};

/* For each event; a negative errno ends the reading. */
struct trace_sink {
	int (*job)(void *data, const struct headgate_trace_job *job);
	int (*wait)(void *data, const struct headgate_trace_wait *wait);
	void *data;
};

struct trace_source;

/*
 * Load the programs, with a buffer of @bytes (made a power of two), attached to nothing yet.
 * Negative errno.
 */
int trace_source_open(struct trace_source **source, uint32_t bytes, const struct trace_sink *sink);
void trace_source_free(struct trace_source **source);

/* From now on what happens is kept.  It keeps the module loaded.  Negative errno. */
int trace_source_attach(struct trace_source *source);

/*
 * Hand on what is there, but not for ever.  Returns 1 when there is more, 0 when there was
 * not, or the negative errno of the sink.
 */
int trace_source_read(struct trace_source *source);

/* Until there is much to read, a signal, or @timeout_ms. */
void trace_source_wait(struct trace_source *source, int timeout_ms);

/* Nothing is kept any more; what was is there to be read. */
void trace_source_detach(struct trace_source *source);

void trace_source_losses(const struct trace_source *source, struct trace_losses *losses);

#endif
