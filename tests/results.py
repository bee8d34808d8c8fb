# SPDX-License-Identifier: BSD-3-Clause
"""One line a test: "ok   topic: what", "FAIL topic: what" with details, "skip topic: what: why"."""

import contextlib
import io
import json
import os
import sys
import threading
import unittest

LINES = {"ok": "ok   ", "FAIL": "FAIL ", "skip": "skip "}


class Results:
    """Prints and counts; threads may share one."""

    def __init__(self, words=()):
        self.words = [word.lower() for word in words]
        self.counts = dict.fromkeys(LINES, 0)
        self._lock = threading.Lock()

    def wanted(self, name):
        """True if the words, where there are any, ask for this test."""
        return not self.words or any(word in name.lower() for word in self.words)

    def add(self, outcome, name, details=""):
        """One test; details are a failure's text, or why one was skipped."""
        with self._lock:
            self.counts[outcome] += 1
            self._tell(outcome, name, details)

    def _tell(self, outcome, name, details):
        if outcome == "skip" and details:
            name += ": " + " ".join(details.split())
        print(LINES[outcome] + name)
        if outcome == "FAIL":
            for line in details.rstrip().splitlines():
                print("     " + line)
        sys.stdout.flush()

    def relay(self, line):
        """A line of another process's Told; the outcome."""
        outcome, name, details = json.loads(line)
        self.add(outcome, name, details)
        return outcome

    def summary(self):
        """The last line."""
        text = f"{self.counts['ok']} passed, {self.counts['FAIL']} failed"
        return text + (f", {self.counts['skip']} skipped" if self.counts["skip"] else "")


class Told(Results):
    """A line a test for relay() behind standard output, which becomes standard error."""

    def __init__(self, words=()):
        super().__init__(words)
        self._stream = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)

    def _tell(self, outcome, name, details):
        print(json.dumps([outcome, name, details]), file=self._stream, flush=True)


def name_of(test):
    """topic: the first line of the test's docstring, or its name in words."""
    topic = type(test).__module__.rpartition(".")[2].removeprefix("test_")
    name = test.id().rpartition(".")[2].removeprefix("test_").replace("_", " ")
    return f"{topic}: {(test.shortDescription() or name).rstrip('.')}"


class _UnittestResult(unittest.TestResult):
    """Hands unittest's outcomes to a Results."""

    def __init__(self, results):
        super().__init__()
        self.buffer = False
        self._results, self._failed = results, []

    def startTest(self, test):      # pylint: disable=invalid-name
        super().startTest(test)
        self._failed = []

    def stopTest(self, test):       # pylint: disable=invalid-name
        super().stopTest(test)
        if self._failed:
            self._results.add("FAIL", name_of(test), "\n".join(self._failed))

    def addSuccess(self, test):     # pylint: disable=invalid-name
        self._results.add("ok", name_of(test))

    def addSkip(self, test, reason):    # pylint: disable=invalid-name
        super().addSkip(test, reason)
        self._results.add("skip", name_of(test), reason)

    def _fail(self, test, error):
        text = self._exc_info_to_string(error, test)    # without unittest's own frames
        if isinstance(test, unittest.TestCase):
            self._failed.append(text)
        else:                       # setUpClass or a module that does not import
            self._results.add("FAIL", str(test), text)

    def addError(self, test, err):      # pylint: disable=invalid-name
        super().addError(test, err)
        self._fail(test, err)

    def addFailure(self, test, err):    # pylint: disable=invalid-name
        super().addFailure(test, err)
        self._fail(test, err)

    def addSubTest(self, test, subtest, err):   # pylint: disable=invalid-name
        if err is not None:
            self.failures.append((subtest, ""))
            self._failed.append(subtest._subDescription() + "\n" +  # pylint: disable=protected-access
                                self._exc_info_to_string(err, test))


def _flatten(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from _flatten(item)
        else:
            yield item


def run_unittests(results, package, top, pattern="test_*.py"):
    """The tests in a package below the folder top."""
    found = unittest.defaultTestLoader.discover(f"{top}/{package}", pattern, top)
    tests = [test for test in _flatten(found) if results.wanted(name_of(test))]
    with contextlib.redirect_stderr(io.StringIO()) as said:
        unittest.TestSuite(tests).run(_UnittestResult(results))
    return said.getvalue()
