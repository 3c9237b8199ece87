/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a virtio GPU's host offers its guest, and which of that leads past the gate. */
#ifndef LIBHEADGATE_VIRTIO_H
#define LIBHEADGATE_VIRTIO_H

#include <stdbool.h>
#include <stdint.h>

#define HEADGATE_VIRTIO_DRIVER	"virtio_gpu"

/* For what is known of a device: the driver could not be asked. */
#define HEADGATE_CAPSETS_UNKNOWN	UINT32_MAX

/* Asks a virtio GPU for one parameter; 0 or a negative errno. */
typedef int (*headgate_virtio_getparam)(int fd, uint64_t param, int *value);

/**
 * headgate_virtio_capsets - the kinds of context that programs may have
 * @fd: an open node of a virtio GPU
 * @getparam: who asks; NULL: the driver
 *
 * Return: a bit for each capset by its number; 0 when all contexts are virgl's and have no
 * memory that the host shares; HEADGATE_CAPSETS_UNKNOWN when that cannot be told.
 */
uint32_t headgate_virtio_capsets(int fd, headgate_virtio_getparam getparam);

/* Whether one of these kinds takes work from a ring in shared memory, or may. */
bool headgate_virtio_has_rings(uint32_t capsets);

#endif /* LIBHEADGATE_VIRTIO_H */
