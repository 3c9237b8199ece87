// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics_socket.h"

#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 16

/* Root, and the group of [metrics]. */
#define SOCKET_MODE 0660

static int __attribute__((format(printf, 3, 4))) complain(char why[METRICS_WHY_MAX], int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, METRICS_WHY_MAX, format, args);
	va_end(args);
	return err;
}

/* ---- a unix socket ---- */

/* Whoever may rename files there could have us change the group of any of them. */
static int check_folder(const char *path, char why[METRICS_WHY_MAX])
{
	char copy[sizeof(((struct metrics_socket *)NULL)->path)];
	const char *folder;
	struct stat st;

	snprintf(copy, sizeof(copy), "%s", path);
	folder = dirname(copy);
	if (stat(folder, &st))
		return complain(why, -errno, "%s: %s; make that folder, or have the socket in /run/headgate", folder,
				strerror(errno));
	if (!S_ISDIR(st.st_mode) || (st.st_uid && st.st_uid != geteuid()) || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return complain(why, -EPERM, "%s: it belongs to another user, or others may write to it; have the socket in /run/headgate",
				folder);
	return 0;
}

/* Whether a socket of that path may go: 0, also if there is nothing. */
static int check_path(const char *path, char why[METRICS_WHY_MAX])
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat st;
	int fd, err;

	if (lstat(path, &st))
		return errno == ENOENT ? 0 : complain(why, -errno, "%s: %s", path, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return complain(why, -EEXIST, "%s is there and is no socket; move it away, then reload headgated", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return complain(why, -errno, "%s: %s", path, strerror(errno));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	err = connect(fd, (struct sockaddr *)&address, sizeof(address)) ? errno : 0;
	close(fd);
	if (err == ECONNREFUSED || err == ENOENT)
		return 0;
	return complain(why, -EADDRINUSE, "another program listens at %s; have another path in [metrics], or end that program, then reload headgated",
			path);
}

/* By another name first: nobody connects to it before it has its group. */
static int place_unix(struct metrics_socket *listener, const char *path, gid_t group, char why[METRICS_WHY_MAX])
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat st;
	int err = 0;

	if ((size_t)snprintf(address.sun_path, sizeof(address.sun_path), "%s.%" PRIuMAX, path, (uintmax_t)getpid()) >=
	    sizeof(address.sun_path))
		return complain(why, -ENAMETOOLONG, "%s: %s", path, strerror(ENAMETOOLONG));
	unlink(address.sun_path);
	/* The mode of the file to come, which nobody can widen. */
	if (fchmod(listener->fd, SOCKET_MODE) ||
	    bind(listener->fd, (struct sockaddr *)&address, sizeof(address)))
		return complain(why, -errno, "%s: %s", path, strerror(errno));
	/* The umask may have narrowed it. */
	if (lchown(address.sun_path, -1, group) || chmod(address.sun_path, SOCKET_MODE) ||
	    listen(listener->fd, BACKLOG) || stat(address.sun_path, &st) || rename(address.sun_path, path))
		err = errno;
	if (err) {
		unlink(address.sun_path);
		return complain(why, -err, "%s: %s", path, strerror(err));
	}
	strcpy(listener->path, path);
	listener->dev = st.st_dev;
	listener->ino = st.st_ino;
	return 0;
}

static int open_unix(struct metrics_socket *listener, const struct headgate_config_metrics *config,
		     char why[METRICS_WHY_MAX])
{
	const char *path = ((const struct sockaddr_un *)&config->address)->sun_path;
	int ret = check_folder(path, why);

	if (!ret)
		ret = check_path(path, why);
	if (!ret)
		ret = place_unix(listener, path, config->group, why);
	return ret;
}

/* ---- a port ---- */

static int open_port(struct metrics_socket *listener, const struct headgate_config_metrics *config,
		     char why[METRICS_WHY_MAX])
{
	const int on = 1;

	setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (config->address.ss_family == AF_INET6)
		setsockopt(listener->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (!bind(listener->fd, (const struct sockaddr *)&config->address, config->address_size) &&
	    !listen(listener->fd, BACKLOG))
		return 0;
	if (errno == EADDRINUSE)
		return complain(why, -errno, "%s is taken: have another port in [metrics], or end the program that has it (ss -tlnp shows which), then reload headgated",
				config->listen);
	return complain(why, -errno, "%s: %s", config->listen, strerror(errno));
}

int metrics_socket_open(struct metrics_socket *listener, const struct headgate_config_metrics *config,
			char why[METRICS_WHY_MAX])
{
	int ret;

	*listener = (struct metrics_socket){ .fd = -1 };
	listener->fd = socket(config->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener->fd < 0 && errno == EAFNOSUPPORT)
		return complain(why, -errno, "%s: the service may not use such addresses; allow RestrictAddressFamilies=AF_INET AF_INET6 and IPAddressAllow=localhost by systemctl edit headgated, then restart it",
				config->listen);
	if (listener->fd < 0)
		return complain(why, -errno, "%s: %s", config->listen, strerror(errno));
	if (config->address.ss_family == AF_UNIX)
		ret = open_unix(listener, config, why);
	else
		ret = open_port(listener, config, why);
	if (ret)
		metrics_socket_close(listener);
	return ret;
}

void metrics_socket_close(struct metrics_socket *listener)
{
	struct stat st;

	if (*listener->path && !lstat(listener->path, &st) && st.st_dev == listener->dev && st.st_ino == listener->ino)
		unlink(listener->path);
	if (listener->fd >= 0)
		close(listener->fd);
	*listener = (struct metrics_socket){ .fd = -1 };
}
