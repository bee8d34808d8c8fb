# SPDX-License-Identifier: BSD-3-Clause
"""What has been granted at AWS Sign-In: authorization codes, sign-in sessions, refresh tokens.

Assumed, since AWS publishes it not: a code lives ten minutes and is used up by a redemption that
succeeds; every refresh gives a new refresh token; the one before it gives the same answer again for
as long as that answer's credentials live (settings: replay_seconds), unless the new one has been
used; an older one is refused. A refresh token is good in the region that it is from.
"""

import base64
import hashlib
import secrets
import threading
import time
from dataclasses import dataclass

from .dpop import encode

# The longest that AWS's model allows, so that clients have room for them.
CODE_LENGTH, TOKEN_LENGTH = 512, 2048
SETTINGS = {"code_seconds": 600, "session_seconds": 12 * 3600, "replay_seconds": 900}


class Refused(Exception):
    """error is AWS's OAuth2ErrorCode, message what AWS says with it."""

    def __init__(self, error, message=None):
        super().__init__(error)
        self.error, self.message = error, message


@dataclass
class Asked:
    """What a client asked for at /v1/authorize, and has to repeat at /v1/token."""
    client_id: str
    redirect_uri: str
    region: str


@dataclass
class Session:
    """One sign-in of one person. thumbprint: of the key that its refreshes must be proved with."""
    arn: str
    password: str
    mfa: float
    asked: Asked
    challenge: str
    started: float
    ends: float
    code: str
    code_ends: float
    thumbprint: str = None
    token: str = None
    refreshes: int = 0
    previous: str = None
    answer: dict = None         # the one that previous gives again
    answered: float = 0.0

    def show(self):
        """For control."""
        return {"arn": self.arn, "client_id": self.asked.client_id, "region": self.asked.region,
                "started": self.started, "ends": self.ends, "redeemed": self.token is not None,
                "refreshes": self.refreshes, "thumbprint": self.thumbprint}


def _code():
    """As base64 has it: what is no letter and no digit must be percent-encoded in a query."""
    return base64.b64encode(secrets.token_bytes(CODE_LENGTH * 3 // 4 - 1)).decode()


def _token():
    return "ASOR" + base64.b64encode(secrets.token_bytes(TOKEN_LENGTH * 3 // 4 - 3)).decode()


def challenge(verifier):
    """RFC 7636 4.2, which AWS calls SHA-256."""
    return encode(hashlib.sha256(verifier.encode()).digest())


class Grants:
    """All of them; safe from many threads.

    check(session) raises Refused where the person may no longer; make(session) is the answer, as a
    dict without its refresh token.
    """

    def __init__(self, settings, check, make):
        self._lock = threading.RLock()
        self._sessions, self._check, self._make = [], check, make
        self.settings = dict(SETTINGS)
        self.change(settings)

    def change(self, settings):
        """Settings for what is granted from now on (replay_seconds: at once)."""
        for name, value in settings.items():
            if name not in SETTINGS or not isinstance(value, (int, float)) or value < 0:
                raise ValueError(f"no such setting: {name} = {value}")
            self.settings[name] = value

    def authorize(self, user, mfa, asked, challenged):
        """A code for a user who has signed in; mfa: when one of the device was shown."""
        now = time.time()
        session = Session(user.arn, user.password, mfa, asked, challenged, now,
                          now + self.settings["session_seconds"], _code(),
                          now + self.settings["code_seconds"])
        with self._lock:
            self._sessions.append(session)
        return session.code

    def redeem(self, code, verifier, asked, thumbprint):
        """The session, and its first answer. asked: as the client says that it was."""
        with self._lock:
            session = next((one for one in self._sessions if one.code == code), None)
            if session is None:
                raise Refused("INVALID_REQUEST")
            if time.time() >= session.code_ends:
                raise Refused("AUTHCODE_EXPIRED")
            if session.asked != asked or challenge(verifier) != session.challenge:
                raise Refused("INVALID_REQUEST")
            self._check(session)
            answer = self._make(session)
            session.code, session.thumbprint, session.token = None, thumbprint, _token()
            return session, {**answer, "refreshToken": session.token}

    def refresh(self, token, client_id, region, thumbprint):
        """The session, and the next answer, or the last one again."""
        now = time.time()
        with self._lock:
            session = next((one for one in self._sessions
                            if token in (one.token, one.previous)), None)
            if session is None or (session.asked.client_id, session.asked.region,
                                   session.thumbprint) != (client_id, region, thumbprint):
                raise Refused("INVALID_REQUEST")
            if now >= session.ends:
                raise Refused("TOKEN_EXPIRED")
            self._check(session)
            if token == session.previous:
                return session, self._again(session, now)
            answer = self._make(session)
            session.previous, session.token = token, _token()
            session.answer = {**answer, "refreshToken": session.token}
            session.answered = now
            session.refreshes += 1
            return session, session.answer

    def _again(self, session, now):
        passed = now - session.answered
        left = session.answer["expiresIn"] - int(passed)
        if passed >= self.settings["replay_seconds"] or left < 1:
            raise Refused("INVALID_REQUEST")
        return {**session.answer, "expiresIn": left}

    def end(self, arn, expired):
        """Ends the sessions of that person: expired, or gone as if revoked; how many."""
        with self._lock:
            ended = [one for one in self._sessions if arn in (None, one.arn)]
            for session in ended:
                session.ends = session.code_ends = 0
                if not expired:
                    self._sessions.remove(session)
        return len(ended)

    def show(self):
        """For control, the oldest first."""
        with self._lock:
            return [session.show() for session in self._sessions]
