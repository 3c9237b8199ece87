// SPDX-License-Identifier: GPL-2.0-or-later
/* The tables of schema.c against the attribute sets of headgate.yaml. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "message.h"

static const struct {
	const char *name;
	const struct message_set *set;
} sets[] = {
	{ "info", &message_info },	{ "agent", &message_agent },
	{ "device", &message_device },	{ "lane", &message_lane },
	{ "flow", &message_flow },	{ "pressure", &message_pressure },
	{ "event", &message_event },	{ "job", &message_job },
};

static const struct message_set *set_named(const char *name)
{
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		if (!strcmp(sets[i].name, name))
			return sets[i].set;
	fail_msg("no table for attribute set '%s'", name);
	return NULL;
}

static bool fits(enum message_kind kind, const char *type)
{
	switch (kind) {
	case MESSAGE_U32:
	case MESSAGE_MINOR:
		return !strcmp(type, "u32");
	case MESSAGE_UINT:
		return !strcmp(type, "uint");
	case MESSAGE_STRING:
		return !strcmp(type, "string");
	case MESSAGE_HISTOGRAM:
		return !strcmp(type, "binary");
	}
	return false;
}

/* Attribute number @type of its set, counted from 1. */
static void check_attribute(const struct message_set *set, unsigned int type, const char *name,
			    const char *yaml_type)
{
	char known[MESSAGE_NAME_MAX];

	if (!message_name(set, type, known) || strcmp(known, name))
		fail_msg("attribute %u is '%s' in the table, '%s' in headgate.yaml", type, known, name);
	for (size_t i = 0; i < set->count; i++)
		if (set->fields[i].type == type && !fits(set->fields[i].kind, yaml_type))
			fail_msg("'%s' is of type %s, and its member is not", name, yaml_type);
}

static void tables__are_those_of_the_specification(void **state)
{
	FILE *file = fopen(SPECIFICATION, "r");
	char line[256], name[64] = "", word[64];
	const struct message_set *set = NULL;
	unsigned int type = 0, attributes = 0, in_tables = 0;
	bool within = false;

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (*line != ' ')
			within = !strcmp(line, "attribute-sets:\n");
		if (!within)
			continue;
		if (sscanf(line, "    name: %63s", word) == 1 && line[4] == 'n') {
			assert_true(!set || type == set->count);
			set = set_named(word);
			in_tables += set->count;
			type = 0;
		} else if (sscanf(line, "        name: %63s", name) == 1) {
			type++;
			attributes++;
		} else if (sscanf(line, "        type: %63s", word) == 1) {
			check_attribute(set, type, name, word);
		}
	}
	fclose(file);
	assert_int_equal(attributes, in_tables);
	assert_true(attributes > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables__are_those_of_the_specification),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
