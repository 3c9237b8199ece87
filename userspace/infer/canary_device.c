// SPDX-License-Identifier: GPL-2.0-or-later
#include "canary_device.h"

#include <assert.h>
#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices.h"
#include "fnv.h"
#include "place.h"
#include "seeded_parts.h"
#include "vulkan/vulkan.h"

/* Some 0.1 ms on the slowest device of ours. */
#define ROWS 256u
#define COLUMNS 256u

struct infer_canary_device {
	struct infer_leg *leg;
	bool native;
	struct infer_canary_facts facts;
	struct infer_vulkan_integers *integers;
	int8_t vector[COLUMNS];
	int32_t right[ROWS], got[ROWS];
};

/* Build IDs of the program and all that it has loaded: the native leg is that code, libm among it. */
static int add_build_id(struct dl_phdr_info *object, size_t size, void *data)
{
	uint64_t *sum = data;

	(void)size;
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const uint8_t *at = (const uint8_t *)(object->dlpi_addr + object->dlpi_phdr[i].p_vaddr);
		const uint8_t *end = at + object->dlpi_phdr[i].p_memsz;

		if (object->dlpi_phdr[i].p_type != PT_NOTE || object->dlpi_phdr[i].p_align > 4)
			continue;
		while (at + sizeof(ElfW(Nhdr)) <= end) {
			const ElfW(Nhdr) *note = (const void *)at;
			size_t length = sizeof(*note) + ((note->n_namesz + 3) & ~3u) + ((note->n_descsz + 3) & ~3u);

			if (note->n_type == NT_GNU_BUILD_ID && at + length <= end)
				*sum = infer_fnv(*sum, at, length);
			at += length;
		}
	}
	return 0;
}

static uint64_t code_hash(void)
{
	uint64_t sum = INFER_FNV;

	dl_iterate_phdr(add_build_id, &sum);
	return sum;
}

static void uuid_text(const uint8_t uuid[16], char text[33])
{
	for (int i = 0; i < 16; i++)
		sprintf(text + 2 * i, "%02x", uuid[i]);
}

static_assert(INFER_PLACE == HEADGATE_DEVICE_NAME_MAX, "a name of headgated's does not fit");

static void describe_native(struct infer_canary_device *device)
{
	snprintf(device->facts.leg, sizeof(device->facts.leg), "%s", device->leg->name);
	snprintf(device->facts.key, sizeof(device->facts.key), "%s code=%016" PRIx64, device->facts.leg, code_hash());
}

static void describe_vulkan(struct infer_canary_device *device)
{
	const struct infer_vulkan_device *v = infer_vulkan_description(device->leg);
	char uuid[33], driver[33];

	/* By other variants of the kernels it gives other bits. */
	snprintf(device->facts.leg, sizeof(device->facts.leg), "%.208s by %s", device->leg->name, device->leg->kernels);
	for (char *c = device->facts.leg; *c; c++)
		*c = *c < ' ' ? '?' : *c;
	uuid_text(v->device_uuid, uuid);
	uuid_text(v->driver_uuid, driver);
	infer_place("", v->render_major, v->render_minor, v->pci, device->facts.place, sizeof(device->facts.place));
	/* The name has what some drivers compile for, such as the processor's vectors. */
	snprintf(device->facts.key, sizeof(device->facts.key), "%s device=%s driver=%s version=%" PRIx32 " shaders=%016" PRIx64,
		 device->facts.leg, uuid, driver, v->version, infer_vulkan_shaders_hash());
}

static int open_integers(struct infer_canary_device *device)
{
	uint64_t state = seeded_stream(1, "integers");
	int8_t *matrix = malloc(ROWS * COLUMNS);
	int error;

	if (!matrix)
		return -ENOMEM;
	for (uint32_t i = 0; i < COLUMNS; i++)
		device->vector[i] = (int8_t)seeded_next(&state);
	for (uint32_t i = 0; i < ROWS * COLUMNS; i++) {
		matrix[i] = (int8_t)seeded_next(&state);
		device->right[i / COLUMNS] += matrix[i] * device->vector[i % COLUMNS];
	}
	error = infer_vulkan_integers_open(device->leg, matrix, ROWS, COLUMNS, &device->integers);
	free(matrix);
	return error;
}

int infer_canary_device_open(const char *name, const struct infer_model *model, const struct infer_limits *limits,
			     struct infer_canary_device **opened, char problem[INFER_PROBLEM])
{
	struct infer_canary_device *device = calloc(1, sizeof(*device));
	int error;

	snprintf(problem, INFER_PROBLEM, "%s", strerror(ENOMEM));
	if (!device)
		return -ENOMEM;
	error = infer_device_open(name, model, limits, &device->leg, problem);
	if (error) {
		free(device);
		return error;
	}
	device->native = !strncmp(name, "native", 6);
	if (device->native)
		describe_native(device);
	else
		error = open_integers(device);
	if (error) {
		snprintf(problem, INFER_PROBLEM, "%.64s: the check by integers: %s", name, strerror(-error));
		infer_canary_device_close(device);
		return error;
	}
	/* Now, as the integers have kernels too. */
	if (!device->native)
		describe_vulkan(device);
	*opened = device;
	return 0;
}

void infer_canary_device_close(struct infer_canary_device *device)
{
	if (!device)
		return;
	if (device->integers)
		infer_vulkan_integers_close(device->integers);
	infer_leg_close(device->leg);
	free(device);
}

struct infer_leg *infer_canary_device_leg(const struct infer_canary_device *device)
{
	return device->leg;
}

const struct infer_canary_facts *infer_canary_device_facts(const struct infer_canary_device *device)
{
	return &device->facts;
}

uint64_t infer_canary_device_time(const struct infer_canary_device *device)
{
	return device->native ? 0 : infer_vulkan_times(device->leg).gpu;
}

bool infer_canary_device_is_native(const struct infer_canary_device *device)
{
	return device->native;
}

int infer_canary_device_integers(struct infer_canary_device *device, uint32_t *wrong)
{
	int error;

	*wrong = 0;
	if (!device->integers)
		return 0;
	memset(device->got, 0xff, sizeof(device->got));
	error = infer_vulkan_integers_run(device->integers, device->vector, device->got);
	if (error)
		return error;
	for (uint32_t i = 0; i < ROWS; i++)
		*wrong += device->got[i] != device->right[i];
	return 0;
}
