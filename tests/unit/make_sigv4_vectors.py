#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes sigv4_vectors.h: requests and their signatures as botocore computes them.

    /usr/bin/python3 tests/unit/make_sigv4_vectors.py > tests/unit/sigv4_vectors.h
"""

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = "IQoJb3JpZ2luX2VjEXAMPLE/+=="
FORM = "application/x-www-form-urlencoded; charset=utf-8"
JSON = "application/json"

# name, method, host, path, query, headers, body, region, service, timestamp, token
REQUESTS = [
    ("AssumeRole", "POST", "sts.eu-west-1.amazonaws.com", "/", "",
     [("Content-Type", FORM), ("Accept", JSON)],
     "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2FD"
     "&RoleSessionName=alice", "eu-west-1", "sts", "20260102T030405Z", ""),
    ("AssumeRole with a session token", "POST", "sts.amazonaws.com", "/", "",
     [("Accept", JSON), ("Content-Type", FORM)], "Action=AssumeRole&Version=2011-06-15",
     "us-east-1", "sts", "20261231T235959Z", TOKEN),
    ("a token of 4 KiB", "POST", "sts.us-gov-west-1.amazonaws.com", "/", "",
     [("Content-Type", FORM)], "Action=GetCallerIdentity&Version=2011-06-15", "us-gov-west-1",
     "sts", "20280229T120000Z", "FwoGZXIvYXdzE" + "x/+=" * 1020),
    ("a port in the host", "POST", "127.0.0.1:8443", "/", "", [("Content-Type", FORM)],
     "Action=GetCallerIdentity&Version=2011-06-15", "us-east-1", "sts", "20260301T000000Z", ""),
    ("no body", "GET", "sts.amazonaws.com", "/", "Action=GetCallerIdentity&Version=2011-06-15",
     [], "", "us-east-1", "sts", "20260301T000001Z", ""),
    ("a query in no order", "GET", "example.amazonaws.com", "/a/b",
     "b=2&a=1&b=1&a-b=3&B=0&empty=&e%20f=%2F", [], "", "us-east-1", "service",
     "20150830T123600Z", ""),
    ("a path with dots", "GET", "example.amazonaws.com", "/a/./b/../c//d/", "", [], "",
     "us-east-1", "service", "20150830T123600Z", ""),
    ("header values with blanks", "POST", "example.amazonaws.com", "/", "",
     [("X-Thing", "  a   b  "), ("A-Header", "z")], "x", "eu-central-1", "service",
     "20200229T010203Z", ""),
    ("UTF-8 in the body", "POST", "sts.cn-north-1.amazonaws.com.cn", "/", "",
     [("Content-Type", FORM)], "Tags.member.1.Value=\u4e0a\u91ce", "cn-north-1", "sts",
     "20260607T080910Z", ""),
]


def sign(method, host, path, query, headers, body, region, service, timestamp, token):
    """(canonical request, string to sign, Authorization)"""
    url = f"https://{host}{path}" + (f"?{query}" if query else "")
    request = AWSRequest(method=method, url=url, data=body.encode(), headers=dict(headers))
    request.headers["Host"] = host
    request.context["timestamp"] = timestamp
    auth = SigV4Auth(Credentials(KEY, SECRET, token or None), service, region)
    auth._modify_request_before_signing(request)    # pylint: disable=protected-access
    canonical = auth.canonical_request(request)
    to_sign = auth.string_to_sign(request, canonical)
    auth._inject_signature_to_request(      # pylint: disable=protected-access
        request, auth.signature(to_sign, request))
    return canonical, to_sign, request.headers["Authorization"]


def literal(text):
    """A C string, split before it is too long for a line."""
    out, line = [], ""
    for byte in text.encode():
        char = chr(byte)
        if char == "\n":
            piece = "\\n"
        elif char in '"\\?':
            piece = "\\" + char
        elif 32 <= byte < 127:
            piece = char
        else:
            piece = f"\\{byte:03o}"
        if len(line) + len(piece) > 80:
            out.append(line)
            line = ""
        line += piece
    out.append(line)
    return "\n     ".join(f'"{part}"' for part in out)


def main():
    """The header, on standard output."""
    print("/* SPDX-License-Identifier: BSD-3-Clause */\n"
          "/* Made by tests/unit/make_sigv4_vectors.py with botocore. */\n"
          "#ifndef AWS_ROLE_TESTS_UNIT_SIGV4_VECTORS_H\n"
          "#define AWS_ROLE_TESTS_UNIT_SIGV4_VECTORS_H\n\n"
          "static const struct sigv4_vector {\n"
          "    const char *name, *method, *path, *query;\n"
          "    const char *headers[4][2]; /* up to the first NULL */\n"
          "    const char *body, *region, *service, *date, *token;\n"
          "    const char *canonical, *to_sign, *authorization;\n"
          "} sigv4_vectors[] = {")
    for name, method, host, path, query, headers, body, *rest in REQUESTS:
        canonical, to_sign, authorization = sign(method, host, path, query, headers, body, *rest)
        pairs = ", ".join("{%s, %s}" % (literal(key), literal(value))
                          for key, value in [("Host", host), *headers])
        fields = [literal(text) for text in (name, method, path, query)] + ["{" + pairs + "}"]
        fields += [literal(text) for text in (body, *rest, canonical, to_sign, authorization)]
        print("    {" + ",\n     ".join(fields) + "},")
    print("};\n\n#endif")


if __name__ == "__main__":
    main()
