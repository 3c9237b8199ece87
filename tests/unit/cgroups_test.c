// SPDX-License-Identifier: GPL-2.0-or-later
/* Following a tree of directories: what comes and goes is told once, whatever the race. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cgroups.h"
#include "home.h"

/* What the tree told: "+/a -/a " in its order; ids must agree between the two. */
struct story {
	char text[65536];
	size_t len;
	unsigned int known;
	sd_event *event;
	struct cgroups *cgroups;
};

static void came(const char *path, uint64_t id, void *data)
{
	struct story *s = data;

	assert_true(id);
	s->len += snprintf(s->text + s->len, sizeof(s->text) - s->len, "+%s ", path);
	s->known++;
}

static void went(const char *path, uint64_t id, void *data)
{
	struct story *s = data;

	assert_true(id);
	s->len += snprintf(s->text + s->len, sizeof(s->text) - s->len, "-%s ", path);
	s->known--;
}

static int begin(void **state)
{
	struct story *s = calloc(1, sizeof(*s));

	*state = s;
	return enter_home(state) || sd_event_new(&s->event) < 0 ||
	       cgroups_new(&s->cgroups, s->event, home, came, went, s);
}

static int end(void **state)
{
	struct story *s = *state;

	cgroups_free(s->cgroups);
	sd_event_unref(s->event);
	free(s);
	return leave_home(state);
}

/* All events that are there; then what was told since the last call. */
static const char *listen(struct story *s)
{
	static char told[sizeof(s->text)];

	while (sd_event_run(s->event, 0) > 0)
		;
	memcpy(told, s->text, s->len + 1);
	s->len = 0;
	s->text[0] = '\0';
	return told;
}

static void make(const char *path)
{
	assert_int_equal(mkdir(path, 0755), 0);
}

static void removed(const char *path)
{
	assert_int_equal(rmdir(path), 0);
}

static void existing_directories__are_told_parents_first(void **state)
{
	struct story *s = *state;

	make("a");
	make("a/b");
	make("a/b/c");
	assert_int_equal(cgroups_rescan(s->cgroups), 0);
	assert_string_equal(listen(s), "+/a +/a/b +/a/b/c ");
	assert_int_equal(cgroups_rescan(s->cgroups), 0);
	assert_string_equal(listen(s), "");
}

static void new_directories__are_told_once(void **state)
{
	struct story *s = *state;

	cgroups_rescan(s->cgroups);
	make("a");
	assert_string_equal(listen(s), "+/a ");
	make("a/b");
	make("a/b/c"); /* before anybody watches b */
	assert_string_equal(listen(s), "+/a/b +/a/b/c ");
	assert_string_equal(listen(s), "");
}

static void removed_directories__are_told_once(void **state)
{
	struct story *s = *state;

	make("a");
	make("a/b");
	cgroups_rescan(s->cgroups);
	listen(s);
	removed("a/b");
	removed("a");
	assert_string_equal(listen(s), "-/a/b -/a ");
}

static void directory_made_and_removed_unseen__leaves_nothing(void **state)
{
	struct story *s = *state;

	cgroups_rescan(s->cgroups);
	make("a");
	make("a/b");
	removed("a/b");
	removed("a");
	assert_string_equal(listen(s), "");
	assert_int_equal(s->known, 0);
}

static void directory_made_anew__went_and_came(void **state)
{
	struct story *s = *state;

	make("keep"); /* so that the inode number is not used again at once */
	make("a");
	cgroups_rescan(s->cgroups);
	listen(s);
	removed("a");
	make("between");
	make("a");
	make("a/b");
	assert_string_equal(listen(s), "-/a +/a +/a/b +/between ");
	removed("a/b"); /* the new one is watched */
	assert_string_equal(listen(s), "-/a/b ");
}

static void subtree_replaced_before_its_events_are_read__leaves_nothing_stale(void **state)
{
	struct story *s = *state;

	cgroups_rescan(s->cgroups);
	make("a");
	make("a/b");
	cgroups_rescan(s->cgroups); /* both are known, the event of a is still to come */
	removed("a/b");
	removed("a");
	make("between");
	make("a");
	listen(s);
	assert_int_equal(s->known, 2);
	cgroups_rescan(s->cgroups);
	assert_string_equal(listen(s), "");
}

static void files__are_not_told(void **state)
{
	struct story *s = *state;

	cgroups_rescan(s->cgroups);
	fclose(fopen("cgroup.procs", "w"));
	assert_int_equal(symlink("/tmp", "link"), 0);
	assert_string_equal(listen(s), "");
	cgroups_rescan(s->cgroups);
	assert_string_equal(listen(s), "");
}

/* /proc/sys/fs/inotify/max_queued_events is 16384 as a rule: half of these are lost. */
static void overflow_of_the_queue__is_made_good_by_a_scan(void **state)
{
	struct story *s = *state;
	char name[16];

	cgroups_rescan(s->cgroups);
	for (int i = 0; i < 20000; i++) {
		make("x");
		removed("x");
	}
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		make(name);
	}
	listen(s);
	assert_int_equal(s->known, 300);
	make("after");
	assert_string_equal(listen(s), "+/after ");
}

static void exists__tells_a_cgroup_from_another_of_its_name(void **state)
{
	struct story *s = *state;
	struct stat st;

	make("a");
	assert_int_equal(stat("a", &st), 0);
	assert_true(cgroups_exists(s->cgroups, "/a", st.st_ino));
	assert_false(cgroups_exists(s->cgroups, "/a", st.st_ino + 1));
	assert_false(cgroups_exists(s->cgroups, "/b", st.st_ino));
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(existing_directories__are_told_parents_first),
		STORY(new_directories__are_told_once),
		STORY(removed_directories__are_told_once),
		STORY(directory_made_and_removed_unseen__leaves_nothing),
		STORY(directory_made_anew__went_and_came),
		STORY(subtree_replaced_before_its_events_are_read__leaves_nothing_stale),
		STORY(files__are_not_told),
		STORY(overflow_of_the_queue__is_made_good_by_a_scan),
		STORY(exists__tells_a_cgroup_from_another_of_its_name),
	};

	return cmocka_run_group_tests_name("cgroups", tests, NULL, NULL);
}
