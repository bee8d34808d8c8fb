# SPDX-License-Identifier: BSD-3-Clause
"""Parameters of an STS call, checked against botocore's own service model.

Messages are AWS's ("1 validation error detected: Value … at … failed to satisfy constraint: …").
Nothing here knows a limit by itself: required, min, max and pattern come from the model.
"""

import functools
import re
import sys
import unicodedata

import botocore.session

from .replies import AwsError

API_VERSION = "2011-06-15"


@functools.lru_cache(maxsize=None)
def service():
    """botocore's model of STS."""
    return botocore.session.get_session().get_service_model("sts", API_VERSION)


@functools.lru_cache(maxsize=None)
def _category(letter):
    """The inside of a character class for Java's \\p{letter}, which Python's re lacks."""
    ranges, start = [], None
    for code in range(sys.maxunicode + 2):
        inside = code <= sys.maxunicode and unicodedata.category(chr(code))[0] == letter
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            ranges.append(f"\\U{start:08x}-\\U{code - 1:08x}")
            start = None
    return "".join(ranges)


@functools.lru_cache(maxsize=None)
def _compile(pattern):
    """A pattern of the model (Java's dialect) as Python's. \\w and \\d are ASCII there."""
    text = pattern.replace(r"\u10000-\u10FFFF", r"\U00010000-\U0010FFFF")
    text = re.sub(r"\\p\{(\w)\}", lambda match: _category(match.group(1)), text)
    return re.compile(text, re.ASCII)


class _Check:
    """One walk over the parameters; collects AWS's sentences."""

    def __init__(self, params):
        self.left = dict(params)
        self.faults = []

    def fault(self, value, path, text):
        shown = "null" if value is None else f"'{value}'"
        self.faults.append(f"Value {shown} at '{path}' failed to satisfy constraint: Member {text}")

    def structure(self, shape, prefix, path):
        result = {}
        for name, member in shape.members.items():
            key = f"{prefix}.{name}" if prefix else name
            inner = name[0].lower() + name[1:]
            inner = f"{path}.{inner}" if path else inner
            value = self.value(member, key, inner)
            if value is not None:
                result[name] = value
            elif name in shape.required_members:
                self.fault(None, inner, "must not be null")
        return result

    def value(self, shape, key, path):
        if shape.type_name == "list":
            return self.sequence(shape, key, path)
        if shape.type_name == "structure":
            return self.structure(shape, key, path)
        text = self.left.pop(key, None)
        if text is None:
            return None
        if shape.type_name == "integer":
            return self.integer(shape, text, path)
        return self.string(shape, text, path)

    def sequence(self, shape, key, path):
        if self.left.get(key) == "":
            del self.left[key]
            return []
        items = []
        while True:
            number = len(items) + 1
            prefix = f"{key}.member.{number}"
            if not any(name == prefix or name.startswith(prefix + ".") for name in self.left):
                break
            items.append(self.value(shape.member, prefix, f"{path}.{number}.member"))
        self.size(shape, len(items), items, path)
        return items or None

    def integer(self, shape, text, path):
        if not re.fullmatch(r"-?[0-9]{1,10}", text):
            raise AwsError("MalformedInput", f"Invalid value for {path}: not a number")
        number, limits = int(text), shape.metadata
        if number < limits.get("min", number):
            self.fault(text, path,
                       f"must have value greater than or equal to {limits['min']}")
        if number > limits.get("max", number):
            self.fault(text, path, f"must have value less than or equal to {limits['max']}")
        return number

    def string(self, shape, text, path):
        self.size(shape, len(text), text, path)
        pattern = shape.metadata.get("pattern")
        if pattern and not _compile(pattern).fullmatch(text):
            self.fault(text, path, f"must satisfy regular expression pattern: {pattern}")
        return text

    def size(self, shape, length, value, path):
        limits = shape.metadata
        if length < limits.get("min", 0) and (length or shape.type_name != "list"):
            self.fault(value, path,
                       f"must have length greater than or equal to {limits['min']}")
        if length > limits.get("max", length):
            self.fault(value, path, f"must have length less than or equal to {limits['max']}")


def operation(params):
    """The name of the operation, or AWS's refusal."""
    action, version = params.get("Action"), params.get("Version")
    if not action:
        raise AwsError("MissingAction", "Could not find an Action in the request")
    if version != API_VERSION:
        raise AwsError("NoSuchVersion", f"The requested version ({version}) of service "
                                        "AWS STS does not exist")
    if action not in service().operation_names:
        raise AwsError("InvalidAction", f"Could not find operation {action} for version {version}")
    return action


def validate(action, params):
    """The call's arguments as a dict of the model's names, or AwsError."""
    check = _Check({key: value for key, value in params.items()
                    if key not in ("Action", "Version")})
    shape = service().operation_model(action).input_shape
    arguments = check.structure(shape, "", "") if shape else {}
    if check.left:
        raise AwsError("UnknownParameter",
                       f"The parameter {sorted(check.left)[0]} is not recognized")
    if check.faults:
        count = len(check.faults)
        noun = "error" if count == 1 else "errors"
        raise AwsError("ValidationError",
                       f"{count} validation {noun} detected: " + "; ".join(check.faults))
    return arguments
