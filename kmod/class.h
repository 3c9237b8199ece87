/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HEADGATE_CLASS_H
#define _HEADGATE_CLASS_H

/*
 * Engine classes, of drivers with a scheduler per queue. Such schedulers are named after
 * what they are for and a number: "rcs17" of xe, "panthor-queue-3-0-1", "hwctx.812.2" of
 * amdxdna; or all have one name: "pvr-queue", "nouveau_sched". What is left without the
 * number is the class. Pure: the unit tests compile it, too.
 */
#ifdef __KERNEL__
#include <linux/string.h>
#include <linux/types.h>
#else
#include <stdbool.h>
#include <string.h>
#endif

static inline bool headgate_class_is_number(char c)
{
	return (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == ':';
}

/**
 * headgate_class_length - how much of a scheduler's name is its class
 * @name: name
 *
 * Return: length; all of the name, where it is but a number
 */
static inline size_t headgate_class_length(const char *name)
{
	size_t all = strlen(name), length = all;

	while (length && headgate_class_is_number(name[length - 1]))
		length--;
	return length ? length : all;
}

/**
 * headgate_class_has - whether a scheduler belongs to a class
 * @class: name of the class
 * @name: name of the scheduler
 */
static inline bool headgate_class_has(const char *class, const char *name)
{
	while (*class && *class == *name) {
		class++;
		name++;
	}
	if (*class)
		return false;
	while (headgate_class_is_number(*name))
		name++;
	return !*name;
}

#endif
