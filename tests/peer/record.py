# SPDX-License-Identifier: BSD-3-Clause
"""What has happened: counts, the last requests, and waiting for either."""

import collections
import threading
import time

from .faults import SERVICES

_KEPT = 2000
_SECRET_HEADERS = ("authorization", "x-amz-security-token", "x-aws-ec2-metadata-token")
_SECRET_PARAMETERS = ("TokenCode", "WebIdentityToken", "password", "mfacode", "code",
                      "codeVerifier", "refreshToken")


class _Counts:
    """One service's counts since the last reset."""

    def __init__(self, service):
        self.connections = self.total = self.v1 = 0
        self.actions, self.roles = collections.Counter(), collections.Counter()
        self.by_action = collections.defaultdict(collections.Counter)
        self.service = service

    def outcomes(self):
        """All actions' outcomes together."""
        return sum(self.by_action.values(), collections.Counter())

    def show(self, in_flight):
        """For control."""
        result = {"connections": self.connections, "total": self.total,
                  "actions": dict(self.actions), "roles": dict(self.roles),
                  "outcomes": dict(self.outcomes()), "in_flight": in_flight,
                  "by_action": {name: dict(counts) for name, counts in self.by_action.items()}}
        if self.service == "imds":
            result["v1"] = self.v1
        return result


class Record:
    """Safe from many threads; every change wakes whoever waits."""

    def __init__(self, services=SERVICES):
        self._changed = threading.Condition(threading.RLock())
        self._services = services
        self._requests = collections.deque(maxlen=_KEPT)
        self._flight = {name: {} for name in services}
        self._number = 0
        self.reset()

    def reset(self):
        """Counts and requests start anew; what is in flight ends into the new counts."""
        with self._changed:
            self._counts = {name: _Counts(name) for name in self._services}
            self._requests.clear()

    def connected(self, service):
        """A connection was accepted."""
        with self._changed:
            self._counts[service].connections += 1
            self._changed.notify_all()

    def v1(self):
        """IMDS was asked without a token."""
        with self._changed:
            self._counts["imds"].v1 += 1

    def arrived(self, service, action, parameters, request):
        """A request was read; returns its entry, which finished() wants back."""
        shown = {name: "***" if name in _SECRET_PARAMETERS else value
                 for name, value in parameters.items()}
        authorization = request.header("authorization", "")
        signed = authorization.partition("SignedHeaders=")[2].partition(",")[0]
        scope = authorization.partition("Credential=")[2].partition(",")[0].split("/")
        entry = {"time": time.time(), "service": service, "action": action,
                 "method": request.method, "path": request.path, "host": request.header("host"),
                 "params": shown, "headers": {name: value for name, value in request.headers
                                              if name not in _SECRET_HEADERS},
                 "signed_headers": signed.split(";") if signed else [],
                 "region": scope[2] if len(scope) == 5 else None,
                 "access_key_id": scope[0] or None, "caller": None, "tls": request.tls,
                 "held": False, "outcome": None, "status": None, "message": None,
                 "request_id": None}
        with self._changed:
            self._number += 1
            entry["number"] = self._number
            counts = self._counts[service]
            counts.total += 1
            counts.actions[action] += 1
            if action == "AssumeRole":
                counts.roles[parameters.get("RoleArn", "")] += 1
            self._requests.append(entry)
            self._flight[service][self._number] = entry
            self._changed.notify_all()
        return entry

    def held(self, entry, now_held):
        """The request is held by a fault, or no longer."""
        with self._changed:
            entry["held"] = now_held
            self._changed.notify_all()

    def finished(self, entry, outcome, answer=None):
        """The answer was decided."""
        with self._changed:
            if self._flight[entry["service"]].pop(entry["number"], None) is None:
                return
            entry["outcome"], entry["held"] = outcome, False
            if answer is not None:
                entry["status"], entry["message"] = answer.status, answer.message
                entry["caller"] = answer.caller
                entry["request_id"] = dict(answer.headers).get("x-amzn-RequestId")
                entry["access_key_id"] = answer.access_key_id or entry["access_key_id"]
            self._counts[entry["service"]].by_action[entry["action"]][outcome] += 1
            self._changed.notify_all()

    def held_now(self, service, action=None):
        """How many requests are held."""
        with self._changed:
            return sum(entry["held"] and action in (None, entry["action"])
                       for entry in self._flight[service].values())

    def counts(self, service=None):
        """The documented object, of one service or by service."""
        with self._changed:
            shown = {name: counts.show(len(self._flight[name]))
                     for name, counts in self._counts.items()}
        return shown if service is None else shown[service]

    def requests(self, service=None, action=None, last=50):
        """The last requests, oldest first."""
        with self._changed:
            chosen = [dict(entry) for entry in self._requests
                      if service in (None, entry["service"]) and action in (None, entry["action"])]
        return chosen[-last:] if last else []

    def _reached(self, service, action, state, outcome):
        counts = self._counts[service]
        if state == "connected":
            return counts.connections
        if state == "arrived":
            return counts.actions[action] if action else counts.total
        if state == "held":
            return self.held_now(service, action)
        outcomes = counts.by_action[action] if action else counts.outcomes()
        return outcomes[outcome] if outcome else sum(outcomes.values())

    def wait_for(self, service="sts", action=None, count=1, state="answered", outcome=None,
                 timeout=10):
        """Waits until count is reached; the number, or TimeoutError."""
        if service not in self._services:
            raise ValueError(f"service is one of {', '.join(self._services)}")
        if state not in ("connected", "arrived", "held", "answered"):
            raise ValueError("state is connected, arrived, held or answered")
        end = time.monotonic() + timeout
        with self._changed:
            while True:
                reached = self._reached(service, action, state, outcome)
                if reached >= count:
                    return reached
                left = end - time.monotonic()
                if left <= 0:
                    raise TimeoutError("timeout")
                self._changed.wait(left)
