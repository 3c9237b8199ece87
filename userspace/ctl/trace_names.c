// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "trace_names.h"

/* A dump that a change came between is read anew. */
#define ATTEMPTS 3

static int read_agents(struct name_book *book)
{
	struct headgate_agents fresh;
	int ret = -EAGAIN;

	for (int i = 0; i < ATTEMPTS && ret == -EAGAIN; i++)
		ret = headgate_agent_dump(book->client, &fresh);
	if (ret)
		return ret;
	headgate_agents_free(&book->agents);
	book->agents = fresh;
	return 0;
}

static int read_lanes(struct name_book *book)
{
	struct headgate_lanes fresh;
	int ret = -EAGAIN;

	for (int i = 0; i < ATTEMPTS && ret == -EAGAIN; i++)
		ret = headgate_lane_dump(book->client, &fresh);
	if (ret)
		return ret;
	headgate_lanes_free(&book->lanes);
	book->lanes = fresh;
	return 0;
}

static int read_devices(struct name_book *book)
{
	struct headgate_devices fresh;
	int ret = -EAGAIN;

	for (int i = 0; i < ATTEMPTS && ret == -EAGAIN; i++)
		ret = headgate_device_dump(book->client, &fresh);
	if (ret)
		return ret;
	headgate_devices_free(&book->devices);
	book->devices = fresh;
	return 0;
}

int name_book_open(struct name_book *book, struct headgate_client *client)
{
	int ret;

	memset(book, 0, sizeof(*book));
	book->client = client;
	ret = read_agents(book);
	if (!ret)
		ret = read_lanes(book);
	if (!ret)
		ret = read_devices(book);
	return ret;
}

void name_book_free(struct name_book *book)
{
	headgate_agents_free(&book->agents);
	headgate_lanes_free(&book->lanes);
	headgate_devices_free(&book->devices);
}

static const struct headgate_agent *find_agent(const struct name_book *book, uint64_t id)
{
	for (size_t i = 0; i < book->agents.count; i++)
		if (book->agents.items[i].id == id)
			return &book->agents.items[i];
	return NULL;
}

static const char *agent_name(void *data, uint64_t id)
{
	struct name_book *book = data;
	const struct headgate_agent *agent = find_agent(book, id);

	if (!agent && !read_agents(book))
		agent = find_agent(book, id);
	return agent ? agent->path : NULL;
}

static const struct headgate_lane *find_lane(const struct name_book *book, uint32_t id)
{
	for (size_t i = 0; i < book->lanes.count; i++)
		if (book->lanes.items[i].id == id)
			return &book->lanes.items[i];
	return NULL;
}

static const char *lane_name(void *data, uint32_t id, uint32_t *device_id)
{
	struct name_book *book = data;
	const struct headgate_lane *lane = find_lane(book, id);

	if (!lane && !read_lanes(book))
		lane = find_lane(book, id);
	if (!lane)
		return NULL;
	*device_id = lane->device_id;
	return lane->name;
}

static const struct headgate_device *find_device(const struct name_book *book, uint32_t id)
{
	for (size_t i = 0; i < book->devices.count; i++)
		if (book->devices.items[i].id == id)
			return &book->devices.items[i];
	return NULL;
}

static const char *device_name(void *data, uint32_t id)
{
	struct name_book *book = data;
	const struct headgate_device *device = find_device(book, id);

	if (!device && !read_devices(book))
		device = find_device(book, id);
	if (!device)
		return NULL;
	if (!strncmp(device->name, device->driver, strlen(device->driver)))
		return device->name;
	snprintf(book->device, sizeof(book->device), "%s %s", device->driver, device->name);
	return book->device;
}

struct trace_names name_book_names(struct name_book *book)
{
	return (struct trace_names){
		.agent = agent_name, .lane = lane_name, .device = device_name, .data = book,
	};
}

const struct headgate_device *name_book_device(const struct name_book *book, const char *text)
{
	uint64_t id = 0;

	headgate_number_parse(text, 1, UINT32_MAX, &id);
	for (size_t i = 0; i < book->devices.count; i++) {
		const struct headgate_device *device = &book->devices.items[i];

		if (device->id == id || !strcmp(device->name, text))
			return device;
	}
	return NULL;
}
