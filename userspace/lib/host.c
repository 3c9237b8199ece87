// SPDX-License-Identifier: GPL-2.0-or-later
#include "host.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

bool headgate_host_is_here(const char *host)
{
	char name[64];
	const char *end;
	struct in_addr v4;
	struct in6_addr v6;
	size_t size;

	if (!host)
		return true; /* HTTP/1.0; browsers always have it */
	end = *host == '[' ? strchr(host, ']') : strchrnul(host, ':');
	if (!end)
		return false;
	host += *host == '[';
	size = end - host;
	if (size >= sizeof(name))
		return false;
	memcpy(name, host, size);
	name[size] = '\0';
	if (*end == ']')
		return inet_pton(AF_INET6, name, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
	if (!strcasecmp(name, "localhost"))
		return true;
	return inet_pton(AF_INET, name, &v4) == 1 && ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
}
