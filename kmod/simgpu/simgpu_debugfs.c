// SPDX-License-Identifier: GPL-2.0
/*
 * Knobs for tests: /sys/kernel/debug/simgpu/eN/{slow,coalesce,hang_next,fail_next,stats},
 * of further devices in simgpu.1 and so on.
 * A change holds for jobs that start after it.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "simgpu.h"

static int set(struct simgpu_engine *engine, u32 *knob, u64 val, u64 min, u64 max)
{
	if (val < min || val > max)
		return -EINVAL;

	spin_lock_irq(&engine->lock);
	*knob = val;
	spin_unlock_irq(&engine->lock);
	return 0;
}

static int slow_get(void *data, u64 *val)
{
	struct simgpu_engine *engine = data;

	*val = READ_ONCE(engine->slow);
	return 0;
}

static int slow_set(void *data, u64 val)
{
	struct simgpu_engine *engine = data;

	return set(engine, &engine->slow, val, 1, SIMGPU_SLOW_MAX);
}

static int coalesce_get(void *data, u64 *val)
{
	struct simgpu_engine *engine = data;

	*val = READ_ONCE(engine->coalesce);
	return 0;
}

static int coalesce_set(void *data, u64 val)
{
	struct simgpu_engine *engine = data;

	return set(engine, &engine->coalesce, val, 0, NSEC_PER_SEC);
}

static int hang_next_get(void *data, u64 *val)
{
	struct simgpu_engine *engine = data;

	*val = READ_ONCE(engine->hang_next);
	return 0;
}

static int hang_next_set(void *data, u64 val)
{
	struct simgpu_engine *engine = data;

	return set(engine, &engine->hang_next, val, 0, U32_MAX);
}

static int fail_next_get(void *data, u64 *val)
{
	struct simgpu_engine *engine = data;

	*val = READ_ONCE(engine->fail_next);
	return 0;
}

static int fail_next_set(void *data, u64 val)
{
	struct simgpu_engine *engine = data;

	return set(engine, &engine->fail_next, val, 0, U32_MAX);
}

DEFINE_DEBUGFS_ATTRIBUTE(slow, slow_get, slow_set, "%llu\n");
DEFINE_DEBUGFS_ATTRIBUTE(coalesce, coalesce_get, coalesce_set, "%llu\n");
DEFINE_DEBUGFS_ATTRIBUTE(hang_next, hang_next_get, hang_next_set, "%llu\n");
DEFINE_DEBUGFS_ATTRIBUTE(fail_next, fail_next_get, fail_next_set, "%llu\n");

static int stats_show(struct seq_file *m, void *unused)
{
	struct simgpu_engine *engine = m->private;
	struct drm_simgpu_counts jobs;
	u64 resets, busy, in_hardware;

	busy = simgpu_engine_busy(engine, NULL);
	spin_lock_irq(&engine->lock);
	jobs = engine->jobs;
	resets = engine->resets;
	in_hardware = engine->in_hardware;
	spin_unlock_irq(&engine->lock);

	seq_printf(m, "name %s\n", engine->name);
	seq_printf(m, "submitted %llu\n", jobs.submitted);
	seq_printf(m, "completed %llu\n", jobs.completed);
	seq_printf(m, "failed %llu\n", jobs.failed);
	seq_printf(m, "cancelled %llu\n", jobs.cancelled);
	seq_printf(m, "resets %llu\n", resets);
	seq_printf(m, "in_hardware %llu\n", in_hardware);
	seq_printf(m, "busy_ns %llu\n", busy);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

/**
 * simgpu_debugfs_init() - make the knobs
 * @sdev: the device
 *
 * debugfs being absent is no error.
 */
void simgpu_debugfs_init(struct simgpu_device *sdev)
{
	struct dentry *dir;
	char name[8];
	unsigned int i;

	sdev->debugfs = debugfs_create_dir(dev_name(sdev->drm.dev), NULL);
	for (i = 0; i < sdev->engines; i++) {
		struct simgpu_engine *engine = &sdev->engine[i];

		snprintf(name, sizeof(name), "e%u", (u8)i);
		dir = debugfs_create_dir(name, sdev->debugfs);
		debugfs_create_file_unsafe("slow", 0600, dir, engine, &slow);
		debugfs_create_file_unsafe("coalesce", 0600, dir, engine, &coalesce);
		debugfs_create_file_unsafe("hang_next", 0600, dir, engine, &hang_next);
		debugfs_create_file_unsafe("fail_next", 0600, dir, engine, &fail_next);
		debugfs_create_file("stats", 0400, dir, engine, &stats_fops);
	}
}

/**
 * simgpu_debugfs_fini() - remove the knobs; waits for those in use
 * @sdev: the device
 */
void simgpu_debugfs_fini(struct simgpu_device *sdev)
{
	debugfs_remove(sdev->debugfs);
}
