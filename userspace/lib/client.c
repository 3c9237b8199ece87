// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One request at a time over one socket.  Each transaction is read to its ack
 * or to the end of its dump, whatever happens, so the next one starts clean.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/family.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "client.h"
#include "extack.h"

/* A path of 4095 bytes and every number of a request, with room to spare. */
#define REQUEST_SIZE 8192

struct headgate_client {
	struct nl_sock *socket;
	int family;
	char error[512];
	/* the transaction under way */
	struct nl_msg *request;
	const struct message_set *set;
	client_reply_fn function;
	void *data;
	bool done;
	int status;
};

int client_errno(int nle)
{
	switch (-nle) {
	case NLE_SUCCESS:
		return 0;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_INTR:
		return -EINTR;
	case NLE_AGAIN:
	case NLE_DUMP_INTR:
		return -EAGAIN;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_OBJ_NOTFOUND:
	case NLE_NODEV:
		return -ENOENT;
	case NLE_AF_NOSUPPORT:
	case NLE_PROTO_MISMATCH:
	case NLE_OPNOTSUPP:
		return -EPROTONOSUPPORT;
	case NLE_MSGSIZE:
	case NLE_MSG_TRUNC:
	case NLE_MSG_TOOSHORT:
		return -EMSGSIZE;
	default:
		return -EIO;
	}
}

/*
 * The family is looked for in a dump: asking for it by name would make the
 * kernel load the module behind the back of whoever only wants to look.
 */
static int find_family(struct nl_sock *socket, int *id)
{
	struct nl_cache *cache;
	struct genl_family *family;
	int ret;

	ret = genl_ctrl_alloc_cache(socket, &cache);
	if (ret)
		return client_errno(ret);
	family = genl_ctrl_search_by_name(cache, HEADGATE_FAMILY_NAME);
	if (!family) {
		ret = -ENOENT;
	} else {
		if (genl_family_get_version(family) != HEADGATE_FAMILY_VERSION)
			ret = -EPROTONOSUPPORT;
		*id = genl_family_get_id(family);
		genl_family_put(family);
	}
	nl_cache_free(cache);
	return ret;
}

static int set_option(struct nl_sock *socket, int option)
{
	int on = 1;

	if (setsockopt(nl_socket_get_fd(socket), SOL_NETLINK, option, &on, sizeof(on)))
		return -errno;
	return 0;
}

int client_connect(struct nl_sock **result, int *family)
{
	struct nl_sock *socket = nl_socket_alloc();
	int ret;

	if (!socket)
		return -ENOMEM;
	ret = client_errno(genl_connect(socket));
	if (!ret)
		ret = find_family(socket, family);
	if (!ret)
		ret = set_option(socket, NETLINK_EXT_ACK);
	if (!ret)
		ret = set_option(socket, NETLINK_CAP_ACK);
	if (!ret)
		ret = set_option(socket, NETLINK_GET_STRICT_CHK);
	if (ret) {
		nl_socket_free(socket);
		return ret;
	}
	*result = socket;
	return 0;
}

/* Keep what the kernel says at the end of a transaction. */
static void finish(struct headgate_client *client, const struct nlmsghdr *reply)
{
	struct extack extack;
	int error = extack_parse(reply, nlmsg_hdr(client->request), &extack);

	client->done = true;
	if (client->status || !error)
		return;
	client->status = error;
	extack_format(&extack, error, client->set, client->error, sizeof(client->error));
}

static int on_reply(struct nl_msg *message, void *data)
{
	struct headgate_client *client = data;
	int ret;

	if (!client->function || client->status)
		return NL_OK;
	ret = client->function(nlmsg_hdr(message), client->data);
	if (ret < 0)
		client_fail(client, ret, ret == -EBADMSG ?
			    "the module's answer is malformed: tool and module are of different versions" :
			    NULL);
	return NL_OK;
}

static int on_end(struct nl_msg *message, void *data)
{
	finish(data, nlmsg_hdr(message));
	return NL_STOP;
}

static int on_error(struct sockaddr_nl *address, struct nlmsgerr *error, void *data)
{
	(void)address;
	/* libnl hands us the payload of a message that lies in its buffer. */
	finish(data, (const struct nlmsghdr *)((const char *)error - NLMSG_HDRLEN));
	return NL_STOP;
}

int headgate_client_open(struct headgate_client **result)
{
	struct headgate_client *client = calloc(1, sizeof(*client));
	struct nl_sock *socket;
	int ret;

	if (!client)
		return -ENOMEM;
	ret = client_connect(&client->socket, &client->family);
	if (ret) {
		free(client);
		return ret;
	}
	socket = client->socket;
	nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_CUSTOM, on_reply, client);
	nl_socket_modify_cb(socket, NL_CB_ACK, NL_CB_CUSTOM, on_end, client);
	nl_socket_modify_cb(socket, NL_CB_FINISH, NL_CB_CUSTOM, on_end, client);
	nl_socket_modify_err_cb(socket, NL_CB_CUSTOM, on_error, client);
	*result = client;
	return 0;
}

void headgate_client_free(struct headgate_client **client)
{
	if (!*client)
		return;
	nl_socket_free((*client)->socket);
	free(*client);
	*client = NULL;
}

const char *headgate_client_error(const struct headgate_client *client)
{
	return client->error;
}

int client_fail(struct headgate_client *client, int error, const char *text)
{
	client->status = error;
	snprintf(client->error, sizeof(client->error), "%s", text ? text : strerror(-error));
	return error;
}

struct nl_msg *client_request(struct headgate_client *client, int command, int flags)
{
	struct nl_msg *request = nlmsg_alloc_size(REQUEST_SIZE);

	if (request && !genlmsg_put(request, NL_AUTO_PORT, NL_AUTO_SEQ, client->family, 0,
				    NLM_F_REQUEST | flags, command, HEADGATE_FAMILY_VERSION)) {
		nlmsg_free(request);
		request = NULL;
	}
	return request;
}

int client_transact(struct headgate_client *client, struct nl_msg *request,
		    const struct message_set *set, client_reply_fn function, void *data)
{
	int ret;

	client->request = request;
	client->set = set;
	client->function = function;
	client->data = data;
	client->done = false;
	client->status = 0;
	client->error[0] = '\0';

	ret = nl_send_auto(client->socket, request);
	while (ret >= 0 && !client->done)
		ret = nl_recvmsgs_default(client->socket);
	if (!client->status && ret == -NLE_DUMP_INTR)
		client_fail(client, -EAGAIN, "the state changed while it was read");
	else if (!client->status && !client->done)
		client_fail(client, client_errno(ret), NULL);
	client->request = NULL;
	nlmsg_free(request);
	return client->status;
}
