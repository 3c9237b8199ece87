// SPDX-License-Identifier: GPL-2.0-or-later
#include "labels.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "cgroup.h"
#include "by_id.h"
#include "cleanup.h"
#include "lines.h"
#include "replace.h"

static const char *const names[HEADGATE_LABEL_COUNT] = {
	[HEADGATE_LABEL_OWNER] = "owner",
	[HEADGATE_LABEL_PROJECT] = "project",
};

static void freep(char **text)
{
	free(*text);
}

const char *headgate_label_name(enum headgate_label label)
{
	return names[label];
}

/* Bytes of the character at @text, and the character; 0 where that is no UTF-8. */
static size_t decode(const unsigned char *text, size_t length, uint32_t *character)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t size = text[0] < 0x80 ? 1 : text[0] >> 5 == 6 ? 2 : text[0] >> 4 == 14 ? 3 :
		      text[0] >> 3 == 30 ? 4 : 0;

	if (!size || size > length)
		return 0;
	*character = size == 1 ? text[0] : text[0] & (0x7f >> size);
	for (size_t i = 1; i < size; i++) {
		if (text[i] >> 6 != 2)
			return 0;
		*character = *character << 6 | (text[i] & 0x3f);
	}
	if (*character < least[size] || *character > 0x10ffff ||
	    (*character >= 0xd800 && *character <= 0xdfff))
		return 0;
	return size;
}

/* Controls, and of Unicode what has no width, breaks lines or turns the direction. */
static bool is_seen(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} unseen[] = {
		{ 0, 0x1f }, { 0x7f, 0xa0 }, { 0xad, 0xad }, { 0x61c, 0x61c }, { 0x200b, 0x200f },
		{ 0x2028, 0x202f }, { 0x2060, 0x206f }, { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff },
		{ 0xfff0, 0xfffb }, { 0xfffe, 0xffff }, { 0xe0000, 0x10ffff },
	};

	for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++)
		if (c >= unseen[i].first && c <= unseen[i].last)
			return false;
	return true;
}

bool headgate_label_is_fit(const char *text, size_t length)
{
	uint32_t character;
	size_t size;

	if (!length || length > HEADGATE_LABEL_MAX || text[0] == ' ' || text[length - 1] == ' ')
		return false;
	for (size_t i = 0; i < length; i += size) {
		size = decode((const unsigned char *)text + i, length - i, &character);
		if (!size || !is_seen(character))
			return false;
	}
	return true;
}

int headgate_label_read(const char *path, enum headgate_label label,
			char value[HEADGATE_LABEL_MAX + 1])
{
	headgate_cleanup(freep) char *absolute = NULL;
	char name[64], text[HEADGATE_LABEL_MAX + 1];
	int ret = headgate_cgroup_absolute(path, &absolute);
	ssize_t length;

	*value = '\0';
	if (ret)
		return ret == -ENOMEM ? ret : 0;
	snprintf(name, sizeof(name), "user.headgate.%s", names[label]);
	length = getxattr(absolute, name, text, sizeof(text));
	if (length < 0)
		return errno == ERANGE ? -EINVAL : 0;
	if (!headgate_label_is_fit(text, (size_t)length))
		return -EINVAL;
	memcpy(value, text, (size_t)length);
	value[length] = '\0';
	return 0;
}

unsigned int headgate_labels_complete(struct headgate_labels *labels, const char *path)
{
	unsigned int unfit = 0;

	for (int i = 0; i < HEADGATE_LABEL_COUNT; i++)
		if (!*labels->values[i] &&
		    headgate_label_read(path, i, labels->values[i]) == -EINVAL)
			unfit |= 1U << i;
	return unfit;
}

struct headgate_labelled *headgate_labels_find(const struct headgate_labels_list *list, uint64_t agent_id)
{
	return headgate_by_id_find(list->items, list->count, sizeof(*list->items), agent_id);
}

struct headgate_labelled *headgate_labels_add(struct headgate_labels_list *list, uint64_t agent_id)
{
	void *items = list->items;
	struct headgate_labelled *item =
		headgate_by_id_insert(&items, &list->count, sizeof(*item), agent_id);

	list->items = items;
	return item;
}

static bool parse(char *line, struct headgate_labelled *item)
{
	char *rest = line, *field = strsep(&rest, "\t"), *end;

	item->agent_id = strtoull(field, &end, 10);
	if (!*field || *end)
		return false;
	for (int i = 0; i < HEADGATE_LABEL_COUNT; i++) {
		field = strsep(&rest, "\t");
		if (!field || (*field && !headgate_label_is_fit(field, strlen(field))))
			return false;
		strcpy(item->labels.values[i], field);
	}
	return !rest;
}

static int take(char *line, void *data)
{
	struct headgate_labelled item = { 0 }, *added;

	if (!parse(line, &item))
		return 0;
	added = headgate_labels_add(data, item.agent_id);
	if (!added)
		return -ENOMEM;
	*added = item;
	return 0;
}

int headgate_labels_load(const char *file, struct headgate_labels_list *list)
{
	struct headgate_labels_list loaded = { 0 };
	int ret = headgate_lines_read(file, take, &loaded);

	if (ret)
		headgate_labels_free(&loaded);
	else
		*list = loaded;
	return ret;
}

int headgate_labels_save(const char *file, const struct headgate_labels_list *list)
{
	struct headgate_replace replace;
	int ret = headgate_replace_begin(&replace, file);

	if (ret)
		return ret;
	for (size_t i = 0; i < list->count; i++) {
		fprintf(replace.stream, "%" PRIu64, list->items[i].agent_id);
		for (int j = 0; j < HEADGATE_LABEL_COUNT; j++)
			fprintf(replace.stream, "\t%s", list->items[i].labels.values[j]);
		fputc('\n', replace.stream);
	}
	return headgate_replace_end(&replace);
}

void headgate_labels_free(struct headgate_labels_list *list)
{
	free(list->items);
	*list = (struct headgate_labels_list){ 0 };
}
