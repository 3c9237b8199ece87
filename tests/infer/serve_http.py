# SPDX-License-Identifier: GPL-2.0-or-later
"""Requests to headgate-infer serve by themselves, and what is answered to each."""
import json

import serve_client

COMPLETIONS = "/v1/completions"


def request(connection, method, path, body=None, **headers):
    """Status, headers and what came."""
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    return response.status, response.headers, response.read()


def error_of(answer):
    return json.loads(answer[2])["error"]


def ask(connection, **body):
    return request(connection, "POST", COMPLETIONS, json.dumps(body))


def begin(path, **body):
    """A request whose answer is not read."""
    connection = serve_client.Connection(path)
    connection.request("POST", COMPLETIONS, json.dumps(body))
    return connection


def waits(path):
    """Whether a request is taken, to wait; or its status."""
    connection = serve_client.Connection(path, timeout=1)
    try:
        status, headers, _ = ask(connection, prompt="z", max_tokens=1)
        return status, headers["Retry-After"]
    except (TimeoutError, ConnectionError):
        return None, None
    finally:
        connection.close()


def notice(path):
    """Until the service has seen what had become of its clients: what it is told first it may see last, but not the next time."""
    for _ in range(2):
        request(serve_client.Connection(path), "GET", "/health")
