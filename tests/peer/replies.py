# SPDX-License-Identifier: BSD-3-Clause
"""AWS's answers on the wire: XML and JSON, success and error.

A result is a dict of dicts; an Expiration is epoch seconds (a number) in it, and is written as each
form has it: XML "2026-11-24T17:50:15Z", JSON 1.764003015E9.
"""

import json
import time
import uuid
from xml.sax.saxutils import escape

from .messages import Answer

NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
S3_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
FORMATS = ("auto", "json", "xml", "json-integer", "json-iso", "xml-padded")
# AWS answers each error code with a status of its own; what is not here is 400.
STATUS = {
    "AccessDenied": 403, "ExpiredToken": 403, "InvalidClientTokenId": 403,
    "MissingAuthenticationToken": 403, "SignatureDoesNotMatch": 403,
    "RegionDisabledException": 403, "UnknownOperationException": 404,
    "TooManyRequestsException": 429, "InternalFailure": 500, "ServiceUnavailable": 503,
}
# JSON names these even where they have no value.
NULLABLE = {"AssumeRole": ("PackedPolicySize", "SourceIdentity")}


class AwsError(Exception):
    """A refusal: AWS's code, its message, the HTTP status."""

    def __init__(self, code, message, status=None, kind=None, caller=None, key=None):
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message
        self.status = status or STATUS.get(code, 400)
        self.kind = kind or ("Receiver" if self.status >= 500 else "Sender")
        self.caller, self.key = caller, key


def timestamp(seconds):
    """2026-11-24T17:50:15Z"""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _exponent(seconds):
    """AWS's serialiser writes epoch seconds as a double: 1.764003015E9."""
    digits = str(int(seconds))
    if digits.startswith("-") or len(digits) < 2:
        return digits
    return f"{digits[0]}.{digits[1:].rstrip('0') or '0'}E{len(digits) - 1}"


def _json(value, form):
    if isinstance(value, dict):
        parts = []
        for key, item in sorted(value.items()):
            text = _expiration(item, form) if key == "Expiration" else _json(item, form)
            parts.append(f"{json.dumps(key)}:{text}")
        return "{" + ",".join(parts) + "}"
    return json.dumps(value)


def _expiration(seconds, form):
    if form == "json-integer":
        return str(int(seconds))
    if form == "json-iso":
        return json.dumps(timestamp(seconds))
    return _exponent(seconds)


def _xml(value, form, indent):
    pad = "  " * indent
    lines = []
    for key, item in value.items():
        if isinstance(item, dict):
            lines.append(f"{pad}<{key}>\n{_xml(item, form, indent + 1)}{pad}</{key}>\n")
        elif item is not None:
            text = timestamp(item) if key == "Expiration" else escape(str(item))
            if key == "SessionToken" and form == "xml-padded":
                text = f"\n{pad}  {text}\n{pad}"
            lines.append(f"{pad}<{key}>{text}</{key}>\n")
    return "".join(lines)


def choose(accept, wanted):
    """The form of an answer: what was set by control, else what the client accepts."""
    if wanted != "auto":
        return wanted
    return "json" if "application/json" in (accept or "") else "xml"


def _answer(form, status, name, content, request_id):
    headers = [("x-amzn-RequestId", request_id)]
    if form.startswith("json"):
        return Answer(status, _json(content, form).encode(), "application/json", headers)
    text = f'<{name} xmlns="{NAMESPACE}">\n{_xml(content, form, 1)}</{name}>\n'
    return Answer(status, text.encode(), "text/xml", headers)


def success(action, result, form):
    """The answer to a call that went well."""
    request_id = str(uuid.uuid4())
    if form.startswith("json"):
        result = {**dict.fromkeys(NULLABLE.get(action, ())), **result}
    content = {f"{action}Result": result, "ResponseMetadata": {"RequestId": request_id}}
    if form.startswith("json"):
        content = {f"{action}Response": content}
    return _answer(form, 200, f"{action}Response", content, request_id)


def failure(error, form):
    """The answer that carries an AwsError."""
    request_id = str(uuid.uuid4())
    content = {"Error": {"Type": error.kind, "Code": error.code, "Message": error.message},
               "RequestId": request_id}
    answer = _answer(form, error.status, "ErrorResponse", content, request_id)
    answer.outcome, answer.message = error.code, error.message
    answer.caller, answer.access_key_id = error.caller, error.key
    return answer


def s3_buckets(owner):
    """ListBuckets of an owner who has none."""
    text = (f'<?xml version="1.0" encoding="UTF-8"?>\n<ListAllMyBucketsResult xmlns="{S3_NAMESPACE}">'
            f"<Owner><ID>{escape(owner)}</ID></Owner><Buckets></Buckets></ListAllMyBucketsResult>")
    return Answer(200, text.encode(), "application/xml",
                  [("x-amz-request-id", uuid.uuid4().hex[:16].upper())])


def s3_failure(error):
    """An AwsError as S3 writes it."""
    text = ('<?xml version="1.0" encoding="UTF-8"?>\n<Error>'
            f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message></Error>")
    answer = Answer(error.status, text.encode(), "application/xml")
    answer.outcome, answer.message = error.code, error.message
    answer.caller, answer.access_key_id = error.caller, error.key
    return answer
