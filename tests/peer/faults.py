# SPDX-License-Identifier: BSD-3-Clause
"""Faults on demand: which are set, whom they hit, when they end. What each does: handler.py."""

import threading

# Kind → its parameters with their defaults; ... means required.
KINDS = {
    "refuse": {},
    "silent": {"at": "accept"},
    "closed": {"at": "accept"},
    "reset": {},
    "hold": {},
    "slow": {"seconds": 1.0},
    "status": {"status": 503, "body": "Service Unavailable", "content_type": "text/html"},
    "throttle": {"status": 400},
    "code": {"code": ..., "message": "", "status": None, "type": "Sender"},
    "garbage": {"body": "\x01\x02 neither {JSON] nor <XML> \x7f\xff"},
    "huge": {"bytes": 10485760, "endless": False},
    "redirect": {"location": ..., "status": 302},
    "wrong_type": {"status": 500},
    "skew": {"seconds": ...},
    "dribble": {"seconds": 0.1, "part": "all"},
    "truncated": {"missing": 20},
    "bad_date": {"value": "yesterday"},
    "header_flood": {"headers": 2000, "size": 1024, "endless": False},
    "lost": {},
}
# These take the place of the service's own answer.
REPLACING = ("silent", "closed", "reset", "status", "throttle", "code", "garbage", "huge",
             "redirect", "wrong_type")
SERVICES = ("sts", "imds", "signin")


class Fault:
    """One fault; cleared is set when it is ended by control, not when its count is used up."""

    def __init__(self, number, service, kind, count, action, role_arn, parameters):
        self.id, self.service, self.kind = number, service, kind
        self.left, self.used = count, 0
        self.action, self.role_arn, self.parameters = action, role_arn, parameters
        self.cleared = threading.Event()
        self.waiting = self.permits = 0

    def __getitem__(self, name):
        return self.parameters[name]

    @property
    def at_accept(self):
        """True where it acts on connections."""
        return self.kind == "refuse" or self.parameters.get("at") == "accept"

    def hits(self, action, role_arn):
        """True if a request like this is meant."""
        return (self.left != 0 and self.action in (None, action)
                and self.role_arn in (None, role_arn))

    def take(self):
        """Counts one hit."""
        self.used += 1
        if self.left is not None:
            self.left -= 1

    def show(self):
        """For control."""
        return {"id": self.id, "service": self.service, "kind": self.kind, "left": self.left,
                "used": self.used, "action": self.action, "role_arn": self.role_arn,
                "parameters": self.parameters}


def _parameters(kind, given):
    if kind not in KINDS:
        raise ValueError(f"no fault '{kind}': there are {', '.join(KINDS)}")
    known = KINDS[kind]
    for name in given:
        if name not in known:
            raise ValueError(f"fault {kind} has no parameter '{name}'")
    result = {**known, **given}
    for name, value in result.items():
        if value is ...:
            raise ValueError(f"fault {kind} needs '{name}'")
    if result.get("at", "accept") not in ("accept", "request"):
        raise ValueError("'at' is accept or request")
    if result.get("part", "all") not in ("all", "body"):
        raise ValueError("'part' is all or body")
    return result


class Faults:
    """All faults; safe from many threads."""

    def __init__(self):
        self._lock = threading.Lock()
        self._freed = threading.Condition(self._lock)
        self._all, self._last = [], 0

    def add(self, service, kind, count=None, action=None, role_arn=None, **parameters):
        """Sets one; returns it."""
        if service not in SERVICES:
            raise ValueError(f"service is one of {', '.join(SERVICES)}")
        parameters = _parameters(kind, parameters)
        if count is not None and (kind == "refuse" or not isinstance(count, int) or count < 1):
            raise ValueError("count is a number of at least 1, and refuse has none")
        with self._lock:
            self._last += 1
            fault = Fault(self._last, service, kind, count, action, role_arn, parameters)
            if fault.at_accept and (action or role_arn):
                raise ValueError(f"{kind} acts on connections: it knows no action or role")
            self._all.append(fault)
        return fault

    def clear(self, service=None, kind=None, number=None):
        """Ends the ones meant; returns them."""
        with self._lock:
            ended = [fault for fault in self._all
                     if service in (None, fault.service) and kind in (None, fault.kind)
                     and number in (None, fault.id)]
            for fault in ended:
                self._all.remove(fault)
                fault.cleared.set()
            self._freed.notify_all()
        return ended

    def active(self):
        """Those that may still hit."""
        with self._lock:
            return [fault.show() for fault in self._all if fault.left != 0]

    def accepting(self, service):
        """The fault for a connection just accepted, or None."""
        with self._lock:
            for fault in self._all:
                if (fault.service == service and fault.at_accept and fault.kind != "refuse"
                        and fault.left != 0):
                    fault.take()
                    return fault
        return None

    def requested(self, service, action, role_arn):
        """Kind → fault for a request; of each kind, and of those that replace, the oldest."""
        hits = {}
        with self._lock:
            for fault in self._all:
                if (fault.service != service or fault.at_accept or fault.kind in hits
                        or not fault.hits(action, role_arn)):
                    continue
                if fault.kind in REPLACING and any(kind in REPLACING for kind in hits):
                    continue
                fault.take()
                hits[fault.kind] = fault
        return hits

    def refusing(self, service):
        """True while connections to the service are refused."""
        with self._lock:
            return any(fault.service == service and fault.kind == "refuse" for fault in self._all)

    def release(self, service, count):
        """Lets count held requests go on (of each hold); None: all that are held now."""
        with self._lock:
            for fault in self._all:
                if fault.service == service and fault.kind == "hold":
                    fault.permits = min(fault.waiting, fault.permits + count) \
                        if count is not None else fault.waiting
            self._freed.notify_all()

    def wait_hold(self, fault, gone, waits):
        """Blocks a held request until it may go on (True) or its client has left (False).

        waits is called once a release would reach it.
        """
        with self._lock:
            fault.waiting += 1
            try:
                waits()
                while not fault.cleared.is_set() and not fault.permits:
                    self._freed.wait(0.05)
                    if gone():
                        return False
                fault.permits = max(fault.permits - 1, 0)
                return True
            finally:
                fault.waiting -= 1
