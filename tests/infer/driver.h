/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The driver's functions that make kernels, between it and the leg: they are watched, and refuse
 * kernels as those of a driver do that offers more than it can compile. For programs linked with
 * --wrap=vk_functions_load and --wrap=vk_instance_open.
 */
#ifndef DRIVER_H
#define DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "vulkan/loader.h"

/* What kernels of each feature declare, by SPIR-V's numbers; what all of them do. */
#define DRIVER_SUBGROUPS 63u  /* GroupNonUniformArithmetic */
#define DRIVER_HALVES 4433u   /* StorageBuffer16BitAccess */
#define DRIVER_DOTS 6019u     /* DotProduct */
#define DRIVER_MATRICES 6022u /* CooperativeMatrixKHR */
#define DRIVER_ALL 1u	      /* Shader */

/**
 * struct driver - of all devices
 * @refuses: kernels that declare one of these; 0: none
 * @says: then; VK_SUCCESS: and gives no pipeline
 * @refused: how many were
 * @opens: what is said when a device is opened
 * @modules, @pipelines, @layouts: that there are
 * @partial: a kernel with matrices was to be made for subgroups that need not be full
 */
struct driver {
	uint32_t refuses[2];
	VkResult says, opens;
	unsigned int refused;
	int modules, pipelines, layouts;
	bool partial;
};

extern struct driver driver;

/* The linker's names. */
int __real_vk_instance_open(struct vk_instance *instance);
int __wrap_vk_instance_open(struct vk_instance *instance);
int __real_vk_functions_load(const struct vk_instance *instance, VkDevice device,
			     struct vk_functions *vk);
int __wrap_vk_functions_load(const struct vk_instance *instance, VkDevice device,
			     struct vk_functions *vk);

#endif
