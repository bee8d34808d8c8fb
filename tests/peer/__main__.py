# SPDX-License-Identifier: BSD-3-Clause
"""Starts the peer: reads the configuration, binds everything, says ready, waits for its end."""

import argparse
import json
import os
import signal
import sys
from types import SimpleNamespace

from . import commands, control, grants, iam, model, tls, unix
from .faults import Faults
from .imds import Imds
from .record import Record
from .server import Listener, Service
from .signin import SignIn
from .sts import Sts
from .syslog import Sink

ENDING = (signal.SIGTERM, signal.SIGINT)
# Section → the keys it may hold.
KEYS = {
    "": {"sts", "imds", "signin", "syslog", "users", "roles"},
    "sts": {"listen", "names", "regions", "lifetime_seconds"},
    "imds": {"listen", "role", "region", "instance_id", "lifetime_seconds"},
    "signin": {"listen", "names", "lifetime_seconds", *grants.SETTINGS},
    "syslog": {"path"},
    "sts.listen": {"address", "port", "tls", "certificate"},
    "imds.listen": {"address", "port"},
    "signin.listen": {"address", "port", "tls", "certificate"},
}
SIGNIN_NAMES = ("*.signin.aws.amazon.com", "*.signin.amazonaws.cn",
                "*.signin.amazonaws-us-gov.com")


def _known(name, values):
    if not isinstance(values, dict):
        raise iam.ConfigError(f"{name or 'the configuration'} is not an object")
    unknown = sorted(set(values) - KEYS[name])
    if unknown:
        raise iam.ConfigError(f"{name or 'the configuration'}: unknown key '{unknown[0]}'")


def load(path):
    """The configuration, its keys checked; ConfigError else."""
    try:
        with open(path, encoding="utf-8") as file:
            config = json.load(file)
    except (OSError, ValueError) as error:
        raise iam.ConfigError(f"{path}: {error}") from None
    _known("", config)
    for name in ("sts", "imds", "signin", "syslog"):
        if name in config:
            _known(name, config[name])
    for name in ("sts", "imds", "signin"):
        for values in config.get(name, {}).get("listen", ()):
            _known(f"{name}.listen", values)
            kind = values.get("certificate", "good")
            if kind not in tls.CERTIFICATES:
                raise iam.ConfigError(f"certificate is one of {', '.join(tls.CERTIFICATES)}")
    return config


def _add_secure(parts, name, backend, values, names):
    """A service with listeners that have TLS or not; what ports.json says of it."""
    service = parts.services[name] = Service(name, backend, parts.faults, parts.record)
    shown = []
    for item in values.get("listen") or [{}]:
        kind, context = None, None
        if item.get("tls", True):
            kind = item.get("certificate", "good")
            context = parts.authority.context(kind, names)
        listener = Listener(service, item.get("address", "127.0.0.1"), item.get("port", 0), context)
        service.listeners.append(listener)
        shown.append({"address": listener.address, "port": listener.port, "tls": listener.tls,
                      "certificate": kind,
                      "url": listener.url("https" if listener.tls else "http")})
    secure = next((item for item in shown if item["tls"]), None)
    return {name: shown,
            f"{name}_url": secure and f"https://localhost:{secure['port']}",
            f"{name}_plain_url": next((item["url"] for item in shown if not item["tls"]), None)}


def _add_sts(parts, config):
    values = config.get("sts", {})
    backend = Sts(parts.directory, values.get("regions"), values.get("lifetime_seconds"))
    return _add_secure(parts, "sts", backend, values, values.get("names", ()))


def _add_signin(parts, config):
    values = config.get("signin")
    if values is None:
        return {"signin": [], "signin_url": None, "signin_plain_url": None}
    return _add_secure(parts, "signin", SignIn(parts.directory, values), values,
                       values.get("names", SIGNIN_NAMES))


def _add_imds(parts, config):
    values = config.get("imds")
    if values is None:
        return {"imds": [], "imds_url": None}
    if values.get("role") and parts.directory.role(values["role"]) is None:
        raise iam.ConfigError(f"imds: there is no role {values['role']}")
    backend = Imds(parts.directory, values, parts.record.v1)
    service = parts.services["imds"] = Service("imds", backend, parts.faults, parts.record)
    shown = []
    for item in values.get("listen") or [{}]:
        listener = Listener(service, item.get("address", "127.0.0.1"), item.get("port", 0))
        service.listeners.append(listener)
        shown.append({"address": listener.address, "port": listener.port,
                      "url": listener.url("http")})
    return {"imds": shown, "imds_url": shown[0]["url"]}


def start(config, state, stop):
    """Binds everything and serves in threads; the paths to remove at the end, and the ports."""
    parts = SimpleNamespace(services={}, faults=Faults(), record=Record(), sink=None,
                            directory=iam.Directory(config.get("users", ()),
                                                    config.get("roles", ())),
                            authority=tls.Authority())
    model.service()     # read once, before the first request has to wait for it
    path = os.path.join(state, "control")
    bundle, directory = parts.authority.write(state)
    ports = {**_add_sts(parts, config), **_add_imds(parts, config), **_add_signin(parts, config),
             "ca_bundle": bundle, "ca_directory": directory, "control": path, "syslog": None,
             "pid": os.getpid()}
    sockets = [path]
    if "syslog" in config:
        ports["syslog"] = config["syslog"]["path"]
        parts.sink = Sink(ports["syslog"], os.path.join(state, "syslog.log"))
        sockets.append(ports["syslog"])
    for service in parts.services.values():
        service.refresh()
    commands.listen(path, commands.Commands(ports, parts), stop)
    temporary = os.path.join(state, "ports.json.new")
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump(ports, file, indent=2)
    os.replace(temporary, os.path.join(state, "ports.json"))
    return sockets, ports


def main():
    """The program."""
    parser = argparse.ArgumentParser(prog="python3 -m peer", description="AWS on loopback.")
    parser.add_argument("--config", required=True, metavar="FILE.json")
    parser.add_argument("--state", required=True, metavar="DIR")
    parser.add_argument("--die-with-parent", action="store_true")
    options = parser.parse_args()
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)    # before any thread: sigwait takes them
    if options.die_with_parent and not control.die_with_parent(signal.SIGTERM):
        return 0
    state = os.path.abspath(options.state)
    os.makedirs(state, exist_ok=True)
    try:
        sockets, ports = start(load(options.config), state,
                               lambda: os.kill(os.getpid(), signal.SIGTERM))
    except (iam.ConfigError, OSError, KeyError, TypeError, ValueError) as error:
        print(f"peer: {error if str(error) else type(error).__name__}", file=sys.stderr)
        return 2
    print("ready", json.dumps(ports), flush=True)
    signal.sigwait(ENDING)
    for path in sockets:
        unix.remove(path)
    return 0


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)      # threads that hang on purpose are not waited for
