/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Features of devices (enum infer_vulkan_feature): their names, and which of them a driver offers without being
 * able to make kernels that use them. That is found by trying (pipelines.c), and true of the device for as long
 * as this process lasts: no leg tries what another one has found.
 */
#ifndef INFER_VULKAN_FEATURES_H
#define INFER_VULKAN_FEATURES_H

#include "vulkan.h"

/* Room for all their names. */
#define VK_FEATURES_TEXT INFER_KERNELS

/* Return: 0 and *features, of names with commas between; -EINVAL if one is none. */
int vk_features_parse(const char *names, uint32_t *features);

/* vk_features_text(): the same names; "plain" for no feature. Return: @text. */
const char *vk_features_text(uint32_t features, char text[VK_FEATURES_TEXT]);

/* vk_features_missing(): what was found so far of that device. */
uint32_t vk_features_missing(const struct infer_vulkan_device *device);

/* vk_features_miss(): @features are found not to work. Return: whether that is new. */
bool vk_features_miss(const struct infer_vulkan_device *device, uint32_t features);

#endif
