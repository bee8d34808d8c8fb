# SPDX-License-Identifier: BSD-3-Clause
"""What the peer's tests share: one peer a class, and clients that are not ours."""

import http.client
import json
import os
import shutil
import tempfile
import unittest
from unittest import mock

import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from .control import Peer

HERE = os.path.dirname(os.path.abspath(__file__))
KEY, SECRET = "AKIAEXAMPLEDEPLOY001", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
ROLE = "arn:aws:iam::123456789012:role/"
BASTION, DEVELOPER, DEPLOY = ROLE + "Bastion", ROLE + "Developer", ROLE + "Deploy"
UENO = "arn:aws:iam::210987654321:role/people/ueno"
UENO_USER, MIKA_USER = (f"arn:aws:iam::123456789012:user/{name}" for name in ("ueno", "mika"))
EXTERNAL = {"ExternalId": "example-external-id"}
REGION = "ap-northeast-1"
CALLER = "Action=GetCallerIdentity&Version=2011-06-15"
ASSUME = (f"Action=AssumeRole&Version=2011-06-15&RoleArn={DEPLOY.replace(':', '%3A')}"
          "&RoleSessionName=ueno&ExternalId=example-external-id")


def example():
    """The example configuration with a syslog sink."""
    with open(os.path.join(HERE, "example.json"), encoding="utf-8") as file:
        return json.load(file)


class WithPeer(unittest.TestCase):
    """One peer a class, cleared and reset before each test."""

    @classmethod
    def setUpClass(cls):
        # The person who runs the tests may have a configuration or a proxy: not seen here.
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith("AWS_") and not name.lower().endswith("_proxy")}
        kept.update(AWS_CONFIG_FILE="/dev/null", AWS_SHARED_CREDENTIALS_FILE="/dev/null")
        environment = mock.patch.dict(os.environ, kept, clear=True)
        environment.start()
        cls.addClassCleanup(environment.stop)
        cls.folder = tempfile.mkdtemp(prefix="peer-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        config = example()
        config["syslog"] = {"path": os.path.join(cls.folder, "log")}
        config["sts"]["regions"] = [REGION]
        config["sts"]["listen"] += [{"certificate": kind} for kind in
                                    ("wrong_name", "expired", "not_yet_valid", "self_signed",
                                     "other_ca")]
        cls.peer = Peer.start(config, os.path.join(cls.folder, "state"))
        cls.addClassCleanup(cls.peer.close)
        cls.ports = cls.peer.ports
        cls.session = botocore.session.Session()

    def setUp(self):
        self.peer.clear()
        self.peer.reset()
        self.peer.reply_format()
        self.peer.lifetime(None)

    def client(self, key=KEY, secret=SECRET, token=None, url=None, region=REGION, **config):
        """botocore's STS client, one attempt."""
        config = {"retries": {"total_max_attempts": 1}, "read_timeout": 5, **config}
        client = self.session.create_client(
            "sts", region_name=region, endpoint_url=url or self.ports["sts_url"],
            verify=self.ports["ca_bundle"], aws_access_key_id=key, aws_secret_access_key=secret,
            aws_session_token=token, config=Config(**config))
        self.addCleanup(client.close)
        return client

    def of(self, issued, **more):
        """A client with credentials that were issued."""
        return self.client(issued["AccessKeyId"], issued["SecretAccessKey"],
                           issued["SessionToken"], **more)

    def assume(self, client, role=DEPLOY, name="ueno", **more):
        """AssumeRole's Credentials."""
        return client.assume_role(RoleArn=role, RoleSessionName=name, **more)["Credentials"]

    def refused(self, code, call, *args, **keywords):
        """Expects AWS's code; its message."""
        with self.assertRaises(ClientError) as caught:
            call(*args, **keywords)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)
        status = caught.exception.response["ResponseMetadata"]["HTTPStatusCode"]
        return f"{status} {caught.exception.response['Error']['Message']}"

    def raw(self, body, headers=(), secret=SECRET, url=None, method="POST", timeout=5):
        """A request signed by botocore, sent by http.client: (response, body)."""
        url = url or self.ports["sts_plain_url"]
        request = AWSRequest(method=method, url=url + "/", data=body if method == "POST" else None,
                             headers=dict(headers))
        if method == "GET":
            request.url += "?" + body
        if method == "POST":
            request.headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
        SigV4Auth(Credentials(KEY, secret), "sts", REGION).add_auth(request)
        connection = http.client.HTTPConnection(url.partition("//")[2], timeout=timeout)
        self.addCleanup(connection.close)
        connection.request(method, request.url.partition("//")[2][len(connection.host) + 1 +
                           len(str(connection.port)):], request.data, dict(request.headers))
        response = connection.getresponse()
        return response, response.read()
