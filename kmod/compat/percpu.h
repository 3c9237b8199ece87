/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Included before all else, by the compiler's command line.
 *
 * Since 6.15 and with GCC 14, pointers to per-CPU memory are qualified by an
 * address space, which DWARF cannot say: it has one more pointer type for each
 * of them. libbpf before 1.6, which pahole uses in Debian 13, then fails to
 * merge struct file and all that it leads to with the kernel's, and the
 * verifier takes no program that calls a kfunc of ours: its file is not the
 * kernel's. So the module does without the qualifier, as with older compilers.
 */
#ifndef _HEADGATE_COMPAT_PERCPU_H
#define _HEADGATE_COMPAT_PERCPU_H

#include <linux/compiler.h> /* where it was, before compiler_types.h */

#ifdef USE_TYPEOF_UNQUAL
#undef USE_TYPEOF_UNQUAL
#undef __percpu_qual
#define __percpu_qual
#endif

#endif
