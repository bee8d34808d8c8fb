# SPDX-License-Identifier: BSD-3-Clause
"""The client's side of control: Peer in Python, `python3 -m peer.control DIR VERB …` in a shell.

The verbs are documented in the package.
"""

import ctypes
import json
import os
import select
import socket
import subprocess
import sys
import time

from . import unix

START_SECONDS = 20


class PeerError(Exception):
    """The peer said no, or could not be started."""


class Peer:
    """A running peer. Every verb is a method: peer.fault("sts", "slow", seconds=2, count=1)."""

    def __init__(self, state_dir, process=None):
        self.state_dir, self.process = os.path.abspath(state_dir), process
        self._path = os.path.join(self.state_dir, "control")
        with open(os.path.join(self.state_dir, "ports.json"), encoding="utf-8") as file:
            self.ports = json.load(file)

    @classmethod
    def start(cls, config, state_dir, command=(sys.executable,), environment=None):
        """Starts a peer that ends with this process; config: a dict or a path. Waits for ready.

        command: how Python is called, for one within other namespaces.
        """
        os.makedirs(state_dir, exist_ok=True)
        if not isinstance(config, (str, os.PathLike)):
            path = os.path.join(state_dir, "config.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(config, file, indent=2)
            config = path
        tests = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        process = subprocess.Popen(
            [*command, "-m", "peer", "--config", os.fspath(config), "--state",
             os.path.abspath(state_dir), "--die-with-parent"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            start_new_session=True,     # ctrl-C is for whoever started it, who ends it
            env={**(os.environ if environment is None else environment), "PYTHONPATH": tests})
        try:
            _wait_ready(process)
            return cls(state_dir, process)
        except BaseException:
            process.kill()
            process.wait()
            process.stdout.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends a peer that start() started."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.process = None

    def call(self, verb, **keywords):
        """Sends one verb; the result, TimeoutError or PeerError."""
        patience = keywords.get("timeout", 10) + 10
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            sock.settimeout(patience)
            with unix.address(self._path) as name:
                sock.connect(name)
            with sock.makefile("rwb") as stream:
                stream.write(json.dumps({"verb": verb, **keywords}).encode() + b"\n")
                stream.flush()
                line = stream.readline()
        if not line:
            raise PeerError("the peer closed the control socket")
        answer = json.loads(line)
        if answer["ok"]:
            return answer["result"]
        if answer["error"] == "timeout":
            raise TimeoutError(f"{verb} {keywords}: not within {keywords.get('timeout', 10)} s; "
                               f"counts: {json.dumps(self.counts())}")
        raise PeerError(answer["error"])

    def ping(self):
        """The JSON of ports.json."""
        return self.call("ping")

    def counts(self, service=None):
        """Counts since reset."""
        return self.call("counts", service=service)

    def reset(self):
        """Counts and requests start anew."""
        return self.call("reset")

    def requests(self, service=None, action=None, last=50):
        """The last requests, oldest first."""
        return self.call("requests", service=service, action=action, last=last)

    def wait_for(self, service="sts", action=None, count=1, state="answered", outcome=None,
                 timeout=10):
        """Waits until so many were connected, arrived, held or answered."""
        return self.call("wait_for", service=service, action=action, count=count, state=state,
                         outcome=outcome, timeout=timeout)

    def fault(self, service, kind, count=None, action=None, role_arn=None, **parameters):
        """Sets a fault; its id."""
        return self.call("fault", service=service, kind=kind, count=count, action=action,
                         role_arn=role_arn, **parameters)

    def clear(self, service=None, kind=None, id=None):      # pylint: disable=redefined-builtin
        """Ends faults."""
        return self.call("clear", service=service, kind=kind, id=id)

    def faults(self):
        """The active faults."""
        return self.call("faults")

    def release(self, service="sts", count=None):
        """Lets held requests go on."""
        return self.call("release", service=service, count=count)

    def reply_format(self, format="auto"):                  # pylint: disable=redefined-builtin
        """How STS writes its answers."""
        return self.call("reply_format", format=format)

    def lifetime(self, seconds, service="sts", role_arn=None):
        """How long credentials issued from now on live."""
        return self.call("lifetime", seconds=seconds, service=service, role_arn=role_arn)

    def revoke(self, access_key_id):
        """The key is InvalidClientTokenId from now on."""
        return self.call("revoke", access_key_id=access_key_id)

    def restore(self, access_key_id):
        """Ends revoke."""
        return self.call("restore", access_key_id=access_key_id)

    def expire(self, access_key_id):
        """Issued credentials are ExpiredToken from now on."""
        return self.call("expire", access_key_id=access_key_id)

    def issue(self, principal, session_name="peer", duration_seconds=3600):
        """Credentials of a role, no questions asked."""
        return self.call("issue", principal=principal, session_name=session_name,
                         duration_seconds=duration_seconds)

    def update_role(self, arn, **changes):
        """Changes or adds a role."""
        return self.call("update_role", arn=arn, **changes)

    def remove_role(self, arn):
        """Removes a role."""
        return self.call("remove_role", arn=arn)

    def update_user(self, arn, **changes):
        """Changes or adds a user."""
        return self.call("update_user", arn=arn, **changes)

    def mfa_code(self, arn):
        """A code of that user's device which has not been used."""
        return self.call("mfa_code", arn=arn)

    def sign_in(self, url, username, password, mfa_code=""):
        """What a person does at the page of AWS Sign-In."""
        return self.call("sign_in", url=url, username=username, password=password,
                         mfa_code=mfa_code)

    def sign_ins(self):
        """The sign-in sessions."""
        return self.call("sign_ins")

    def end_sign_ins(self, arn=None, expired=False):
        """Ends sign-in sessions."""
        return self.call("end_sign_ins", arn=arn, expired=expired)

    def sign_in_settings(self, **settings):
        """Lifetimes at AWS Sign-In."""
        return self.call("sign_in_settings", **settings)

    def instance_role(self, role=None):
        """The instance profile's role from now on."""
        return self.call("instance_role", role=role)

    def expire_imds_tokens(self):
        """IMDS session tokens given out so far are no good."""
        return self.call("expire_imds_tokens")

    def log_lines(self, last=100):
        """The syslog sink's last lines."""
        return self.call("log_lines", last=last)

    def wait_for_log(self, pattern, count=1, timeout=10):
        """Waits for lines in the syslog sink."""
        return self.call("wait_for_log", pattern=pattern, count=count, timeout=timeout)

    def stop(self):
        """Ends the peer."""
        return self.call("stop")


def _wait_ready(process):
    end, text = time.monotonic() + START_SECONDS, b""
    while b"\n" not in text:
        readable, _, _ = select.select([process.stdout], [], [],
                                       max(end - time.monotonic(), 0))
        piece = os.read(process.stdout.fileno(), 65536) if readable else b""
        if not piece:
            raise PeerError("the peer did not get ready: see its standard error")
        text += piece


def die_with_parent(signal_number):
    """prctl(PR_SET_PDEATHSIG); False if the parent is gone already. See prctl(2)."""
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(1, signal_number, 0, 0, 0)
    return os.getppid() == parent


def _value(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


def main(arguments):
    """The shell's client."""
    if len(arguments) < 2 or not all("=" in word for word in arguments[2:]):
        print("usage: python3 -m peer.control DIR VERB [name=value …]", file=sys.stderr)
        return 2
    keywords = {name: _value(text) for name, _, text in
                (word.partition("=") for word in arguments[2:])}
    try:
        print(json.dumps(Peer(arguments[0]).call(arguments[1], **keywords), indent=2))
    except (OSError, PeerError) as error:       # TimeoutError is an OSError
        print(f"peer.control: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
