# SPDX-License-Identifier: BSD-3-Clause
"""The peer: AWS as the tests and the demo see it, on loopback.

    PYTHONPATH=tests /usr/bin/python3 -m peer --config FILE.json --state DIR [--die-with-parent]

STS and AWS Sign-In (TLS with a CA of its own, and plain http), IMDSv2 and a syslog sink in one
process.  Every signature is checked by botocore or cryptography, never by the code under test.
When all sockets listen, one line is printed on standard output, "ready " and the JSON that is also
in DIR/ports.json.  It ends on SIGTERM or SIGINT with 0; a bad configuration ends it at once with 2
and a line on standard error.  --die-with-parent: also when the thread that started it ends (prctl
PR_SET_PDEATHSIG).

The state folder
----------------
    ca.pem       the CA's certificate, for AWS_CA_BUNDLE, ca_bundle, verify=
    ca/HASH.0    the same as OpenSSL's hashed directory, for CURLOPT_CAPATH
    ports.json   {"sts": [{"address", "port", "tls", "certificate", "url"}, …], "imds": [{"address",
                 "port", "url"}, …], "signin": as sts, "sts_url" and "signin_url": first TLS
                 listener as https://localhost:PORT, "sts_plain_url" and "signin_plain_url": first
                 plain one or null, "imds_url": first or null,
                 "ca_bundle": path, "ca_directory": path, "control": path, "syslog": path or null,
                 "pid": number}
    control      the control socket, 0600
    syslog.log   what came to the syslog sink, one line a message: PRIORITY (a number), a blank, the
                 text; control characters and bytes that are not UTF-8 as \\xNN

Configuration (JSON; an unknown key is an error; all optional unless said)
--------------------------------------------------------------------------
    {"sts": {
        "listen": [{"address": "127.0.0.1",     default 127.0.0.1; "::1" or any other address too
                    "port": 0,                  default 0: picked, see ports.json
                    "tls": true,                default true
                    "certificate": "good"}],    good; or bad: wrong_name, expired, not_yet_valid,
                                                self_signed, other_ca.  Default: one listener, TLS
        "names": ["sts.eu-west-1.amazonaws.com"],   names in the certificate beside localhost,
                                                127.0.0.1, ::1 and sts.amazonaws.com; "*.x" is a
                                                wildcard
        "regions": ["ap-northeast-1"],          regions that a signature may name when the Host is
                                                not an AWS name (sts.REGION.amazonaws.com wants
                                                REGION, sts.amazonaws.com us-east-1).
                                                Default: any well-formed one
        "lifetime_seconds": null},              credentials live this long whatever was asked for
     "imds": {                                  no "imds": no such service
        "listen": [{"address": "127.0.0.1", "port": 0}],    default as shown
        "role": "arn:aws:iam::123456789012:role/Bastion",   the instance profile's role, or null
        "region": "ap-northeast-1",             default us-east-1
        "instance_id": "i-0123456789abcdef0",
        "lifetime_seconds": null},              default six hours; negative: already expired
     "signin": {                                no "signin": no such service
        "listen": …,                            as sts
        "names": ["*.signin.aws.amazon.com", "*.signin.amazonaws.cn",
                  "*.signin.amazonaws-us-gov.com"],     default as shown
        "lifetime_seconds": null,               of credentials; 900 at most, which is the default
        "code_seconds": 600, "session_seconds": 43200, "replay_seconds": 900},  see below
     "syslog": {"path": "/dev/log"},            no "syslog": no sink; an old socket is replaced
     "users": [{
        "arn": "arn:aws:iam::123456789012:user/deploy",     required; ":root" is the account's root
        "access_keys": [{"id": "AKIA…", "secret": "…", "active": true}],
        "mfa": {"serial": "arn:…:mfa/deploy", "codes": ["123456"],      each code works once
                "secret": "GEZDGNBV…"},         base32: codes of RFC 6238, each once
        "password": null,                       signs in at AWS Sign-In; null: cannot
        "allow_sign_in": false}],               signin:AuthorizeOAuth2Access, CreateOAuth2Token
     "roles": [{
        "arn": "arn:aws:iam::123456789012:role/Developer",  required
        "max_session_duration": 3600,           900 to 43200
        "trust": ["arn:aws:iam::123456789012:role/Bastion"],    see below
        "external_id": null,                    required of the caller if set
        "allow_source_identity": false,         sts:SetSourceIdentity
        "allow_tags": false,                    sts:TagSession
        "require_mfa": false,                   aws:MultiFactorAuthPresent
        "mfa_max_age": null,                    aws:MultiFactorAuthAge is less, in seconds
        "session_name": null}]}                 regular expression, sts:RoleSessionName (whole)

A principal in "trust": a user's ARN (its temporary credentials too), a role's ARN (every session
of that role), an assumed-role session's ARN (that session), "arn:aws:iam::ACCOUNT:root" or the
account number (everybody in it), "*", or a service ("ec2.amazonaws.com": matches no caller here).

What STS answers
----------------
AssumeRole, GetCallerIdentity, GetSessionToken, by POST / or GET /?…, header-signed with SigV4.
JSON when Accept names application/json, else XML.  Refusals carry AWS's codes: IncompleteSignature
400, MissingAuthenticationToken 403, InvalidClientTokenId 403, ExpiredToken 403,
SignatureDoesNotMatch 403 (also scope and clock, ±15 min), InvalidAction 400, NoSuchVersion 400,
ValidationError 400 (limits from botocore's model; MaxSessionDuration; one hour when chaining),
AccessDenied 403 (trust, external id, unknown role, MFA, TagSession, SetSourceIdentity),
MalformedPolicyDocument 400, PackedPolicyTooLarge 400.  A chain's hour is for all temporary
credentials, GetSessionToken's and AWS Sign-In's, too: so AWS does.  MFA is seen by those of
GetSessionToken and AWS Sign-In, never by a role's.  The peer's own strictness: every x-amz-*
header must be signed, a parameter that the model does not know is refused (UnknownParameter 400).

GET / signed for S3 in place of STS is ListBuckets of somebody who has none, for clients that have
no STS: the same checks, in S3's form.

What AWS Sign-In answers
------------------------
GET /v1/authorize?…: a page with a form (ids username, password, mfacode, signin_button; error where
something was wrong), which leads to redirect_uri?code=…&state=….  GET /v1/sessions/confirmation
shows these two in base64 (id verification-code).  POST /v1/token takes JSON with a DPoP proof.

Refusals there are {"error", "message"} with x-amzn-ErrorType: ValidationException 400
(INVALID_REQUEST: the proof, a member, or a grant that is not good), AccessDeniedException 401
(TOKEN_EXPIRED: the sign-in is over, or iat is more than 300 s behind or 30 s ahead, for which AWS
has the same words; AUTHCODE_EXPIRED) and 403 (USER_CREDENTIALS_CHANGED: the password is another;
INSUFFICIENT_PERMISSIONS).  The peer's own strictness: a parameter or member that is not needed is
refused.  Assumed, where AWS says nothing: a code lives code_seconds and is used up by a redemption
that succeeds; a sign-in lives session_seconds; each refresh gives another refresh token, the one
before it gives the same answer for replay_seconds while its credentials live, until the new one is
used; older ones are refused.  Code and tokens are good in the region of the Host that they are from
(so AWS does), and are as long as AWS's model allows.

What IMDS answers
-----------------
PUT /latest/api/token; GET /latest/meta-data/iam/security-credentials/[ROLE],
/latest/meta-data/iam/info, /latest/meta-data/placement/region, /latest/meta-data/instance-id,
/latest/dynamic/instance-identity/document.  401 without a valid token; such a GET without any token
counts as "v1".

Control
-------
A stream socket; one JSON object a line in, one out: {"verb": "counts", "service": "sts"} gives
{"ok": true, "result": …} or {"ok": false, "error": "…"}.  From Python:

    from peer.control import Peer
    peer = Peer(state_dir)                    # a running one
    with Peer.start(config, state_dir) as peer:     # starts one (config: dict or path), ends it
        peer.ports["sts_url"]

Each verb is a method of the same name with the same keywords.  From a shell:

    python3 -m peer.control DIR VERB [name=value …]     # value: JSON, or a word; prints JSON

service is "sts", "imds" or "signin".  sts actions are AWS's, ListBuckets among them; imds actions
are token, role, credentials, info, region, instance-id, document, other; signin actions are
authorize (the page), sign-in (its form), confirmation, redeem, refresh, token (neither), other.  An
outcome is "ok", AWS's error code (imds: the HTTP status as text; signin: AWS's "error", or
SignInFailed), "fault:KIND" where a fault took the place of the answer, or "gone" where the client
left while its request was held or kept waiting.

    ping()                                → the JSON of ports.json
    counts(service=None)                  → {"sts": {"connections", "total", "actions": {action: n},
                                             "roles": {role ARN: n of AssumeRole}, "outcomes":
                                             {outcome: n}, "by_action": {action: {outcome: n}},
                                             "in_flight"}, "imds": {the same and "v1"}, "signin":
                                             {the same}}
                                            total, actions and roles count at arrival, outcomes when
                                            the answer was decided; with service, that one's only
    reset()                               counts and requests start anew (in_flight stays)
    requests(service=None, action=None, last=50)
                                          → list, oldest first: {"number", "time", "service",
                                            "action", "method", "path", "host", "params" (what is
                                            secret as "***"), "headers" (names in lower case; no
                                            Authorization, security token, IMDS token),
                                            "signed_headers", "region", "access_key_id",
                                            "caller" (ARN), "tls", "held", "outcome", "status",
                                            "message"}
    wait_for(service="sts", action=None, count=1, state="answered", outcome=None, timeout=10)
                                          → the number reached; waits for an event, so that nobody
                                            sleeps: state "connected" (connections), "arrived",
                                            "held" (held just now), "answered" (with that outcome
                                            if one is given).  Counted since reset.  TimeoutError
                                            in Python, error "timeout" on the socket
    fault(service, kind, count=None, action=None, role_arn=None, **parameters)
                                          → its id (a number).  For the next count requests
                                            (connections, where it acts there), or until cleared;
                                            only for that action, that role
    clear(service=None, kind=None, id=None)     ends faults: what hangs is closed, what is held goes
                                          on, refuse listens again on the same port
    faults()                              → list of the active ones: {"id", "service", "kind",
                                            "left", "used", "parameters", …}
    release(service="sts", count=None)    lets count held requests go on (None: all held now, and
                                          the hold stays for later ones)
    reply_format(format="auto")           auto, json, xml; json-integer, json-iso (Expiration not as
                                          AWS's 1.7E9), xml-padded (white space around the token)
    lifetime(seconds, service="sts", role_arn=None)
                                          credentials issued from now on live this long (real
                                          expiry, told in Expiration); None: as asked for again.
                                          imds: also drops what it has cached
    revoke(access_key_id) restore(access_key_id)      InvalidClientTokenId, and back; users' keys
                                          and issued credentials
    expire(access_key_id)                 issued credentials: ExpiredToken from now on
    issue(principal, session_name="peer", duration_seconds=3600)
                                          → {"AccessKeyId", "SecretAccessKey", "SessionToken",
                                            "Expiration", "Arn"}; a role's ARN, no questions asked
    update_role(arn, **changes)           changes or adds a role: the configuration's keys
    remove_role(arn)
    update_user(arn, **changes)           the same for a user (mfa, keys, password, allow_sign_in)
    mfa_code(arn)                         → a code of the user's secret that would be taken now
    sign_in(url, username, password, mfa_code="")
                                          what a person does at the page, whose URL is url
                                          → {"code", "state", "location", "verification_code"}
    sign_ins()                            → list: {"arn", "client_id", "region", "started", "ends",
                                            "redeemed", "refreshes", "thumbprint"}
    end_sign_ins(arn=None, expired=False)       a person's (all) are gone, or TOKEN_EXPIRED
                                          → how many
    sign_in_settings(**settings)          code_seconds, session_seconds (of what is granted from now
                                          on), replay_seconds → all of them
    instance_role(role=None)              IMDS' role ARN from now on; None: no instance profile
    expire_imds_tokens()                  401 for every session token given out so far
    log_lines(last=100)                   → list of the sink's lines
    wait_for_log(pattern, count=1, timeout=10)
                                          → the matching lines (re.search), once there are count;
                                            all since start, so use a pattern of your own
    stop()                                as SIGTERM

Faults (kind and its parameters; several may be set, they combine where that makes sense)
-----------------------------------------------------------------------------------------
instead of a connection
    refuse                                stops listening and closes every connection (no count)
    silent   at="accept"                  accepts and never sends a byte (no TLS handshake);
                                          at="request": reads the request, never answers
    closed   at="accept"                  accepts and closes; at="request": closes after reading
    reset                                 RST after reading the request
before the answer
    hold                                  the request waits for release() or clear()
    slow     seconds=1.0                  waits, then answers
instead of the answer
    status   status=503, body=…, content_type="text/html"
    throttle status=400                   400: Throttling; 429: TooManyRequestsException;
                                          signin: TooManyRequestsError 429
    code     code, message="", status=null, type="Sender"
                                          AWS's error shape; null: the code's usual status
                                          (imds: JSON with Code and Message, 200; signin: code is
                                          AWS's "error", as TOKEN_EXPIRED, server_error)
    garbage  body=…                       200 application/json and bytes that are neither
    huge     bytes=10485760, endless=false      200, JSON that does not end in time
    redirect location, status=302
    wrong_type status=500                 an HTML page, as moto does
on the way of a real answer
    skew     seconds                      the server's clock: Date, its check, its Expirations
    dribble  seconds=0.1, part="all"      one byte every so many seconds; part="body": head at once
    truncated missing=20                  Content-Length is right, the last bytes never come, close
    bad_date value="yesterday"            the Date header; null: none
    header_flood headers=2000, size=1024, endless=false
    lost                                  closes the connection; what the call did stays done
"""
