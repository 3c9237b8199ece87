#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
headgate-infer serve with real processes: clients of several agents ask, go away in the middle, and
their workers are killed and stopped meanwhile.

    [SECONDS=10] [CLIENTS=8] [AGENTS=2] [SEED=1] [DEVICE=native] serve_test.py PROGRAM

Each request must end in a whole answer, the same as one client alone gets, or in an error that says
what it is; each agent's worker must be in its cgroup; the service must keep its size.
"""
import multiprocessing
import os
import random
import select
import signal
import subprocess
import sys
import tempfile
import time

import serve_client

SECONDS = float(os.environ.get("SECONDS", 10))
CLIENTS = int(os.environ.get("CLIENTS", 8))
AGENTS = int(os.environ.get("AGENTS", 2))
SEED = int(os.environ.get("SEED", 1))
DEVICE = os.environ.get("DEVICE", "native")
REQUESTS = 24

# Of the service: allocators keep some of what was freed.
GROWTH_KB = 4096

verdicts, skipped = [], []


def check(right, what):
    print(f"{'ok' if right else 'not ok'} {what}", flush=True)
    verdicts.append(bool(right))
    return right


def skip(what):
    print(f"skipped {what}", flush=True)
    skipped.append(what)


def sum_up():
    print(f"{sum(verdicts)} passed, {len(verdicts) - sum(verdicts)} failed, {len(skipped)} skipped")
    sys.exit(0 if all(verdicts) else 1)


def cgroup_root():
    """Where cgroups can be made, or why not."""
    if os.geteuid():
        return None, "not root"
    with open("/proc/self/mountinfo") as mounts:
        for line in mounts:
            fields, _, kind = line.partition(" - ")
            if kind.startswith("cgroup2 ") and fields.split()[3] == "/":
                root = fields.split()[4]
                return (root, None) if os.access(root, os.W_OK) else (None, f"{root} cannot be written to")
    return None, "no cgroup v2"


def remove(*folders):
    """Cgroups, the innermost first; workers may outlive their service, as long as a broken device or machine keeps them."""
    with open(os.path.join(folders[-1], "cgroup.kill"), "w") as kill:
        kill.write("1")
    await_event(folders[-1], "populated", False)
    for folder in folders:
        os.rmdir(folder)


def await_event(folder, key, value):
    """Until a cgroup is, or is not, populated or frozen."""
    until = time.monotonic() + serve_client.PATIENCE
    with open(os.path.join(folder, "cgroup.events")) as events:
        while f"{key} {value:d}\n" not in events.read() and time.monotonic() < until:
            changes = select.poll()
            changes.register(events, select.POLLPRI)
            changes.poll(1000)
            events.seek(0)


def wait_until(condition):
    """Whether it comes to be so, however busy the machine is."""
    until = time.monotonic() + serve_client.PATIENCE
    while not (so := condition()) and time.monotonic() < until:
        time.sleep(0.1)
    return so


def of_status(pid, key):
    with open(f"/proc/{pid}/status") as status:
        for line in status:
            if line.startswith(key + ":"):
                return int(line.split()[1])
    return 0


class Service:
    """headgate-infer serve, from start to end."""

    def __init__(self, program, folder, *options, device=DEVICE, **how):
        self.path = os.path.join(folder, "socket")
        self.process = subprocess.Popen(
            [program, "serve", "--model", os.path.join(folder, "model.gguf"), "--listen", "unix:" + self.path,
             "--device", device, "--threads", "1", *options], stdout=subprocess.PIPE, **how)
        if not self.process.stdout.readline():
            raise SystemExit("serve did not begin")
        self.pid = self.process.pid

    def workers(self):
        with open(f"/proc/{self.pid}/task/{self.pid}/children") as children:
            return [int(pid) for pid in children.read().split()]

    def size(self):
        return of_status(self.pid, "VmRSS"), len(os.listdir(f"/proc/{self.pid}/fd"))

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


def cgroup_of(pid):
    with open(f"/proc/{pid}/cgroup") as file:
        for line in file:
            if line.startswith("0::"):
                return line[3:].strip()
    return ""


def is_worker(pid):
    """Not before exec, nor when it has ended."""
    with open(f"/proc/{pid}/cmdline") as file:
        return "\0worker\0" in file.read()


def is_there(pid):
    """It is no zombie, nor is the number another's by now."""
    try:
        return is_worker(pid)
    except (FileNotFoundError, ProcessLookupError):
        return False


class Torment:
    """Kills workers, or stops them so that they are found hanging; notes what it sees of them."""

    def __init__(self, service, chance):
        self.service, self.chance = service, chance
        self.killed = self.stopped = 0
        self.cgroups, self.sizes, self.fds, self.at_home = set(), [], 0, 0

    def look(self):
        home, at_home = cgroup_of(self.service.pid), 0
        for pid in self.service.workers():
            try:
                self.cgroups.add(cgroup_of(pid))
                at_home += cgroup_of(pid) == home
                # Before exec it has all that the service has.
                if not is_worker(pid):
                    continue
                self.sizes.append((time.monotonic(), of_status(pid, "VmRSS")))
                self.fds = max(self.fds, len(os.listdir(f"/proc/{pid}/fd")))
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                pass
        self.at_home = max(self.at_home, at_home)

    def strike(self):
        workers = self.service.workers()
        if not workers:
            return
        stop = self.chance.random() < 0.1
        try:
            os.kill(self.chance.choice(workers), signal.SIGSTOP if stop else signal.SIGKILL)
        except ProcessLookupError:
            return
        self.stopped += stop
        self.killed += not stop

    def run(self, until):
        while time.monotonic() < until:
            self.look()
            self.strike()
            time.sleep(self.chance.uniform(0.05, 0.6))


def start_clients(service, cgroups, expected, until):
    results = multiprocessing.Queue()
    clients = [multiprocessing.Process(target=serve_client.client, args=(
        service.path, SEED * 1000 + i, cgroups[i % len(cgroups)] if cgroups else None, expected, until, results))
        for i in range(CLIENTS)]
    for client in clients:
        client.start()
    return clients, results


def gather(clients, results):
    total, idle = {}, 0
    for _ in clients:
        _, tally = results.get(timeout=SECONDS + 3 * serve_client.PATIENCE)
        idle += not tally.get("whole")
        for what, number in tally.items():
            total[what] = total[what] + number if what in total else number
    for client in clients:
        client.join()
    return total, idle


def settled_size(service, files=None):
    """When nothing is asked for: after a second, as ended workers are noticed then; or when it has no more files."""
    time.sleep(1)
    wait_until(lambda: files is None or service.size()[1] <= files)
    return service.size()


def torment(service, cgroups, root, expected):
    """The test proper."""
    chance = random.Random(SEED)
    # The size that it comes to under load, so that growth beyond it is a leak.
    clients, results = start_clients(service, cgroups, expected, time.monotonic() + min(max(2, SECONDS / 5), 30))
    warm, _ = gather(clients, results)
    before = settled_size(service)
    until = time.monotonic() + SECONDS
    trouble = Torment(service, chance)
    clients, results = start_clients(service, cgroups, expected, until)
    trouble.run(until)
    total, idle = gather(clients, results)
    after = settled_size(service, before[1] + 1)
    print(f"# {CLIENTS} clients, {len(cgroups) or 1} agents, {SECONDS:g} s: {total}")
    print(f"# {trouble.killed} workers killed, {trouble.stopped} stopped; service {before} to {after} kB, fds")
    wrong = warm.get("wrong", []) + total.get("wrong", [])
    check(not wrong, f"no request without a whole answer, the right one, or an error: {wrong[:3]}")
    check(not idle, "each client had whole answers")
    check(trouble.killed and total.get("moved"), "answers went on in other workers")
    check(not any(what.startswith("error") for what in warm), "without trouble there are no errors")
    check(after[0] - before[0] <= GROWTH_KB, f"the service keeps its size: {before[0]} to {after[0]} kB")
    check(after[1] <= before[1] + 1, f"the service keeps its files: {before[1]} to {after[1]}")
    check(trouble.fds <= 12, f"workers have few files: {trouble.fds}")
    half = until - SECONDS / 2
    early = max((size for at, size in trouble.sizes if at < half), default=0)
    late = max((size for at, size in trouble.sizes if at >= half), default=0)
    check(late <= early * 1.2 + GROWTH_KB, f"workers keep their size: {early} to {late} kB")
    if cgroups:
        wanted = {cgroup[len(root):] for cgroup in cgroups}
        check(wanted <= trouble.cgroups, "each agent has its worker in its cgroup")
        check(trouble.cgroups <= wanted | {cgroup_of(service.pid)}, "no worker is anywhere else")
        check(trouble.at_home <= 1, f"but the one that is kept ready: {trouble.at_home}")


def references(service):
    """What one client alone is answered."""
    expected = []
    for number in range(REQUESTS):
        status, answer = serve_client.ask(service.path, number)
        if status != 200 or not answer.text and answer.why != "stop":
            raise SystemExit(f"request {number}: status {status}, {answer.error}")
        expected.append(list(answer.whole()))
    for number in range(0, REQUESTS, 5):
        _, answer = serve_client.ask(service.path, number, stream=True)
        check(list(answer.whole()) == expected[number], f"request {number}: the stream is the same as the answer at once")
    return expected


def main():
    program = sys.argv[1]
    root, why_not = cgroup_root()
    cgroups = []
    if root:
        top = os.path.join(root, f"headgate-serve-test-{os.getpid()}")
        cgroups = [os.path.join(top, f"agent{i}") for i in range(AGENTS)]
        for cgroup in cgroups:
            os.makedirs(cgroup)
    else:
        print(f"# one agent alone, no cgroups can be made: {why_not}")
    with tempfile.TemporaryDirectory(prefix="headgate-serve-") as folder:
        subprocess.run([program, "generate", os.path.join(folder, "model.gguf")], check=True)
        service = Service(program, folder, "--agent-default", ".")
        expected = references(service)
        check(service.end() == 0, "SIGTERM ends it")
        service = Service(program, folder, *([] if cgroups else ["--agent-default", "."]), "--hang", "2",
                          "--workers-most", str(AGENTS + 2), "--queue", str(CLIENTS))
        try:
            torment(service, cgroups, root, expected)
        finally:
            workers = service.workers()
            check(service.end() == 0, "SIGTERM ends it after all that")
        check(not os.path.exists(service.path), "its socket goes with it")
        check(wait_until(lambda: not any(is_there(pid) for pid in workers)), "its workers go with it")
    if cgroups:
        remove(*cgroups, os.path.dirname(cgroups[0]))
    sum_up()


if __name__ == "__main__":
    main()
