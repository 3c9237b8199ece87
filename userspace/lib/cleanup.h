/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects that are freed where their scope ends. */
#ifndef LIBHEADGATE_CLEANUP_H
#define LIBHEADGATE_CLEANUP_H

#define headgate_cleanup(function) __attribute__((cleanup(function)))

#endif
