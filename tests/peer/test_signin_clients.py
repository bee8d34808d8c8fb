# SPDX-License-Identifier: BSD-3-Clause
"""Tests of the peer's AWS Sign-In with clients that are AWS's own: its SDKs refresh a login session.

Each gets what `aws login` leaves in its cache: credentials that are over, a refresh token, the key.
"""

import datetime
import hashlib
import json
import os
import shutil
import subprocess
import sys

from cryptography.hazmat.primitives import serialization

from .case import HERE, REGION, UENO_USER
from .signin_case import PASSWORD, WithSignIn

SOURCE = os.path.dirname(os.path.dirname(HERE))
SECONDS = 60
JAVASCRIPT = """
const { fromLoginCredentials } = require("@aws-sdk/credential-provider-login");
const { STSClient, GetCallerIdentityCommand } = require("@aws-sdk/client-sts");
const client = new STSClient({ credentials: fromLoginCredentials({ profile: "peer" }) });
client.send(new GetCallerIdentityCommand({})).then(
    (answer) => console.log("ok", answer.Arn),
    (error) => console.log("failed", error.name, error.message));
"""
PYTHON = """
import botocore.session
session = botocore.session.Session(profile="peer")
try:
    print("ok", session.create_client("sts").get_caller_identity()["Arn"])
except Exception as error:
    print("failed", type(error).__name__, error)
"""


def javascript():
    """The folder with npm's packages, as run-tests fetches them."""
    return os.path.join(os.environ.get("BUILD") or os.path.join(SOURCE, "build"), "javascript")


def new_botocore():
    """A Python with a botocore that knows login sessions, or None: the distribution's is older."""
    check = ("import awscrt.crypto, botocore.credentials as c; "
             "assert hasattr(c, 'LoginProvider')")
    for python in (os.environ.get("LOGIN_PYTHON"), sys.executable, shutil.which("python3")):
        if python and subprocess.run([python, "-c", check], check=False, cwd="/",
                                     env={"PATH": os.environ["PATH"]},
                                     stderr=subprocess.DEVNULL).returncode == 0:
            return python
    return None


class TestClients(WithSignIn):
    """Their proofs, bodies and reading of answers are not from here."""

    def setUp(self):
        super().setUp()
        self.home = os.path.join(self.folder, f"home-{self.id().rpartition('.')[2]}")
        os.makedirs(self.home)
        self.cache = os.path.join(self.home,
                                  hashlib.sha256(UENO_USER.encode()).hexdigest() + ".json")
        with open(os.path.join(self.home, "config"), "w", encoding="utf-8") as file:
            file.write(f"[profile peer]\nlogin_session = {UENO_USER}\nregion = {REGION}\n")
        self.first = self.sign_in()

    def sign_in(self):
        """Leaves in the cache what `aws login` does, with credentials that are over."""
        device, body = self.signed_in()
        pem = device.key.private_bytes(serialization.Encoding.PEM,
                                       serialization.PrivateFormat.TraditionalOpenSSL,
                                       serialization.NoEncryption()).decode()
        over = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=1)
        self.write({"accessToken": {**body["accessToken"], "accountId": "123456789012",
                                    "expiresAt": over.strftime("%Y-%m-%dT%H:%M:%SZ")},
                    "tokenType": body["tokenType"], "clientId": device.client_id,
                    "refreshToken": body["refreshToken"], "idToken": body["idToken"],
                    "dpopKey": pem})
        return body

    def write(self, values):
        """Into the cache."""
        with open(self.cache, "w", encoding="utf-8") as file:
            json.dump(values, file)

    def cached(self):
        """What is in the cache."""
        with open(self.cache, encoding="utf-8") as file:
            return json.load(file)

    def run_client(self, words):
        """What the client prints."""
        ports = self.ports
        environment = {"PATH": os.environ["PATH"], "HOME": self.home,
                       "AWS_CONFIG_FILE": os.path.join(self.home, "config"),
                       "AWS_LOGIN_CACHE_DIRECTORY": self.home, "AWS_PROFILE": "peer",
                       "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_MAX_ATTEMPTS": "1",
                       "AWS_EC2_METADATA_DISABLED": "true", "AWS_CA_BUNDLE": ports["ca_bundle"],
                       "NODE_EXTRA_CA_CERTS": ports["ca_bundle"],
                       "NODE_PATH": os.path.join(javascript(), "node_modules"),
                       "AWS_ENDPOINT_URL_STS": ports["sts_url"],
                       "AWS_ENDPOINT_URL_SIGNIN": ports["signin_url"]}
        done = subprocess.run(words, env=environment, cwd=self.home, text=True, check=False,
                              capture_output=True, timeout=SECONDS)
        return (done.stdout.strip().splitlines() or [done.stderr])[-1]

    def check_client(self, words):
        """It refreshes, stores what it got, refreshes with that, and tells what is refused."""
        for number in (1, 2):
            self.assertEqual(self.run_client(words), f"ok {UENO_USER}")
            self.assertEqual(self.peer.counts("signin")["by_action"]["refresh"], {"ok": number})
            token = self.cached()
            self.assertNotEqual(token["refreshToken"], self.first["refreshToken"])
            self.assertEqual(self.peer.requests("sts")[-1]["access_key_id"],
                             token["accessToken"]["accessKeyId"])
            token["accessToken"]["expiresAt"] = "2020-01-01T00:00:00Z"
            self.write(token)
        self.peer.end_sign_ins(expired=True)
        self.assertRegex(self.run_client(words), "^failed .*([Rr]eauthenticate|expired)")
        self.assertEqual(self.peer.requests("signin")[-1]["outcome"], "TOKEN_EXPIRED")
        self.sign_in()
        self.addCleanup(self.peer.update_user, UENO_USER, password=PASSWORD)
        self.peer.update_user(UENO_USER, password="new")
        self.assertRegex(self.run_client(words), "^failed .*(password|[Rr]eauthenticate)")
        self.assertEqual(self.peer.requests("signin")[-1]["outcome"], "USER_CREDENTIALS_CHANGED")

    def test_javascript(self):
        """the javascript sdk refreshes a login session"""
        if shutil.which("node") is None:
            self.skipTest("not installed: nodejs")
        package = os.path.join(javascript(), "node_modules/@aws-sdk/credential-provider-login")
        if not os.path.isdir(package):
            self.skipTest("the JavaScript SDK could not be fetched from npm's registry")
        self.check_client(["node", "-e", JAVASCRIPT])

    def test_botocore(self):
        """botocore refreshes a login session"""
        python = new_botocore()
        if python is None:
            self.skipTest("no botocore of 1.42 or later with awscrt")
        self.check_client([python, "-c", PYTHON])
