// SPDX-License-Identifier: GPL-2.0
/*
 * The device, its nodes and open files; load and unload.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/slab.h>

#include <drm/drm_accel.h>
#include <drm/drm_drv.h>
#include <drm/drm_ioctl.h>
#include <drm/drm_print.h>

#include "compat.h"
#include "simgpu.h"

/* Tests need a second one; more cost nothing. */
#define MAX_DEVICES	4
/* Beyond this a deep hardware queue is only a long way round the scheduler. */
#define MAX_DEPTH	1024
/* In us; a job takes at least as long to come. */
#define MIN_SLICE	50
#define MAX_SLICE	100000
/* Bounds what one file may allocate: about 1 KiB a job. */
#define MAX_QUEUE	65536

static unsigned int devices = 1;
module_param(devices, uint, 0444);
MODULE_PARM_DESC(devices, "Number of devices, 1 to 4 (default 1)");

static unsigned int engines = 2;
module_param(engines, uint, 0444);
MODULE_PARM_DESC(engines, "Number of engines, 1 to 16 (default 2)");

static unsigned int depth = 2;
module_param(depth, uint, 0444);
MODULE_PARM_DESC(depth, "Hardware queue entries of an engine, 1 to 1024 (default 2)");

static unsigned int timeout_ms = 2000;
module_param(timeout_ms, uint, 0444);
MODULE_PARM_DESC(timeout_ms, "Job time-out in ms, 0 for none (default 2000)");

static unsigned int queue_limit = 256;
module_param(queue_limit, uint, 0444);
MODULE_PARM_DESC(queue_limit, "Most unfinished jobs of one open file, 1 to 65536 (default 256)");

static bool flush;
module_param(flush, bool, 0444);
MODULE_PARM_DESC(flush, "A process that is killed stops the open files it used last (default no)");

static bool accel;
module_param(accel, bool, 0444);
MODULE_PARM_DESC(accel, "Nodes are accel nodes, not card and render nodes (default no)");

static bool sched_per_queue;
module_param(sched_per_queue, bool, 0444);
MODULE_PARM_DESC(sched_per_queue, "Each open file has schedulers and rings of its own (default no)");

static unsigned int slice_us = 1000;
module_param(slice_us, uint, 0444);
MODULE_PARM_DESC(slice_us, "With sched_per_queue: a queue's turn in us, 50 to 100000 (default 1000)");

static struct platform_device *simgpu_platform[MAX_DEVICES];

static DEFINE_MUTEX(bound_lock);
static struct simgpu_device *bound[MAX_DEVICES]; /* those that are there; bound_lock */

/* What moves a file's buffers on the next device, or NULL where that is not there. */
static struct simgpu_client *mover_create(struct simgpu_device *sdev)
{
	struct simgpu_client *mover = NULL;
	struct simgpu_device *next;

	mutex_lock(&bound_lock);
	next = bound[(sdev->index + 1) % devices];
	if (next && next != sdev)
		mover = simgpu_client_create(next);
	mutex_unlock(&bound_lock);
	return mover;
}

static int simgpu_open(struct drm_device *drm, struct drm_file *file)
{
	struct simgpu_device *sdev = to_simgpu_device(drm);
	struct simgpu_client *client = simgpu_client_create(sdev), *mover;

	if (IS_ERR(client))
		return PTR_ERR(client);
	mover = mover_create(sdev);
	if (IS_ERR(mover)) {
		simgpu_client_destroy(client);
		return PTR_ERR(mover);
	}
	client->mover = mover;
	file->driver_priv = client;
	return 0;
}

static bool is_killed(void)
{
	return (current->flags & PF_EXITING) && current->exit_code == SIGKILL;
}

/*
 * As amdgpu does when a process closes a file that others may have open still:
 * where the last to submit is being killed, nothing shall run any more.
 */
static int simgpu_flush(struct file *filp, fl_owner_t id)
{
	struct drm_file *file = filp->private_data;
	struct simgpu_device *sdev = to_simgpu_device(file->minor->dev);
	struct simgpu_client *client = file->driver_priv;
	unsigned int i;

	for (i = 0; i < sdev->engines && flush && is_killed(); i++)
		simgpu_lane_stop(&client->lane[i], &sdev->engine[i]);
	return 0;
}

/*
 * A closed file's queued jobs get up to a second in all to run, as with real
 * drivers; those of a killed task are cancelled at once. The file's own
 * software fences go first: its jobs may be waiting for them.
 */
static void simgpu_postclose(struct drm_device *drm, struct drm_file *file)
{
	struct simgpu_client *client = file->driver_priv;
	struct simgpu_device *sdev = client->sdev;
	long left = MAX_WAIT_SCHED_ENTITY_Q_EMPTY;
	unsigned int i;

	simgpu_fence_signal_all(client);
	for (i = 0; i < sdev->engines && !is_killed(); i++)
		left = simgpu_lane_flush(&client->lane[i], left);
	if (client->mover)
		simgpu_client_destroy(client->mover);
	simgpu_client_destroy(client);
}

static void add_counts(struct drm_simgpu_counts *sum,
		       const struct drm_simgpu_counts *jobs)
{
	sum->submitted += jobs->submitted;
	sum->completed += jobs->completed;
	sum->failed += jobs->failed;
	sum->cancelled += jobs->cancelled;
}

static int simgpu_info_ioctl(struct drm_device *drm, void *data,
			     struct drm_file *file)
{
	struct simgpu_device *sdev = to_simgpu_device(drm);
	struct simgpu_client *client = file->driver_priv;
	struct drm_simgpu_info *args = data;
	u32 engine = args->engine;
	unsigned int i;

	if (engine >= sdev->engines || args->pad) {
		drm_dbg(drm, "info: engine %u, pad %u\n", engine, args->pad);
		return -EINVAL;
	}
	memset(args, 0, sizeof(*args));
	args->engine = engine;
	args->engines = sdev->engines;
	args->depth = sdev->depth;
	args->queue_limit = sdev->queue_limit;
	args->timeout_ms = sdev->timeout_ms;
	args->busy_ns = simgpu_engine_busy(&sdev->engine[engine], NULL);
	args->client_busy_ns = simgpu_engine_busy(&sdev->engine[engine], client);

	for (i = 0; i < sdev->engines; i++) {
		struct simgpu_engine *e = &sdev->engine[i];

		spin_lock_irq(&e->lock);
		if (i == engine)
			args->engine_jobs = e->jobs;
		add_counts(&args->device_jobs, &e->jobs);
		add_counts(&args->client_jobs, &client->lane[i].jobs);
		spin_unlock_irq(&e->lock);
	}
	return 0;
}

static void simgpu_show_fdinfo(struct drm_printer *p, struct drm_file *file)
{
	struct simgpu_device *sdev = to_simgpu_device(file->minor->dev);
	struct simgpu_client *client = file->driver_priv;
	unsigned int i;

	for (i = 0; i < sdev->engines; i++)
		drm_printf(p, "drm-engine-%s:\t%llu ns\n", sdev->engine[i].name,
			   simgpu_engine_busy(&sdev->engine[i], client));
}

static const struct drm_ioctl_desc simgpu_ioctls[] = {
	DRM_IOCTL_DEF_DRV(SIMGPU_SUBMIT, simgpu_submit_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(SIMGPU_INFO, simgpu_info_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(SIMGPU_FENCE, simgpu_fence_ioctl, DRM_RENDER_ALLOW),
	DRM_IOCTL_DEF_DRV(SIMGPU_SIGNAL, simgpu_signal_ioctl, DRM_RENDER_ALLOW),
};

/* Of the two kinds of nodes. */
#define SIMGPU_FOPS(open_)				\
	.owner		= THIS_MODULE,			\
	.open		= (open_),			\
	.release	= drm_release,			\
	.flush		= simgpu_flush,			\
	.unlocked_ioctl	= drm_ioctl,			\
	.compat_ioctl	= drm_compat_ioctl,		\
	.poll		= drm_poll,			\
	.read		= drm_read,			\
	.llseek		= noop_llseek,			\
	.show_fdinfo	= drm_show_fdinfo,		\
	.fop_flags	= FOP_UNSIGNED_OFFSET

static const struct file_operations simgpu_fops = { SIMGPU_FOPS(drm_open) };
#if IS_ENABLED(CONFIG_DRM_ACCEL)
static const struct file_operations simgpu_accel_fops = { SIMGPU_FOPS(accel_open) };
#else
#define simgpu_accel_fops simgpu_fops
#endif

/* As the parameters want it, from apply_params() on. */
static struct drm_driver simgpu_driver __ro_after_init = {
	.driver_features = DRIVER_RENDER | DRIVER_SYNCOBJ |
			   DRIVER_SYNCOBJ_TIMELINE,
	.open		= simgpu_open,
	.postclose	= simgpu_postclose,
	.show_fdinfo	= simgpu_show_fdinfo,
	.ioctls		= simgpu_ioctls,
	.num_ioctls	= ARRAY_SIZE(simgpu_ioctls),
	.fops		= &simgpu_fops,
	.name		= SIMGPU_NAME,
	.desc		= "Simulated GPU",
	SIMGPU_DRIVER_DATE
	.major		= 1,
	.minor		= 0,
};

static void __init apply_params(void)
{
	if (accel) {
		simgpu_driver.driver_features ^= DRIVER_RENDER | DRIVER_COMPUTE_ACCEL;
		simgpu_driver.fops = &simgpu_accel_fops;
	}
	/* A driver of its own, as far as anybody can tell. */
	if (sched_per_queue)
		simgpu_driver.name = SIMGPU_NAME "_queues";
}

static int check_params(void)
{
	if (!devices || devices > MAX_DEVICES || !engines ||
	    engines > SIMGPU_MAX_ENGINES || !depth || depth > MAX_DEPTH ||
	    !queue_limit || queue_limit > MAX_QUEUE ||
	    slice_us < MIN_SLICE || slice_us > MAX_SLICE) {
		pr_err("a module parameter is out of range\n");
		return -EINVAL;
	}
	if (accel && !IS_ENABLED(CONFIG_DRM_ACCEL)) {
		pr_err("this kernel has no accel nodes\n");
		return -EOPNOTSUPP;
	}
	return 0;
}

static int simgpu_probe(struct platform_device *pdev)
{
	unsigned int index = pdev->id == PLATFORM_DEVID_NONE ? 0 : pdev->id;
	struct simgpu_device *sdev;
	int ret;

	if (index >= devices)
		return -ENODEV;
	sdev = devm_drm_dev_alloc(&pdev->dev, &simgpu_driver,
				  struct simgpu_device, drm);
	if (IS_ERR(sdev))
		return PTR_ERR(sdev);

	sdev->index = index;
	sdev->depth = depth;
	sdev->timeout_ms = timeout_ms;
	sdev->queue_limit = queue_limit;
	sdev->per_queue = sched_per_queue;
	sdev->slice_ns = sched_per_queue ? (u64)slice_us * NSEC_PER_USEC : 0;
	for (; sdev->engines < engines; sdev->engines++) {
		ret = simgpu_engine_init(sdev, &sdev->engine[sdev->engines],
					 sdev->engines);
		if (ret)
			return ret;
	}
	platform_set_drvdata(pdev, sdev);
	ret = drm_dev_register(&sdev->drm, 0);
	if (ret)
		return ret;
	simgpu_debugfs_init(sdev);
	mutex_lock(&bound_lock);
	bound[index] = sdev;
	mutex_unlock(&bound_lock);
	return 0;
}

/*
 * Files may be open: their calls fail from now on. What is in the hardware, and
 * what comes yet, ends with ENODEV. The engines last as long as any of that.
 */
static void simgpu_remove(struct platform_device *pdev)
{
	struct simgpu_device *sdev = platform_get_drvdata(pdev);
	unsigned int i;

	mutex_lock(&bound_lock);
	bound[sdev->index] = NULL;
	mutex_unlock(&bound_lock);
	simgpu_debugfs_fini(sdev);
	drm_dev_unplug(&sdev->drm);
	for (i = 0; i < sdev->engines; i++)
		simgpu_engine_unplug(&sdev->engine[i]);
}

static struct platform_driver simgpu_platform_driver = {
	.probe	= simgpu_probe,
	.remove	= simgpu_remove,
	.driver	= { .name = SIMGPU_NAME },
};

static struct platform_device *create_platform(unsigned int index)
{
	struct platform_device *pdev;

	pdev = platform_device_register_simple(SIMGPU_NAME, index ? index : PLATFORM_DEVID_NONE,
					       NULL, 0);
	if (IS_ERR(pdev) || bound[index])
		return pdev;
	platform_device_unregister(pdev);
	return ERR_PTR(-ENODEV);
}

/* The first @count; where no file is open and no fence is left, all of them goes. */
static void destroy_platforms(unsigned int count)
{
	while (count--)
		platform_device_unregister(simgpu_platform[count]);
	platform_driver_unregister(&simgpu_platform_driver);
	/* The last fences' callbacks may still be in our code, and free clients. */
	rcu_barrier();
	simgpu_clients_exit();
}

/* No file is open, no job and no fence is left: each holds the module. */
static void __exit simgpu_exit(void)
{
	destroy_platforms(devices);
}

static int __init simgpu_init(void)
{
	unsigned int i;
	int ret;

	ret = check_params();
	if (ret)
		return ret;
	apply_params();
	ret = simgpu_clients_init();
	if (ret)
		return ret;
	ret = platform_driver_register(&simgpu_platform_driver);
	if (ret) {
		simgpu_clients_exit();
		return ret;
	}
	for (i = 0; i < devices; i++) {
		simgpu_platform[i] = create_platform(i);
		if (IS_ERR(simgpu_platform[i])) {
			ret = PTR_ERR(simgpu_platform[i]);
			destroy_platforms(i);
			return ret;
		}
	}
	return 0;
}

module_init(simgpu_init);
module_exit(simgpu_exit);

MODULE_DESCRIPTION("Simulated GPU");
MODULE_AUTHOR("The headgate authors");
MODULE_LICENSE("GPL");
