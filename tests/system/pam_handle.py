# SPDX-License-Identifier: BSD-3-Clause
"""libpam itself, called from here: a PAM application that does what a test says, step by step."""

import contextlib
import ctypes
import ctypes.util

# <security/_pam_types.h>
ESTABLISH, DELETE, REINITIALIZE, REFRESH, SILENT = 0x2, 0x4, 0x8, 0x10, 0x8000
SERVICE, USER = 1, 2
ECHO_ON, ERROR_MSG = 2, 3
CONVERSATION_FAILED = 19

_libpam = ctypes.CDLL(ctypes.util.find_library("pam") or "libpam.so.0")
_libc = ctypes.CDLL(None)
_Conversation = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p,
                                 ctypes.c_void_p)
_libpam.pam_getenvlist.restype = ctypes.POINTER(ctypes.c_void_p)
_libc.calloc.restype = _libc.strdup.restype = ctypes.c_void_p


class _PamConv(ctypes.Structure):
    _fields_ = [("conv", _Conversation), ("data", ctypes.c_void_p)]


class _PamMessage(ctypes.Structure):
    _fields_ = [("style", ctypes.c_int), ("text", ctypes.c_char_p)]


class _PamResponse(ctypes.Structure):
    _fields_ = [("text", ctypes.c_void_p), ("unused", ctypes.c_int)]


@_Conversation
def _refuse(*_):
    """Nobody can be asked, as in cron."""
    return CONVERSATION_FAILED


class PamHandle:
    """pam_start until the block's end. Each method returns what PAM returned.

    answers: what somebody types, line by line; said: what they were told, (style, text).
    """

    def __init__(self, service, user, answers=None):
        self._handle = ctypes.c_void_p()
        self._answers, self.said = list(answers or ()), []
        self._conversation = _PamConv(_refuse if answers is None else _Conversation(self._converse),
                                      None)
        result = _libpam.pam_start(service.encode(), user.encode(),
                                   ctypes.byref(self._conversation), ctypes.byref(self._handle))
        if result != 0:
            raise OSError(f"pam_start: {result}")

    def _converse(self, _, messages, responses, __):
        """One message at a time, as Linux-PAM's modules send them; no answer left: a failure."""
        message = ctypes.cast(messages, ctypes.POINTER(ctypes.POINTER(_PamMessage))).contents[0]
        self.said.append((message.style, message.text.decode()))
        if message.style == ECHO_ON and not self._answers:
            return CONVERSATION_FAILED
        place = _libc.calloc(1, ctypes.sizeof(_PamResponse))
        if message.style == ECHO_ON:
            response = ctypes.cast(place, ctypes.POINTER(_PamResponse)).contents
            response.text = _libc.strdup(self._answers.pop(0).encode())
        ctypes.cast(responses, ctypes.POINTER(ctypes.c_void_p))[0] = place
        return 0

    def authenticate(self, flags=0):
        """pam_authenticate(3)."""
        return _libpam.pam_authenticate(self._handle, flags)

    def open(self):
        """pam_open_session(3)."""
        return _libpam.pam_open_session(self._handle, 0)

    def close(self):
        """pam_close_session(3)."""
        return _libpam.pam_close_session(self._handle, 0)

    def setcred(self, flags):
        """pam_setcred(3)."""
        return _libpam.pam_setcred(self._handle, flags)

    def set_item(self, item, text):
        """pam_set_item(3)."""
        return _libpam.pam_set_item(self._handle, item, text.encode())

    def put(self, setting):
        """pam_putenv(3)."""
        return _libpam.pam_putenv(self._handle, setting.encode())

    @property
    def environment(self):
        """pam_getenvlist(3)."""
        found, at = {}, 0
        settings = _libpam.pam_getenvlist(self._handle)
        while settings[at]:
            text = ctypes.string_at(settings[at]).decode("utf-8", "surrogateescape")
            _libc.free(ctypes.c_void_p(settings[at]))
            name, _, value = text.partition("=")
            found[name] = value
            at += 1
        _libc.free(settings)
        return found

    def end(self):
        """pam_end(3)."""
        if self._handle:
            _libpam.pam_end(self._handle, 0)
            self._handle = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.end()
