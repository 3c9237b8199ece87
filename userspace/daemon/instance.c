// SPDX-License-Identifier: GPL-2.0-or-later
#include "instance.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

/* A daemon that was just killed holds its lock until its last page is given back. */
#define LOCK_TRIES	20
#define LOCK_PAUSE_US	50000

static int lock_fd = -1;

static int try_lock(int fd)
{
	for (int i = 1; flock(fd, LOCK_EX | LOCK_NB); i++) {
		if (errno != EWOULDBLOCK || i == LOCK_TRIES)
			return -errno;
		usleep(LOCK_PAUSE_US);
	}
	return 0;
}

static void say_who(int fd)
{
	char pid[16] = "";
	ssize_t len = pread(fd, pid, sizeof(pid) - 1, 0);

	if (len > 0)
		pid[strcspn(pid, "\n")] = '\0';
	log_error("headgated is running already, as process %s; stop it first",
		  len > 0 ? pid : "(not yet known)");
}

/* The file may have been removed by its former owner between our open and our lock. */
static bool still_there(int fd)
{
	struct stat ours, theirs;

	return !fstat(fd, &ours) && !stat(PID_FILE, &theirs) &&
	       ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

int instance_lock(void)
{
	int fd, err;

	/* Whatever the umask: any user may ask whether headgated runs. */
	if (mkdir(RUN_DIR, 0755) ? errno != EEXIST : chmod(RUN_DIR, 0755)) {
		err = -errno;
		log_error("%s: %s; headgated must run as root", RUN_DIR, strerror(-err));
		return err;
	}
	for (;;) {
		fd = open(PID_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
		if (fd < 0) {
			err = -errno;
			log_error("%s: %s; headgated must run as root", PID_FILE, strerror(-err));
			return err;
		}
		err = try_lock(fd);
		if (err) {
			if (err == -EWOULDBLOCK)
				say_who(fd);
			else
				log_error("%s: %s", PID_FILE, strerror(-err));
			close(fd);
			return err;
		}
		if (still_there(fd))
			break;
		close(fd);
	}
	if (fchmod(fd, 0644) || ftruncate(fd, 0) || dprintf(fd, "%d\n", getpid()) < 0)
		log_warning("%s: %s", PID_FILE, strerror(errno));
	lock_fd = fd;
	return 0;
}

void instance_unlock(void)
{
	if (lock_fd < 0)
		return;
	unlink(PID_FILE);
	close(lock_fd);
	lock_fd = -1;
}
