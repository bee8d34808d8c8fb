# SPDX-License-Identifier: BSD-3-Clause
"""One HTTP connection: http.server parses, the service answers, faults spoil it."""

import http.server
import select
import socket
import ssl
import struct
import sys
import time
import traceback

from .faults import REPLACING
from .messages import Answer, Request
from .replies import AwsError

BODY_MAX = 1 << 20
HTML = ('<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>\n'
        '<h1>Internal Server Error</h1>\n<p>The server encountered an internal error and was '
        'unable to complete your request. Either the server is overloaded or there is an error in '
        'the application.</p>\n')
THROTTLING = {400: ("Throttling", "Rate exceeded"),
              429: ("TooManyRequestsException", "Too Many Requests")}


def gone(sock):
    """True if the client has closed its side or the connection broke."""
    poll = select.poll()
    poll.register(sock.fileno(), select.POLLRDHUP)
    return bool(poll.poll(0))


def linger_until(sock, event, seconds=None):
    """Waits for the event, for the client to leave, or for the time; True if it has not left."""
    end = None if seconds is None else time.monotonic() + seconds
    while not event.is_set():
        left = 0.05 if end is None else min(0.05, end - time.monotonic())
        if left <= 0:
            break
        event.wait(left)
        if gone(sock):
            return False
    return True


def _huge(fault):
    """The pieces of a body of so many bytes; well-formed JSON unless it is endless."""
    head, tail = b'{"AssumeRoleResponse":{"AssumeRoleResult":{"Padding":"', b'"}}}'
    piece = b"A" * 65536
    yield head
    if fault["endless"]:
        while True:
            yield piece
    left = max(fault["bytes"] - len(head) - len(tail), 0)
    while left:
        yield piece[:left]
        left -= min(left, len(piece))
    yield tail


def _flood(fault):
    """Header lines without end, or so many."""
    number = 0
    while fault["endless"] or number < fault["headers"]:
        number += 1
        yield f"X-Flood-{number}", "f" * fault["size"]


class Handler(http.server.BaseHTTPRequestHandler):
    """http.server's handler; self.server is a server.Service."""

    protocol_version = "HTTP/1.1"
    timeout = 60
    disable_nagle_algorithm = True

    def log_message(self, format, *args):       # the record is in control, not on a terminal
        pass

    def _request(self):
        """The Request, or None where it is no HTTP that can be served."""
        length = self.headers.get("Content-Length", "0")
        if (not length.isdecimal() or int(length) > BODY_MAX
                or "Transfer-Encoding" in self.headers or not self.headers.get("Host")):
            self.close_connection = True
            self.send_error(400)
            return None
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            return None
        headers = [(name.lower(), value) for name, value in self.headers.items()]
        return Request(self.command, self.path, headers, body,
                       isinstance(self.connection, ssl.SSLSocket))

    def _serve(self):
        request = self._request()
        if request is None:
            return
        service = self.server
        action, parameters = service.backend.describe(request)
        entry = service.record.arrived(service.name, action, parameters, request)
        hits = service.faults.requested(service.name, action, parameters.get("RoleArn"))
        try:
            if not self._before(hits, entry):
                return
            request.now = time.time() + (hits["skew"]["seconds"] if "skew" in hits else 0)
            fault = next((hits[kind] for kind in REPLACING if kind in hits), None)
            if fault is None:
                answer = self._answer(request)
            else:
                answer = self._replace(fault, request, entry)
                if answer is None:
                    return
            if "lost" in hits:          # what the service did stays done
                self.close_connection = True
                service.record.finished(entry, "fault:lost", answer)
                return
            service.record.finished(entry, answer.outcome, answer)
            self._send(answer, hits, request.now)
        finally:
            service.record.finished(entry, "gone")      # nothing if it was finished above

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = do_OPTIONS = _serve

    def _answer(self, request):
        try:
            return self.server.backend.answer(request)
        except Exception:       # a fault of the peer's own must be seen, not taken for the client's
            traceback.print_exc(file=sys.stderr)
            error = AwsError("InternalFailure", "The peer itself failed: see its standard error")
            answer = self.server.backend.refuse(request, error)
            answer.status = 500
            return answer

    def _before(self, hits, entry):
        """hold and slow; False if the client has left meanwhile."""
        if "hold" in hits:
            stays = self.server.faults.wait_hold(
                hits["hold"], lambda: gone(self.connection),
                lambda: self.server.record.held(entry, True))
            self.server.record.held(entry, False)
            if not stays:
                self.close_connection = True
                return False
        if "slow" in hits:
            slow = hits["slow"]
            if not linger_until(self.connection, slow.cleared, slow["seconds"]):
                self.close_connection = True
                return False
        return True

    def _replace(self, fault, request, entry):
        """The Answer that a fault gives instead; None where it ends the connection."""
        outcome, kind = f"fault:{fault.kind}", fault.kind
        if kind in ("silent", "closed", "reset"):
            self.close_connection = True
            self.server.record.finished(entry, outcome)
            if kind == "silent":
                linger_until(self.connection, fault.cleared)
            elif kind == "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                           struct.pack("ii", 1, 0))
            return None
        if kind in ("throttle", "code"):
            answer = self._refusal(fault, request)
        elif kind == "garbage":
            answer = Answer(200, fault["body"].encode("utf-8", "surrogateescape"),
                            "application/json")
        elif kind == "huge":
            answer = Answer(200, b"", "application/json")
        elif kind == "redirect":
            answer = Answer(fault["status"], b"", None, [("Location", fault["location"])])
        elif kind == "wrong_type":
            answer = Answer(fault["status"], HTML.encode(), "text/html; charset=utf-8")
        else:
            answer = Answer(fault["status"], fault["body"].encode(), fault["content_type"])
        answer.outcome = outcome
        return answer

    def _refusal(self, fault, request):
        if fault.kind == "throttle":
            code, message = THROTTLING.get(fault["status"], THROTTLING[400])
            error = AwsError(code, message, fault["status"])
        else:
            error = AwsError(fault["code"], fault["message"], fault["status"], fault["type"])
        answer = self.server.backend.refuse(request, error)
        if self.server.name == "imds" and fault["status"] is not None:
            answer.status = fault["status"]
        return answer

    def _send(self, answer, hits, now):
        date = self.date_time_string(now)
        if "bad_date" in hits:
            date = hits["bad_date"]["value"]
        if "huge" in hits:
            self._send_huge(answer, hits["huge"], date)
            return
        if "header_flood" in hits:
            self._send_flood(answer, hits["header_flood"], date)
        else:
            self._write(answer.head(date), hits if self._whole(hits) else {})
        body = b"" if self.command == "HEAD" else answer.body
        if "truncated" in hits:
            body = body[:max(len(body) - hits["truncated"]["missing"], 0)]
            self.close_connection = True
        self._write(body, hits)

    @staticmethod
    def _whole(hits):
        return "dribble" in hits and hits["dribble"]["part"] == "all"

    def _write(self, data, hits):
        """All at once, or a byte at a time until the fault is cleared."""
        fault = hits.get("dribble")
        if fault is None:
            self.wfile.write(data)
            return
        for place in range(len(data)):
            if fault.cleared.is_set():
                self.wfile.write(data[place:])
                return
            self.wfile.write(data[place:place + 1])
            if not linger_until(self.connection, fault.cleared, fault["seconds"]):
                self.close_connection = True
                return

    def _send_flood(self, answer, fault, date):
        head = answer.head(date)
        self.wfile.write(head[:-2])
        for name, value in _flood(fault):
            if fault.cleared.is_set():
                break
            self.wfile.write(f"{name}: {value}\r\n".encode())
        self.wfile.write(b"\r\n")

    def _send_huge(self, answer, fault, date):
        endless = fault["endless"]
        head = answer.head(date, fault["bytes"])
        if endless:
            self.close_connection = True
            head = head.replace(f"Content-Length: {fault['bytes']}".encode(),
                                b"Transfer-Encoding: chunked")
        self.wfile.write(head)
        for piece in _huge(fault):
            if fault.cleared.is_set():
                self.close_connection = True
                return
            if endless:
                piece = b"%x\r\n%s\r\n" % (len(piece), piece)
            self.wfile.write(piece)
