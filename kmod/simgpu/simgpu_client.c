// SPDX-License-Identifier: GPL-2.0
/*
 * Clients: what stands behind an open file, and behind its fences after that.
 */
#include <linux/slab.h>
#include <linux/workqueue.h>

#include <drm/drm_drv.h>

#include "compat.h"
#include "simgpu.h"

static struct workqueue_struct *client_wq; /* frees clients; exit waits for it */

struct simgpu_client *simgpu_client_get(struct simgpu_client *client)
{
	kref_get(&client->ref);
	return client;
}

static void client_free_work(struct work_struct *work)
{
	struct simgpu_client *client = container_of(work, struct simgpu_client, free);
	unsigned int i;

	for (i = 0; i < client->sdev->engines; i++)
		simgpu_lane_free(&client->lane[i]);
	drm_dev_put(&client->sdev->drm);
	kfree(client);
}

static void client_free(struct kref *ref)
{
	struct simgpu_client *client = container_of(ref, struct simgpu_client, ref);

	/* The device may go with it, which may sleep. */
	INIT_WORK(&client->free, client_free_work);
	queue_work(client_wq, &client->free);
}

/* Context: any. */
void simgpu_client_put(struct simgpu_client *client)
{
	kref_put(&client->ref, client_free);
}

struct simgpu_client *simgpu_client_create(struct simgpu_device *sdev)
{
	struct simgpu_client *client;
	unsigned int i;
	int ret;

	client = kzalloc(struct_size(client, lane, sdev->engines), GFP_KERNEL);
	if (!client)
		return ERR_PTR(-ENOMEM);
	drm_dev_get(&sdev->drm);
	client->sdev = sdev;
	kref_init(&client->ref);
	init_waitqueue_head(&client->room);
	xa_init_flags(&client->fences, XA_FLAGS_ALLOC1);

	for (i = 0; i < sdev->engines; i++) {
		ret = simgpu_lane_init(&client->lane[i], sdev, &sdev->engine[i]);
		if (ret)
			goto err;
	}
	return client;

err:
	while (i--)
		simgpu_lane_fini(&client->lane[i], &sdev->engine[i]);
	simgpu_client_put(client);
	return ERR_PTR(ret);
}

/* Jobs that never ran are cancelled. */
void simgpu_client_destroy(struct simgpu_client *client)
{
	struct simgpu_device *sdev = client->sdev;
	unsigned int i;

	for (i = 0; i < sdev->engines; i++)
		simgpu_lane_fini(&client->lane[i], &sdev->engine[i]);
	simgpu_client_put(client);
}

int __init simgpu_clients_init(void)
{
	client_wq = alloc_workqueue("simgpu_client", WQ_UNBOUND, 0);
	return client_wq ? 0 : -ENOMEM;
}

/* No file is open; waits for those that are being freed. */
void simgpu_clients_exit(void)
{
	destroy_workqueue(client_wq);
}
