// SPDX-License-Identifier: GPL-2.0-or-later
/* Section [metrics] of a policy file. */
#include "config_parser.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

/* More than one host has; each costs some 4 kB of a scrape for each engine that it uses. */
const struct headgate_config_metrics headgate_config_metrics_default = { .agents_max = 1000 };

/* On four engines each that is 62 MB of text, as long as paths are of usual length. */
#define AGENTS_MAX_MAX	4000

/* The socket is made by another name first, which is as long as that and 12 bytes. */
#define PATH_LENGTH_MAX	(sizeof(((struct sockaddr_un *)NULL)->sun_path) - 13)

enum { KEY_LISTEN, KEY_AGENTS_MAX, KEY_GROUP };

static void listen_on(struct config_parser *p, const char *value, const void *address, size_t size)
{
	struct headgate_config_metrics *metrics = &p->config.metrics;

	memset(&metrics->address, 0, sizeof(metrics->address));
	memcpy(&metrics->address, address, size);
	metrics->address_size = size;
	strcpy(metrics->listen, value);
}

static void parse_unix(struct config_parser *p, const char *value, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (*path != '/')
		return config_complain(p, "listen: \"%s\" does not begin with a slash", path);
	if (strlen(path) > PATH_LENGTH_MAX)
		return config_complain(p, "listen: the path of the socket is longer than %zu bytes", PATH_LENGTH_MAX);
	if (path[strlen(path) - 1] == '/')
		return config_complain(p, "listen: %s is the path of a folder, not of a socket", path);
	strcpy(address.sun_path, path);
	listen_on(p, value, &address, sizeof(address));
}

/* A port of 1 to 65535, without a sign or blanks; 0: it is none. */
static in_port_t parse_port(const char *text)
{
	unsigned long port = strtoul(text, NULL, 10);

	return *text && strlen(text) == strspn(text, "0123456789") && strlen(text) <= 5 && port <= 65535 ? port : 0;
}

/* Splits "127.0.0.1:9955" or "[::1]:9955" into address and port; false: it is no such thing. */
static bool split(const char *value, char *host, size_t size, bool *is_v6, const char **port)
{
	const char *end;

	*is_v6 = *value == '[';
	end = *is_v6 ? strchr(value, ']') : strrchr(value, ':');
	if (!end)
		return false;
	value += *is_v6;
	if (end == value || (size_t)(end - value) >= size || end[*is_v6] != ':')
		return false;
	memcpy(host, value, end - value);
	host[end - value] = '\0';
	*port = end + *is_v6 + 1;
	return true;
}

static void parse_listen(struct config_parser *p, const char *value)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	const char *port = "";
	char host[48];
	bool is_v6;

	if (!strcmp(value, "off")) {
		p->config.metrics.address_size = 0;
		return;
	}
	if (!strncmp(value, "unix:", 5))
		return parse_unix(p, value, value + 5);
	if (!split(value, host, sizeof(host), &is_v6, &port) ||
	    inet_pton(is_v6 ? AF_INET6 : AF_INET, host, is_v6 ? (void *)&v6.sin6_addr : (void *)&v4.sin_addr) != 1)
		return config_complain(p, "listen: \"%s\" is none of off, unix:/run/headgate/metrics.sock, 127.0.0.1:PORT and [::1]:PORT", value);
	v4.sin_port = htons(parse_port(port));
	v6.sin6_port = v4.sin_port;
	if (!v4.sin_port)
		return config_complain(p, "listen: \"%s\" is no port, 1 to 65535 are", port);
	if (is_v6 ? !IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) : ntohl(v4.sin_addr.s_addr) >> 24 != IN_LOOPBACKNET)
		return config_complain(p, "listen: %s is not loopback, and metrics, which tell who runs what, are given without a password; have 127.0.0.1 or [::1], and before it a proxy that asks for one", value);
	if (is_v6)
		listen_on(p, value, &v6, sizeof(v6));
	else
		listen_on(p, value, &v4, sizeof(v4));
}

static void parse_agents_max(struct config_parser *p, const char *value)
{
	char *end;
	unsigned long long count = strtoull(value, &end, 10);

	if (*value < '0' || *value > '9' || *end)
		return config_complain(p, "agents-max: \"%s\" is not a whole number", value);
	if (count < 1 || count > AGENTS_MAX_MAX)
		return config_complain(p, "agents-max: %s is out of range, 1 to %d are allowed", value, AGENTS_MAX_MAX);
	p->config.metrics.agents_max = count;
}

static void parse_group(struct config_parser *p, const char *value)
{
	const struct group *group = getgrnam(value);

	if (!group)
		return config_complain(p, "group: there is no group \"%s\" on this host", value);
	p->config.metrics.group = group->gr_gid;
}

void config_set_metrics_key(struct config_parser *p, const char *key, const char *value)
{
	if (!strcmp(key, "listen")) {
		if (config_first_time(p, KEY_LISTEN, key))
			parse_listen(p, value);
	} else if (!strcmp(key, "agents-max")) {
		if (config_first_time(p, KEY_AGENTS_MAX, key))
			parse_agents_max(p, value);
	} else if (!strcmp(key, "group")) {
		if (config_first_time(p, KEY_GROUP, key))
			parse_group(p, value);
	} else {
		config_complain(p, "unknown key %s in [metrics]; there are agents-max, group and listen", key);
	}
}
