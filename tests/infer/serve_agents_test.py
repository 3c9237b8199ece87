#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
What headgate-infer serve does about an agent that stands still, or wants more than its share, and about a user who does.

    serve_agents_test.py PROGRAM

Agents are cgroups: there is nothing to test where none can be made.
"""
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time

import serve_client
import serve_test
from serve_http import COMPLETIONS, ask, request, waits
from serve_test import check


# Another user than this one, who is root.
NOBODY = 65534


class Agent:
    """A cgroup which this process enters to ask as that agent, and leaves."""

    def __init__(self, root, name=""):
        self.home = root + serve_test.cgroup_of("self")
        self.root, self.more = root, []
        self.folder = os.path.join(root, f"headgate-serve-test-{os.getpid()}{name}")
        os.mkdir(self.folder)

    def enter(self):
        serve_client.enter(self.folder)

    def leave(self):
        serve_client.enter(self.home)

    def freeze(self, whether):
        with open(os.path.join(self.folder, "cgroup.freeze"), "w") as file:
            file.write(str(int(whether)))
        serve_test.await_event(self.folder, "frozen", whether)

    def others(self, n):
        """More of them, which are removed with this one."""
        self.more = [Agent(self.root, f"-{i}") for i in range(n)]
        return self.more

    def remove(self):
        for agent in (self, *self.more):
            serve_test.remove(agent.folder)


# Of a worker before it is given up, by --hang; and how long one is watched that must not be.
HANG_S = 1
WATCHED_S = 5


def connect(service, agent):
    """As that agent, which the service has noticed."""
    agent.enter()
    connection = serve_client.Connection(service.path)
    request(connection, "GET", "/health")
    agent.leave()
    return connection


def is_killed(workers):
    """Within a time that is enough for it, by far."""
    until = time.monotonic() + WATCHED_S
    while all(serve_test.is_there(worker) for worker in workers) and time.monotonic() < until:
        time.sleep(0.1)
    return not all(serve_test.is_there(worker) for worker in workers)


def frozen(service, agent):
    """It stands still for longer than a worker may be silent: the worker, which has a request, is not to blame."""
    connection = connect(service, agent)
    check(ask(connection, prompt="x", max_tokens=1)[0] == 200, "an agent has a worker")
    workers = service.workers()
    agent.freeze(True)
    connection.request("POST", COMPLETIONS, json.dumps({"prompt": "x", "max_tokens": 1}))
    check(len(workers) == 1 and not is_killed(workers), "a frozen agent's worker is not killed for being silent")
    check(service.workers() == workers, "and has no successor")
    agent.freeze(False)
    check(connection.getresponse().status == 200, "its request goes on with the thaw")


def send(path, *connections):
    """A request by each, one after the other, all of which have been taken when this returns."""
    for connection in connections:
        connection.request("POST", COMPLETIONS, json.dumps({"prompt": "x", "max_tokens": 1}))
        # What came before this was read before it.
        request(serve_client.Connection(path), "GET", "/health")


def gone(service, agent):
    """It stands still and its client has gone: its worker does not keep the one place there is."""
    connection = connect(service, agent)
    check(ask(connection, prompt="x", max_tokens=1)[0] == 200, "an agent has a worker")
    agent.freeze(True)
    send(service.path, connection)
    connection.close()
    answer = ask(serve_client.Connection(service.path), prompt="x", max_tokens=1)
    check(answer[0] == 200, f"a frozen worker whose client has gone makes room: {answer[0]}")
    agent.freeze(False)


def born_frozen(service, agent):
    """It stands still when a request comes: no worker does so with all that the service has open."""
    connection = connect(service, agent)
    agent.freeze(True)
    connection.request("POST", COMPLETIONS, json.dumps({"prompt": "x", "max_tokens": 1}))
    time.sleep(1)
    check(not service.workers(), "no worker is born in a frozen cgroup")
    agent.freeze(False)
    check(connection.getresponse().status == 200, "its request waits for the thaw")


def connect_many(path, n, most):
    """So many connections: those that stay open, which are to be so many, and the others."""
    sockets = [socket.socket(socket.AF_UNIX) for _ in range(n)]
    for one in sockets:
        one.connect(path)
    until = time.monotonic() + serve_client.PATIENCE
    cut = []
    while n - len(cut) > most and time.monotonic() < until:
        time.sleep(0.1)
        # One that is open has nothing to read.
        cut = select.select(sockets, [], [], 0)[0]
    return [one for one in sockets if one not in cut], cut


def connections(service, agent):
    """It opens more than its share: it is cut off, and others are served."""
    agent.enter()
    kept, cut = connect_many(service.path, 600, 64)
    check(len(kept) == 64, f"an agent has {len(kept)} connections")
    agent.leave()
    check(ask(serve_client.Connection(service.path), prompt="x", max_tokens=1)[0] == 200, "which leaves some to others")
    for one in kept + cut:
        one.close()
    agent.enter()
    # The service may not have seen yet that they are closed, and cut off one more.
    until = time.monotonic() + serve_client.PATIENCE
    while (served := waits(service.path)[0]) != 200 and time.monotonic() < until:
        pass
    check(served == 200, "and to itself, when they are closed")
    agent.leave()


def connect_as(path, user):
    """A connection of another user; when this returns it has been taken for one of this process and its cgroup."""
    connection = serve_client.Connection(path)
    os.seteuid(user)
    try:
        connection.connect()
    finally:
        os.seteuid(0)
    request(connection, "GET", "/health")
    return connection


def users(service, agent):
    """With one worker for all: of those who wait, another user's comes first, though it came last."""
    (second,) = agent.others(1)
    agent.enter()
    first = serve_client.Connection(service.path)
    check(ask(first, prompt="x", max_tokens=1)[0] == 200, "an agent has the worker")
    second.enter()
    later = connect_as(service.path, 0)
    agent.leave()
    other = connect_as(service.path, NOBODY)
    # Until all have asked.
    (worker,) = service.workers()
    os.kill(worker, signal.SIGSTOP)
    send(service.path, first, later, other)
    os.kill(worker, signal.SIGCONT)
    check(first.getresponse().status == 200, "a request is answered while others wait for its worker")
    ready = select.select([later.sock, other.sock], [], [], serve_client.PATIENCE)[0]
    check(other.sock in ready, "another user's comes before one more of the same user")
    check([one.getresponse().status for one in (other, later)] == [200, 200], "both are served")


def connections_of_users(service, agent):
    """A user has many agents: they leave connections to others."""
    agents = agent.others(6)
    sockets = []
    for one in agents:
        one.enter()
        sockets += [socket.socket(socket.AF_UNIX) for _ in range(60)]
        for each in sockets[-60:]:
            each.connect(service.path)
        # They are taken in their order, each for one of the cgroup that this process is in then.
        sockets[-1].sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        check(select.select(sockets[-1:], [], [], serve_client.PATIENCE)[0], "the last is answered, or cut off")
    agent.leave()
    kept = [one for one in sockets if not select.select([one], [], [], 0)[0] or one.recv(1)]
    check(len(kept) == 256, f"a user has {len(kept)} connections")
    other = connect_as(service.path, NOBODY)
    check(ask(other, prompt="x", max_tokens=1)[0] == 200, "which leaves some to others")
    for one in sockets:
        one.close()


def bodies_of_users(service, agent):
    """A user sends all the memory that there is for bodies: it leaves some to others."""
    agent.enter()
    body = b" " * ((8 << 20) - 1)
    connections = []
    for _ in range(16):
        connection = serve_client.Connection(service.path)
        connection.putrequest("POST", COMPLETIONS)
        connection.putheader("Content-Length", str(len(body) + 1))
        connection.endheaders(body)
        connections.append(connection)
    agent.leave()
    other = connect_as(service.path, NOBODY)
    check(ask(other, prompt="x", max_tokens=1)[0] == 200, "a user's bodies leave memory to others")
    connections[0].send(b" ")
    connections[-1].send(b" ")
    answers = [one.getresponse().status for one in (connections[0], connections[-1])]
    check(answers == [400, 503], f"and none to more of its own: {answers}")
    for connection in connections:
        connection.close()


TESTS = (
    (frozen, ("--hang", str(HANG_S))),
    (gone, ("--workers-most", "1", "--agent-default", ".")),
    (born_frozen, ()),
    (connections, ("--agent-default", ".")),
    (users, ("--workers-most", "1", "--agent-default", ".")),
    (connections_of_users, ("--agent-default", ".")),
    (bodies_of_users, ("--agent-default", ".")),
)


def main():
    program = sys.argv[1]
    root, why_not = serve_test.cgroup_root()
    if not root:
        serve_test.skip(f"agents: {why_not}")
        serve_test.sum_up()
    with tempfile.TemporaryDirectory(prefix="headgate-serve-") as folder:
        # For users who are not this one.
        os.chmod(folder, 0o755)
        subprocess.run([program, "generate", os.path.join(folder, "model.gguf")], check=True)
        for test, options in TESTS:
            agent = Agent(root)
            with open(os.path.join(folder, "log"), "w+") as log:
                service = serve_test.Service(program, folder, "--workers", "0", *options, stderr=log)
                test(service, agent)
                check(service.end() == 0, "SIGTERM ends it")
                log.seek(0)
                said = log.read()
            sys.stderr.write(said)
            check("too many files" not in said, "and it was never short of files")
            agent.remove()
    serve_test.sum_up()


if __name__ == "__main__":
    main()
