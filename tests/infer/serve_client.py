# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients of headgate-infer serve: they ask, read, and go away in the middle."""
import http.client
import json
import os
import random
import socket
import time

# An answer takes a fraction of a second; one that takes so long does not come.
PATIENCE = 60

# What a client may be told instead of an answer.
ERRORS = (429, 500, 503)


class Connection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path, timeout=PATIENCE):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Wrong(Exception):
    """What no client may see."""


def body_of(number, stream):
    """The request of a number: texts, tokens and chats of several lengths."""
    which = random.Random(number)
    body = {"temperature": 0, "max_tokens": which.choice((1, 9, 60, 300, 1200)), "stream": stream}
    if number % 3 == 0:
        body["messages"] = [{"role": "system", "content": "Be brief."},
                            {"role": "user", "content": f"Number {number}, please " * which.randint(1, 30)}]
        return "/v1/chat/completions", body
    if number % 3 == 1:
        body["prompt"] = f"{number} times a word " * which.randint(1, 40)
    else:
        body["prompt"] = [which.randrange(300) for _ in range(which.randint(1, 300))]
    return "/v1/completions", body


class Answer:
    """What has come of an answer; whole once why is told."""

    def __init__(self):
        self.text, self.why, self.moves, self.device, self.error = "", None, 0, None, None

    def take(self, message):
        if "error" in message:
            self.error = message["error"]
            if not self.error["message"]:
                raise Wrong(f"an error that says nothing: {message}")
            return
        for choice in message["choices"]:
            part = choice.get("message") or choice.get("delta") or choice
            self.text += part.get("content") or part.get("text") or ""
            self.why = choice["finish_reason"]
        self.moves = message.get("headgate", {}).get("moves", 0)
        self.device = message.get("headgate", {}).get("device")

    def whole(self):
        return self.text, self.why


def read_stream(response, until):
    """Events until the last one, or as many as until."""
    answer = Answer()
    done = False
    while until is None or until > 0:
        line = response.readline()
        if not line:
            break
        if line == b"\n":
            continue
        if not line.startswith(b"data: ") or done:
            raise Wrong(f"no event: {line!r}")
        if line == b"data: [DONE]\n":
            done = True
        else:
            answer.take(json.loads(line[6:]))
        until = until and until - 1
    if until is None and done == (answer.error is not None):
        raise Wrong(f"a stream that ends without a word, after {answer.text!r}")
    return answer


def ask(path, number, stream=False, cancel=None):
    """
    One request: (status, answer); answer is None for who cancels.

    cancel: (seconds, events): how long to wait, or how many events to read, before going away.
    """
    where, body = body_of(number, stream)
    connection = Connection(path)
    try:
        connection.request("POST", where, json.dumps(body), {"Content-Type": "application/json"})
        if cancel and not stream:
            time.sleep(cancel[0])
            return None, None
        response = connection.getresponse()
        if stream and response.status == 200:
            answer = read_stream(response, cancel[1] if cancel else None)
            return (None, None) if cancel else (200, answer)
        answer = Answer()
        answer.take(json.loads(response.read()))
        return response.status, answer
    finally:
        connection.close()


def enter(cgroup):
    """Moves this process into a cgroup, given by its folder."""
    with open(os.path.join(cgroup, "cgroup.procs"), "w") as procs:
        procs.write(str(os.getpid()))


def count(tally, what):
    tally[what] = tally.get(what, 0) + 1


def one(path, expected, chance, tally):
    """One request at random, and what came of it into the tally."""
    number = chance.randrange(len(expected))
    cancel = (chance.random() * 0.2, chance.randint(1, 9)) if chance.random() < 0.25 else None
    status, answer = ask(path, number, stream=chance.random() < 0.5, cancel=cancel)
    if cancel:
        count(tally, "cancelled")
    elif status == 200 and not answer.error:
        if list(answer.whole()) != expected[number]:
            raise Wrong(f"request {number}: {answer.whole()!r} is not {expected[number]!r}")
        count(tally, "whole")
        if answer.moves:
            count(tally, "moved")
    elif answer.error and (status == 200 or status in ERRORS):
        count(tally, f"error {answer.error['code']}")
        time.sleep(0.05)
    else:
        raise Wrong(f"status {status}: {answer.error}")


def client(path, seed, cgroup, expected, until, results):
    """A process that asks until a time."""
    chance, tally = random.Random(seed), {}
    if cgroup:
        enter(cgroup)
    try:
        # On a slow machine it takes longer to have one.
        while time.monotonic() < until or (not tally.get("whole") and time.monotonic() < until + PATIENCE):
            one(path, expected, chance, tally)
    except Wrong as wrong:
        tally["wrong"] = [str(wrong)]
    except (TimeoutError, socket.timeout):
        tally["wrong"] = [f"no answer within {PATIENCE} s"]
    except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
        tally["wrong"] = [f"{type(error).__name__}: {error}"]
    results.put((seed, tally))
