#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""endpoint_probe.py PORT VERB [WORD …]: a client of an endpoint, in a process of another user.

Its first line of standard input is the token. It says "ready", and at the end of its standard input
what it has seen, as JSON:

    steady          asks again and again: {"count", "worst" (seconds), "overslept" (seconds by which
                    the machine was late to go on at worst), "failed" (what came instead)}
    crowd NUMBER [TEXT]     holds so many connections that say no more: {"bytes" that came}
    take            tries to bind the port: {"errno"}
"""

import errno
import json
import select
import socket
import sys
import threading
import time

PAUSE_SECONDS = 0.02
PATIENCE_SECONDS = 20


def _ask(port, token):
    """What comes for a GET, as text."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as sock:
        sock.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: {token}\r\n"
                     "Connection: close\r\n\r\n".encode())
        return sock.makefile("rb").read().decode()


def _steady(port, token, over):
    worst, overslept, count, failed = 0.0, 0.0, 0, []
    started = time.monotonic()
    while not over.wait(PAUSE_SECONDS):
        overslept = max(overslept, time.monotonic() - started - PAUSE_SECONDS)
        started = time.monotonic()
        try:
            text = _ask(port, token)
        except OSError as error:
            text = repr(error)
        worst, count = max(worst, time.monotonic() - started), count + 1
        if " 200 OK" not in text.partition("\r\n")[0]:
            failed.append(text[:200])
        if count == 1:
            print("ready", flush=True)
        started = time.monotonic()
    return {"count": count, "worst": worst, "overslept": overslept, "failed": failed[:3]}


def _crowd(port, over, number, text=""):
    crowd = []
    for _ in range(int(number)):
        crowd.append(socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS))
        if text:
            try:
                crowd[-1].sendall(text.encode("latin-1").decode("unicode_escape").encode())
            except ConnectionError:
                pass        # gone already
    print("ready", flush=True)
    over.wait()
    came = 0
    for sock in crowd:
        while select.select([sock], [], [], 0)[0]:
            try:
                piece = sock.recv(65536)
            except ConnectionError:
                piece = b""
            came += len(piece)
            if not piece:
                break
        sock.close()
    return {"bytes": came}


def _take(port, over):
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", port))
            number = 0
        except OSError as error:
            number = error.errno
    print("ready", flush=True)
    over.wait()
    return {"errno": errno.errorcode.get(number, "")}


def main(port, verb, *words):
    """See above."""
    token, over = sys.stdin.readline().strip(), threading.Event()

    def wait_for_end():
        sys.stdin.read()
        over.set()
    threading.Thread(target=wait_for_end, daemon=True).start()
    if verb == "steady":
        seen = _steady(port, token, over)
    elif verb == "crowd":
        seen = _crowd(port, over, *words)
    else:
        seen = _take(port, over)
    print(json.dumps(seen), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
