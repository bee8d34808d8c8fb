# SPDX-License-Identifier: BSD-3-Clause
"""The folders' rules: who may include whom, who may use which library, who may change identity."""

import glob
import os
import re
import unittest

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDERS = ("common", "pam_module", "policy", "broker", "helper", "agent", "cli")
# Folder → whose headers it may include beside its own.
ALLOWED = {"common": set(), "pam_module": {"common"}, "policy": {"common"},
           "broker": {"common", "policy"}, "helper": {"common"}, "agent": {"common"},
           "cli": {"common", "policy"}}
# Header of a library → the files that may include it.
LIBRARIES = {
    r"curl/": r"helper/http\.c",
    r"openssl/": r"helper/.*",
    r"expat\.h": r"helper/.*",
    r"jansson\.h": r"(helper|agent|cli)/.*",
    r"event2?[/.]": r"agent/.*",
    r"security/": r"pam_module/.*",
    r"security/pam_appl\.h": r"",
    r"(pwd|grp|netdb|nss)\.h": r"(broker|policy|cli)/.*",
}
# What nobody calls, a test neither.
NEVER = r"(system|popen|strcpy|strcat|sprintf|vsprintf|alloca|gets|tmpnam|mktemp)"
CALLS = {
    r"(set(|re|res|fs|e)[ug]id|setgroups|initgroups|capset)": r"broker/privilege\.c",
    r"pam_(putenv|set_data|syslog|get_item)": r"pam_module/.*",
    r"(fork|vfork|clone|execve?|execl[pe]?|posix_spawnp?)": 
        # the last two: a command of the person's own, and their browser
        r"common/spawn\.c|broker/.*|cli/(answer|open_browser)\.c",
    r"execvpe?": r"cli/(exec|open_browser)\.c",
    r"dlopen": r"cli/qr\.c",
}
# A condition that is none: a test's way to see that something is missed, and no source's.
NEVER_IF = r"\b(if|while|return) \(?(0|1)(\)| &&| \|\|)"
# Headers whose names speak of what they declare, not of themselves.
PREFIXES = {"protocol": "record_", "trusted_file": "trusted_"}
NAME = r"[a-z][a-z0-9_]*"


def sources(folders=FOLDERS):
    """(path in the tree, text) of each source and header."""
    for folder in folders:
        for path in glob.glob(f"{SOURCE}/{folder}/**/*.[ch]", recursive=True):
            with open(path, encoding="utf-8") as file:
                yield os.path.relpath(path, SOURCE), file.read()


def code(text):
    """C without its comments and strings."""
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(\\.|[^"\\\n])*"', " ", text, flags=re.S)


class Folders(unittest.TestCase):
    """Reads the sources; needs nothing built."""

    def setUp(self):
        self.sources = dict(sources())
        self.assertGreater(len(self.sources), 50)

    def broken(self, rule):
        """Fails with all that rule() yields."""
        found = sorted(set(rule))
        self.assertEqual([], found, "\n" + "\n".join(found))

    def test_includes(self):
        """A folder includes common/, its own headers, and policy/ where it may"""
        def rule():
            for path, text in self.sources.items():
                own = path.split("/")[0]
                for name in re.findall(r'^\s*#\s*include\s+"([^"]+)"', text, re.M):
                    other = name.split("/")[0]
                    if name not in self.sources:
                        yield f"{path} includes {name}, which is not written from the top"
                    elif other not in ALLOWED[own] | {own}:
                        yield f"{path} includes {name}"
        self.broken(rule())

    def test_libraries(self):
        """A library is included where it may be"""
        def rule():
            for path, text in self.sources.items():
                for name in re.findall(r"^\s*#\s*include\s+<([^>]+)>", text, re.M):
                    for header, files in LIBRARIES.items():
                        if re.match(header, name) and not re.fullmatch(files, path):
                            yield f"{path} includes <{name}>"
        self.broken(rule())

    def test_calls(self):
        """Identity is changed in broker/privilege.c, processes start where they may"""
        def rule():
            for path, text in self.sources.items():
                for match in re.finditer(r"(?<![\w.>])(\w+)\s*\(", code(text)):
                    for call, files in CALLS.items():
                        if re.fullmatch(call, match[1]) and not re.fullmatch(files, path):
                            yield f"{path} calls {match[1]}"
        self.broken(rule())

    def test_never(self):
        """What takes no size, and what starts a shell, is called nowhere, in no test either"""
        def rule():
            for path, text in {**self.sources, **dict(sources(["tests"]))}.items():
                for match in re.finditer(rf"(?<![\w.>]){NEVER}\s*\(", code(text)):
                    yield f"{path} calls {match[1]}"
        self.broken(rule())

    def test_conditions(self):
        """No condition is a constant: what is asked decides"""
        def rule():
            for path, text in self.sources.items():
                for match in re.finditer(NEVER_IF, code(text)):
                    yield f"{path}: {match[0]}"
        self.broken(rule())

    def test_names(self):
        """What a header declares is named after its file"""
        def rule():
            for path, text in self.sources.items():
                if not path.endswith(".h"):
                    continue
                stem = os.path.basename(path)[:-2]
                for name in re.findall(rf"^[a-z][\w\s*]*?\b({NAME})\([^()]*\)[^;{{]*;", code(text),
                                       re.M | re.S):
                    if not name.startswith(PREFIXES.get(stem, stem)):
                        yield f"{path} declares {name}"
        self.broken(rule())

    def test_headers(self):
        """One header for each source, and no util.c"""
        def rule():
            for path in self.sources:
                stem = os.path.basename(path)[:-2]
                if stem in ("util", "utils", "misc", "helpers"):
                    yield f"{path}: says nothing"
                if path.endswith(".c") and stem not in ("main", "public") and \
                        path[:-1] + "h" not in self.sources and not self.shares_header(path):
                    yield f"{path}: has no header"
        self.broken(rule())

    def shares_header(self, path):
        """A second source of one header is named after it: record_socket.c of protocol.h is not."""
        folder, name = os.path.split(path[:-2])
        while "_" in name:
            name = name.rpartition("_")[0]
            if f"{folder}/{name}.h" in self.sources:
                return True
        return path == "common/record_socket.c"

    def test_marks(self):
        """Every file says its licence; no line is longer than 100 columns"""
        def rule():
            for path, text in self.sources.items():
                if "SPDX-License-Identifier: BSD-3-Clause" not in text.split("\n")[0]:
                    yield f"{path}: no licence"
                for number, line in enumerate(text.split("\n"), 1):
                    if len(line) > 100:
                        yield f"{path}:{number}: {len(line)} columns"
        self.broken(rule())
