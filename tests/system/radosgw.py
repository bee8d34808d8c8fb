# SPDX-License-Identifier: BSD-3-Clause
"""A Ceph cluster in memory, as small as one gets, with an object gateway that answers STS.

One monitor, one object store (memstore) and one RADOS gateway, all on loopback.
"""

import base64
import os
import shutil
import socket
import struct
import subprocess
import time
import uuid

from . import sandbox

PROGRAMS = ("ceph-mon", "ceph-osd", "radosgw", "radosgw-admin", "monmaptool", "ceph", "openssl")
PACKAGES = "radosgw ceph-mon ceph-osd ceph-common"
FOLDER = "/run/ceph-cluster"
START_SECONDS, STOP_SECONDS, COMMAND_SECONDS = 30, 10, 20
HTTP, HTTPS = "http://localhost:8000", "https://localhost:8443"

# paxos: one monitor need not wait for others, and each pool of the gateway is a proposal.
# objecter: what was sent before the store was up is sent again at the next tick.
CONFIGURATION = """\
[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:3300/0]
public network = 127.0.0.0/8
keyring = {folder}/keyring
log file = {folder}/$name.log
run dir = {folder}
crash dir = {folder}
admin socket =
paxos propose interval = 0.05
paxos min wait = 0.01
objecter tick interval = 1
mon data = {folder}/mon
mon data avail crit = 1
mon cluster log file = {folder}/cluster.log
mon allow pool size one = true
osd data = {folder}/osd
osd objectstore = memstore
memstore device bytes = 268435456
osd class load list = *
osd class default list = *
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
rgw data = {folder}
rgw frontends = beast endpoint=127.0.0.1:8000 ssl_endpoint=127.0.0.1:8443 {certificate}
rgw enable apis = s3, sts
rgw s3 auth use sts = true
rgw sts key = {sts_key}
rgw thread pool size = 8
"""
CAPABILITIES = {"mon.": {"mon": "allow *"},
                "osd.0": {"mon": "allow profile osd", "osd": "allow *"},
                "client.admin": {"mon": "allow *", "osd": "allow *"}}


def missing():
    """What is not installed, or an empty list."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


class Cluster:
    """A running cluster after start(); close() ends it, however far start() came."""

    def __init__(self):
        self.ca_bundle = FOLDER + "/ca.pem"
        self._processes = []

    def start(self):
        """Returns when the gateway answers."""
        if not sandbox.inside():
            raise sandbox.SandboxError("a cluster takes fixed ports, and works in a sandbox only")
        for path in (FOLDER, FOLDER + "/mon", FOLDER + "/osd"):
            os.mkdir(path, 0o700)
        self._make_certificates()
        fsid, osd = str(uuid.uuid4()), str(uuid.uuid4())
        self._write("keyring", "".join(self._keys()))
        self._write("ceph.conf", CONFIGURATION.format(
            fsid=fsid, folder=FOLDER, sts_key=os.urandom(8).hex(),
            certificate=f"ssl_certificate={FOLDER}/server.pem ssl_private_key={FOLDER}/server.key"))
        self._run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", "[v2:127.0.0.1:3300/0]",
                  FOLDER + "/monmap")
        self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", FOLDER + "/monmap", "--keyring",
                  FOLDER + "/keyring")
        self._start("ceph-mon", "-f", "-i", "a")
        self._run("ceph", "--connect-timeout", str(COMMAND_SECONDS), "osd", "new", osd)
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        self._start("ceph-osd", "-f", "-i", "0")
        self._start("radosgw", "-f", "-n", "client.admin")
        self._wait_for_port(8443)

    def add_user(self, name, key_id, secret):
        """A user with one access key."""
        self._run("radosgw-admin", "user", "create", "--uid", name, "--display-name", name,
                  "--access-key", key_id, "--secret", secret)

    def add_role(self, name, trust, policy):
        """A role; trust and policy are JSON."""
        self._run("radosgw-admin", "role", "create", "--role-name", name, "--path", "/",
                  "--assume-role-policy-doc", trust)
        self._run("radosgw-admin", "role-policy", "put", "--role-name", name, "--policy-name",
                  name, "--policy-doc", policy)

    def log(self):
        """What the gateway and the others said last, for a failure."""
        said = []
        for name in sorted(os.listdir(FOLDER)):
            if name.endswith((".log", ".out")):
                with open(f"{FOLDER}/{name}", encoding="utf-8", errors="replace") as file:
                    said += [f"--- {name}\n", *file.readlines()[-10:]]
        return "".join(said)

    def close(self):
        """Ends all processes and removes the folder."""
        for process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()
        shutil.rmtree(FOLDER, ignore_errors=True)

    @staticmethod
    def _write(name, text):
        with open(f"{FOLDER}/{name}", "w", encoding="ascii") as file:
            file.write(text)

    @staticmethod
    def _keys():
        """A keyring: type 1 (AES), time of creation, length, key; little-endian (CryptoKey)."""
        for name, capabilities in CAPABILITIES.items():
            key = base64.b64encode(struct.pack("<hiih", 1, 0, 0, 16) + os.urandom(16)).decode()
            yield f"[{name}]\n\tkey = {key}\n"
            for service, words in capabilities.items():
                yield f'\tcaps {service} = "{words}"\n'

    def _make_certificates(self):
        """A CA and what it signed for localhost."""
        new = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
               "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
        ca_key = FOLDER + "/ca.key"
        self._run(*new, "-subj", "/CN=Cluster CA", "-keyout", ca_key, "-out", self.ca_bundle)
        self._run(*new, "-subj", "/CN=localhost", "-CA", self.ca_bundle, "-CAkey", ca_key,
                  "-addext", "basicConstraints=critical,CA:FALSE", "-addext",
                  "subjectAltName=DNS:localhost", "-keyout", FOLDER + "/server.key", "-out",
                  FOLDER + "/server.pem")

    @staticmethod
    def _environment():
        return {**os.environ, "CEPH_CONF": FOLDER + "/ceph.conf"}

    def _run(self, *words):
        done = subprocess.run(words, check=False, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=COMMAND_SECONDS, env=self._environment())
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(words[:3])}: {done.stdout}\n{self.log()}")

    def _start(self, *words):
        with open(f"{FOLDER}/{words[0]}.out", "wb") as output:
            self._processes.append(subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env=self._environment()))

    def _wait_for_port(self, port):
        """The gateway tells nobody when it listens, so it is asked."""
        end = time.monotonic() + START_SECONDS
        while True:
            dead = [process.args[0] for process in self._processes if process.poll() is not None]
            if dead or time.monotonic() > end:
                why = f"{dead[0]} has ended" if dead else f"not within {START_SECONDS} s"
                raise RuntimeError(f"no gateway: {why}\n{self.log()}")
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
