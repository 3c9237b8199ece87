#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
What headgate-infer serve says to clients, well-behaved and not.

    serve_http_test.py PROGRAM
"""
import http.client
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time

import serve_client
import serve_test
from serve_http import COMPLETIONS, ask, begin, error_of, notice, request, waits
from serve_test import check


def errors(path):
    connection = serve_client.Connection(path)
    status, _, body = request(connection, "GET", "/health")
    check(status == 200 and json.loads(body)["status"] == "ok", "it says that it is well")
    check({device["state"] for device in json.loads(body)["devices"]} <= {"ok", "failed"}, "and how its devices are")
    status, headers, body = request(connection, "HEAD", "/health")
    check(status == 200 and not body, "and to who asks for no body")
    status, headers, _ = request(connection, "POST", "/health")
    check(status == 405 and headers["Allow"] == "GET, HEAD", "nothing can be posted there")
    check(request(connection, "HEAD", COMPLETIONS)[0] == 405, "completions have a body")
    models = json.loads(request(connection, "GET", "/v1/models")[2])
    check([model["object"] for model in models["data"]] == ["model"], "it tells its model")
    check(request(connection, "GET", "/v2")[0] == 404, "what is not there is not found")
    status, headers, _ = request(connection, "GET", COMPLETIONS)
    check(status == 405 and headers["Allow"] == "POST", "completions are to be posted")
    answer = request(connection, "POST", COMPLETIONS, "{")
    check(answer[0] == 400 and error_of(answer)["code"] == "invalid_json", "a body that is no JSON")
    answer = ask(connection, prompt="x", temperature="hot")
    check(answer[0] == 400 and error_of(answer)["param"] == "temperature", "a parameter of a wrong type")
    answer = ask(connection, prompt="x", max_tokens=100000)
    check(answer[0] == 400 and error_of(answer)["code"] == "context_length_exceeded", "more than the context holds")
    answer = ask(connection, prompt="x", max_tokens=100000, stream=True)
    check(answer[0] == 400, "the same as a stream is an error, no stream")
    answer = request(connection, "POST", "/v1/chat/completions", json.dumps({"messages": [{"role": "user"}]}))
    check(answer[0] == 400 and "'content' is missing" in error_of(answer)["message"], "a message that says nothing")
    answer = ask(connection, prompt=[123456789], max_tokens=1)
    check(answer[0] == 400, "a token that is none")
    answer = ask(connection, prompt="x", max_tokens=3, temperature=0)
    check(answer[0] == 200, "after all that the same connection serves")
    whole = json.loads(answer[2])
    check(whole["usage"]["completion_tokens"] == 3 and whole["choices"][0]["finish_reason"] == "length",
          "usage and the reason to end are told")
    check(whole["headgate"]["ttft_ms"] > 0 and whole["headgate"]["device"], "and what headgate knows")


def sizes(path):
    big = " " * (8 << 20) + "{}"
    connection = serve_client.Connection(path)
    connection.putrequest("POST", COMPLETIONS)
    connection.putheader("Content-Length", str(len(big)))
    connection.endheaders()
    check(connection.getresponse().status == 413, "a body that says it is too long is not read")
    connection = serve_client.Connection(path)
    chunks = (big[i:i + 65536].encode() for i in range(0, len(big), 65536))
    connection.request("POST", COMPLETIONS, chunks, encode_chunked=True)
    check(connection.getresponse().status == 413, "one that does not say so is too long all the same")


def stops(path):
    connection = serve_client.Connection(path)
    text = json.loads(ask(connection, prompt="stop", max_tokens=60, temperature=0)[2])["choices"][0]["text"]
    stop = text[9:12]
    answer = json.loads(ask(connection, prompt="stop", max_tokens=60, temperature=0, stop=[stop])[2])["choices"][0]
    check(answer["text"] == text[:text.index(stop)] and answer["finish_reason"] == "stop",
          "a stop string ends the answer before it")
    seeded = [json.loads(ask(connection, prompt="x", max_tokens=40, seed=5)[2])["choices"][0]["text"] for _ in "ab"]
    other = json.loads(ask(connection, prompt="x", max_tokens=40, seed=6)[2])["choices"][0]["text"]
    check(seeded[0] == seeded[1] != other, "a seed decides the answer")


def go_away(connection):
    connection.sock.shutdown(socket.SHUT_RDWR)
    connection.close()


def queue(service):
    """One is computed, one waits, and there is no room for more until that one goes away."""
    # By a worker that stands still, for ever.
    workers = service.workers()
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    first = begin(service.path, prompt="x", max_tokens=2000, temperature=0, stream=True, seed=1)
    notice(service.path)
    second = begin(service.path, prompt="y", max_tokens=1)
    notice(service.path)
    # The machine may be slow.
    status, retry = next(filter(lambda answer: answer[0], (waits(service.path) for _ in range(60))))
    check(status == 429 and retry, "a queue that is full takes no more, and says when to come again")
    go_away(second)
    notice(service.path)
    check(waits(service.path)[0] is None, "who goes away makes room")
    notice(service.path)
    third = begin(service.path, prompt="y", max_tokens=1)
    # The worker may have it still, as long as it has not said that it has not.
    go_away(first)
    for worker in workers:
        os.kill(worker, signal.SIGCONT)
    check(third.getresponse().status == 200, "who waits is served")


def memory(service):
    """A job that is kept is some 2 kB."""
    connection = serve_client.Connection(service.path)
    for turn in range(2):
        before = service.size()
        for _ in range(200 if turn == 0 else 1500):
            ask(connection, prompt="x", max_tokens=2)
    growth = service.size()[0] - before[0]
    check(growth < 1024, f"1500 requests leave nothing behind: {growth} kB")


def go_silent(service, body):
    """The answer to a request whose worker stands still from its first event on; the worker may have been done by then."""
    response = begin(service.path, stream=True, **body).getresponse()
    first = serve_client.read_stream(response, 1)
    worker = service.workers()[0]
    os.kill(worker, signal.SIGSTOP)
    answer = serve_client.read_stream(response, None)
    answer.text = first.text + answer.text
    if not answer.moves:
        os.kill(worker, signal.SIGCONT)
    return answer


def hung(program, folder):
    """Its worker says nothing: another one goes on."""
    service = serve_test.Service(program, folder, "--hang", "3", "--workers", "0", "--agent-default", ".")
    body = {"prompt": "x", "max_tokens": 2000, "temperature": 0}
    expected = serve_client.Answer()
    expected.take(json.loads(ask(serve_client.Connection(service.path), **body)[2]))
    answer = next(filter(lambda answer: answer.moves, (go_silent(service, body) for _ in range(20))), None)
    check(answer, "a worker that says nothing is replaced")
    check(answer and answer.whole() == expected.whole(), "and no token is lost or told twice")
    check(service.end() == 0, "SIGTERM ends it")


def ended(service):
    """The connection of a process that has ended before the service could look at it."""
    connection = serve_client.Connection(service.path)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.settimeout(serve_client.PATIENCE)
    os.kill(service.pid, signal.SIGSTOP)
    child = os.fork()
    if not child:
        connection.sock.connect(service.path)
        os._exit(0)
    os.waitpid(child, 0)
    os.kill(service.pid, signal.SIGCONT)
    answer = ask(connection, prompt="x", max_tokens=1)
    check(answer[0] == 403 and error_of(answer)["code"] == "unknown_agent", "for who has ended the default agent pays not")


def no_descriptor(program, folder):
    """Nobody is connected, and no connection can be taken: it says so, and waits for better times."""
    service = serve_test.Service(program, folder, "--workers", "0", "--agent-default", ".", stderr=subprocess.PIPE)
    taken = {int(fd) for fd in os.listdir(f"/proc/{service.pid}/fd")}
    lowest = next(fd for fd in range(len(taken) + 1) if fd not in taken)
    before = resource.prlimit(service.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(service.pid, resource.RLIMIT_NOFILE, (lowest, before[1]))
    waiting = begin(service.path, prompt="x", max_tokens=1)
    said = b""
    while b"no connection can be taken" not in said and select.select([service.process.stderr], [], [], serve_client.PATIENCE)[0]:
        said += os.read(service.process.stderr.fileno(), 4096)
    check(said.count(b"no connection can be taken") == 1, f"that there is no descriptor for a connection is said: {said}")
    resource.prlimit(service.pid, resource.RLIMIT_NOFILE, before)
    check(waiting.getresponse().status == 200, "who has waited is served once there is")
    waiting.close()
    check(service.end() == 0, "SIGTERM ends it")
    check(b"no connection" not in service.process.stderr.read(), "which is no want of descriptors")


def files(program, folder):
    """The service may have as many open as it is allowed to; its workers begin with what it began with."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    service = serve_test.Service(program, folder, "--workers", "0", "--agent-default", ".",
                                 preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (100, hard)))
    check(ask(serve_client.Connection(service.path), prompt="x", max_tokens=1)[0] == 200, "it serves")
    limits = [resource.prlimit(pid, resource.RLIMIT_NOFILE) for pid in (service.pid, *service.workers())]
    check(limits == [(hard, hard), (100, hard)], f"files that the service and its worker may have: {limits}")
    check(service.end() == 0, "SIGTERM ends it")


def field(pid, key):
    with open(f"/proc/{pid}/status") as status:
        return next(line.split()[1] for line in status if line.startswith(key + ":"))


def rights(program, folder):
    """A worker may do nothing that it does not do; the service waits for its children, whoever started it."""
    ignored = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    service = serve_test.Service(program, folder, "--workers", "0", "--agent-default", ".")
    signal.signal(signal.SIGCHLD, ignored)
    check(not int(field(service.pid, "SigIgn"), 16) & 1 << (signal.SIGCHLD - 1), "it learns of the end of its children")
    check(ask(serve_client.Connection(service.path), prompt="x", max_tokens=1)[0] == 200, "it serves")
    worker = service.workers()[0]
    rights_left = [int(field(worker, key), 16) for key in ("CapEff", "CapPrm", "CapInh", "CapAmb")]
    check(not any(rights_left) and field(worker, "NoNewPrivs") == "1", "its worker has no rights, and gets none")
    check(service.end() == 0, "SIGTERM ends it")


def port_of_nobody():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def at_loopback(program, model, *options):
    """A service at a port that was nobody's, which others may have taken since."""
    for _ in range(9):
        port = port_of_nobody()
        service = subprocess.Popen([program, "serve", "--model", model, "--listen", f"127.0.0.1:{port}", "--device",
                                    "native", "--threads", "1", *options], stdout=subprocess.PIPE)
        if service.stdout.readline():
            return service, port
        service.wait()
    raise SystemExit("serve did not begin")


def loopback(program, model):
    for default in ([], ["--agent-default", "."]):
        service, port = at_loopback(program, model, *default)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=serve_client.PATIENCE)
        status = ask(connection, prompt="x", max_tokens=1)[0]
        if default:
            check(status == 200, "over loopback the default agent pays")
            check(request(connection, "GET", "/health", Host="example.com")[0] == 403, "not by a name from elsewhere")
            check(request(connection, "GET", "/health", Origin="http://example.com")[0] == 403, "nor a page from there")
            check(request(connection, "GET", "/health", Origin="http://localhost:99")[0] == 200, "but one from here")
        else:
            check(status == 403, "over loopback there is no agent, and no answer")
        service.terminate()
        check(service.wait(30) == 0, "it ends")


def without_rights(program, model, folder):
    """As nobody, who can enter no cgroup."""
    command = [program, "serve", "--model", model, "--listen", f"unix:{folder}/nobody", "--device", "native",
               "--threads", "1"]
    refused = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, user=65534, check=False)
    check(refused.returncode == 1 and b"--agent-default" in refused.stderr, "without rights it says what it needs")
    service = subprocess.Popen(command + ["--agent-default", "."], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               user=65534)
    service.stdout.readline()
    status = ask(serve_client.Connection(f"{folder}/nobody"), prompt="x", max_tokens=1)[0]
    check(status == 200, "with leave to it runs all in its own cgroup")
    service.terminate()
    check(service.wait(30) == 0 and b"billed for all" in service.stderr.read(), "and says so")


def maps(pid, name):
    with open(f"/proc/{pid}/maps") as file:
        return name in file.read()


def vulkan(program, model, folder, expected):
    """On the GPU that there is, Mesa's on the processors perhaps: the service itself loads no driver."""
    listed = subprocess.run([program, "devices"], stdout=subprocess.PIPE, check=True).stdout
    if b"vulkan:0" not in listed:
        print("# no Vulkan here")
        return
    path = f"{folder}/vulkan"
    service = subprocess.Popen([program, "serve", "--model", model, "--listen", f"unix:{path}", "--device",
                                "vulkan:0,native", "--agent-default", ".", "--workers", "0"], stdout=subprocess.PIPE)
    service.stdout.readline()
    answer = json.loads(ask(serve_client.Connection(path), prompt="x", max_tokens=9, temperature=0)[2])
    check("Vulkan" in answer["headgate"]["device"], "Vulkan computes")
    check(answer["choices"][0]["text"] == expected, "what the processors do")
    with open(f"/proc/{service.pid}/task/{service.pid}/children") as children:
        worker = children.read().split()[0]
    check(maps(worker, "libvulkan") and not maps(service.pid, "libvulkan"), "the driver is in the worker alone")
    service.terminate()
    check(service.wait(30) == 0, "it ends")


def no_device(program, model, folder):
    """The first device cannot be opened: the next one is used; if none can, each request is told so."""
    path = f"{folder}/none"
    for order, want in (("vulkan:no such thing,native", 200), ("vulkan:no such thing", 503)):
        service = subprocess.Popen([program, "serve", "--model", model, "--listen", f"unix:{path}", "--device", order,
                                    "--threads", "1", "--agent-default", "."], stdout=subprocess.PIPE)
        service.stdout.readline()
        answer = ask(serve_client.Connection(path), prompt="x", max_tokens=1)
        check(answer[0] == want, f"with {order}: {want}")
        # The worker that is kept ready finds it for all agents.
        until = time.monotonic() + serve_client.PATIENCE
        health = request(serve_client.Connection(path), "GET", "/health")
        while health[0] != want and time.monotonic() < until:
            time.sleep(0.1)
            health = request(serve_client.Connection(path), "GET", "/health")
        check(health[0] == want, f"its health is {want}")
        check(json.loads(health[2])["status"] == ("ok" if want == 200 else "no_device"), "and says so")
        service.terminate()
        service.wait(30)


def wrong_arguments(program, model, folder):
    """2 keeps systemd from trying again; what may be there the next time is 1."""
    for words, status, says in (
            (("--device", "gpu"), 2, "gpu"),
            (("--listen", "foo.sock"), 2, "foo.sock"),
            (("--listen", "0.0.0.0:80"), 2, "0.0.0.0:80"),
            (("--listen", f"unix:{folder}/missing/s"), 1, f"there is no folder {folder}/missing"),
            (("--queue", "none"), 2, "--queue")):
        done = subprocess.run([program, "serve", "--model", model, "--agent-default", ".", "--listen", f"unix:{folder}/none",
                               *words], capture_output=True, text=True, timeout=60)
        check(done.returncode == status and says in done.stderr, f"{' '.join(words)} ends with {status}: {done.stderr}")
    if serve_test.cgroup_root()[0] and not os.geteuid():
        for agent, status, says in (("nope", 2, "--agent-default 'nope': expected a path below the cgroup root"),
                                    ("/nope", 1, "there is no such cgroup")):
            done = subprocess.run([program, "serve", "--model", model, "--agent-default", agent, "--listen",
                                   f"unix:{folder}/none"], capture_output=True, text=True, timeout=60)
            check(done.returncode == status and says in done.stderr, f"for {agent} {status}: {done.stderr}")


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory(prefix="headgate-serve-") as folder:
        os.chmod(folder, 0o777)
        model = os.path.join(folder, "model.gguf")
        subprocess.run([program, "generate", model], check=True)
        service = serve_test.Service(program, folder, "--agent-default", ".", "--sequences", "1", "--queue", "1",
                                     "--hang", "900")
        errors(service.path)
        sizes(service.path)
        stops(service.path)
        queue(service)
        if serve_test.cgroup_root()[0]:
            ended(service)
        memory(service)
        expected = json.loads(ask(serve_client.Connection(service.path), prompt="x", max_tokens=9, temperature=0)[2])
        check(service.end() == 0, "SIGTERM ends it")
        vulkan(program, model, folder, expected["choices"][0]["text"])
        hung(program, folder)
        no_descriptor(program, folder)
        files(program, folder)
        rights(program, folder)
        loopback(program, model)
        wrong_arguments(program, model, folder)
        no_device(program, model, folder)
        if not os.geteuid():
            without_rights(program, model, folder)
    serve_test.sum_up()


if __name__ == "__main__":
    main()
