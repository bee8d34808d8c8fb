# SPDX-License-Identifier: BSD-3-Clause
"""The server's side of control: every verb of the package's documentation is a method here."""

import json
import socket
import threading
import time
from urllib.parse import parse_qsl, urlencode, urlsplit

from . import iam, unix
from .messages import Request
from .signin import verification_code

LINE_MAX = 1 << 20


class Commands:
    """The verbs. Public methods are what control may call; keywords are the JSON's."""

    def __init__(self, ports, parts):
        self._ports, self._parts = ports, parts

    def _backend(self, service):
        if service not in self._parts.services:
            raise ValueError(f"there is no service {service} here")
        return self._parts.services[service].backend

    def _user(self, arn):
        user = self._parts.directory.user(arn)
        if user is None:
            raise ValueError(f"there is no user {arn}")
        return user

    def _sink(self):
        if self._parts.sink is None:
            raise ValueError("there is no syslog sink here")
        return self._parts.sink

    def ping(self):
        return self._ports

    def counts(self, service=None):
        return self._parts.record.counts(service)

    def reset(self):
        self._parts.record.reset()

    def requests(self, service=None, action=None, last=50):
        return self._parts.record.requests(service, action, last)

    def wait_for(self, **wanted):
        return self._parts.record.wait_for(**wanted)

    def fault(self, service, kind, count=None, action=None, role_arn=None, **parameters):
        self._backend(service)
        made = self._parts.faults.add(service, kind, count, action, role_arn, **parameters)
        self._parts.services[service].refresh()
        return made.id

    def clear(self, service=None, kind=None, id=None):      # pylint: disable=redefined-builtin
        self._parts.faults.clear(service, kind, id)
        for each in self._parts.services.values():
            each.refresh()

    def faults(self):
        return self._parts.faults.active()

    def release(self, service="sts", count=None):
        self._parts.faults.release(service, count)

    def reply_format(self, format="auto"):                  # pylint: disable=redefined-builtin
        self._backend("sts").set_format(format)

    def lifetime(self, seconds, service="sts", role_arn=None):
        self._backend(service).set_lifetime(seconds, role_arn)

    def revoke(self, access_key_id):
        self._parts.directory.set_active(access_key_id, False)

    def restore(self, access_key_id):
        self._parts.directory.set_active(access_key_id, True)

    def expire(self, access_key_id):
        self._parts.directory.expire(access_key_id)

    def issue(self, principal, session_name="peer", duration_seconds=3600):
        role = self._parts.directory.role(principal)
        if role is None:
            raise ValueError(f"there is no role {principal}")
        issued, caller = self._parts.directory.issue_role(role, session_name, duration_seconds)
        return {**issued, "Arn": caller.arn}

    def update_role(self, arn, **changes):
        self._parts.directory.change(iam.Role, arn, changes)

    def remove_role(self, arn):
        self._parts.directory.remove_role(arn)

    def update_user(self, arn, **changes):
        self._parts.directory.change(iam.User, arn, changes)

    def mfa_code(self, arn):
        return self._parts.directory.fresh_code(self._user(arn), time.time())

    def sign_in(self, url, username, password, mfa_code=""):
        parts = urlsplit(url)
        body = urlencode({"username": username, "password": password, "mfacode": mfa_code})
        request = Request("POST", f"{parts.path}?{parts.query}", [("host", parts.netloc)],
                          body.encode(), parts.scheme == "https", time.time())
        answer = self._backend("signin").answer(request)
        if answer.status != 302:
            raise ValueError(answer.message)
        location = dict(answer.headers)["Location"]
        given = dict(parse_qsl(urlsplit(location).query))
        return {**given, "location": location, "verification_code": verification_code(given)}

    def sign_ins(self):
        return self._backend("signin").grants.show()

    def end_sign_ins(self, arn=None, expired=False):
        return self._backend("signin").grants.end(arn, expired)

    def sign_in_settings(self, **settings):
        self._backend("signin").grants.change(settings)
        return self._backend("signin").grants.settings

    def instance_role(self, role=None):
        self._backend("imds").set_role(role)

    def expire_imds_tokens(self):
        self._backend("imds").expire_tokens()

    def log_lines(self, last=100):
        return self._sink().lines(last)

    def wait_for_log(self, pattern, count=1, timeout=10):
        return self._sink().wait_for(pattern, count, timeout)

    def stop(self):
        """Nothing yet: _serve ends the peer once this answer is on its way."""


def _do(commands, line):
    """One line in; the verb and the answer's object out."""
    verb = None
    try:
        request = json.loads(line)
        verb = request.pop("verb")
        if not isinstance(verb, str) or verb.startswith("_") or not hasattr(Commands, verb):
            raise ValueError(f"no verb '{verb}'")
        return verb, {"ok": True, "result": getattr(commands, verb)(**request)}
    except TimeoutError:
        return verb, {"ok": False, "error": "timeout"}
    except KeyError as error:
        return verb, {"ok": False, "error": f"unknown: {error.args[0]}"}
    except Exception as error:      # whatever was asked for, control itself goes on
        return verb, {"ok": False, "error": f"{type(error).__name__}: {error}"}


def _serve(commands, sock, stop):
    with sock, sock.makefile("rwb") as stream:
        while True:
            line = stream.readline(LINE_MAX)
            if not line:
                return
            verb, answer = _do(commands, line)
            stream.write(json.dumps(answer).encode() + b"\n")
            stream.flush()
            if verb == "stop" and answer["ok"]:
                stop()


def _serve_quietly(commands, sock, stop):
    try:
        _serve(commands, sock, stop)
    except OSError:
        pass        # whoever asked did not wait for the answer


def listen(path, commands, stop):
    """Serves control at path until the process ends; stop is called for the verb of that name."""
    listening = unix.bind(path, socket.SOCK_STREAM, 0o600)
    listening.listen(64)

    def accept():
        while True:
            sock, _ = listening.accept()
            threading.Thread(target=_serve_quietly, daemon=True,
                             args=(commands, sock, stop)).start()

    threading.Thread(target=accept, name="control", daemon=True).start()
