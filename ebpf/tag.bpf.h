/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tag of a submission's queue, read from the argument of the ioctl in user memory.
 *
 * The program may write something else there at any time, and may have paged it out: a
 * tag is a hint. What cannot be read without a page fault has the tag 0, as has what
 * the driver will refuse. All layouts are the same for 32-bit callers, pointers included.
 *
 * The unit tests compile this, too, with a bpf_probe_read_user() of their own.
 */
#ifndef HEADGATE_TAG_BPF_H
#define HEADGATE_TAG_BPF_H

#include <headgate/gate.h>

/* Mesa has up to seven before those that hold commands: buffers, syncobjs, fences. */
#define TAG_AMDGPU_CHUNKS	8
#define TAG_AMDGPU_CHUNK_IB	1

/* struct drm_amdgpu_cs_in */
struct tag_amdgpu_cs {
	__u32 ctx_id;
	__u32 bo_list_handle;
	__u32 num_chunks;
	__u32 flags;
	__u64 chunks; /* of pointers to chunks */
};

/* struct drm_amdgpu_cs_chunk */
struct tag_amdgpu_chunk {
	__u32 chunk_id;
	__u32 length_dw;
	__u64 chunk_data;
};

/* struct drm_amdgpu_cs_chunk_ib: commands, and the ring that they are for */
struct tag_amdgpu_ib {
	__u32 pad;
	__u32 flags;
	__u64 va_start;
	__u32 ib_bytes;
	__u32 ip_type;
	__u32 ip_instance;
	__u32 ring;
};

static __always_inline bool tag_read(void *to, __u32 size, __u64 from)
{
	return !bpf_probe_read_user(to, size, (const void *)from);
}

/* Not 0, but for all ones: whose lane will not be learned apart, and that is all. */
static __always_inline __u32 tag_of(__u32 low, __u32 high)
{
	return (high << 16 | (low & 0xffff)) + 1;
}

static __always_inline bool tag_read_word(const struct headgate_tag_word *word, __u64 arg,
					  __u32 *value)
{
	*value = 0;
	if (!word->mask)
		return true;
	if (!tag_read(value, sizeof(*value), arg + word->offset))
		return false;
	*value &= word->mask;
	return true;
}

static __always_inline __u32 tag_of_words(const struct headgate_tag_source *source, __u64 arg)
{
	__u32 low, high;

	if (!tag_read_word(&source->words[0], arg, &low) ||
	    !tag_read_word(&source->words[1], arg, &high))
		return 0;
	return tag_of(low, high);
}

/* A ring of a context is a drm_sched entity. Of several rings the first one tells. */
static __always_inline __u32 tag_of_amdgpu_cs(__u64 arg)
{
	struct tag_amdgpu_chunk chunk;
	struct tag_amdgpu_cs cs;
	struct tag_amdgpu_ib ib;
	__u64 pointer;

	if (!tag_read(&cs, sizeof(cs), arg))
		return 0;
	for (__u32 i = 0; i < TAG_AMDGPU_CHUNKS && i < cs.num_chunks; i++) {
		if (!tag_read(&pointer, sizeof(pointer), cs.chunks + i * sizeof(pointer)) ||
		    !tag_read(&chunk, sizeof(chunk), pointer))
			return 0;
		if (chunk.chunk_id != TAG_AMDGPU_CHUNK_IB)
			continue;
		if (!tag_read(&ib, sizeof(ib), chunk.chunk_data))
			return 0;
		return tag_of(ib.ip_type << 8 | (ib.ip_instance & 0xf) << 4 | (ib.ring & 0xf),
			      cs.ctx_id);
	}
	return 0;
}

/* The tag of what is submitted with @arg, the argument of the ioctl; 0 where none can be told. */
static __always_inline __u32 tag_of_argument(const struct headgate_tag_source *source, __u64 arg)
{
	switch (source->kind) {
	case HEADGATE_TAG_WORDS:
		return tag_of_words(source, arg);
	case HEADGATE_TAG_AMDGPU_CS:
		return tag_of_amdgpu_cs(arg);
	default:
		return 0;
	}
}

/* Where the jobs of a queue land, as far as is known: 0, or the lane of the file. */
static __always_inline __u32 tag_lane(const struct headgate_hint *hint, __u32 tag)
{
	for (__u32 i = 0; tag && i < HEADGATE_HINT_QUEUES; i++)
		if (hint->queues[i].tag == tag)
			return hint->queues[i].lane;
	return hint->lane;
}

static __always_inline void tag_learn_queue(struct headgate_hint *hint, __u32 tag, __u32 lane)
{
	__u32 place;

	for (__u32 i = 0; i < HEADGATE_HINT_QUEUES; i++) {
		if (hint->queues[i].tag == tag) {
			hint->queues[i].lane = lane;
			return;
		}
	}
	place = hint->learned++ % HEADGATE_HINT_QUEUES;
	hint->queues[place].lane = lane;
	hint->queues[place].tag = tag;
}

/*
 * A job landed on @lane, and that is not what the hint says. A file all of whose jobs
 * land on one lane gets here once.
 */
static __always_inline void tag_learn(struct headgate_hint *hint, __u32 tag, __u32 lane)
{
	if (tag) {
		tag_learn_queue(hint, tag, lane);
		return;
	}
	if (hint->lane && hint->lane != lane && hint->tag.kind != HEADGATE_TAG_NONE)
		hint->verdict = HEADGATE_HINT_VARIES;
	hint->lane = lane;
}

#endif /* HEADGATE_TAG_BPF_H */
