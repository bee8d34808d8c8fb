# SPDX-License-Identifier: BSD-3-Clause
"""Checks a request's signature. The computing is botocore's: this file only takes the header apart
and tells in AWS's words what is wrong.

Rules: the SigV4 chapter of the AWS General Reference (the host and every x-amz-* header must be
signed); the 15 minutes and the messages as STS sends them.
"""

import calendar
import email.utils
import hmac
import re
import time

from botocore.auth import SIGV4_TIMESTAMP, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from .replies import AwsError

WINDOW = 15 * 60
ALGORITHM = "AWS4-HMAC-SHA256"
MISMATCH = ("The request signature we calculated does not match the signature you provided. Check "
            "your AWS Secret Access Key and signing method. Consult the service documentation for "
            "details.")
_AWS_HOST = re.compile(r"sts(?:-fips)?(?:\.([a-z0-9-]+))?\.(?:amazonaws\.com|api\.aws)(?:\.cn)?"
                       r"(?::\d+)?")


class _Auth(SigV4Auth):
    """botocore's signer, made to take the headers that the client says it signed."""

    def __init__(self, credentials, service, region, signed):
        super().__init__(credentials, service, region)
        self._signed = signed

    def headers_to_sign(self, request):
        headers = HTTPHeaders()
        for name, value in request.headers.items():
            if name.lower() in self._signed:
                headers[name.lower()] = value
        return headers


class Signed:
    """The parts of an Authorization header; nothing is believed yet."""

    def __init__(self, request):
        text = request.header("authorization")
        if not text:
            raise AwsError("MissingAuthenticationToken",
                           "Request is missing Authentication Token")
        algorithm, _, rest = text.partition(" ")
        if algorithm != ALGORITHM:
            raise AwsError("IncompleteSignature", f"Unsupported AWS 'algorithm': '{algorithm}'.")
        parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
        missing = [name for name in ("Credential", "Signature", "SignedHeaders")
                   if not parts.get(name)]
        if missing:
            words = " ".join(f"Authorization header requires '{name}' parameter."
                             for name in missing)
            raise AwsError("IncompleteSignature", f"{words} Authorization={algorithm}")
        scope = parts["Credential"].split("/")
        if len(scope) != 5:
            raise AwsError("IncompleteSignature", "Credential must have exactly 5 slash-delimited "
                           "elements, e.g. keyid/date/region/service/term, got "
                           f"'{parts['Credential']}'")
        self.key, self.date, self.region, self.service, self.term = scope
        self.names = parts["SignedHeaders"].split(";")
        self.signature = parts["Signature"]
        self.token = request.header("x-amz-security-token")
        self.stamp = _stamp(request)


def _stamp(request):
    """The time that the client signed, as 20261123T160405Z."""
    text = request.header("x-amz-date")
    if text and re.fullmatch(r"\d{8}T\d{6}Z", text):
        return text
    if not text and request.header("date"):
        try:
            moment = email.utils.parsedate_to_datetime(request.header("date"))
            return time.strftime(SIGV4_TIMESTAMP, time.gmtime(moment.timestamp()))
        except (TypeError, ValueError):
            pass
    if text or request.header("date"):
        raise AwsError("IncompleteSignature", "Date must be in ISO-8601 'basic format'. Got "
                       f"'{text or request.header('date')}'. See http://en.wikipedia.org/wiki/"
                       "ISO_8601")
    raise AwsError("IncompleteSignature", "Authorization header requires existence of either a "
                   "'X-Amz-Date' or a 'Date' header.")


def _mismatch(message):
    return AwsError("SignatureDoesNotMatch", message)


def _expected_regions(host, regions):
    match = _AWS_HOST.fullmatch(host or "")
    if match:
        return [match.group(1) or "us-east-1"]
    return regions


def check_scope(signed, request, regions, service="sts"):
    """The credential scope and the list of signed headers. regions None: any."""
    if signed.date != signed.stamp[:8]:
        raise _mismatch("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of "
                        f"date from HTTP: '{signed.date}' != '{signed.stamp[:8]}', from "
                        f"'{signed.stamp}'.")
    wanted = _expected_regions(request.header("host"), regions)
    if not re.fullmatch(r"[a-z0-9-]+", signed.region) or wanted and signed.region not in wanted:
        raise _mismatch("Credential should be scoped to a valid region. ")
    if signed.service != service:
        raise _mismatch(f"Credential should be scoped to correct service: '{service}'. ")
    if signed.term != "aws4_request":
        raise _mismatch("Credential should be scoped with a valid terminator: 'aws4_request', not "
                        f"'{signed.term}'. ")
    if signed.names != sorted(signed.names) or any(name != name.lower() for name in signed.names):
        raise _mismatch("SignedHeaders must be lower case and sorted.")
    present = {name for name, _ in request.headers}
    for name in signed.names:
        if name not in present:
            raise _mismatch(f"The header '{name}' is a 'SignedHeader' and is not in the request.")
    for name in ["host"] + sorted(name for name in present if name.startswith("x-amz-")):
        if name not in signed.names:
            raise _mismatch(f"'{name.title()}' must be a 'SignedHeader' in the AWS Authorization.")


def check_clock(signed, now):
    """The window of 15 minutes to either side, in AWS's words."""
    try:
        then = calendar.timegm(time.strptime(signed.stamp, SIGV4_TIMESTAMP))
    except ValueError:
        raise AwsError("IncompleteSignature", f"Date is no date: '{signed.stamp}'.") from None

    def show(seconds):
        return time.strftime(SIGV4_TIMESTAMP, time.gmtime(seconds))

    if then < now - WINDOW:
        raise _mismatch(f"Signature expired: {signed.stamp} is now earlier than "
                        f"{show(now - WINDOW)} ({show(now)} - 15 min.)")
    if then > now + WINDOW:
        raise _mismatch(f"Signature not yet current: {signed.stamp} is still later than "
                        f"{show(now + WINDOW)} ({show(now)} + 15 min.)")


def check(signed, request, secret):
    """Recomputes the signature with botocore and compares. AwsError where it differs."""
    scheme = "https" if request.tls else "http"
    theirs = AWSRequest(method=request.method,
                        url=f"{scheme}://{request.header('host')}{request.target}",
                        data=request.body)
    for name, value in request.headers:
        # http.server decodes header bytes as Latin-1; what was signed are the bytes.
        theirs.headers.add_header(name, value.encode("latin-1").decode("utf-8", "replace"))
    theirs.context["timestamp"] = signed.stamp
    auth = _Auth(Credentials(signed.key, secret, signed.token), signed.service, signed.region,
                 set(signed.names))
    claimed = request.header("x-amz-content-sha256")
    if claimed is not None and claimed != auth.payload(theirs):
        raise _mismatch("The provided 'x-amz-content-sha256' header does not match what was "
                        "computed.")
    text = auth.string_to_sign(theirs, auth.canonical_request(theirs))
    if not hmac.compare_digest(auth.signature(text, theirs).encode(),
                               signed.signature.encode("utf-8", "replace")):
        raise _mismatch(MISMATCH)
