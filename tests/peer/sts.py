# SPDX-License-Identifier: BSD-3-Clause
"""The STS service: who is calling, may they, and what they get.

Messages and codes as AWS sends them; trust is what the configuration says of each role.
"""

import json
import math
import re
import threading
import time
from urllib.parse import parse_qsl

from . import model, replies, signature
from .replies import AwsError

ROLE_CHAINING_MAX = 3600
ROOT_SESSION_MAX = 3600
USERS_ONLY = ("GetSessionToken", "GetFederationToken")
# AWS packs policies and tags into the token; what fits is not published, this is the order of it.
PACKED_BYTES = 4096
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\x21-\x7e]+", re.ASCII)


def _form(request):
    """The parameters of a request, wherever they are; a name given twice is refused."""
    pairs = parse_qsl(request.query, keep_blank_values=True)
    if request.method == "POST":
        kind = (request.header("content-type") or "").partition(";")[0].strip().lower()
        if kind != "application/x-www-form-urlencoded":
            raise AwsError("UnknownOperationException", "")
        try:
            text = request.body.decode("ascii")
            pairs += parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text),
                               errors="strict")
        except ValueError:
            raise AwsError("MalformedQueryString",
                           "The query string contains a syntax error") from None
    params = dict(pairs)
    if len(params) != len(pairs):
        raise AwsError("MalformedQueryString", "A parameter is given more than once")
    return params


def _check_policy(text):
    """A session policy's outer grammar; what it allows is not judged."""
    try:
        policy = json.loads(text)
        statements = policy["Statement"]
        for item in statements if isinstance(statements, list) else [statements]:
            if item["Effect"] not in ("Allow", "Deny") or not {"Action", "NotAction"} & set(item):
                raise KeyError("Action")
    except json.JSONDecodeError:
        raise AwsError("MalformedPolicyDocument", "This policy contains invalid Json") from None
    except (KeyError, TypeError):
        raise AwsError("MalformedPolicyDocument", "Syntax errors in policy.") from None


def _packed_size(arguments):
    """PackedPolicySize in percent, or None where nothing is packed."""
    size = len(arguments.get("Policy", "").encode())
    size += sum(len(item["arn"]) for item in arguments.get("PolicyArns", ()))
    size += sum(len(tag["Key"].encode()) + len(tag["Value"].encode())
                for tag in arguments.get("Tags", ()))
    if not size:
        return None
    percent = math.ceil(100 * size / PACKED_BYTES)
    if percent > 100:
        raise AwsError("PackedPolicyTooLarge", "Packed policy consumes "
                       f"{percent}% of allotted space, please use smaller policy.")
    return percent


def _tags(arguments, caller):
    """Checks Tags and TransitiveTagKeys; the tags that pass on to the next link of a chain."""
    tags = {}
    for tag in arguments.get("Tags", ()):
        if tag["Key"].lower() in (key.lower() for key in tags):
            raise AwsError("InvalidParameterValue", "Duplicate tag keys found. Please note that "
                           "Tag keys are case insensitive.")
        tags[tag["Key"]] = tag["Value"]
    carried = {key.lower() for key in caller.transitive}
    for key in tags:
        if key.lower() in carried:
            raise AwsError("InvalidParameterValue", "One of the specified transitive tag keys "
                           "can't be set because it conflicts with a transitive tag key from the "
                           "calling session.")
    transitive = dict(caller.transitive)
    for key in arguments.get("TransitiveTagKeys", ()):
        if key not in tags:
            raise AwsError("ValidationError", "The specified transitive tag key must be included "
                           "in the requested tags.")
        transitive[key] = tags[key]
    return transitive


def _is_for_s3(request):
    return (request.method == "GET" and request.path == "/" and
            "/s3/aws4_request" in (request.header("authorization") or ""))


class Sts:
    """The service. describe() believes nothing; answer() checks everything."""

    def __init__(self, directory, regions=None, lifetime=None):
        self._directory, self._regions = directory, regions
        self._lock = threading.Lock()
        self._lifetime, self._role_lifetimes = lifetime, {}
        self._format = "auto"
        self._actions = {"AssumeRole": self._assume_role,
                         "GetCallerIdentity": self._get_caller_identity,
                         "GetSessionToken": self._get_session_token}

    def set_format(self, form):
        """One of replies.FORMATS."""
        if form not in replies.FORMATS:
            raise ValueError(f"reply_format is one of {', '.join(replies.FORMATS)}")
        self._format = form

    def set_lifetime(self, seconds, role_arn=None):
        """Overrides what was asked for; None ends that."""
        with self._lock:
            if role_arn is None:
                self._lifetime = seconds
                self._role_lifetimes.clear()
            else:
                self._role_lifetimes[role_arn] = seconds

    def _life(self, asked, role_arn=None):
        with self._lock:
            override = self._role_lifetimes.get(role_arn, self._lifetime)
        return asked if override is None else override

    def describe(self, request):
        """(action, parameters) for faults and the record."""
        if _is_for_s3(request):
            return "ListBuckets", {}
        try:
            params = _form(request)
        except AwsError:
            return "other", {}
        return params.get("Action") or "other", params

    def refuse(self, request, error):
        """An AWS error in the form that the client asked for."""
        return replies.failure(error, replies.choose(request.header("accept"), self._format))

    def answer(self, request):
        """The whole of it, as an Answer."""
        if _is_for_s3(request):
            return self._list_buckets(request)
        form = replies.choose(request.header("accept"), self._format)
        caller = key = None
        try:
            if request.path != "/":
                raise AwsError("UnknownOperationException", "")
            params = _form(request)
            caller, key = self._authenticate(request)
            action = model.operation(params)
            if caller.temporary and action in USERS_ONLY:
                raise AwsError("AccessDenied", f"Cannot call {action} with session credentials")
            if action not in self._actions:
                raise AwsError("InvalidAction", f"The peer does not do {action}")
            arguments = model.validate(action, params)
            result = self._actions[action](caller, arguments, request.now)
            answer = replies.success(action, result, form)
        except AwsError as error:
            answer = replies.failure(error, form)
        if caller:
            answer.caller, answer.access_key_id = caller.arn, key
        return answer

    def _list_buckets(self, request):
        """S3's, of somebody who has none: for clients that know S3 and no STS."""
        try:
            caller, key = self._authenticate(request, "s3")
            answer = replies.s3_buckets(caller.user_id)
            answer.caller, answer.access_key_id = caller.arn, key
        except AwsError as error:
            answer = replies.s3_failure(error)
        return answer

    def _authenticate(self, request, service="sts"):
        signed = signature.Signed(request)
        try:
            signature.check_scope(signed, request, self._regions, service)
            signature.check_clock(signed, request.now)
            secret, caller = self._directory.secret(signed.key, signed.token)
            signature.check(signed, request, secret)
            self._directory.check_expiry(signed.key)
        except AwsError as error:
            error.key = signed.key
            raise
        return caller, signed.key

    @staticmethod
    def _get_caller_identity(caller, _arguments, _now):
        return {"Arn": caller.arn, "UserId": caller.user_id, "Account": caller.account}

    def _get_session_token(self, caller, arguments, now):
        seconds = arguments.get("DurationSeconds", 43200)
        if caller.user.root:
            seconds = min(seconds, ROOT_SESSION_MAX)
        mfa = self._mfa(caller, arguments, now)
        issued, _ = self._directory.issue_user(caller.user, self._life(seconds), mfa)
        return {"Credentials": self._shown(issued, now)}

    def _mfa(self, caller, arguments, now):
        """When the caller has shown a code, this one or the one of its session; None: never."""
        serial, code = arguments.get("SerialNumber"), arguments.get("TokenCode")
        if (serial is None) != (code is None):
            raise AwsError("AccessDenied", "MultiFactorAuthentication failed, must provide both "
                           "MFA serial number and one time pass code.")
        if serial is None:
            return caller.mfa
        self._directory.use_code(caller.user, serial, code, now)
        return time.time()

    @staticmethod
    def _shown(issued, now):
        """Expiration as the server's clock has it: skewed like its Date."""
        return {**issued, "Expiration": issued["Expiration"] + round(now - time.time())}

    def _assume_role(self, caller, arguments, now):
        arn, name = arguments["RoleArn"], arguments["RoleSessionName"]
        if not _ROLE_ARN.fullmatch(arn):
            raise AwsError("ValidationError", f"{arn} is invalid")
        role = self._directory.role(arn)
        seconds = arguments.get("DurationSeconds", 3600)
        source = arguments.get("SourceIdentity") or caller.source_identity
        transitive = _tags(arguments, caller)
        if "Policy" in arguments:
            _check_policy(arguments["Policy"])
        packed = _packed_size(arguments)
        self._trusted(caller, role, arguments, source, transitive, now)
        # AWS counts GetSessionToken's and AWS Sign-In's credentials among those that chain.
        if caller.temporary and seconds > ROLE_CHAINING_MAX:
            raise AwsError("ValidationError", "The requested DurationSeconds exceeds the 1 hour "
                           "session limit for roles assumed by role chaining.")
        if seconds > role.max_session_duration:
            raise AwsError("ValidationError", "The requested DurationSeconds exceeds the "
                           "MaxSessionDuration set for this role.")
        issued, session = self._directory.issue_role(
            role, name, self._life(seconds, arn), source_identity=source, transitive=transitive)
        result = {"AssumedRoleUser": {"AssumedRoleId": session.user_id, "Arn": session.arn},
                  "Credentials": self._shown(issued, now)}
        if packed is not None:
            result["PackedPolicySize"] = packed
        if source:
            result["SourceIdentity"] = source
        return result

    def _trusted(self, caller, role, arguments, source, transitive, now):
        """The role's trust policy; AccessDenied tells which action failed, as AWS does."""
        def denied(action):
            return AwsError("AccessDenied", f"User: {caller.arn} is not authorized to perform: "
                            f"sts:{action} on resource: {arguments['RoleArn']}")

        if caller.user and caller.user.root:
            raise AwsError("AccessDenied", "Roles may not be assumed by root accounts.")
        if role is None or not caller.principals() & set(role.trust):
            raise denied("AssumeRole")
        if role.external_id is not None and arguments.get("ExternalId") != role.external_id:
            raise denied("AssumeRole")
        if role.session_name and not re.fullmatch(role.session_name, arguments["RoleSessionName"]):
            raise denied("AssumeRole")
        mfa = self._mfa(caller, arguments, now)
        if role.require_mfa and mfa is None:
            raise denied("AssumeRole")
        if role.mfa_max_age is not None and (mfa is None or time.time() - mfa > role.mfa_max_age):
            raise denied("AssumeRole")
        if (arguments.get("Tags") or transitive) and not role.allow_tags:
            raise denied("TagSession")
        if source and not role.allow_source_identity:
            raise denied("SetSourceIdentity")
        if caller.source_identity not in (None, source):
            raise denied("SetSourceIdentity")
