#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
headgate-infer serve on Vulkan devices that are lost, hang and get well again under it.

    [SECONDS=10] [CLIENTS=6] [SEED=1] serve_failover_test.py PROGRAM LAYER

The devices are Mesa's on the processors, several of them, with the layer of the folder LAYER before them (layer/layer.h).
Whatever they do, each answer must be the very one that a service without trouble gives: no token lost, none told twice.
The legs agree on the likeliest token of each position here, so an answer that began on one and ended on another is the
same to the last byte.
"""
import json
import multiprocessing
import os
import random
import select
import socket
import subprocess
import sys
import tempfile
import time

import serve_client
import serve_faults
import serve_test
from serve_faults import GONE, HANG, HELD, LOST, LOST_AT_WAIT, SLOW
from serve_test import check

SECONDS = float(os.environ.get("SECONDS", 10))
CLIENTS = int(os.environ.get("CLIENTS", 6))
SEED = int(os.environ.get("SEED", 1))
REQUESTS = 12
ORDER = "vulkan:0,vulkan:1,native"
# Into a request's work: what it takes for a prompt and some tokens. Each has more submissions than that.
MIDST = 60


def body_of(number):
    """Short prompts, long ones that take several batches, and answers of 20 to 130 tokens."""
    return {"prompt": f"{number} times a word " * (1 + number % 4 * 5), "max_tokens": 20 + number * 10, "temperature": 0}


class Stream:
    """A request under way."""

    def __init__(self, service, number):
        self.number, self.answer = number, serve_client.Answer()
        self.connection = serve_client.Connection(service.path)
        self.connection.request("POST", "/v1/completions", json.dumps(dict(body_of(number), stream=True)))
        self.response = self.connection.getresponse()

    def read(self, events=None):
        """So many events, or all that are left."""
        part = serve_client.read_stream(self.response, events)
        part.text = self.answer.text + part.text
        self.answer = part
        if events is None:
            self.connection.close()
        return self


def ask(service, number):
    """Status, and the answer, of a request without a stream."""
    connection = serve_client.Connection(service.path)
    connection.request("POST", "/v1/completions", json.dumps(body_of(number)))
    response = connection.getresponse()
    answer = serve_client.Answer()
    answer.take(json.loads(response.read()))
    connection.close()
    return response.status, answer


class World:
    """What all tests need: the program, a model, devices, agents, and the right answers."""

    def __init__(self, program, layer, folder):
        self.program, self.folder = program, folder
        self.faults = serve_faults.Faults(folder, layer, 2)
        subprocess.run([program, "generate", os.path.join(folder, "model.gguf")], check=True)
        self.root, why_not = serve_test.cgroup_root()
        self.agents = []
        if self.root:
            self.home = self.root + serve_test.cgroup_of("self")
            self.top = os.path.join(self.root, f"headgate-failover-test-{os.getpid()}")
            self.agents = [os.path.join(self.top, name) for name in "ab"]
            for agent in self.agents:
                os.makedirs(agent)
        else:
            print(f"# one agent alone, no cgroups can be made: {why_not}")
        service = self.serve("native")
        self.expected = [ask(service, number)[1].whole() for number in range(REQUESTS)]
        service.end()

    def close(self):
        self.enter(None)
        self.service.process.kill()
        self.service.process.wait()
        if not self.agents:
            return
        try:
            serve_test.remove(*self.agents, self.top)
        except OSError as error:
            # Why the test ends is what is to be told.
            print(f"# {self.top} is left: {error}")

    def serve(self, order=ORDER, *options, brownouts="none", **how):
        for device in range(2):
            self.faults.heal(device)
        self.service = serve_test.Service(self.program, self.folder, "--agent-default", ".", "--brownouts", brownouts,
                                          *options, device=order, env=self.faults.environment, **how)
        return self.service

    def enter(self, agent):
        """Requests are the first or second agent's from now; None: the service's own."""
        if self.agents:
            serve_client.enter(self.home if agent is None else self.agents[agent])

    def right(self, answer, number):
        return not answer.error and answer.whole() == self.expected[number]

    def check_whole(self, answer, number, what):
        check(self.right(answer, number),
              f"{what}: no token is lost or told twice: {answer.error or answer.whole()} is {self.expected[number]}")


def on_native(answer):
    return str(answer.device).startswith("native")


def disturbed(world, service, device, kind, number, what):
    """A request under which a device fails; where it was answered at the end."""
    faults = world.faults
    # Before it is asked: nothing keeps a worker from being done before whoever reads its answer.
    faults.strike(device, kind, MIDST)
    answer = Stream(service, number).read().answer
    check(faults.struck(device), f"{what}: it came to pass")
    world.check_whole(answer, number, what)
    check(answer.moves >= 1, f"{what}: the answer tells that it moved")
    return answer


def settle(world, service):
    """Each agent has a worker at rest, on the first device."""
    for agent in (1, 0):
        world.enter(agent)
        undisturbed(world, service, 0, False, f"agent {agent}, when all is well")


def undisturbed(world, service, number, native, what):
    """A new request, which is to run where all is well from its first token on."""
    status, answer = ask(service, number)
    check(status == 200 and world.right(answer, number), f"{what}: it is answered: {answer.error}")
    check(answer.moves == 0, f"{what}: by a device that is well")
    check(on_native(answer) == native, f"{what}: by the first that is: {answer.device}")


def other(world, service, number, native, what):
    """The same for a request of another agent, where there is one."""
    if not world.agents:
        serve_test.skip(what)
        return
    world.enter(1)
    undisturbed(world, service, number, native, what)


def await_log(service, text):
    """Until the service says so on standard error, which is a pipe without a buffer here."""
    line = b""
    while text.encode() not in line:
        if not select.select([service.process.stderr], [], [], serve_client.PATIENCE)[0]:
            raise serve_client.Wrong(f"the service does not say '{text}'")
        line = service.process.stderr.readline()
        if not line:
            raise serve_client.Wrong(f"the service has ended without saying '{text}'")


def lost(world):
    """One device after the other; nobody goes back to them meanwhile."""
    service = world.serve(ORDER, "--retry", "900")
    settle(world, service)
    used = world.faults.submissions(1)
    disturbed(world, service, 0, LOST, 11, "a device that is lost")
    check(world.faults.submissions(1) > used, "the next device goes on")
    undisturbed(world, service, 3, False, "the same agent, while it is lost")
    other(world, service, 4, False, "another agent, while it is lost")
    answer = disturbed(world, service, 1, LOST_AT_WAIT, 10, "the next one is lost too, in the midst of its work")
    check(on_native(answer), "the processors go on")
    undisturbed(world, service, 5, True, "the same agent, while both are lost")
    world.enter(0)
    undisturbed(world, service, 6, True, "another agent, while both are lost")
    world.enter(None)
    check(service.end() == 0, "SIGTERM ends it")


def well_again(world):
    """Tries in between cost nobody anything; when it is well requests return to it."""
    service = world.serve("vulkan:0,native", "--retry", "1", stderr=subprocess.PIPE, bufsize=0)
    faults = world.faults
    settle(world, service)
    disturbed(world, service, 0, LOST, 11, "a device that is lost for a while")
    await_log(service, "vulkan:0 failed: it is passed over for 1 s")
    for kind, what in ((LOST, "lost"), (GONE, "gone")):
        until = time.monotonic() + serve_client.PATIENCE
        faults.strike(0, kind)
        wrong = None
        while faults.struck(0) < 2 and not wrong and time.monotonic() < until:
            status, answer = ask(service, 2)
            wrong = None if status == 200 and world.right(answer, 2) else answer.error or answer.whole()
        check(faults.struck(0) >= 2 and not wrong, f"while it is {what} it is tried, and each is answered: {wrong}")
    faults.heal(0)
    until = time.monotonic() + serve_client.PATIENCE
    while time.monotonic() < until:
        status, answer = ask(service, 2)
        if status != 200 or not world.right(answer, 2) or not on_native(answer):
            break
    check(not on_native(answer) and world.right(answer, 2), "requests return to it when it is well")
    await_log(service, "vulkan:0 computes answers again")
    other(world, service, 4, False, "another agent's too")
    world.enter(None)
    check(service.end() == 0, "SIGTERM ends it")


def hung(world):
    """It takes work and never says anything more: the worker's own deadline finds it."""
    service = world.serve("vulkan:0,native", "--retry", "900")
    settle(world, service)
    answer = disturbed(world, service, 0, HANG, 11, "a device that hangs")
    check(on_native(answer), "the processors go on")
    undisturbed(world, service, 3, True, "the same agent, while it hangs")
    other(world, service, 4, True, "another agent, while it hangs")
    world.enter(None)
    check(service.end() == 0, "SIGTERM ends it")


def held(world):
    """The gate keeps a submission for longer than a device may take for it: that is no hang."""
    service = world.serve("vulkan:0,native", "--retry", "900")
    # The worker waits for ten seconds.
    world.faults.strike(0, HELD, MIDST, factor=10500)
    stream = Stream(service, 11)
    until = time.monotonic() + serve_client.PATIENCE
    while not world.faults.struck(0) and time.monotonic() < until:
        time.sleep(0.05)
    world.faults.heal(0)
    answer = stream.read().answer
    world.check_whole(answer, 11, "a submission that is held for long")
    check(world.faults.struck(0) and answer.moves == 0 and not on_native(answer), "its device is not blamed")
    check(service.end() == 0, "SIGTERM ends it")


def silent(world):
    """All devices hang, and each worker is killed before it says so: the request goes through them all."""
    service = world.serve(ORDER, "--hang", "2", "--retry", "1")
    world.enter(0)
    # Not before it is open.
    world.faults.strike(1, HANG, 10)
    answer = disturbed(world, service, 0, HANG, 11, "devices that hang one after the other")
    check(on_native(answer), "the processors go on in the end")
    world.enter(None)
    check(service.end() == 0, "SIGTERM ends it")


def none_left(world):
    """Nothing can go on: it is said, and the service is there when a device is."""
    service = world.serve("vulkan:0,vulkan:1", "--retry", "1")
    faults = world.faults
    settle(world, service)
    faults.strike(1, LOST)
    faults.strike(0, LOST, MIDST)
    stream = Stream(service, 11).read(5)
    before = stream.answer.text
    error = stream.read().answer.error
    check(error and error["code"] == "no_device" and "No device can be used" in error["message"],
          f"a stream that cannot go on ends in an error that says why: {error}")
    check(world.expected[11][0].startswith(stream.answer.text) and stream.answer.text.startswith(before),
          "what came before it is right")
    status, answer = ask(service, 1)
    check(status == 503 and answer.error and answer.error["code"] == "no_device",
          f"new requests are told so: {status} {answer.error}")
    faults.heal(0)
    until = time.monotonic() + serve_client.PATIENCE
    while status != 200 and time.monotonic() < until:
        status, answer = ask(service, 1)
    check(status == 200 and world.right(answer, 1), "when one is well again they are answered")
    world.enter(None)
    check(service.end() == 0, "SIGTERM ends it")


class Headgated:
    """Its probe socket, to which the service subscribes."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "probe")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(serve_client.PATIENCE)
        self.socket.bind(self.path)
        self.socket.listen()

    def subscriber(self):
        self.peer, _ = self.socket.accept()
        self.peer.settimeout(serve_client.PATIENCE)
        subscribed = self.peer.recv(512) == b"subscribe"
        self.peer.send(b"ok")
        return subscribed

    def say(self, service, state):
        """Of the first device; until the service has heard it."""
        self.peer.send(f"health device=0000:f0:00.0 state={state} reason=slower factor=1.52 since=1".encode())
        await_log(service, f" is {state} ")

    def close(self):
        self.peer.close()
        self.socket.close()
        os.unlink(self.path)


def brown(world):
    """It works, but headgated has it that it does so slower, or wronger, than it did."""
    headgated = Headgated(world.folder)
    service = world.serve("vulkan:0,native", brownouts=headgated.path, stderr=subprocess.PIPE, bufsize=0)
    check(headgated.subscriber(), "the service wants to be told how devices are")
    settle(world, service)
    stream = Stream(service, 11).read(5)
    headgated.say(service, "brown")
    other(world, service, 4, True, "another agent, while a device is brown")
    answer = stream.read().answer
    world.check_whole(answer, 11, "what a brown device has begun")
    check(answer.moves == 0 and not on_native(answer), "it ends there")
    world.enter(0)
    undisturbed(world, service, 3, True, "the same agent, while it is brown")
    headgated.say(service, "ok")
    undisturbed(world, service, 3, False, "the same agent, when it is well")
    other(world, service, 4, False, "another agent, when it is well")
    headgated.close()
    undisturbed(world, service, 5, False, "without headgated")
    world.enter(None)
    check(service.end() == 0, "SIGTERM ends it")
    headgated = Headgated(world.folder)
    service = world.serve("native", brownouts=headgated.path)
    undisturbed(world, service, 5, True, "by the processors")
    check(not select.select([headgated.socket], [], [], 0)[0], "which are never brown, so headgated is not asked")
    headgated.socket.close()
    os.unlink(headgated.path)
    check(service.end() == 0, "SIGTERM ends it")


def goes_on(until, moves):
    """Until a time; on a slow machine no answer may have moved by then."""
    return time.monotonic() < until or (not moves.value and time.monotonic() < until + serve_client.PATIENCE)


def client(world, service, seed, until, moves, results):
    """Asks until a time, and says what was wrong."""
    chance, whole = random.Random(seed), 0
    world.enter(seed % 2)
    try:
        while goes_on(until, moves) or not whole:
            number = chance.randrange(REQUESTS)
            answer = Stream(service, number).read().answer if chance.random() < 0.5 else ask(service, number)[1]
            if not world.right(answer, number):
                results.put((whole, f"request {number}: {answer.error or answer.whole()}"))
                return
            whole += 1
            with moves.get_lock():
                moves.value += answer.moves > 0
    except (OSError, serve_client.Wrong, serve_client.http.client.HTTPException, ValueError, KeyError) as error:
        results.put((whole, f"{type(error).__name__}: {error}"))
        return
    results.put((whole, None))


def crowd(world):
    """Several agents' requests at once, and devices that fail in all ways, and get well."""
    service = world.serve(ORDER, "--hang", "2", "--retry", "1")
    chance, results, until = random.Random(SEED), multiprocessing.Queue(), time.monotonic() + SECONDS
    moves = multiprocessing.Value("i", 0)
    clients = [multiprocessing.Process(target=client, args=(world, service, SEED * 100 + i, until, moves, results))
               for i in range(CLIENTS)]
    for one in clients:
        one.start()
    while goes_on(until, moves):
        device = chance.randrange(2)
        if chance.random() < 0.4:
            world.faults.heal(device)
        else:
            world.faults.strike(device, chance.choice((LOST, LOST_AT_WAIT, HANG, SLOW, GONE)), chance.randrange(20), 3)
        time.sleep(chance.uniform(0.2, 1.5))
    struck = sum(world.faults.struck(device) for device in range(2))
    said = [results.get(timeout=SECONDS + 4 * serve_client.PATIENCE) for _ in clients]
    for one in clients:
        one.join()
    whole = sum(one[0] for one in said)
    print(f"# {CLIENTS} clients, {SECONDS:g} s: {whole} whole answers, {moves.value} moved; {struck} submissions struck at last")
    wrong = [one[1] for one in said if one[1]]
    check(not wrong, f"each answer was whole and right: {wrong[:3]}")
    check(moves.value, "and some moved")
    check(service.end() == 0, "SIGTERM ends it")


def main():
    program, layer = sys.argv[1:3]
    names = sys.argv[3:]
    if not os.environ.get("VK_ICD_FILENAMES"):
        print("# no Vulkan device of Mesa's on processors, which is what is broken here\n0 passed, 0 failed, 1 skipped")
        return
    with tempfile.TemporaryDirectory(prefix="headgate-failover-") as folder:
        world = World(program, layer, folder)
        try:
            for test in (lost, well_again, none_left, hung, held, silent, brown, crowd):
                if not names or test.__name__ in names:
                    print(f"# {test.__name__}", flush=True)
                    test(world)
        finally:
            world.close()
    serve_test.sum_up()


if __name__ == "__main__":
    main()
