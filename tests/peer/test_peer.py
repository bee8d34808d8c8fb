# SPDX-License-Identifier: BSD-3-Clause
"""Tests of the peer's STS, with clients that are not ours: botocore, awscli, curl, openssl.

    PYTHONPATH=tests /usr/bin/python3 -m unittest peer.test_peer peer.test_faults peer.test_machine
"""

import datetime
import glob
import json
import os
import re
import shutil
import subprocess
import time
import unittest
import urllib.error
import urllib.request

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, SSLError

from .case import (ASSUME, BASTION, CALLER, DEPLOY, DEVELOPER, EXTERNAL, KEY, REGION, ROLE, SECRET,
                   UENO, WithPeer)


class TestSts(WithPeer):
    """What STS gives and refuses."""

    def test_user_and_role(self):
        client = self.client()
        self.assertEqual(client.get_caller_identity()["Arn"],
                         "arn:aws:iam::123456789012:user/deploy")
        reply = client.assume_role(RoleArn=DEPLOY, RoleSessionName="ueno", **EXTERNAL)
        issued = reply["Credentials"]
        self.assertRegex(reply["AssumedRoleUser"]["AssumedRoleId"], r"^AROA[A-Z2-7]{17}:ueno$")
        self.assertRegex(issued["AccessKeyId"], r"^ASIA[A-Z2-7]{16}$")
        left = issued["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
        self.assertAlmostEqual(left.total_seconds(), 3600, delta=10)
        arn = "arn:aws:sts::123456789012:assumed-role/Deploy/ueno"
        self.assertEqual(self.of(issued).get_caller_identity()["Arn"], arn)
        counts = self.peer.counts("sts")
        self.assertEqual(counts["by_action"], {"GetCallerIdentity": {"ok": 2},
                                               "AssumeRole": {"ok": 1}})
        self.assertEqual(counts["roles"], {DEPLOY: 1})
        self.assertEqual(self.peer.requests()[-1]["caller"], arn)
        self.assertNotIn(issued["SessionToken"], json.dumps(self.peer.requests()))

    def test_wrong_credentials(self):
        issued = self.assume(self.client(), **EXTERNAL)
        self.assertRegex(self.refused("SignatureDoesNotMatch",
                                      self.client(secret="x" * 40).get_caller_identity),
                         "^403 The request signature we calculated does not match")
        for client in (self.client(key="AKIAEXAMPLEEXAMPLE12"), self.client(token="token"),
                       self.client(issued["AccessKeyId"], issued["SecretAccessKey"]),
                       self.of({**issued, "SessionToken": issued["SessionToken"] + "x"})):
            self.assertEqual(self.refused("InvalidClientTokenId", client.get_caller_identity),
                             "403 The security token included in the request is invalid.")
        self.peer.revoke(issued["AccessKeyId"])
        self.refused("InvalidClientTokenId", self.of(issued).get_caller_identity)
        self.peer.restore(issued["AccessKeyId"])
        self.of(issued).get_caller_identity()

    def test_s3(self):
        issued = self.assume(self.client(), **EXTERNAL)

        def buckets(secret=issued["SecretAccessKey"]):
            client = self.session.create_client(
                "s3", region_name=REGION, endpoint_url=self.ports["sts_url"],
                verify=self.ports["ca_bundle"], aws_access_key_id=issued["AccessKeyId"],
                aws_secret_access_key=secret, aws_session_token=issued["SessionToken"],
                config=Config(retries={"total_max_attempts": 1}))
            self.addCleanup(client.close)
            return client.list_buckets()
        self.assertEqual([], buckets()["Buckets"])
        self.refused("SignatureDoesNotMatch", buckets, "x" * 40)
        self.assertEqual({"ok": 1, "SignatureDoesNotMatch": 1},
                         self.peer.counts("sts")["by_action"]["ListBuckets"])
        self.peer.expire(issued["AccessKeyId"])
        self.refused("ExpiredToken", buckets)

    def test_region(self):
        self.assertIn("valid region", self.refused("SignatureDoesNotMatch", self.client(
            region="eu-west-1").get_caller_identity))

    def test_expired(self):
        self.peer.lifetime(1, role_arn=DEPLOY)
        issued = self.assume(self.client(), DurationSeconds=900, **EXTERNAL)
        client = self.of(issued)
        end = time.monotonic() + 5
        while time.monotonic() < end:       # real expiry: the clock is what is waited for
            try:
                client.get_caller_identity()
            except ClientError:
                break
            time.sleep(0.1)
        self.assertEqual(self.refused("ExpiredToken", client.get_caller_identity),
                         "403 The security token included in the request is expired")
        self.peer.lifetime(None)
        issued = self.assume(self.client(), **EXTERNAL)
        self.peer.expire(issued["AccessKeyId"])
        self.refused("ExpiredToken", self.of(issued).get_caller_identity)

    def test_trust(self):
        client = self.client()
        for role, more in ((DEPLOY, {}), (DEPLOY, {"ExternalId": "other"}), (DEVELOPER, EXTERNAL),
                           (ROLE + "Missing", {})):
            self.assertEqual(self.refused("AccessDenied", self.assume, client, role, **more),
                             "403 User: arn:aws:iam::123456789012:user/deploy is not authorized to "
                             f"perform: sts:AssumeRole on resource: {role}")
        bastion = self.of(self.peer.issue(BASTION))
        self.assume(bastion, UENO, SourceIdentity="ueno")
        self.assertIn("sts:SetSourceIdentity", self.refused(
            "AccessDenied", self.assume, bastion, DEVELOPER, SourceIdentity="ueno"))
        self.assertIn("sts:TagSession", self.refused(
            "AccessDenied", self.assume, bastion, DEVELOPER, Tags=[{"Key": "a", "Value": "b"}]))

    def test_trust_of_a_session(self):
        arn = ROLE + "Made"
        self.addCleanup(self.peer.remove_role, arn)
        self.peer.update_role(arn, trust=["arn:aws:sts::123456789012:assumed-role/Bastion/one"],
                              session_name="[a-z]+", allow_tags=True, allow_source_identity=True)
        one = self.of(self.peer.issue(BASTION, "one"))
        issued = self.assume(one, arn, Tags=[{"Key": "Käse 1", "Value": ""}], SourceIdentity="one",
                             TransitiveTagKeys=["Käse 1"])
        self.refused("AccessDenied", self.assume, one, arn, "UENO")
        self.refused("AccessDenied", self.assume, self.of(self.peer.issue(BASTION, "two")), arn)
        self.peer.update_role(arn, trust=["123456789012"])
        self.assume(self.client(), arn)
        self.assume(self.of(issued), arn)
        self.assertIn("SetSourceIdentity", self.refused(
            "AccessDenied", self.assume, self.of(issued), arn, SourceIdentity="two"))
        self.refused("InvalidParameterValue", self.assume, self.of(issued), arn,
                     Tags=[{"Key": "käse 1", "Value": "x"}])

    def test_durations(self):
        bastion = self.of(self.peer.issue(BASTION))
        self.assertEqual(self.refused("ValidationError", self.assume, bastion, DEVELOPER,
                                      DurationSeconds=3601),
                         "400 The requested DurationSeconds exceeds the 1 hour session limit for "
                         "roles assumed by role chaining.")
        self.peer.update_role(DEPLOY, max_session_duration=7200)
        self.assume(self.client(), DurationSeconds=7200, **EXTERNAL)
        self.assertEqual(self.refused("ValidationError", self.assume, self.client(),
                                      DurationSeconds=7201, **EXTERNAL),
                         "400 The requested DurationSeconds exceeds the MaxSessionDuration set for "
                         "this role.")

    def test_limits(self):
        client = self.client(parameter_validation=False)
        for name, value, text in (
                ("RoleSessionName", "x", "at 'roleSessionName' failed to satisfy constraint: "
                 "Member must have length greater than or equal to 2"),
                ("RoleSessionName", "x" * 65, "length less than or equal to 64"),
                ("RoleSessionName", "a b", r"regular expression pattern: [\w+=,.@-]*"),
                ("RoleSessionName", "käse", r"regular expression pattern: [\w+=,.@-]*"),
                ("RoleSessionName", None, "Value null at 'roleSessionName'"),
                ("DurationSeconds", 899, "value greater than or equal to 900"),
                ("DurationSeconds", 43201, "value less than or equal to 43200"),
                ("Tags", [{"Key": "k;", "Value": ""}], "at 'tags.1.member.key'"),
                ("RoleArn", "arn:aws:iam::123456789012:rolf/x", "rolf/x is invalid")):
            params = {"RoleArn": DEPLOY, "RoleSessionName": "ueno", name: value}
            params = {key: item for key, item in params.items() if item is not None}
            message = self.refused("ValidationError", client.assume_role, **params)
            self.assertIn(text, message)
        self.refused("MalformedPolicyDocument", self.assume, client, Policy="{", **EXTERNAL)
        policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*"}]}'
        self.assertEqual(client.assume_role(RoleArn=DEPLOY, RoleSessionName="u2", Policy=policy,
                                            **EXTERNAL)["PackedPolicySize"], 2)

    def test_session_token(self):
        self.peer.update_user("arn:aws:iam::123456789012:user/deploy",
                              mfa={"serial": "arn:aws:iam::1:mfa/d", "codes": ["123456"]})
        self.peer.update_role(ROLE + "Mfa", require_mfa=True, trust=["123456789012"])
        self.addCleanup(self.peer.remove_role, ROLE + "Mfa")
        client = self.client()
        self.refused("AccessDenied", self.assume, client, ROLE + "Mfa")
        mfa = {"SerialNumber": "arn:aws:iam::1:mfa/d", "TokenCode": "123456"}
        issued = client.get_session_token(**mfa)["Credentials"]
        self.assertIn("invalid MFA one time pass code",
                      self.refused("AccessDenied", client.get_session_token, **mfa))
        self.assume(self.of(issued), ROLE + "Mfa")
        self.refused("AccessDenied", self.of(issued).get_session_token)
        self.assertNotIn("123456\"", json.dumps(self.peer.requests(action="GetSessionToken")))

    def test_requests_that_are_wrong(self):
        for body, code in (("Action=Nothing&Version=2011-06-15", "InvalidAction"),
                           ("Action=GetCallerIdentity&Version=2010-01-01", "NoSuchVersion"),
                           (CALLER + "&More=1", "UnknownParameter"),
                           (ASSUME + "&RoleArn=x", "MalformedQueryString")):
            response, text = self.raw(body, {"Accept": "application/json"})
            self.assertEqual((response.status, json.loads(text)["Error"]["Code"]), (400, code))
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(self.ports["sts_plain_url"], CALLER.encode())
        with caught.exception as error:
            self.assertEqual(error.code, 403)
            self.assertIn(b"<Code>MissingAuthenticationToken</Code>", error.read())

    def test_shapes(self):
        response, text = self.raw(ASSUME, {"Accept": "application/json"})
        self.assertEqual(response.getheader("Content-Type"), "application/json")
        self.assertRegex(text.decode(), r'"Expiration":1\.\d+E9,')
        reply = json.loads(text)["AssumeRoleResponse"]
        self.assertEqual(sorted(reply["AssumeRoleResult"]), [
            "AssumedRoleUser", "Credentials", "PackedPolicySize", "SourceIdentity"])
        self.assertEqual(response.getheader("x-amzn-RequestId"),
                         reply["ResponseMetadata"]["RequestId"])
        self.assertAlmostEqual(reply["AssumeRoleResult"]["Credentials"]["Expiration"],
                               time.time() + 3600, delta=10)
        for form, pattern in (("json-integer", rb'"Expiration":\d{10},'),
                              ("json-iso", rb'"Expiration":"[\d-]+T[\d:]+Z"'),
                              ("xml", rb"<SessionToken>IQ\S+</SessionToken>\n"),
                              ("xml-padded", rb"<SessionToken>\s+IQ\S+\s+</SessionToken>\n")):
            self.peer.reply_format(form)
            self.assertRegex(self.raw(ASSUME, {"Accept": "application/json"})[1], pattern)
        self.peer.reply_format()
        response, text = self.raw(CALLER, method="GET")
        self.assertEqual(response.getheader("Content-Type"), "text/xml")
        self.assertTrue(text.startswith(
            b'<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'))

    def signed_with(self, replace=(), drop=None):
        """Error code for a good request after its head was changed."""
        url = self.ports["sts_plain_url"]
        request = AWSRequest("POST", url + "/", {"X-Amz-Extra": "a  b"}, CALLER.encode())
        request.headers["Content-Type"] = "application/x-www-form-urlencoded"
        SigV4Auth(Credentials(KEY, SECRET), "sts", REGION).add_auth(request)
        headers = dict(request.headers)
        headers.update(replace)
        headers["Authorization"] = headers["Authorization"].replace(*(drop or ("", "")))
        sent = urllib.request.Request(url + "/", CALLER.encode(), headers)
        try:
            with urllib.request.urlopen(sent):
                return None
        except urllib.error.HTTPError as error:
            with error:
                return re.search("<Code>(.*?)</Code>", error.read().decode()).group(1)

    def test_signed_headers(self):
        mismatch = "SignatureDoesNotMatch"
        self.assertIsNone(self.signed_with())
        self.assertIsNone(self.signed_with({"User-Agent": "not signed", "X-Amz-Extra": "a b"}))
        self.assertEqual(self.signed_with({"X-Amz-Extra": "c"}), mismatch)
        self.assertEqual(self.signed_with({"Host": "localhost"}), mismatch)
        self.assertEqual(self.signed_with({"X-Amz-Other": "unsigned"}), mismatch)
        self.assertEqual(self.signed_with(drop=(";x-amz-date", "")), mismatch)
        self.assertEqual(self.signed_with(drop=("/sts/", "/s3/")), mismatch)
        self.assertEqual(self.signed_with(drop=(REGION, "us-east-1")), mismatch)
        self.assertEqual(self.signed_with(drop=("host;", "host;nothing;")), mismatch)
        self.assertEqual(self.signed_with(drop=("Signature=", "Sig=")), "IncompleteSignature")
        self.assertEqual(self.signed_with({"Host": "sts.us-east-1.amazonaws.com"}), mismatch)
        self.assertIn("valid region", self.peer.requests()[-1]["message"])

    @unittest.skipUnless(shutil.which("curl"), "no curl")
    def test_curl_signs_too(self):
        def curl(secret):
            return subprocess.run(
                ["curl", "-s", "--capath", self.ports["ca_directory"],
                 "--aws-sigv4", f"aws:amz:{REGION}:sts", "--user", f"{KEY}:{secret}",
                 "--data", CALLER, self.ports["sts_url"]], capture_output=True).stdout
        self.assertIn(b"<Arn>arn:aws:iam::123456789012:user/deploy</Arn>", curl(SECRET))
        self.assertIn(b"SignatureDoesNotMatch", curl("wrong"))

    @unittest.skipUnless(shutil.which("aws", path="/usr/bin"), "no awscli")
    def test_awscli(self):
        def aws(issued):
            return subprocess.run(
                ["/usr/bin/aws", "sts", "get-caller-identity", "--endpoint-url",
                 self.ports["sts_url"], "--region", REGION, "--output", "json"],
                env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent",
                     "AWS_CA_BUNDLE": self.ports["ca_bundle"],
                     "AWS_ACCESS_KEY_ID": issued["AccessKeyId"],
                     "AWS_SECRET_ACCESS_KEY": issued["SecretAccessKey"],
                     "AWS_SESSION_TOKEN": issued["SessionToken"]}, capture_output=True, text=True)
        issued = self.peer.issue(DEVELOPER, "ueno")
        self.assertEqual(json.loads(aws(issued).stdout)["Arn"],
                         "arn:aws:sts::123456789012:assumed-role/Developer/ueno")
        result = aws({**issued, "SecretAccessKey": "other"})
        self.assertIn("(SignatureDoesNotMatch)", result.stderr)
        self.assertNotEqual(result.returncode, 0)

    def test_certificates(self):
        for item in self.ports["sts"]:
            if item["certificate"] in (None, "good"):
                continue
            with self.subTest(item["certificate"]), self.assertRaises(SSLError):
                self.client(url=item["url"].replace("127.0.0.1", "localhost")).get_caller_identity()
        self.client(url=self.ports["sts"][0]["url"]).get_caller_identity()

    @unittest.skipUnless(shutil.which("openssl"), "no openssl")
    def test_hashed_directory(self):
        result = subprocess.run(["openssl", "x509", "-hash", "-noout", "-in",
                                 self.ports["ca_bundle"]], capture_output=True, text=True)
        self.assertEqual([os.path.basename(path) for path in
                          glob.glob(self.ports["ca_directory"] + "/*")],
                         [result.stdout.strip() + ".0"])
