// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Vulkan devices: which one is chosen, what is told of them, and how one is refused or given up.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "leg.h"
#include "random_model.h"
#include "vulkan/devices.h"
#include "vulkan/vulkan.h"
#include "vulkan_world.h"

/* How an open that must fail does. */
static int error_of(const struct shape *shape, const char *device,
		    const struct infer_vulkan_options *options, char problem[INFER_PROBLEM])
{
	struct infer_limits limits = { 4, 4, 2, 2, 0 };
	struct infer_model *model = random_model(shape);
	struct infer_leg *leg;
	int error = infer_vulkan_open_with(model, &limits, device, options, &leg, problem);

	if (!error)
		infer_leg_close(leg);
	random_model_free(model);
	return error;
}

static void check_refusals(void)
{
	static const struct shape wide_heads = { INFER_F32, 64, 64, 1, 1, 1, 512, 64, false };
	struct infer_vulkan_options options = { 0 }, unknown = { .features = "subgroups,wings" };
	struct infer_vulkan_options narrow = { .max_range = 512 };
	char problem[INFER_PROBLEM];

	vulkan_verdict("vulkan__a_device_that_is_not_there__is_refused",
		       error_of(&vulkan_small, "no such device", &options, problem) == -ENODEV &&
			       strstr(problem, "no such device"));
	vulkan_verdict("vulkan__an_index_past_the_end__is_refused",
		       error_of(&vulkan_small, "99", &options, problem) == -ENODEV);
	vulkan_verdict("vulkan__an_unknown_feature__is_refused",
		       error_of(&vulkan_small, vulkan_device(), &unknown, problem) == -EINVAL &&
			       strstr(problem, "wings") && strstr(problem, "expected plain, or some of subgroups"));
	vulkan_verdict("vulkan__heads_that_are_too_wide__are_refused",
		       error_of(&wide_heads, vulkan_device(), &options, problem) == -ENODATA &&
			       strstr(problem, "512"));
	vulkan_verdict("vulkan__rows_longer_than_a_buffer__are_refused",
		       error_of(&vulkan_small, vulkan_device(), &narrow, problem) == -ENODATA);
}

/* What is wrong with the variable is told with its name, and with what the device has. */
static void check_variable(void)
{
	struct infer_vulkan_options options = { 0 };
	struct infer_vulkan_device *devices;
	int n = infer_vulkan_devices(&devices), device = atoi(vulkan_device());
	bool all = n > device && devices[device].features & INFER_VULKAN_MATRICES;
	char problem[INFER_PROBLEM];
	int error;

	free(devices);
	setenv("HEADGATE_INFER_VULKAN", "subgrups", 1);
	vulkan_verdict("vulkan__a_variable_of_no_feature__is_refused",
		       error_of(&vulkan_small, vulkan_device(), &options, problem) == -EINVAL &&
			       strstr(problem, "HEADGATE_INFER_VULKAN=subgrups "));
	setenv("HEADGATE_INFER_VULKAN", "plain,matrices", 1);
	error = error_of(&vulkan_small, vulkan_device(), &options, problem);
	if (all)
		vulkan_skip("vulkan__a_variable_of_what_the_device_lacks__is_refused",
			    "the device lacks nothing");
	else
		vulkan_verdict("vulkan__a_variable_of_what_the_device_lacks__is_refused",
			       error == -ENODATA &&
				       strstr(problem, " lacks matrices, which HEADGATE_INFER_VULKAN names; "));
	unsetenv("HEADGATE_INFER_VULKAN");
}

static void check_devices(void)
{
	struct infer_vulkan_device *devices;
	int n = infer_vulkan_devices(&devices);
	bool named = n > 0;

	for (int i = 0; i < n; i++) {
		printf("# device %d: %s, %s, PCI \"%s\", features %#x%s\n", i, devices[i].name, devices[i].driver,
		       devices[i].pci, devices[i].features, devices[i].cpu ? ", a processor" : "");
		named = named && devices[i].name[0] && devices[i].driver[0] && devices[i].memory;
	}
	vulkan_verdict("vulkan__devices__have_names_drivers_and_memory", named);
	free(devices);
}

/*
 * Opening waits for the weights to arrive, so that is where a deadline of nothing is missed: in
 * each try, but where this process is held up for longer than the copy takes.
 */
static void check_deadline(void)
{
	struct infer_vulkan_options hasty = { .deadline = 1 };
	int error = 0;

	for (int i = 0; i < 20 && !error; i++) {
		char problem[INFER_PROBLEM];

		error = error_of(&vulkan_small, vulkan_device(), &hasty, problem);
	}
	vulkan_verdict("vulkan__a_device_that_does_not_answer__is_given_up", error == -ETIMEDOUT);
}

static void check_choice(void)
{
	static const struct infer_vulkan_device all[] = {
		{ .name = "Old GPU", .usable = false },
		{ .name = "A processor", .cpu = true, .usable = true },
		{ .name = "Small GPU", .integrated = true, .usable = true, .pci = "0000:00:02.0" },
		{ .name = "Large GPU", .usable = true, .pci = "0000:03:00.0" },
	};
	static const struct {
		const char *name, *wanted;
		int n, chosen;
		const char *why;
	} cases[] = {
		{ "by_default__a_device_with_its_own_memory_is_chosen", NULL, 4, 3, NULL },
		{ "by_default__a_small_device_is_chosen_before_a_processor", NULL, 3, 2, NULL },
		{ "by_default__a_processor_is_not_chosen", "", 2, -ENODEV, "name one as vulkan:1 to use it" },
		{ "by_default__a_device_that_cannot_be_used_is_not_chosen", NULL, 1, -ENODEV, "none has Vulkan 1.1" },
		{ "a_part_of_a_name__names_a_device", "small", 4, 2, NULL },
		{ "a_pci_address__names_a_device", "0000:03:00.0", 4, 3, NULL },
		{ "a_number__names_a_device", "1", 4, 1, NULL },
		{ "a_number__that_cannot_be_used_is_refused", "0", 4, -ENODEV, "Vulkan device 0 cannot be used" },
		{ "a_number__past_the_end_is_refused", "4", 4, -ENODEV, "no Vulkan device 4, only 0 to 3:" },
		{ "a_number__past_the_only_one_is_refused", "7", 1, -ENODEV, "no Vulkan device 7, only 0:" },
		{ "a_name__that_cannot_be_used_is_refused", "old", 4, -ENODEV, "has \"old\" in its name" },
		{ "no_device__is_told", "0", 0, -ENODEV, "no Vulkan device here" },
	};
	char name[128], why[INFER_PROBLEM];
	int chosen;
	bool told;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(name, sizeof(name), "vulkan__%s", cases[i].name);
		vk_devices_why(all, cases[i].n, cases[i].wanted, why);
		told = !cases[i].why || strstr(why, cases[i].why);
		chosen = vk_devices_choose(all, cases[i].n, cases[i].wanted);
		vulkan_verdict(name, chosen == cases[i].chosen && told);
	}
	vk_devices_why(&all[1], 1, NULL, why);
	vulkan_verdict("vulkan__the_only_processor__is_told_how_to_name", strstr(why, "name it as vulkan:0 to use it"));
}

int main(void)
{
	check_choice();
	if (!vulkan_is_there())
		return vulkan_sum_up(0);
	check_devices();
	check_refusals();
	check_variable();
	check_deadline();
	return vulkan_sum_up(0);
}
