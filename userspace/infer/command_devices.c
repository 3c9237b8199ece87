// SPDX-License-Identifier: GPL-2.0-or-later
/* headgate-infer devices: what the kernels can run on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "health.h"
#include "place.h"
#include "usage.h"
#include "vulkan/vulkan.h"

static void print_vulkan(int number, const struct infer_vulkan_device *device)
{
	char place[HEADGATE_DEVICE_NAME_MAX];

	infer_place("", device->render_major, device->render_minor, device->pci, place, sizeof(place));
	printf("vulkan:%-3d  %-12s  %8.1f GiB  %s%s%s%s\n", number, *place ? place : "-",
	       (double)device->memory / 0x1p30, device->name, device->driver[0] ? ", " : "", device->driver,
	       !device->usable ? " (cannot be used: no Vulkan 1.1 or no queue that computes)" :
	       device->cpu ? " (a processor)" : "");
}

int infer_command_devices(int argc, char **argv)
{
	struct infer_vulkan_device *devices = NULL;
	static const struct option options[] = { { "help", no_argument, NULL, 'h' }, {} };
	int option = getopt_long(argc, argv, ":h", options, NULL), n;

	if (option == 'h') {
		puts("Usage: headgate-infer devices\nList what models can run on, by the names other commands take.");
		return INFER_EXIT_OK;
	}
	if (option != -1)
		return infer_usage_option("devices", option, options, argv);
	if (optind < argc)
		return infer_usage_arguments("devices", NULL, argv[optind]);
	n = infer_vulkan_devices(&devices);
	puts("NAME        HEADGATED           MEMORY  DEVICE");
	for (int i = 0; i < n; i++)
		print_vulkan(i, &devices[i]);
	puts("native      -                        -  the processors");
	free(devices);
	return INFER_EXIT_OK;
}
