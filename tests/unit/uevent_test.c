// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages of the kernel and of udev, and which of them matter. */
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "uevent.h"

/* A string literal with NULs in it, the last one as well. */
#define PARSE(text, event) uevent_parse(text, sizeof(text), event)

static void message_of_the_kernel__is_taken_apart(void **state)
{
	struct uevent event;

	(void)state;
	assert_true(PARSE("add@/devices/platform/simgpu/drm/card0\0ACTION=add\0"
			  "DEVPATH=/devices/platform/simgpu/drm/card0\0SUBSYSTEM=drm\0MAJOR=226\0"
			  "MINOR=0\0DEVNAME=dri/card0\0DEVTYPE=drm_minor\0SEQNUM=1234", &event));
	assert_string_equal(event.action, "add");
	assert_string_equal(event.subsystem, "drm");
	assert_string_equal(event.node, "dri/card0");
	assert_string_equal(event.wedged, "");
	assert_true(uevent_is_of_devices(&event));
	assert_true(PARSE("change@/devices/pci0000:00/0000:00:02.0/drm/card1\0ACTION=change\0"
			  "SUBSYSTEM=drm\0WEDGED=rebind,bus-reset\0DEVNAME=dri/card1", &event));
	assert_string_equal(event.wedged, "rebind,bus-reset");
	/* Keys are whole words. */
	assert_true(PARSE("change@/x\0ACTION=change\0XSUBSYSTEM=drm\0SUBSYSTEMX=drm\0SYNTH_ARG_WEDGED=none",
			  &event));
	assert_string_equal(event.subsystem, "");
	assert_string_equal(event.wedged, "");
}

/* Return: its length. */
static size_t udev_message(char *to, uint32_t magic, uint32_t offset, const char *strings,
			   uint32_t length)
{
	const uint32_t numbers[] = { htobe32(magic), 40, offset, length, 0, 0, 0, 0 };

	memset(to, 0, 8);
	memcpy(to, "libudev", 7);
	memcpy(to + 8, numbers, sizeof(numbers));
	memcpy(to + 40, strings, length);
	return 40 + length;
}

static void message_of_udev__is_taken_apart(void **state)
{
	static const char strings[] = "ACTION=remove\0SUBSYSTEM=accel\0DEVNAME=/dev/accel/accel0";
	struct uevent event;
	char message[256];
	size_t length = udev_message(message, 0xfeedcafe, 40, strings, sizeof(strings));

	(void)state;
	assert_true(uevent_parse(message, length, &event));
	assert_string_equal(event.action, "remove");
	assert_string_equal(event.subsystem, "accel");
	assert_string_equal(event.node, "accel/accel0");
	/* Another protocol, and strings that are not in the message. */
	length = udev_message(message, 0xfeedbeef, 40, strings, sizeof(strings));
	assert_false(uevent_parse(message, length, &event));
	length = udev_message(message, 0xfeedcafe, 41, strings, sizeof(strings));
	assert_false(uevent_parse(message, length, &event));
	length = udev_message(message, 0xfeedcafe, UINT32_MAX, strings, sizeof(strings));
	assert_false(uevent_parse(message, length, &event));
	for (length = 1; length < 40; length++)
		assert_false(uevent_parse(message, length, &event));
}

static void what_is_no_message__is_refused(void **state)
{
	struct uevent event;

	(void)state;
	assert_false(uevent_parse("", 0, &event));
	assert_false(PARSE("", &event));
	assert_false(PARSE("nonsense\0ACTION=add", &event));
	assert_false(PARSE("add@/x", &event));
	assert_false(PARSE("add@/x\0SUBSYSTEM=drm", &event));
	/* Cut off. */
	assert_false(uevent_parse("add@/x\0ACTION=add\0SUBSYSTEM=drm", 31, &event));
}

static void uevents_that_matter__are_those_of_gpus_and_of_drivers(void **state)
{
	static const struct {
		struct uevent event;
		bool matters;
	} cases[] = {
		{ { "add", "drm", "dri/renderD128", "" }, true },
		{ { "remove", "accel", "accel/accel0", "" }, true },
		{ { "add", "kfd", "kfd", "" }, true },
		{ { "bind", "pci", "", "" }, true },
		{ { "unbind", "platform", "", "" }, true },
		{ { "add", "pci", "", "" }, false },
		{ { "change", "block", "sda", "" }, false },
		{ { "add", "drm_dp_aux_dev", "drm_dp_aux0", "" }, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (uevent_is_of_devices(&cases[i].event) != cases[i].matters)
			fail_msg("%s of %s", cases[i].event.action, cases[i].event.subsystem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(message_of_the_kernel__is_taken_apart),
		cmocka_unit_test(message_of_udev__is_taken_apart),
		cmocka_unit_test(what_is_no_message__is_refused),
		cmocka_unit_test(uevents_that_matter__are_those_of_gpus_and_of_drivers),
	};

	return cmocka_run_group_tests_name("uevent", tests, NULL, NULL);
}
