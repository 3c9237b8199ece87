// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tags of queues: read from arguments as programs make them, by the structures of the uapi
 * headers, and by what the table of drivers says. They tell queues apart, and nothing else does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cmocka.h>

#define __user /* uapi headers as they are in the kernel's sources */
#include <drm/simgpu_drm.h>
#if __has_include("drm/i915_drm.h")
#include <drm/amdgpu_drm.h>
#include <drm/i915_drm.h>
#include <drm/msm_drm.h>
#else
#include <libdrm/amdgpu_drm.h>
#include <libdrm/i915_drm.h>
#include <libdrm/msm_drm.h>
#endif
#if __has_include("drm/xe_drm.h")
#include <drm/lima_drm.h>
#include <drm/panfrost_drm.h>
#include <drm/xe_drm.h>
#endif

static unsigned int reads; /* of user memory */

/* A fault is an error here, too. */
static long bpf_probe_read_user(void *to, uint32_t size, const void *from)
{
	struct iovec local = { to, size }, remote = { (void *)from, size };

	reads++;
	if (process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == (ssize_t)size)
		return 0;
	memset(to, 0, size);
	return -14;
}

#include "../../ebpf/tag.bpf.h"
#include "drivers.h"

#define CHECK_FIELD(ours, field, theirs, their_field) \
	_Static_assert(offsetof(struct ours, field) == offsetof(struct theirs, their_field) && \
		       sizeof(((struct ours *)0)->field) == \
		       sizeof(((struct theirs *)0)->their_field), #theirs)

CHECK_FIELD(tag_amdgpu_cs, ctx_id, drm_amdgpu_cs_in, ctx_id);
CHECK_FIELD(tag_amdgpu_cs, num_chunks, drm_amdgpu_cs_in, num_chunks);
CHECK_FIELD(tag_amdgpu_cs, chunks, drm_amdgpu_cs_in, chunks);
CHECK_FIELD(tag_amdgpu_chunk, chunk_id, drm_amdgpu_cs_chunk, chunk_id);
CHECK_FIELD(tag_amdgpu_chunk, chunk_data, drm_amdgpu_cs_chunk, chunk_data);
CHECK_FIELD(tag_amdgpu_ib, ip_type, drm_amdgpu_cs_chunk_ib, ip_type);
CHECK_FIELD(tag_amdgpu_ib, ip_instance, drm_amdgpu_cs_chunk_ib, ip_instance);
CHECK_FIELD(tag_amdgpu_ib, ring, drm_amdgpu_cs_chunk_ib, ring);
_Static_assert(TAG_AMDGPU_CHUNK_IB == AMDGPU_CHUNK_ID_IB, "AMDGPU_CHUNK_ID_IB");
_Static_assert((I915_EXEC_RING_MASK | I915_EXEC_BSD_MASK) == 0x603f, "I915_EXEC_RING_MASK");
#if __has_include("drm/panfrost_drm.h")
_Static_assert(PANFROST_JD_REQ_FS == 0x1, "PANFROST_JD_REQ_FS");
#endif

static const struct headgate_tag_source *source_of(const char *name)
{
	const struct headgate_driver *driver = headgate_driver_find(name);

	assert_non_null(driver);
	return &driver->ioctls[0].tag;
}

static uint32_t tag(const char *name, const void *argument)
{
	return tag_of_argument(source_of(name), (uintptr_t)argument);
}

static void queues_of_simgpu__are_told_by_their_engine(void **state)
{
	struct drm_simgpu_submit a = { .engine = 0, .duration_ns = 5 };
	struct drm_simgpu_submit b = { .engine = 0, .flags = SIMGPU_SUBMIT_FAIL };
	struct drm_simgpu_submit c = { .engine = 1 };

	(void)state;
	assert_int_not_equal(tag("simgpu", &a), 0);
	assert_int_equal(tag("simgpu", &a), tag("simgpu", &b));
	assert_int_not_equal(tag("simgpu", &a), tag("simgpu", &c));
	assert_int_equal(tag("simgpu", &c), tag("simgpu_queues", &c));
}

static void queues_of_i915__are_told_by_engine_and_context(void **state)
{
	struct drm_i915_gem_execbuffer2 a = { .flags = I915_EXEC_BLT }, b = a, c = a, d = a;

	(void)state;
	b.flags |= I915_EXEC_NO_RELOC | I915_EXEC_FENCE_OUT | I915_EXEC_HANDLE_LUT;
	b.buffer_count = 3;
	b.batch_len = 4096;
	b.rsvd2 = 7;
	assert_int_not_equal(tag("i915", &a), 0);
	assert_int_equal(tag("i915", &a), tag("i915", &b));
	c.flags = I915_EXEC_RENDER;
	assert_int_not_equal(tag("i915", &a), tag("i915", &c));
	i915_execbuffer2_set_context_id(d, 1);
	assert_int_not_equal(tag("i915", &a), tag("i915", &d));
	c.flags = I915_EXEC_BSD | I915_EXEC_BSD_RING1;
	d.flags = I915_EXEC_BSD | I915_EXEC_BSD_RING2;
	i915_execbuffer2_set_context_id(d, 0);
	assert_int_not_equal(tag("i915", &c), tag("i915", &d));
}

static void queues_of_msm__are_told_by_their_id(void **state)
{
	struct drm_msm_gem_submit a = { .queueid = 1 }, b = a, c = { .queueid = 2 };

	(void)state;
	b.fence_fd = 9;
	b.nr_cmds = 2;
	assert_int_not_equal(tag("msm", &a), 0);
	assert_int_equal(tag("msm", &a), tag("msm", &b));
	assert_int_not_equal(tag("msm", &a), tag("msm", &c));
}

#if __has_include("drm/xe_drm.h")
static void queues_of_xe__are_told_by_their_id(void **state)
{
	struct drm_xe_exec a = { .exec_queue_id = 1 }, b = a, c = { .exec_queue_id = 2 };

	(void)state;
	b.address = 0x1000;
	b.num_syncs = 1;
	assert_int_not_equal(tag("xe", &a), 0);
	assert_int_equal(tag("xe", &a), tag("xe", &b));
	assert_int_not_equal(tag("xe", &a), tag("xe", &c));
}

static void queues_of_lima_and_panfrost__are_told_by_what_a_job_is(void **state)
{
	struct drm_lima_gem_submit gp = { .ctx = 1, .pipe = LIMA_PIPE_GP }, gp2 = { .ctx = 2 };
	struct drm_lima_gem_submit pp = { .ctx = 1, .pipe = LIMA_PIPE_PP };
	struct drm_panfrost_submit fs = { .requirements = PANFROST_JD_REQ_FS }, cs = { .jc = 1 };

	(void)state;
	gp2.pipe = LIMA_PIPE_GP;
	assert_int_equal(tag("lima", &gp), tag("lima", &gp2));
	assert_int_not_equal(tag("lima", &gp), tag("lima", &pp));
	assert_int_not_equal(tag("panfrost", &fs), tag("panfrost", &cs));
	fs.requirements |= 0x10;
	fs.out_sync = 2;
	cs.requirements |= 0x10;
	assert_int_not_equal(tag("panfrost", &fs), tag("panfrost", &cs));
	cs.requirements |= PANFROST_JD_REQ_FS;
	assert_int_equal(tag("panfrost", &fs), tag("panfrost", &cs));
}
#else
static void queues_of_xe__are_told_by_their_id(void **state)
{
	(void)state;
	skip();
}

static void queues_of_lima_and_panfrost__are_told_by_what_a_job_is(void **state)
{
	(void)state;
	skip();
}
#endif

/* A submission of amdgpu, with commands as the chunk number @at of @count. */
struct cs {
	union drm_amdgpu_cs arg;
	uint64_t pointers[16];
	struct drm_amdgpu_cs_chunk chunks[16];
	struct drm_amdgpu_cs_chunk_ib ib;
};

static const struct cs *cs_make(struct cs *cs, uint32_t count, uint32_t at, uint32_t context,
				uint32_t ip, uint32_t ring)
{
	memset(cs, 0, sizeof(*cs));
	cs->ib.ip_type = ip;
	cs->ib.ring = ring;
	for (uint32_t i = 0; i < 16; i++) {
		cs->chunks[i].chunk_id = i == at ? AMDGPU_CHUNK_ID_IB : AMDGPU_CHUNK_ID_BO_HANDLES;
		cs->chunks[i].chunk_data = i == at ? (uintptr_t)&cs->ib : 0;
		cs->pointers[i] = (uintptr_t)&cs->chunks[i];
	}
	cs->arg.in.ctx_id = context;
	cs->arg.in.num_chunks = count;
	cs->arg.in.chunks = (uintptr_t)cs->pointers;
	return cs;
}

static void queues_of_amdgpu__are_told_by_context_and_ring(void **state)
{
	struct cs a, b;

	(void)state;
	cs_make(&a, 3, 2, 1, AMDGPU_HW_IP_GFX, 0);
	assert_int_not_equal(tag("amdgpu", &a), 0);
	cs_make(&b, 9, 7, 1, AMDGPU_HW_IP_GFX, 0);
	b.ib.va_start = 0x1000;
	b.ib.ib_bytes = 64;
	b.ib.flags = AMDGPU_IB_FLAG_PREEMPT;
	b.arg.in.bo_list_handle = 4;
	assert_int_equal(tag("amdgpu", &a), tag("amdgpu", &b));
	cs_make(&b, 3, 2, 1, AMDGPU_HW_IP_DMA, 0);
	assert_int_not_equal(tag("amdgpu", &a), tag("amdgpu", &b));
	cs_make(&b, 3, 2, 1, AMDGPU_HW_IP_GFX, 1);
	assert_int_not_equal(tag("amdgpu", &a), tag("amdgpu", &b));
	cs_make(&b, 3, 2, 2, AMDGPU_HW_IP_GFX, 0);
	assert_int_not_equal(tag("amdgpu", &a), tag("amdgpu", &b));
	cs_make(&b, 3, 2, 1, AMDGPU_HW_IP_GFX, 0);
	b.ib.ip_instance = 1;
	assert_int_not_equal(tag("amdgpu", &a), tag("amdgpu", &b));
}

static void chunks_of_amdgpu__are_looked_at_as_far_as_there_are_any(void **state)
{
	struct cs cs;

	(void)state;
	assert_int_equal(tag("amdgpu", cs_make(&cs, 2, 2, 1, 0, 0)), 0);
	assert_int_equal(tag("amdgpu", cs_make(&cs, 0, 0, 1, 0, 0)), 0);
	assert_int_equal(tag("amdgpu", cs_make(&cs, UINT32_MAX, 8, 1, 0, 0)), 0);
	reads = 0;
	assert_int_equal(tag("amdgpu", cs_make(&cs, UINT32_MAX, 16, 1, 0, 0)), 0);
	assert_in_range(reads, 1, 1 + 2 * TAG_AMDGPU_CHUNKS);
	cs_make(&cs, 2, 1, 1, 0, 0);
	cs.arg.in.chunks = 0;
	assert_int_equal(tag("amdgpu", &cs), 0);
	cs_make(&cs, 2, 1, 1, 0, 0);
	cs.pointers[0] = ~0ull;
	assert_int_equal(tag("amdgpu", &cs), 0);
	cs_make(&cs, 2, 1, 1, 0, 0);
	cs.chunks[1].chunk_data = 1ull << 63;
	assert_int_equal(tag("amdgpu", &cs), 0);
}

static void what_cannot_be_read__has_no_tag(void **state)
{
	const struct headgate_driver *driver = NULL;
	long page = sysconf(_SC_PAGESIZE);
	char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int told = 0;

	(void)state;
	assert_ptr_not_equal(pages, MAP_FAILED);
	memset(pages, 0, page);
	assert_int_equal(mprotect(pages + page, page, PROT_NONE), 0);
	while ((driver = headgate_driver_next(driver))) {
		if (!driver->n_ioctls || driver->ioctls[0].tag.kind == HEADGATE_TAG_NONE)
			continue;
		told++;
		assert_int_equal(tag(driver->name, NULL), 0);
		assert_int_equal(tag(driver->name, (void *)~0ul), 0);
		assert_int_equal(tag(driver->name, pages + page), 0);
		assert_int_equal(tag(driver->name, pages + page - 2), 0);
		if (driver->ioctls[0].tag.kind == HEADGATE_TAG_WORDS)
			assert_int_not_equal(tag(driver->name, pages + page - 64), 0);
	}
	assert_int_equal(told, 8);
	/* One word of two */
	assert_int_equal(tag("i915", pages + page - 48), 0);
	assert_int_not_equal(tag("i915", pages + page - 52), 0);
	munmap(pages, 2 * page);
}

static void a_driver_without_words__has_its_arguments_left_alone(void **state)
{
	const struct headgate_driver *driver = NULL;

	(void)state;
	reads = 0;
	while ((driver = headgate_driver_next(driver))) {
		for (size_t i = 0; i < driver->n_ioctls; i++) {
			const struct headgate_tag_source *source = &driver->ioctls[i].tag;

			assert_int_equal(!driver->ioctls[i].queue,
					 source->kind == HEADGATE_TAG_NONE);
			if (!driver->ioctls[i].queue)
				assert_int_equal(tag_of_argument(source, 0), 0);
		}
	}
	assert_int_equal(reads, 0);
}

/* ---- the lanes of queues ---- */

static void a_file_on_one_lane__is_not_said_to_vary(void **state)
{
	struct headgate_hint hint = { .verdict = HEADGATE_HINT_SUBMITS, .tag = *source_of("xe") };

	(void)state;
	tag_learn(&hint, 0, 7);
	tag_learn(&hint, 0, 7);
	assert_int_equal(hint.verdict, HEADGATE_HINT_SUBMITS);
	assert_int_equal(tag_lane(&hint, 0), 7);
	tag_learn(&hint, 0, 8);
	assert_int_equal(hint.verdict, HEADGATE_HINT_VARIES);
	assert_int_equal(tag_lane(&hint, 0), 8);
}

static void a_file_whose_arguments_say_nothing__never_varies(void **state)
{
	struct headgate_hint hint = { .verdict = HEADGATE_HINT_SUBMITS, .tag = *source_of("v3d") };

	(void)state;
	tag_learn(&hint, 0, 7);
	tag_learn(&hint, 0, 8);
	assert_int_equal(hint.verdict, HEADGATE_HINT_SUBMITS);
	assert_int_equal(tag_lane(&hint, 0), 8);
}

static void each_queue__has_its_lane_and_others_that_of_the_file(void **state)
{
	struct headgate_hint hint = { .verdict = HEADGATE_HINT_VARIES, .lane = 1 };

	(void)state;
	for (uint32_t t = 1; t <= HEADGATE_HINT_QUEUES; t++)
		tag_learn(&hint, 100 + t, 10 + t);
	for (uint32_t t = 1; t <= HEADGATE_HINT_QUEUES; t++)
		assert_int_equal(tag_lane(&hint, 100 + t), 10 + t);
	assert_int_equal(tag_lane(&hint, 99), 1);
	assert_int_equal(tag_lane(&hint, 0), 1);
	tag_learn(&hint, 103, 50);
	assert_int_equal(tag_lane(&hint, 103), 50);
	assert_int_equal(hint.learned, HEADGATE_HINT_QUEUES);
}

static void who_makes_queues_up__pushes_out_the_eldest_of_its_own(void **state)
{
	struct headgate_hint hint = { .verdict = HEADGATE_HINT_VARIES, .lane = 1 };

	(void)state;
	for (uint32_t t = 1; t <= 1000; t++)
		tag_learn(&hint, t, 10 + t);
	for (uint32_t t = 1; t <= 1000; t++)
		assert_int_equal(tag_lane(&hint, t),
				 t > 1000 - HEADGATE_HINT_QUEUES ? 10 + t : 1);
	assert_int_equal(tag_lane(&hint, 0), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(queues_of_simgpu__are_told_by_their_engine),
		cmocka_unit_test(queues_of_i915__are_told_by_engine_and_context),
		cmocka_unit_test(queues_of_msm__are_told_by_their_id),
		cmocka_unit_test(queues_of_xe__are_told_by_their_id),
		cmocka_unit_test(queues_of_lima_and_panfrost__are_told_by_what_a_job_is),
		cmocka_unit_test(queues_of_amdgpu__are_told_by_context_and_ring),
		cmocka_unit_test(chunks_of_amdgpu__are_looked_at_as_far_as_there_are_any),
		cmocka_unit_test(what_cannot_be_read__has_no_tag),
		cmocka_unit_test(a_driver_without_words__has_its_arguments_left_alone),
		cmocka_unit_test(a_file_on_one_lane__is_not_said_to_vary),
		cmocka_unit_test(a_file_whose_arguments_say_nothing__never_varies),
		cmocka_unit_test(each_queue__has_its_lane_and_others_that_of_the_file),
		cmocka_unit_test(who_makes_queues_up__pushes_out_the_eldest_of_its_own),
	};

	return cmocka_run_group_tests_name("tag", tests, NULL, NULL);
}
