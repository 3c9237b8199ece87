// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gles_client: submits GLES 3.1 compute work through Mesa on a DRM render node, with no
 * surface, checks what comes back and prints one line:
 *
 *   gles_client submits=100 seconds=0.061 longest=0.004 wrong=0 renderer=virgl (…)
 *
 * SIGTERM ends it in good order, as its time or its number of submissions does. `longest` is
 * the longest time that a submission took.
 *
 * Each invocation of the shader steps a linear congruential generator `loops` times, so the
 * result after any number of dispatches is known on the CPU. A renderer that is not virgl
 * is an error: Mesa falls back to software without a word, and would submit nothing.
 */
#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES3/gl31.h>
#include <gbm.h>
#include <libdrm/drm.h>
#include <linux/dma-buf.h>

#include <err.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define LOCAL_SIZE 64u /* local_size_x of the shader */
#define LCG_MUL 1664525u
#define LCG_ADD 1013904223u

static const char shader_source[] =
	"#version 310 es\n"
	"layout(local_size_x = 64) in;\n"
	"layout(std430, binding = 0) buffer B { uint v[]; };\n"
	"uniform uint loops;\n"
	"void main()\n"
	"{\n"
	"	uint x = v[gl_GlobalInvocationID.x];\n"
	"	for (uint k = 0u; k < loops; k++)\n"
	"		x = x * 1664525u + 1013904223u;\n"
	"	v[gl_GlobalInvocationID.x] = x;\n"
	"}\n";

struct options {
	const char *node;
	double seconds; /* 0: go by iterations */
	unsigned long iterations;
	unsigned int loops;
	unsigned int workgroups;
	bool flush; /* do not wait for each submission */
	bool in_fence; /* each submission waits for a fence that never comes */
};

/* Debian 12 has no <drm/vgem_drm.h>. */
struct vgem_fence_attach {
	uint32_t handle;
	uint32_t flags;
	uint32_t out_fence;
	uint32_t pad;
};

#define VGEM_FENCE_WRITE 1u
#define VGEM_FENCE_ATTACH DRM_IOWR(DRM_COMMAND_BASE + 1, struct vgem_fence_attach)

static EGLDisplay display;
static volatile sig_atomic_t stopped;

static void stop(int signo)
{
	(void)signo;
	stopped = 1;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

/* lcg_skip: x after n steps, by composing x*mul+add with itself (O(log n)). */
static uint32_t lcg_skip(uint32_t x, uint64_t n)
{
	uint32_t mul = LCG_MUL, add = LCG_ADD;

	for (; n; n >>= 1) {
		if (n & 1)
			x = x * mul + add;
		add = add * mul + add;
		mul *= mul;
	}
	return x;
}

static void open_context(const char *node)
{
	static const EGLint attributes[] = { EGL_CONTEXT_MAJOR_VERSION, 3,
					     EGL_CONTEXT_MINOR_VERSION, 1, EGL_NONE };
	struct gbm_device *gbm;
	EGLContext context;
	int fd;

	fd = open(node, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		err(1, "%s", node);
	gbm = gbm_create_device(fd);
	if (!gbm)
		errx(1, "%s: no GBM device", node);
	display = eglGetPlatformDisplay(EGL_PLATFORM_GBM_KHR, gbm, NULL);
	if (!eglInitialize(display, NULL, NULL))
		errx(1, "eglInitialize: 0x%x", eglGetError());
	eglBindAPI(EGL_OPENGL_ES_API);
	context = eglCreateContext(display, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, attributes);
	if (context == EGL_NO_CONTEXT)
		errx(1, "eglCreateContext: 0x%x", eglGetError());
	if (!eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, context))
		errx(1, "eglMakeCurrent: 0x%x", eglGetError());
	if (strncmp((const char *)glGetString(GL_RENDERER), "virgl", 5))
		errx(1, "the renderer is not virgl but %s", glGetString(GL_RENDERER));
}

static void use_program(unsigned int loops)
{
	GLuint shader = glCreateShader(GL_COMPUTE_SHADER);
	GLuint program = glCreateProgram();
	const char *source = shader_source;
	char log[1024] = "";
	GLint good;

	glShaderSource(shader, 1, &source, NULL);
	glCompileShader(shader);
	glAttachShader(program, shader);
	glLinkProgram(program);
	glGetProgramiv(program, GL_LINK_STATUS, &good);
	if (!good) {
		glGetShaderInfoLog(shader, sizeof(log), NULL, log);
		errx(1, "the shader does not build: %s", log);
	}
	glUseProgram(program);
	glUniform1ui(glGetUniformLocation(program, "loops"), loops);
}

/* fill_buffer: element i holds i. */
static void fill_buffer(unsigned int count)
{
	uint32_t *values = calloc(count, sizeof(*values));
	GLuint buffer;

	if (!values)
		err(1, "%u values", count);
	for (unsigned int i = 0; i < count; i++)
		values[i] = i;
	glGenBuffers(1, &buffer);
	glBindBufferBase(GL_SHADER_STORAGE_BUFFER, 0, buffer);
	glBufferData(GL_SHADER_STORAGE_BUFFER, count * sizeof(*values), values, GL_DYNAMIC_COPY);
	free(values);
}

static int open_vgem(void)
{
	for (int i = 0; i < 16; i++) {
		char node[32], driver[16] = "";
		struct drm_version version = { .name = driver, .name_len = sizeof(driver) - 1 };
		int fd;

		snprintf(node, sizeof(node), "/dev/dri/card%d", i);
		fd = open(node, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (!ioctl(fd, DRM_IOCTL_VERSION, &version) && !strcmp(driver, "vgem"))
			return fd;
		close(fd);
	}
	errx(1, "there is no vgem device");
}

/* never_fence: a sync_file that nobody signals; vgem itself does after 10 s. */
static int never_fence(void)
{
	struct drm_mode_create_dumb buffer = { .width = 64, .height = 64, .bpp = 32 };
	struct drm_prime_handle prime = { .flags = DRM_CLOEXEC | DRM_RDWR };
	struct dma_buf_export_sync_file file = { .flags = DMA_BUF_SYNC_READ };
	struct vgem_fence_attach attach = { .flags = VGEM_FENCE_WRITE };
	int vgem = open_vgem();

	if (ioctl(vgem, DRM_IOCTL_MODE_CREATE_DUMB, &buffer))
		err(1, "vgem: no buffer");
	attach.handle = buffer.handle;
	prime.handle = buffer.handle;
	if (ioctl(vgem, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime))
		err(1, "vgem: the buffer is not exported");
	if (ioctl(vgem, VGEM_FENCE_ATTACH, &attach))
		err(1, "vgem: no fence");
	if (ioctl(prime.fd, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &file))
		err(1, "vgem: the fence is not exported");
	close(prime.fd);
	/* vgem stays open: at its end it would signal its fences. */
	return file.fd;
}

/* wait_in_kernel: Mesa passes the fence on, the driver waits for it in the next submission. */
static void wait_in_kernel(int fence)
{
	const EGLint attributes[] = { EGL_SYNC_NATIVE_FENCE_FD_ANDROID, fence, EGL_NONE };
	PFNEGLCREATESYNCKHRPROC create = (void *)eglGetProcAddress("eglCreateSyncKHR");
	PFNEGLWAITSYNCKHRPROC wait = (void *)eglGetProcAddress("eglWaitSyncKHR");
	PFNEGLDESTROYSYNCKHRPROC destroy = (void *)eglGetProcAddress("eglDestroySyncKHR");
	EGLSyncKHR sync;

	if (!strstr(eglQueryString(display, EGL_EXTENSIONS), "EGL_ANDROID_native_fence_sync"))
		errx(1, "no EGL_ANDROID_native_fence_sync");
	sync = create(display, EGL_SYNC_NATIVE_FENCE_ANDROID, attributes);
	if (sync == EGL_NO_SYNC_KHR)
		errx(1, "eglCreateSyncKHR: 0x%x", eglGetError());
	if (wait(display, sync, 0) != EGL_TRUE)
		errx(1, "eglWaitSyncKHR: 0x%x", eglGetError());
	destroy(display, sync);
}

static void submit(const struct options *o)
{
	if (o->in_fence)
		wait_in_kernel(never_fence());
	glDispatchCompute(o->workgroups, 1, 1);
	glMemoryBarrier(GL_SHADER_STORAGE_BARRIER_BIT);
	if (o->flush)
		glFlush();
	else
		glFinish();
}

static unsigned int count_wrong(unsigned int count, uint64_t steps)
{
	const uint32_t *values;
	unsigned int wrong = 0;

	glMemoryBarrier(GL_BUFFER_UPDATE_BARRIER_BIT);
	values = glMapBufferRange(GL_SHADER_STORAGE_BUFFER, 0, count * sizeof(*values),
				  GL_MAP_READ_BIT);
	if (!values)
		errx(1, "glMapBufferRange: 0x%x", glGetError());
	for (unsigned int i = 0; i < count; i++)
		wrong += values[i] != lcg_skip(i, steps);
	return wrong;
}

static void usage(FILE *out)
{
	fputs("usage: gles_client [--node PATH] [--seconds S | --iterations N] [--loops N]\n"
	      "                   [--workgroups N] [--flush] [--in-fence-never]\n", out);
}

static struct options parse(int argc, char **argv)
{
	static const struct option table[] = {
		{ "node", required_argument, NULL, 'n' },
		{ "seconds", required_argument, NULL, 's' },
		{ "iterations", required_argument, NULL, 'i' },
		{ "loops", required_argument, NULL, 'l' },
		{ "workgroups", required_argument, NULL, 'w' },
		{ "flush", no_argument, NULL, 'f' },
		{ "in-fence-never", no_argument, NULL, 'I' },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	struct options o = {
		.node = "/dev/dri/renderD128", .iterations = 100, .loops = 1, .workgroups = 1,
	};
	int c;

	while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
		switch (c) {
		case 'n':
			o.node = optarg;
			break;
		case 's':
			o.seconds = strtod(optarg, NULL);
			break;
		case 'i':
			o.iterations = strtoul(optarg, NULL, 10);
			break;
		case 'l':
			o.loops = strtoul(optarg, NULL, 10);
			break;
		case 'w':
			o.workgroups = strtoul(optarg, NULL, 10);
			break;
		case 'f':
			o.flush = true;
			break;
		case 'I':
			o.in_fence = true;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			usage(stderr);
			exit(2);
		}
	}
	if (!o.workgroups || !o.iterations || o.seconds < 0)
		errx(2, "workgroups, iterations and seconds must be above 0");
	return o;
}

int main(int argc, char **argv)
{
	struct options o = parse(argc, argv);
	unsigned int count = o.workgroups * LOCAL_SIZE, wrong;
	double start, before, after, longest = 0;
	unsigned long submits = 0;

	open_context(o.node);
	use_program(o.loops);
	fill_buffer(count);
	signal(SIGTERM, stop);
	start = now();
	after = start;
	do {
		before = after;
		submit(&o);
		submits++;
		after = now();
		if (after - before > longest)
			longest = after - before;
	} while (!stopped && (o.seconds ? after - start < o.seconds : submits < o.iterations));
	glFinish();
	start = now() - start;
	wrong = count_wrong(count, (uint64_t)submits * o.loops);
	printf("gles_client submits=%lu seconds=%.3f longest=%.3f wrong=%u renderer=%s\n", submits,
	       start, longest, wrong, glGetString(GL_RENDERER));
	return wrong != 0;
}
