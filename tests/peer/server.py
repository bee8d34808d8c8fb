# SPDX-License-Identifier: BSD-3-Clause
"""Listening sockets and connections. A thread a connection: they may all hang at once."""

import socket
import sys
import threading
import traceback

from .handler import Handler, linger_until

HANDSHAKE_SECONDS = 30
BACKLOG = 256


class Listener:
    """One address and port, which it keeps while connections are refused.

    A second socket, bound and never listening, holds the port (SO_REUSEPORT lets the two share it).
    """

    def __init__(self, service, address, port, context=None):
        self.service, self.address, self.tls = service, address, context is not None
        self._context = context
        self._family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._reserve = self._bind(port)
        self.port = self._reserve.getsockname()[1]
        self._listening = None

    def _bind(self, port):
        sock = socket.socket(self._family, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if self._family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            sock.bind((self.address, port))
        except OSError as error:
            sock.close()
            raise OSError(error.errno, f"{self.address} port {port}: {error.strerror}") from None
        return sock

    def url(self, scheme):
        """Where clients find it."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{scheme}://{host}:{self.port}"

    def listen(self):
        """Accepts from now on."""
        if self._listening is None:
            self._listening = self._bind(self.port)
            self._listening.listen(BACKLOG)
            threading.Thread(target=self._accept, args=(self._listening,), daemon=True).start()

    def refuse(self):
        """Connections are refused from now on."""
        if self._listening is not None:
            self._listening.shutdown(socket.SHUT_RDWR)      # wakes accept, which close does not
            self._listening.close()
            self._listening = None

    def _accept(self, listening):
        while True:
            try:
                sock, address = listening.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.service.serve, daemon=True,
                             args=(sock, address, self._context)).start()


class Service:
    """One service (sts or imds) behind its listeners; http.server's "server" for Handler."""

    def __init__(self, name, backend, faults, record):
        self.name, self.backend, self.faults, self.record = name, backend, faults, record
        self.listeners = []
        self._lock = threading.Lock()
        self._open = set()

    def refresh(self):
        """Listens, or refuses and closes what is open, as the faults say."""
        with self._lock:
            if not self.faults.refusing(self.name):
                for listener in self.listeners:
                    listener.listen()
                return
            for listener in self.listeners:
                listener.refuse()
            for sock in self._open:
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def serve(self, sock, address, context):
        """One connection from accept to close."""
        self.record.connected(self.name)
        with self._lock:
            self._open.add(sock)
        try:
            fault = self.faults.accepting(self.name)
            if fault is not None:
                if fault.kind == "silent":
                    linger_until(sock, fault.cleared)
                return
            if context is None:
                sock.settimeout(Handler.timeout)
                Handler(sock, address, self)
            else:
                self._serve_tls(sock, address, context)
        except OSError:
            pass        # the client left, or a client that does not trust us said so: its affair
        except Exception:       # a fault of the peer's own: loud, and the other connections go on
            traceback.print_exc(file=sys.stderr)
        finally:
            with self._lock:
                self._open.discard(sock)
            sock.close()

    def _serve_tls(self, sock, address, context):
        sock.settimeout(HANDSHAKE_SECONDS)
        with context.wrap_socket(sock, server_side=True) as secure:
            with self._lock:
                self._open.add(secure)      # wrap_socket took the descriptor out of sock
            try:
                Handler(secure, address, self)
            finally:
                with self._lock:
                    self._open.discard(secure)
