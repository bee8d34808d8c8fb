# SPDX-License-Identifier: BSD-3-Clause
"""Who exists: users, roles, their trust, and every credential that was issued."""

import hashlib
import re
import secrets
import string
import threading
import time
from dataclasses import dataclass, field, fields, replace

from . import totp
from .replies import AwsError

INVALID_TOKEN = "The security token included in the request is invalid."
NOT_SIGNED_IN = "Your authentication information is incorrect. Please try again."
_ARN = re.compile(r"arn:(aws[a-z-]*):(iam):(?P<region>):(?P<account>\d{12}):"
                  r"(?P<kind>user|role)/(?P<path>(?:[\x21-\x7e]+/)?)(?P<name>[\w+=,.@-]+)",
                  re.ASCII)
_ROOT = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):root")
_KEY_ALPHABET = string.ascii_uppercase + "234567"


class ConfigError(Exception):
    """What is wrong with the configuration, for a person."""


@dataclass
class User:
    """An IAM user, or an account's root."""
    arn: str
    access_keys: list = field(default_factory=list)
    mfa: dict = None
    password: str = None
    allow_sign_in: bool = False

    @property
    def name(self):
        """What one signs in with."""
        return "root" if self.root else self.arn.rpartition("/")[2]

    @property
    def root(self):
        return _ROOT.fullmatch(self.arn) is not None


@dataclass
class Role:
    """An IAM role with the parts of its trust policy that the peer judges."""
    arn: str
    max_session_duration: int = 3600
    trust: list = field(default_factory=list)
    external_id: str = None
    allow_source_identity: bool = False
    allow_tags: bool = False
    require_mfa: bool = False
    mfa_max_age: float = None
    session_name: str = None


@dataclass
class Caller:
    """Who signed a request. role is None for users and their session tokens; mfa: when a code was
    shown, None if never.
    """
    arn: str
    user_id: str
    account: str
    key: str
    user: User = None
    role: Role = None
    temporary: bool = False
    mfa: float = None
    source_identity: str = None
    transitive: dict = field(default_factory=dict)

    def principals(self):
        """Every form in which a trust policy may name this caller."""
        partition = self.arn.split(":")[1]
        names = {"*", self.arn, self.account, f"arn:{partition}:iam::{self.account}:root"}
        if self.role:
            names.add(self.role.arn)
        return names


@dataclass
class _Key:
    """One access key, long-lived or issued. expires: real time, None for users' keys."""
    secret: str
    caller: Caller
    token: str = None
    expires: float = None
    active: bool = True


def unique_id(prefix, arn):
    """AROA…, AIDA…: the same for the same ARN on every run."""
    number = int.from_bytes(hashlib.sha256(arn.encode()).digest(), "big")
    return prefix + "".join(_KEY_ALPHABET[(number >> 5 * i) & 31] for i in range(17))


def make(kind, values):
    """A User or Role from the configuration's object; an unknown key is an error."""
    known = {item.name for item in fields(kind)}
    for key in values:
        if key not in known:
            raise ConfigError(f"{kind.__name__.lower()}: unknown key '{key}'")
    arn = values.get("arn", "")
    wanted = kind.__name__.lower()
    match = _ARN.fullmatch(arn)
    if not (match and match["kind"] == wanted) and not (kind is User and _ROOT.fullmatch(arn)):
        raise ConfigError(f"{wanted}: '{arn}' is not the ARN of a {wanted}")
    made = kind(**values)
    _check_parts(made)
    if kind is Role and not 900 <= made.max_session_duration <= 43200:
        raise ConfigError(f"{arn}: max_session_duration is 900 to 43200")
    return made


def _check_parts(made):
    parts = [(made.trust, str)] if isinstance(made, Role) else [(made.access_keys, dict)]
    for items, wanted in parts:
        if not isinstance(items, list) or not all(isinstance(item, wanted) for item in items):
            raise ConfigError(f"{made.arn}: not a list of the right things: {items!r}")
    if isinstance(made, User):
        for item, known in ([(item, {"id", "secret", "active"}) for item in made.access_keys]
                            + [(made.mfa or {}, {"serial", "codes", "secret"})]):
            unknown = sorted(set(item) - known)
            if unknown:
                raise ConfigError(f"{made.arn}: unknown key '{unknown[0]}'")
        if made.mfa and "secret" in made.mfa:
            totp.key(made.mfa["secret"])


class Directory:
    """Users, roles and credentials; safe from many threads."""

    def __init__(self, users=(), roles=()):
        self._lock = threading.RLock()
        self._users, self._roles, self._keys = {}, {}, {}
        self._steps = set()         # (secret, step) of the codes that were used
        for values in users:
            self.put_user(make(User, values))
        for values in roles:
            self.put_role(make(Role, values))

    def put_user(self, user):
        """Adds or replaces a user and the user's keys."""
        with self._lock:
            self._users[user.arn] = user
            for name in [name for name, key in self._keys.items()
                         if key.caller.arn == user.arn and not key.caller.temporary]:
                del self._keys[name]
            for item in user.access_keys:
                self._keys[item["id"]] = _Key(item["secret"], self._user_caller(user, item["id"]),
                                              active=item.get("active", True))

    def put_role(self, role):
        """Adds or replaces a role; its sessions live on."""
        with self._lock:
            self._roles[role.arn] = role

    def change(self, kind, arn, changes):
        """Changes some keys of a user or role, or makes it."""
        with self._lock:
            old = (self._users if kind is User else self._roles).get(arn)
            made = make(kind, {**changes, "arn": arn})
            if old:
                made = replace(old, **changes)
            (self.put_user if kind is User else self.put_role)(made)

    def remove_role(self, arn):
        """The role is gone; calls for it are AccessDenied."""
        with self._lock:
            if self._roles.pop(arn, None) is None:
                raise KeyError(f"no role {arn}")

    def role(self, arn):
        """The role of that ARN, or None."""
        with self._lock:
            return self._roles.get(arn)

    def user(self, arn):
        """The user of that ARN, or None."""
        with self._lock:
            return self._users.get(arn)

    def sign_in(self, name, password, code, now):
        """The user of that name (or ARN) and password, and when a code was shown; or AwsError."""
        with self._lock:
            user = next((one for one in self._users.values() if name in (one.name, one.arn)
                         and one.password is not None and one.password == password), None)
        if user is None:
            raise AwsError("SignInFailed", NOT_SIGNED_IN)
        if user.mfa:
            try:
                self.use_code(user, user.mfa["serial"], code, now)
            except AwsError:
                raise AwsError("SignInFailed", NOT_SIGNED_IN) from None
        if not user.allow_sign_in:
            raise AwsError("INSUFFICIENT_PERMISSIONS", f"{user.arn} is not authorized to perform: "
                           "signin:AuthorizeOAuth2Access")
        return user, time.time() if user.mfa else None

    @staticmethod
    def _user_caller(user, key, **more):
        account = user.arn.split(":")[4]
        user_id = account if user.root else unique_id("AIDA", user.arn)
        return Caller(user.arn, user_id, account, key, user=user, **more)

    def issue_user(self, user, seconds, mfa):
        """GetSessionToken's credentials."""
        caller = self._user_caller(user, "", temporary=True, mfa=mfa)
        return self._issue(caller, seconds)

    def issue_role(self, role, session_name, seconds, **more):
        """Credentials of a role's session; more: source_identity, transitive."""
        head = role.arn.split(":")
        name = role.arn.rpartition("/")[2]
        caller = Caller(f"arn:{head[1]}:sts::{head[4]}:assumed-role/{name}/{session_name}",
                        f"{unique_id('AROA', role.arn)}:{session_name}", head[4], "", role=role,
                        temporary=True, **more)
        return self._issue(caller, seconds)

    def _issue(self, caller, seconds):
        name = "ASIA" + "".join(secrets.choice(_KEY_ALPHABET) for _ in range(16))
        key = _Key(secrets.token_urlsafe(30).replace("-", "/").replace("_", "+"), caller,
                   "IQoJb3JpZ2luX2Vj" + secrets.token_urlsafe(240).replace("-", "/").
                   replace("_", "+") + "==", int(time.time()) + seconds)
        caller.key = name
        with self._lock:
            self._keys[name] = key
        return {"AccessKeyId": name, "SecretAccessKey": key.secret, "SessionToken": key.token,
                "Expiration": key.expires}, caller

    def secret(self, name, token):
        """The secret of an active key whose token fits, with the key's caller; else AwsError."""
        with self._lock:
            key = self._keys.get(name)
        if key is None or not key.active:
            raise AwsError("InvalidClientTokenId", INVALID_TOKEN, key=name)
        if key.token != token:
            raise AwsError("InvalidClientTokenId", INVALID_TOKEN, caller=key.caller.arn, key=name)
        return key.secret, key.caller

    def check_expiry(self, name):
        """ExpiredToken where the credentials are over, in real time: skew is the server's only."""
        with self._lock:
            key = self._keys.get(name)
        if key and key.expires is not None and time.time() >= key.expires:
            raise AwsError("ExpiredToken", "The security token included in the request is expired",
                           caller=key.caller.arn, key=name)

    def set_active(self, name, active):
        """revoke and restore."""
        with self._lock:
            self._keys[name].active = active

    def expire(self, name):
        """Issued credentials are over from now on."""
        with self._lock:
            if self._keys[name].expires is None:
                raise ValueError(f"{name} is a user's key and does not expire")
            self._keys[name].expires = 0

    def use_code(self, user, serial, code, now):
        """AwsError unless the device is the user's and the code is right; it works once."""
        with self._lock:
            if not user or not user.mfa or user.mfa.get("serial") != serial:
                raise AwsError("AccessDenied", "MultiFactorAuthentication failed, unable to "
                               "validate MFA code.  Please verify your MFA serial number is valid "
                               "and associated with this user.")
            if code in user.mfa.get("codes", ()):
                user.mfa["codes"].remove(code)
                return
            for step in self._fresh_steps(user.mfa, now):
                if totp.at_step(user.mfa["secret"], step) == code:
                    self._steps.add((user.mfa["secret"], step))
                    return
            raise AwsError("AccessDenied", "MultiFactorAuthentication failed with invalid MFA "
                           "one time pass code. ")

    def _fresh_steps(self, device, now):
        if "secret" not in device:
            return []
        return [step for step in totp.steps(now) if (device["secret"], step) not in self._steps]

    def fresh_code(self, user, now):
        """A code of the user's device that would be taken now."""
        with self._lock:
            steps = self._fresh_steps(user.mfa or {}, now)
        if not steps:
            raise ValueError(f"{user.arn} has no secret, or has used all codes of this time")
        return totp.at_step(user.mfa["secret"], steps[0])
