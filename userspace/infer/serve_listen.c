// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "serve_listen.h"

#define BACKLOG 128
#define SOCKET_MODE 0666

static int complain(const char *address, int error, char problem[INFER_PROBLEM])
{
	snprintf(problem, INFER_PROBLEM, "%.128s: %s", address, strerror(-error));
	return error;
}

static int complain_of_folder(const char *address, char problem[INFER_PROBLEM])
{
	int length = (int)(strrchr(address, '/') - address) - 5;

	snprintf(problem, INFER_PROBLEM, "%.128s: there is no folder %.*s: make it, or choose another with --listen",
		 address, length, address + 5);
	return -ENOENT;
}

/* A lock of POSIX's, which no child inherits, so it says whether a service runs; whoever holds it writes and reads. */
static int take_lock(const char *path)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char name[128];
	int fd, error;

	snprintf(name, sizeof(name), "%s.lock", path);
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	if (!fcntl(fd, F_SETLK, &whole))
		return fd;
	error = errno == EACCES || errno == EAGAIN ? -EADDRINUSE : -errno;
	close(fd);
	return error;
}

/* Which socket a service has made there, and left behind if this one has the lock. */
static bool is_left_behind(int lock, const struct stat *st)
{
	uintmax_t dev, ino;
	char text[64] = "";

	return pread(lock, text, sizeof(text) - 1, 0) > 0 && sscanf(text, "%ju %ju", &dev, &ino) == 2 &&
	       dev == st->st_dev && ino == st->st_ino;
}

static int note_socket(int lock, const struct stat *st)
{
	char text[64];
	int length = snprintf(text, sizeof(text), "%ju %ju\n", (uintmax_t)st->st_dev, (uintmax_t)st->st_ino);

	if (ftruncate(lock, 0))
		return -errno;
	return pwrite(lock, text, (size_t)length, 0) == length ? 0 : -EIO;
}

/* Whether another program listens there, or something is there that is no socket: then it stays. */
static int remove_old(const struct sockaddr_un *address, int lock)
{
	struct stat st;
	int fd, error;

	if (lstat(address->sun_path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	if (is_left_behind(lock, &st))
		return unlink(address->sun_path) ? -errno : 0;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	error = connect(fd, (const struct sockaddr *)address, sizeof(*address)) ? errno : 0;
	close(fd);
	/* One whose queue is full is in use as well. */
	if (!error || error == EAGAIN)
		return -EADDRINUSE;
	if (error != ECONNREFUSED)
		return error == ENOENT ? 0 : -error;
	return unlink(address->sun_path) ? -errno : 0;
}

static int bind_unix(struct infer_listen *l, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat st;
	int error;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	l->lock = take_lock(path);
	if (l->lock < 0)
		return l->lock;
	error = remove_old(&address, l->lock);
	if (error)
		return error;
	if (bind(l->fd, (struct sockaddr *)&address, sizeof(address)))
		return -errno;
	error = chmod(path, SOCKET_MODE) || stat(path, &st) ? -errno : note_socket(l->lock, &st);
	if (error) {
		unlink(path);
		return error;
	}
	strcpy(l->path, path);
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	return 0;
}

/* "127.0.0.1:8080", "[::1]:8080": its size, 0 if it is no such thing, or of no loopback address. */
static socklen_t read_port(const char *text, struct sockaddr_storage *address)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
	const char *colon = strrchr(text, ':');
	char host[64], *end;
	unsigned long port;

	memset(address, 0, sizeof(*address));
	if (!colon || (size_t)(colon - text) >= sizeof(host) || strspn(colon + 1, "0123456789") != strlen(colon + 1))
		return 0;
	port = strtoul(colon + 1, &end, 10);
	if (end == colon + 1 || port < 1 || port > 65535)
		return 0;
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';
	v4->sin_port = htons((uint16_t)port);
	v4->sin_family = AF_INET;
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1)
		return ntohl(v4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET ? sizeof(*v4) : 0;
	v6->sin6_family = AF_INET6;
	if (strcmp(host, "[::1]"))
		return 0;
	v6->sin6_addr = in6addr_loopback;
	return sizeof(*v6);
}

static int bind_port(struct infer_listen *l, const struct sockaddr_storage *address, socklen_t size)
{
	const int on = 1;

	setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return bind(l->fd, (const struct sockaddr *)address, size) ? -errno : 0;
}

int infer_listen_open(const char *text, struct infer_listen *l, char problem[INFER_PROBLEM])
{
	bool is_unix = !strncmp(text, "unix:/", 6);
	struct sockaddr_storage address;
	socklen_t size = is_unix ? 0 : read_port(text, &address);
	int error;

	*l = (struct infer_listen){ .fd = -1, .lock = -1, .is_port = !is_unix };
	if (!is_unix && !size) {
		snprintf(problem, INFER_PROBLEM,
			 "'%.64s' is no address to listen at; expected unix:/PATH, 127.0.0.1:PORT or [::1]:PORT", text);
		return -EINVAL;
	}
	l->fd = socket(is_unix ? AF_UNIX : address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0)
		return complain(text, -errno, problem);
	error = is_unix ? bind_unix(l, text + 5) : bind_port(l, &address, size);
	if (!error && listen(l->fd, BACKLOG))
		error = -errno;
	if (!error)
		return 0;
	infer_listen_close(l);
	if (is_unix && error == -ENOENT)
		return complain_of_folder(text, problem);
	return complain(text, error, problem);
}

void infer_listen_close(struct infer_listen *l)
{
	struct stat st;

	if (*l->path && !lstat(l->path, &st) && st.st_dev == l->dev && st.st_ino == l->ino)
		unlink(l->path);
	if (l->fd >= 0)
		close(l->fd);
	if (l->lock >= 0)
		close(l->lock);
	*l = (struct infer_listen){ .fd = -1, .lock = -1 };
}
