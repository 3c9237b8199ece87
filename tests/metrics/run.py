#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The metrics, the rules and the dashboard against promtool and a real Prometheus.

  serve good, serve bad (serve.c), a port that is closed  <--scrape--  prometheus  <--HTTP API--  here

Prints "ok NAME" or "not ok NAME: reason" for each test. All is on loopback, in a temporary folder.
"""
import json
import math
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = TOP / "build"
TOOLS = BUILD / "prometheus/usr/bin"
RULES = TOP / "userspace/monitoring/headgate.rules.yml"
DASHBOARD = TOP / "userspace/monitoring/headgate-dashboard.json"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
TEXT = "text/plain; version=0.0.4; charset=utf-8"
# The whole takes some 15 s; on a machine that is busy with other things, more: so long for each thing.
PATIENCE_S = 120
# What Grafana puts in for its variables; scrapes are 1 s apart.
VARIABLES = {"$__rate_interval": "10s", "$instance": ".*", "$gpu": ".*", "$agent": ".*"}

CONFIG = """\
global:
  scrape_interval: 1s
  evaluation_interval: 1s
rule_files: ['{rules}']
scrape_configs:
  - job_name: headgate
    static_configs:
      - targets: ['127.0.0.1:{good}']
        labels: {{host: good}}
      - targets: ['127.0.0.1:{bad}']
        labels: {{host: bad}}
      - targets: ['127.0.0.1:{closed}']
        labels: {{host: down}}
"""


class Failure(Exception):
    """A test that failed; its text is the reason."""


def expect(true, reason):
    if not true:
        raise Failure(reason)


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Host:
    """serve good or serve bad."""

    def __init__(self, kind):
        self.process = subprocess.Popen([BUILD / "metrics/serve", kind], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def get(self, accept=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/metrics",
                                         headers={"Accept": accept} if accept else {})
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as response:
            return response.headers["Content-Type"], response.read().decode()

    def end(self):
        self.process.communicate("")
        return self.process.returncode


class Prometheus:
    def __init__(self, folder, hosts):
        config = CONFIG.format(rules=folder / "rules.yml", closed=free_port(), good=hosts["good"].port,
                               bad=hosts["bad"].port)
        # Of minutes that were not there yet a rate is next to nothing.
        (folder / "rules.yml").write_text(re.sub(r"\[\d+m\]", "[10s]", RULES.read_text()))
        self.port = free_port()
        (folder / "prometheus.yml").write_text(config)
        self.log = folder / "log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [TOOLS / "prometheus", f"--config.file={folder}/prometheus.yml",
                 f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{self.port}"],
                stdout=log, stderr=log, cwd=folder, start_new_session=True)

    def ask(self, path, **parameters):
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?" + urllib.parse.urlencode(parameters)
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE_S) as response:
                return json.load(response)["data"]
        except urllib.error.HTTPError as error:
            raise Failure(f"{path} {parameters}: {error.read().decode()}") from None

    def wait(self, what, condition):
        """Until condition() is true: its value."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                value = condition()
                if value:
                    return value
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                pass
            expect(self.process.poll() is None, f"prometheus ended: {self.tail()}")
            expect(time.monotonic() < deadline, f"{what} within {PATIENCE_S} s: {self.tail()}")
            time.sleep(0.1)

    def values(self, query):
        """What a query gives that is a number, as labels and value."""
        result = self.ask("query", query=query)["result"]
        return [(one["metric"], float(one["value"][1])) for one in result
                if not math.isnan(float(one["value"][1]))]

    def tail(self):
        return " ".join(self.log.read_text().splitlines()[-3:])

    def end(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait()


def promtool(*arguments, text=None):
    done = subprocess.run([TOOLS / "promtool", *arguments], input=text, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.strip()


# ---- tests ----

def text__is_clean_for_promtool(hosts, _):
    for host in hosts.values():
        kind, text = host.get()
        expect(kind == TEXT, f"it is {kind}")
        status, said = promtool("check", "metrics", text=text)
        expect(status == 0 and not said, said or f"promtool ended with {status}")


def promtool__finds_a_fault(hosts, _):
    _, text = hosts["good"].get()
    status, _ = promtool("check", "metrics", text=text.replace("headgate_stalls_total", "headgate_stalls"))
    expect(status != 0, "a counter without _total passes")


def openmetrics__has_all_that_text_has(hosts, _):
    kind, text = hosts["good"].get(OPENMETRICS.split(";", maxsplit=1)[0])
    expect(kind == OPENMETRICS, f"it is {kind}")
    expect(text.endswith("\n# EOF\n"), "it does not end with # EOF")
    names = [{line.split("{")[0].split(" ")[0] for line in one.splitlines() if line[0] != "#"}
             for one in (text, hosts["good"].get()[1])]
    expect(names[0] == names[1], f"only in one of them: {names[0] ^ names[1]}")


def rules__are_clean_for_promtool(_, __):
    status, said = promtool("check", "rules", RULES)
    expect(status == 0, said)


def prometheus__scrapes_without_a_warning(hosts, prometheus):
    prometheus.wait("two hosts are not up", lambda: prometheus.values('count(up == 1) == 2'))
    # Each scrape has a second: on a busy machine one may fail, and the next one not.
    prometheus.wait("two hosts are not healthy", lambda: hosts.keys() == {
        one["labels"]["host"] for one in prometheus.ask("targets")["activeTargets"] if one["health"] == "up"})
    names = {one["agent"] for one in prometheus.ask("series", **{"match[]": "headgate_agent_weight"})}
    expect(names == {"/ml.slice/train", '/a"} 1\n\\b\ufffdFF'}, f"agents are {names}")
    said = [line for line in prometheus.log.read_text().splitlines() if re.search("level=(warn|error)", line)]
    expect(not said, " ".join(said))


def counters__grow(_, prometheus):
    prometheus.wait("no counter grows", lambda: prometheus.values(
        'rate(headgate_agent_gpu_busy_seconds_total{host="good"}[10s]) > 0.3 < 0.5'))


def histogram__has_quantiles(_, prometheus):
    query = 'histogram_quantile(0.5, sum by (le) (rate(headgate_agent_queue_wait_seconds_bucket{host="good"}[10s])))'
    (_, value), = prometheus.wait("there is no quantile", lambda: prometheus.values(query))
    # Half of them and a bit more were in the first bucket, which ends at 16 us.
    expect(0 < value <= 0.000016384, f"it is {value}")


def dashboard__has_something_in_each_panel(_, prometheus):
    panels = [one for one in json.loads(DASHBOARD.read_text())["panels"] if one["type"] != "row"]
    expect(len(panels) > 10, f"there are {len(panels)} panels")
    for panel in panels:
        for target in panel["targets"]:
            query = target["expr"]
            for name, value in VARIABLES.items():
                query = query.replace(name, value)
            expect("$" not in query, f"a variable is not known: {query}")
            prometheus.wait(f"{panel['title']} is empty: {query}", lambda query=query: prometheus.values(query))


def dashboard__has_choices_for_its_variables(_, prometheus):
    for variable in json.loads(DASHBOARD.read_text())["templating"]["list"]:
        if variable["type"] != "query":
            continue
        series, label = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"]).groups()
        for name, value in VARIABLES.items():
            series = series.replace(name, value)
        values = prometheus.ask(f"label/{label}/values", **{"match[]": series})
        expect(values, f"{variable['name']} has no values: {series}")


def alerts__are_for_the_host_that_is_bad(_, prometheus):
    rules = [one for group in prometheus.ask("rules")["groups"] for one in group["rules"]]
    expect(len(rules) >= 5, f"there are {len(rules)} rules")
    for rule in rules:
        wanted = {"down"} if rule["name"] == "HeadgateDown" else {"bad"}
        prometheus.wait(f"{rule['name']} is not for {wanted} alone", lambda rule=rule, wanted=wanted: wanted == {
            labels["host"] for labels, _ in prometheus.values(rule["query"])})
        state = prometheus.wait(f"{rule['name']} is not pending", lambda rule=rule: [
            one["health"] for group in prometheus.ask("rules")["groups"] for one in group["rules"]
            if one["name"] == rule["name"] and one["alerts"] and one["health"] == "ok"])
        expect(state == ["ok"], f"{rule['name']} is {state}")


def stall__fires(_, prometheus):
    def firing():
        return [one for one in prometheus.ask("alerts")["alerts"]
                if one["labels"]["alertname"] == "HeadgateStall" and one["state"] == "firing"]

    prometheus.wait("not one of each kind fires", lambda: sorted(
        one["labels"]["kind"] for one in firing()) == ["failed", "job", "ticket"])
    found = prometheus.wait("no alert fires", firing)
    said = found[0]["annotations"]["summary"]
    expect(re.match("1 stalls of kind (job|ticket|failed) on 127.0.0.1:", said), said)


TESTS = [text__is_clean_for_promtool, promtool__finds_a_fault, openmetrics__has_all_that_text_has,
         rules__are_clean_for_promtool, prometheus__scrapes_without_a_warning, counters__grow,
         histogram__has_quantiles, dashboard__has_something_in_each_panel,
         dashboard__has_choices_for_its_variables, alerts__are_for_the_host_that_is_bad, stall__fires]


def run(test, hosts, prometheus):
    try:
        test(hosts, prometheus)
    except Failure as failure:
        print(f"not ok {test.__name__}: {failure}", flush=True)
        return False
    print(f"ok {test.__name__}", flush=True)
    return True


def main():
    if not (TOOLS / "prometheus").exists():
        sys.exit("run.py: there is no Prometheus; run scripts/setup.sh")
    subprocess.run(["make", "--no-print-directory", "-s", "-C", TOP / "tests/metrics", f"O={BUILD}"], check=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="headgate-metrics-"))
    hosts = {}
    prometheus = None
    try:
        hosts = {kind: Host(kind) for kind in ("good", "bad")}
        prometheus = Prometheus(folder, hosts)
        passed = sum([run(test, hosts, prometheus) for test in TESTS])
    finally:
        if prometheus:
            prometheus.end()
        ends = [host.end() for host in hosts.values()]
        shutil.rmtree(folder)
    print(f"{passed} passed, {len(TESTS) - passed} failed, 0 skipped")
    sys.exit(passed != len(TESTS) or any(ends))


if __name__ == "__main__":
    main()
