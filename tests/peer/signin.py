# SPDX-License-Identifier: BSD-3-Clause
"""AWS Sign-In, as `aws login` uses it: a page that gives a code, an endpoint that takes it.

Names and limits: AWS's model of the service (signin-2023-01-01, CreateOAuth2Token) and its API
reference (AuthorizeOAuth2Access). What AWS says where it is not documented was seen in public
reports; the rest of the messages is the peer's.
"""

import base64
import json
import re
import time
import uuid
from urllib.parse import parse_qsl, quote, urlencode

from . import dpop, grants, idtoken, signin_pages
from .grants import Asked, Refused
from .messages import Answer
from .replies import AwsError

CREDENTIALS_SECONDS = 900
CROSS_DEVICE = "arn:aws:signin:::devtools/cross-device"
SAME_DEVICE = "arn:aws:signin:::devtools/same-device"
# What AWS says with each error code, the status and the exception that carry it.
MESSAGES = {
    "INVALID_REQUEST": "The provided authorization grant is invalid, expired, revoked, or "
                       "malformed",
    "TOKEN_EXPIRED": "The refresh token has expired.",
    "AUTHCODE_EXPIRED": "The authorization code has expired.",
    "USER_CREDENTIALS_CHANGED": "The user's credentials have changed.",
    "INSUFFICIENT_PERMISSIONS": "The user is not authorized to perform signin:CreateOAuth2Token.",
    "server_error": "An internal error occurred.",
}
DENIED = {"TOKEN_EXPIRED": 401, "AUTHCODE_EXPIRED": 401, "USER_CREDENTIALS_CHANGED": 403,
          "INSUFFICIENT_PERMISSIONS": 403}
_BY_STATUS = {400: "ValidationException", 429: "TooManyRequestsError",
              500: "InternalServerException"}
_HOST = re.compile(r"(?:([a-z0-9-]+)\.signin(?:-fips)?|signin(?:-fips)?\.([a-z0-9-]+))"
                   r"\.[a-z0-9.-]+")
_CALLBACK = re.compile(r"http://127\.0\.0\.1:([1-9][0-9]{0,4})/oauth/callback")
_UNRESERVED = re.compile(r"[A-Za-z0-9\-._~]+")
_ASKED = ("response_type", "client_id", "state", "code_challenge_method", "scope", "redirect_uri",
          "code_challenge")
# grantType → its other members with their lengths.
_GRANTS = {"authorization_code": {"code": (1, 512), "codeVerifier": (43, 128),
                                  "redirectUri": (1, 2048)},
           "refresh_token": {"refreshToken": (1, 2048)}}


def _base(request):
    return f"{'https' if request.tls else 'http'}://{request.header('host')}"


def _region(request):
    """The region that the Host names, or None: refresh tokens are good in their own only."""
    match = _HOST.fullmatch(request.header("host").partition(":")[0])
    return match and (match.group(1) or match.group(2))


def verification_code(given):
    """What a person carries from the page to the program."""
    text = urlencode({"state": given["state"], "code": given["code"]}, quote_via=quote, safe="")
    return base64.b64encode(text.encode()).decode()


def _pairs(text):
    """name → value; None where a name stands there twice."""
    pairs = parse_qsl(text, keep_blank_values=True)
    return dict(pairs) if len(dict(pairs)) == len(pairs) else None


def _error(error, message=None, status=None):
    """An OAuth2 error as the answer of a REST-JSON service."""
    status = status or DENIED.get(error) or (500 if error == "server_error" else 400)
    message = message or MESSAGES.get(error, error)
    kind = "AccessDeniedException" if error in DENIED else _BY_STATUS.get(status,
                                                                          "ValidationException")
    answer = Answer(status, json.dumps({"error": error, "message": message}).encode(),
                    "application/json", [("x-amzn-RequestId", str(uuid.uuid4())),
                                         ("x-amzn-ErrorType", kind)])
    answer.outcome, answer.message = error, message
    return answer


class SignIn:
    """The service. describe() believes nothing; answer() checks everything."""

    def __init__(self, directory, config):
        self._directory, self._lifetime = directory, config.get("lifetime_seconds")
        settings = {name: config[name] for name in grants.SETTINGS if name in config}
        self.grants = grants.Grants(settings, self._check, self._credentials)
        self._proofs, self._signer = dpop.Proofs(), idtoken.Signer()

    def set_lifetime(self, seconds, _role_arn=None):
        """Credentials issued from now on live so long; None: AWS's 15 minutes."""
        self._lifetime = seconds

    def describe(self, request):
        """(action, parameters) for faults and the record."""
        if request.path == "/v1/authorize":
            form = _pairs(request.body.decode("latin-1")) if request.method == "POST" else None
            action = "authorize" if form is None else "sign-in"
            return action, {**(_pairs(request.query) or {}), **(form or {})}
        if request.path == "/v1/sessions/confirmation":
            return "confirmation", {}
        if request.path != "/v1/token":
            return "other", {}
        try:
            body = json.loads(request.body)
        except ValueError:
            body = None
        body = body if isinstance(body, dict) else {}
        action = {"authorization_code": "redeem", "refresh_token": "refresh"}
        return action.get(str(body.get("grantType")), "token"), body

    @staticmethod
    def refuse(_request, error):
        """A fault's error: an OAuth2ErrorCode, or throttling."""
        if error.code in ("Throttling", "TooManyRequestsException"):
            return _error("INVALID_REQUEST", "Too many requests.", 429)
        status = error.status if error.status != 400 else None
        return _error("server_error" if error.code == "InternalFailure" else error.code,
                      error.message, status)

    def answer(self, request):
        """The whole of it, as an Answer."""
        routes = {("GET", "/v1/authorize"): self._authorize, ("POST", "/v1/token"): self._token,
                  ("POST", "/v1/authorize"): self._sign_in,
                  ("GET", "/v1/sessions/confirmation"): self._confirmation}
        route = routes.get((request.method, request.path))
        if route is None:
            return Answer(404, b"Not Found\n", outcome="404")
        return route(request)

    @staticmethod
    def _asked(request):
        """(parameters, None) of /v1/authorize, or (None, what is wrong with them)."""
        given = _pairs(request.query)
        if given is None or sorted(given) != sorted(_ASKED):
            return None, "The parameters are not " + ", ".join(_ASKED)
        for name, wanted in (("response_type", "code"), ("scope", "openid"),
                             ("code_challenge_method", "SHA-256")):
            if given[name] != wanted:
                return None, f"{name} is not {wanted}"
        if not (_UNRESERVED.fullmatch(given["code_challenge"])
                and 43 <= len(given["code_challenge"]) <= 128):
            return None, "code_challenge is not 43 to 128 unreserved characters"
        if not given["state"]:
            return None, "state is empty"
        port = _CALLBACK.fullmatch(given["redirect_uri"])
        fits = {CROSS_DEVICE: given["redirect_uri"] == _base(request) + "/v1/sessions/confirmation",
                SAME_DEVICE: bool(port) and int(port.group(1)) < 65536}
        if given["client_id"] not in fits:
            return None, "client_id is none that is known"
        if not fits[given["client_id"]]:
            return None, "redirect_uri does not fit client_id"
        return given, None

    def _authorize(self, request):
        given, wrong = self._asked(request)
        if wrong:
            return self._refused_page(wrong)
        return signin_pages.form(request.target, given["client_id"])

    @staticmethod
    def _refused_page(text, status=400):
        answer = signin_pages.refusal(text, status)
        answer.outcome, answer.message = "INVALID_REQUEST", text
        return answer

    def _sign_in(self, request):
        given, wrong = self._asked(request)
        form = _pairs(request.body.decode("utf-8", "replace"))
        if wrong or form is None:
            return self._refused_page(wrong or "A field is given twice")
        try:
            user, mfa = self._directory.sign_in(form.get("username", ""), form.get("password", ""),
                                                form.get("mfacode", "").strip(), request.now)
        except AwsError as error:
            answer = signin_pages.form(request.target, given["client_id"],
                                       form.get("username", ""), error.message)
            answer.outcome, answer.message = error.code, error.message
            return answer
        asked = Asked(given["client_id"], given["redirect_uri"], _region(request))
        code = self.grants.authorize(user, mfa, asked, given["code_challenge"])
        query = urlencode({"code": code, "state": given["state"]}, quote_via=quote, safe="")
        answer = signin_pages.redirect(f"{given['redirect_uri']}?{query}")
        answer.caller = user.arn
        return answer

    def _confirmation(self, request):
        given = _pairs(request.query)
        if given is None or sorted(given) != ["code", "state"]:
            return self._refused_page("There is no code")
        return signin_pages.confirmation(verification_code(given))

    def _token(self, request):
        try:
            proof = self._prove(request)
            body = self._body(request)
            if body["grantType"] == "authorization_code":
                asked = Asked(body["clientId"], body["redirectUri"], _region(request))
                session, result = self.grants.redeem(body["code"], body["codeVerifier"], asked,
                                                     proof)
                result = {**result, "idToken": self._signer.sign(session.arn,
                                                                 session.asked.client_id,
                                                                 request.now)}
            else:
                session, result = self.grants.refresh(body["refreshToken"], body["clientId"],
                                                      _region(request), proof)
        except Refused as refused:
            return _error(refused.error, refused.message)
        answer = Answer(200, json.dumps(result).encode(), "application/json",
                        [("x-amzn-RequestId", str(uuid.uuid4()))])
        answer.caller, answer.access_key_id = session.arn, result["accessToken"]["accessKeyId"]
        return answer

    def _prove(self, request):
        """The thumbprint of the key that the request is proved with.

        AWS tells a clock that is wrong, at redemption too, as a refresh token that has expired.
        """
        headers = [value for name, value in request.headers if name == "dpop"]
        try:
            return self._proofs.check(headers, request.method, _base(request) + "/v1/token",
                                      request.now)
        except dpop.ClockError:
            raise Refused("TOKEN_EXPIRED") from None
        except dpop.ProofError as error:
            raise Refused("INVALID_REQUEST", f"Invalid DPoP proof: {error}") from None

    @staticmethod
    def _body(request):
        """The request's members, each of them known, needed, a text and of a good length."""
        def wrong(text):
            return Refused("INVALID_REQUEST", text)

        kind = (request.header("content-type") or "").partition(";")[0].strip().lower()
        if kind != "application/json" or request.query:
            raise wrong("The request is not JSON")
        try:
            body = json.loads(request.body)
        except ValueError:
            raise wrong("The request is not JSON") from None
        if not isinstance(body, dict) or not all(isinstance(one, str) for one in body.values()):
            raise wrong("The request is not an object of strings")
        limits = _GRANTS.get(body.get("grantType"))
        if limits is None:
            raise wrong("grantType is neither authorization_code nor refresh_token")
        if sorted(body) != sorted(["clientId", "grantType", *limits]):
            raise wrong(f"The members are not clientId, grantType, {', '.join(limits)}")
        if body["clientId"] not in (CROSS_DEVICE, SAME_DEVICE):
            raise wrong("clientId is none that is known")
        for name, (least, most) in limits.items():
            if not least <= len(body[name]) <= most:
                raise wrong(f"{name} is not {least} to {most} characters")
        if "codeVerifier" in body and not _UNRESERVED.fullmatch(body["codeVerifier"]):
            raise wrong("codeVerifier has other characters than unreserved ones")
        return body

    def _check(self, session):
        """Refused where the person may no longer have credentials."""
        user = self._directory.user(session.arn)
        if user is None or user.password != session.password:
            raise Refused("USER_CREDENTIALS_CHANGED")
        if not user.allow_sign_in:
            raise Refused("INSUFFICIENT_PERMISSIONS")

    def _credentials(self, session):
        seconds = CREDENTIALS_SECONDS if self._lifetime is None else self._lifetime
        seconds = max(1, min(seconds, CREDENTIALS_SECONDS, int(session.ends - time.time())))
        user = self._directory.user(session.arn)
        issued, _ = self._directory.issue_user(user, seconds, session.mfa)
        return {"accessToken": {"accessKeyId": issued["AccessKeyId"],
                                "secretAccessKey": issued["SecretAccessKey"],
                                "sessionToken": issued["SessionToken"]},
                "tokenType": "aws_sigv4", "expiresIn": seconds}
