# SPDX-License-Identifier: BSD-3-Clause
"""The instance metadata service, version 2 only."""

import json
import re
import secrets
import threading
import time

from .messages import Answer
from .replies import AwsError, timestamp

TTL_MAX = 21600
LIFETIME = 6 * 3600
ROTATE_BEFORE = 5 * 60
_CREDENTIALS = "/latest/meta-data/iam/security-credentials"
_ACTIONS = {"/latest/api/token": "token", _CREDENTIALS: "role", _CREDENTIALS + "/": "role",
            "/latest/meta-data/iam/info": "info", "/latest/meta-data/placement/region": "region",
            "/latest/meta-data/instance-id": "instance-id",
            "/latest/dynamic/instance-identity/document": "document"}
_TITLES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
           405: "Method Not Allowed"}


def _error(status):
    title = f"{status} - {_TITLES[status]}"
    page = ('<?xml version="1.0" encoding="iso-8859-1"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML '
            '1.0 Transitional//EN"\n\t"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n'
            f'<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">\n <head>\n  '
            f"<title>{title}</title>\n </head>\n <body>\n  <h1>{title}</h1>\n </body>\n</html>\n")
    return Answer(status, page.encode(), "text/html", [("Server", "EC2ws")], outcome=str(status))


def _text(content, kind="text/plain"):
    return Answer(200, content.encode(), kind, [("Server", "EC2ws"), ("Accept-Ranges", "none")])


def _document(values):
    return json.dumps(values, indent=2)


class Imds:
    """The service; record_v1 is called for each attempt without a token."""

    def __init__(self, directory, config, record_v1):
        self._directory, self._record_v1 = directory, record_v1
        self._lock = threading.Lock()
        self._tokens = {}
        self._issued = None
        self._role = config.get("role")
        self._region = config.get("region", "us-east-1")
        self._instance = config.get("instance_id", "i-0123456789abcdef0")
        self._lifetime = config.get("lifetime_seconds")

    def describe(self, request):
        """(action, {}) for faults and the record."""
        path = request.path
        if path in _ACTIONS:
            return _ACTIONS[path], {}
        return "credentials" if path.startswith(_CREDENTIALS + "/") else "other", {}

    def set_role(self, arn):
        """The instance profile's role; None: no profile."""
        with self._lock:
            self._role, self._issued = arn, None

    def set_lifetime(self, seconds, _role_arn=None):
        """Credentials made from now on live so long; those that are there are dropped."""
        with self._lock:
            self._lifetime, self._issued = seconds, None

    def expire_tokens(self):
        """No session token given out so far is good any more."""
        with self._lock:
            self._tokens.clear()

    @staticmethod
    def refuse(_request, error):
        """What IMDS says when it cannot give credentials: 200 and a Code that is not Success."""
        return Answer(200, _document({"Code": error.code, "Message": error.message,
                                      "LastUpdated": timestamp(time.time())}).encode(),
                      "text/plain", [("Server", "EC2ws")], outcome=error.code)

    def answer(self, request):
        """The whole of it, as an Answer."""
        action, _ = self.describe(request)
        if action == "token":
            return self._token(request)
        if request.method not in ("GET", "HEAD"):
            return _error(405)
        token = request.header("x-aws-ec2-metadata-token")
        if token is None:
            self._record_v1()
            return _error(401)
        with self._lock:
            good = self._tokens.get(token, 0) > time.monotonic()
        return self._get(action, request) if good else _error(401)

    def _token(self, request):
        if request.method != "PUT":
            return _error(405)
        if request.header("x-forwarded-for") is not None:
            return _error(403)
        ttl = request.header("x-aws-ec2-metadata-token-ttl-seconds", "")
        if not re.fullmatch(r"[0-9]{1,5}", ttl) or not 1 <= int(ttl) <= TTL_MAX:
            return _error(400)
        token = secrets.token_urlsafe(40) + "=="
        with self._lock:
            self._tokens[token] = time.monotonic() + int(ttl)
        answer = _text(token)
        answer.headers.append(("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", ttl))
        return answer

    def _get(self, action, request):
        with self._lock:
            arn = self._role
        name = arn.rpartition("/")[2] if arn else None
        if action == "region":
            return _text(self._region)
        if action == "instance-id":
            return _text(self._instance)
        if action == "document":
            account = arn.split(":")[4] if arn else "123456789012"
            return _text(_document({
                "accountId": account, "architecture": "x86_64",
                "availabilityZone": self._region + "a", "instanceId": self._instance,
                "instanceType": "t3.micro", "region": self._region, "version": "2017-09-30"}))
        if arn is None:
            return _error(404)
        if action == "role":
            return _text(name)
        if action == "info":
            profile = arn.replace(":role/", ":instance-profile/")
            return _text(_document({"Code": "Success", "LastUpdated": timestamp(request.now),
                                    "InstanceProfileArn": profile}))
        if action == "credentials" and request.path == f"{_CREDENTIALS}/{name}":
            return self._credentials(arn, request.now)
        return _error(404)

    def _credentials(self, arn, now):
        """The instance's credentials; the same ones until shortly before they end."""
        with self._lock:
            role = self._directory.role(arn)
            if role is None:
                return self.refuse(None, AwsError(
                    "AssumeRoleUnauthorizedAccess", "EC2 cannot assume the role "
                    f"{arn.rpartition('/')[2]}. Please see documentation at "
                    "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_iam-ec2.html."))
            life = LIFETIME if self._lifetime is None else self._lifetime
            early = min(ROTATE_BEFORE, max(life, 0) // 2)
            if self._issued is None or self._issued["Expiration"] - early <= time.time():
                self._issued, _ = self._directory.issue_role(role, self._instance, life)
                self._issued["made"] = time.time()
            issued = self._issued
        skew = round(now - time.time())
        answer = _text(_document({
            "Code": "Success", "LastUpdated": timestamp(issued["made"] + skew), "Type": "AWS-HMAC",
            "AccessKeyId": issued["AccessKeyId"], "SecretAccessKey": issued["SecretAccessKey"],
            "Token": issued["SessionToken"],
            "Expiration": timestamp(issued["Expiration"] + skew)}))
        answer.access_key_id = issued["AccessKeyId"]
        return answer
