/* SPDX-License-Identifier: GPL-2.0 */
/* Where kernels differ, for BPF programs: by CO-RE, when they are loaded. */
#ifndef HEADGATE_COMPAT_BPF_H
#define HEADGATE_COMPAT_BPF_H

#include "common.bpf.h"

/* 633488947ef6 ("kernfs: Use RCU to access kernfs_node::parent."), 6.15: it is called __parent. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct kernfs_node___parent {
	struct kernfs_node *parent;
};

struct kernfs_node___rcu_parent {
	struct kernfs_node *__parent;
};

#pragma clang attribute pop

/* The folder that @node is in; NULL for the root. */
static __always_inline struct kernfs_node *kernfs_parent_of(struct kernfs_node *node)
{
	struct kernfs_node___rcu_parent *newer = (void *)node;
	struct kernfs_node___parent *older = (void *)node;

	if (bpf_core_field_exists(newer->__parent))
		return BPF_CORE_READ(newer, __parent);
	return BPF_CORE_READ(older, parent);
}

#endif /* HEADGATE_COMPAT_BPF_H */
