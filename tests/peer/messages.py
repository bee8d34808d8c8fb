# SPDX-License-Identifier: BSD-3-Clause
"""What the HTTP server and the services hand each other."""

import http.client
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Request:
    """One HTTP request, parsed by http.server; header names are lower case, values as sent."""

    method: str
    target: str
    headers: list
    body: bytes
    tls: bool
    now: float = 0.0    # what the server takes for the time: skew included

    @property
    def path(self):
        return urlsplit(self.target).path

    @property
    def query(self):
        return urlsplit(self.target).query

    def header(self, name, default=None):
        """The first value of that header."""
        for key, value in self.headers:
            if key == name:
                return value
        return default


@dataclass
class Answer:
    """What a service decided. outcome, caller and message are for the record only."""

    status: int
    body: bytes
    content_type: str = "text/plain"
    headers: list = field(default_factory=list)
    outcome: str = "ok"
    caller: str = None
    access_key_id: str = None
    message: str = None

    def head(self, date, length=None, extra=()):
        """The status line and all headers, as bytes. date None: no Date header."""
        reason = http.client.responses.get(self.status, "Unknown")
        lines = [f"HTTP/1.1 {self.status} {reason}"]
        fields = list(self.headers)
        if self.content_type:
            fields.append(("Content-Type", self.content_type))
        fields.append(("Content-Length", str(len(self.body) if length is None else length)))
        if date is not None:
            fields.append(("Date", date))
        fields.extend(extra)
        lines.extend(f"{name}: {value}" for name, value in fields)
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
