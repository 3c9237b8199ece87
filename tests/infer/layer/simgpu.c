// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A job on a simulated GPU for each submission, as a real driver makes one: by an ioctl of the
 * thread that submits. Lavapipe computes, and asks no kernel for it; the job stands for the
 * device's time.
 *
 * HEADGATE_TEST_SIMGPU is a folder, in which "ns" says how long a job is, at each time anew (who
 * changes it puts another file in its place), and "notes" gets two lines, of one write each, since
 * many processes make them:
 *
 *   ask PID TID CGROUP    before the ioctl
 *   got PID TID CGROUP    it has taken the job; who is killed in between leaves the first alone
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/syscall.h>

#include "../../load/simgpu.h"
#include "before_submit.h"

#define FOLDER "HEADGATE_TEST_SIMGPU"

/* A submission may wait for its turn as long as others take. */
#define PATIENCE (600 * NSEC_PER_SEC)

static struct {
	int folder, notes, node;
	uint32_t done;	/* syncobj */
} simgpu = { .folder = -1 };

static void set_up(void)
{
	const char *folder = getenv(FOLDER);

	if (!folder)
		return;
	simgpu.folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	simgpu.notes = openat(simgpu.folder, "notes", O_WRONLY | O_APPEND | O_CLOEXEC);
	if (simgpu.folder < 0 || simgpu.notes < 0)
		die(FOLDER "=%s: notes: %m", folder);
	simgpu.node = simgpu_open();
	simgpu.done = simgpu_syncobj(simgpu.node);
}

/* The first line of a file. */
static void read_line(int folder, const char *name, char *line, size_t size)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, line, size - 1);

	if (length <= 0)
		die("%s: %m", name);
	close(fd);
	line[length] = '\0';
	line[strcspn(line, "\n")] = '\0';
}

static void note(const char *what, const char *cgroup)
{
	char line[4096];
	int length = snprintf(line, sizeof(line), "%s %d %ld %s\n", what, getpid(), syscall(SYS_gettid), cgroup);

	if (write(simgpu.notes, line, (size_t)length) != length)
		die(FOLDER ": notes: %m");
}

static void submit_job(void)
{
	char cgroup[3072], text[32];
	uint64_t ns;
	int error;

	/* Asked each time: a worker is moved while it rests. */
	read_line(AT_FDCWD, "/proc/thread-self/cgroup", cgroup, sizeof(cgroup));
	read_line(simgpu.folder, "ns", text, sizeof(text));
	ns = parse_number(text, SIMGPU_MAX_DURATION_NS);
	note("ask", strchr(cgroup, '/'));
	error = simgpu_submit(simgpu.node, 0, ns, simgpu.done);
	if (error)
		die("simgpu: %s", strerror(error));
	note("got", strchr(cgroup, '/'));
	error = simgpu_wait(simgpu.node, simgpu.done, PATIENCE);
	if (error)
		die("simgpu: the job: %s", strerror(error));
}

void before_submit(const struct layer_device *device, VkQueue queue, uint32_t count)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)device;
	(void)queue;
	(void)count;
	pthread_once(&once, set_up);
	if (simgpu.folder >= 0)
		submit_job();
}

/*
 * What lavapipe takes is none of the device's time: on a slow machine it would make it one that
 * does not answer. So it is over before the submission is.
 */
void after_submit(const struct layer_device *device, VkQueue queue)
{
	if (simgpu.folder >= 0)
		device->queue_wait_idle(queue);
}
