# SPDX-License-Identifier: BSD-3-Clause
"""Tests of the peer's IMDS and syslog sink, and of the process itself."""

import json
import logging.handlers
import os
import select
import subprocess
import sys
import urllib.error
import urllib.request

from botocore.credentials import InstanceMetadataProvider
from botocore.utils import InstanceMetadataFetcher

from .case import BASTION, DEVELOPER, HERE, REGION, ROLE, WithPeer, example
from .control import Peer


class TestMachine(WithPeer):
    """IMDS, syslog, and the process itself."""

    def imds(self, path, method="GET", **headers):
        """(status, text)."""
        request = urllib.request.Request(self.ports["imds_url"] + path, method=method, headers={
            name.replace("_", "-"): value for name, value in headers.items()})
        try:
            with urllib.request.urlopen(request, timeout=5) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def fetcher(self):
        """botocore's own client of IMDS."""
        fetcher = InstanceMetadataFetcher(timeout=2, num_attempts=1,
                                          base_url=self.ports["imds_url"])
        self.addCleanup(fetcher._session.close)
        return fetcher

    def token(self, ttl="60", **more):
        return self.imds("/latest/api/token", "PUT", X_aws_ec2_metadata_token_ttl_seconds=ttl,
                         **more)

    def test_botocore_reads_it(self):
        found = InstanceMetadataProvider(self.fetcher()).load()
        frozen = found.get_frozen_credentials()
        issued = {"AccessKeyId": frozen.access_key, "SecretAccessKey": frozen.secret_key,
                  "SessionToken": frozen.token}
        self.assertEqual(self.of(issued).get_caller_identity()["Arn"],
                         "arn:aws:sts::123456789012:assumed-role/Bastion/i-0123456789abcdef0")
        self.assume(self.of(issued), DEVELOPER)
        again = InstanceMetadataProvider(self.fetcher()).load().get_frozen_credentials()
        self.assertEqual(again.access_key, frozen.access_key)
        counts = self.peer.counts("imds")
        self.assertEqual(counts["actions"], {"token": 2, "role": 2, "credentials": 2})
        self.assertEqual(counts["v1"], 0)

    def test_version_two_only(self):
        self.assertEqual(self.imds("/latest/meta-data/iam/security-credentials/")[0], 401)
        self.assertEqual(self.peer.counts("imds")["v1"], 1)
        for ttl, status in (("0", 400), ("21601", 400), ("x", 400), ("1", 200), ("21600", 200)):
            self.assertEqual(self.token(ttl)[0], status)
        self.assertEqual(self.imds("/latest/api/token", "PUT")[0], 400)
        self.assertEqual(self.token(X_Forwarded_For="1.2.3.4")[0], 403)
        token = {"X_aws_ec2_metadata_token": self.token()[1]}
        self.assertEqual(self.imds("/latest/meta-data/placement/region", **token), (200, REGION))
        document = json.loads(self.imds("/latest/dynamic/instance-identity/document", **token)[1])
        self.assertEqual((document["region"], document["accountId"]), (REGION, "123456789012"))
        self.assertEqual(self.imds("/latest/nothing", **token)[0], 404)
        self.peer.expire_imds_tokens()
        self.assertEqual(self.imds("/latest/meta-data/placement/region", **token)[0], 401)
        self.assertEqual(self.peer.counts("imds")["v1"], 1)
        self.assertNotIn(token["X_aws_ec2_metadata_token"], json.dumps(self.peer.requests()))

    def test_no_role_and_lifetime(self):
        self.peer.lifetime(-60, service="imds")
        token = {"X_aws_ec2_metadata_token": self.token()[1]}
        path = "/latest/meta-data/iam/security-credentials/"
        reply = json.loads(self.imds(path + "Bastion", **token)[1])
        issued = {**reply, "SessionToken": reply["Token"]}
        self.refused("ExpiredToken", self.of(issued).get_caller_identity)
        self.peer.lifetime(None, service="imds")
        self.peer.fault("imds", "code", count=1, code="Failed", message="Later.")
        self.assertEqual(json.loads(self.imds(path + "Bastion", **token)[1])["Code"], "Failed")
        self.addCleanup(self.peer.instance_role, BASTION)
        self.peer.instance_role(None)
        self.assertEqual(self.imds(path, **token)[0], 404)
        self.peer.instance_role(DEVELOPER)
        self.assertEqual(self.imds(path, **token), (200, "Developer"))

    def test_syslog(self):
        handler = logging.handlers.SysLogHandler(self.ports["syslog"])
        self.addCleanup(handler.close)
        handler.ident = "sshd[7]: "
        handler.emit(logging.makeLogRecord({"msg": "first\nsecond \x1b[1m ü",
                                            "levelname": "ERROR"}))
        line = "11 sshd[7]: first\\x0asecond \\x1b[1m ü"
        self.assertEqual(self.peer.wait_for_log("sshd.*first"), [line])
        with open(os.path.join(self.peer.state_dir, "syslog.log"), encoding="utf-8") as file:
            self.assertIn(line + "\n", file.readlines())
        self.assertEqual(os.stat(self.ports["syslog"]).st_mode & 0o777, 0o666)

    def test_bad_configuration(self):
        for change in ({"more": 1}, {"roles": [{"arn": "x"}]}, {"users": [{"name": "x"}]},
                       {"sts": {"listen": [{"certificate": "x"}]}},
                       {"imds": {"role": ROLE + "Missing"}}):
            path = os.path.join(self.folder, "bad.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump({**example(), **change}, file)
            result = subprocess.run([sys.executable, "-m", "peer", "--config", path, "--state",
                                     os.path.join(self.folder, "bad")], capture_output=True,
                                    env={**os.environ, "PYTHONPATH": os.path.dirname(HERE)})
            self.assertEqual((result.returncode, result.stdout), (2, b""), change)
            self.assertTrue(result.stderr.startswith(b"peer: "), result.stderr)

    def test_end(self):
        state = os.path.join(self.folder, "long" + "x" * 100, "state")
        peer = Peer.start({}, state)
        self.assertTrue(peer.ping()["sts_url"])
        process = peer.process
        peer.stop()
        self.assertEqual(process.wait(5), 0)
        self.assertFalse(os.path.exists(os.path.join(state, "control")))
        peer.close()

    def test_dies_with_its_parent(self):
        script = ("import sys; from peer.control import Peer; "
                  "print(Peer.start({}, sys.argv[1]).process.pid)")
        result = subprocess.run([sys.executable, "-c", script, os.path.join(self.folder, "child")],
                                env={**os.environ, "PYTHONPATH": os.path.dirname(HERE)},
                                capture_output=True, text=True)
        try:
            descriptor = os.pidfd_open(int(result.stdout))
        except ProcessLookupError:
            return
        with open(descriptor, "rb") as file:
            self.assertTrue(select.select([file], [], [], 5)[0])
