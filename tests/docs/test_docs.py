# SPDX-License-Identifier: BSD-3-Clause
"""Manual pages, README and links against the code: what is there is told, what is told is there."""

import glob
import json
import os
import re
import shutil
import subprocess
import unittest

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGES = ("aws-role-broker.8", "aws-role-fence.8", "aws-role-shell.7", "aws-role.1",
         "aws-role.conf.5", "pam_aws_role.8")
STRING = r'"((?:[^"\\]|\\.)*)"'
SERVICE_USER = "_aws-role"


def read(path):
    """A file of the source."""
    with open(os.path.join(SOURCE, path), encoding="utf-8") as file:
        return file.read()


def code(path):
    """A C source without its comments, strings that stand side by side made one."""
    text = re.sub(r"/\*.*?\*/", " ", read(path), flags=re.S).replace("\\\n", "")
    return re.sub(r'"\s*"', "", text)


def sources(*folders):
    """The C sources of some folders."""
    return [os.path.relpath(path, SOURCE) for folder in folders
            for path in sorted(glob.glob(f"{SOURCE}/{folder}/**/*.c", recursive=True))]


def table(path, name):
    """What stands between the braces of an array's initialiser."""
    found = re.search(name + r"\[\w*\] = \{(.*?)\n\};", code(path), flags=re.S)
    if found is None:
        raise AssertionError(f"{path}: no table called {name}; this test looks for it")
    return found.group(1)


def log_lines(*folders):
    """The sentences of all calls of module_log, module_log_auth and log_line."""
    return {found.group(1) for path in sources(*folders)
            for found in re.finditer(r"\b(?:module_log(?:_auth)?|log_line)\([^;]*?" + STRING,
                                     code(path))}


def audit_lines():
    """(the sentences of all calls of ledger_log, the keys that it writes)."""
    text = "".join(code(path) for path in sources("broker", "cli"))
    keys = re.search(r"\nledger_log\(.*?\n\}", code("common/ledger.c"), flags=re.S).group(0)
    return (set(re.findall(r"\bledger_log\([^;]*?" + STRING, text)),
            set(re.findall(STRING, keys.partition("log_line(")[2])))


def config_keys():
    """The names in policy/config_keys.c."""
    return set(re.findall(r"\[KEY_\w+\] = \{" + STRING, table("policy/config_keys.c", r"keys")))


def expansions():
    """(what policy/expand.c expands, what it says is not in this version)."""
    text = code("policy/expand.c")
    return tuple(set(re.findall(STRING, re.search(rf"\b{name}\[\w*\] = \{{(.*?)\}};", text,
                                                 flags=re.S).group(1)))
                 for name in ("names", "later"))


def section(page, title):
    """A section (.Sh) or subsection (.Ss) of a page, up to the next one of its kind."""
    text = read(f"man/{page}")
    found = re.search(rf"^\.S([hs]) {re.escape(title)}$", text, flags=re.M)
    if found is None:
        raise AssertionError(f"{page} has no section {title}")
    ends = r"^\.Sh " if found.group(1) == "h" else r"^\.S[hs] "
    return re.split(ends, text[found.end():], maxsplit=1, flags=re.M)[0]


def verb_options(verb):
    """The options of a verb of aws-role, but for --help. Some verbs share theirs."""
    path = f"cli/{verb.replace('-', '_')}.c"
    text = code(path) if os.path.exists(f"{SOURCE}/{path}") else ""
    if "shell_verb_begin(" in text:
        text += code("cli/shell_verb.c")
    return set(re.findall(r"\{" + STRING + r", (?:no|required)_argument", text)) - {"help"}


def diagnostics(page):
    """The log lines that a page explains."""
    return set(re.findall(r"^\.It (.*)$", section(page, "DIAGNOSTICS"), flags=re.M))


def macro(path, name):
    """A string macro's value, with those of other macros of the file put in."""
    text = code(path)
    definition = re.search(rf"#define {name}\s+(.*)", text).group(1)
    words = []
    for string, other in re.findall(STRING + r"|([A-Z_]+)", definition):
        words.append(macro(path, other) if other else string)
    return "".join(words)


class ConfigurationPage(unittest.TestCase):
    """aws-role.conf(5)."""

    def setUp(self):
        self.page = read("man/aws-role.conf.5")

    def test_keys(self):
        """aws-role.conf(5) documents every key, and no other"""
        told = set()
        for line in re.findall(r"^\.(?:It )?Ic (.*)$", self.page, flags=re.M):
            told |= set(re.findall(r"[a-z_]+", line.split(" No ")[0]))
        self.assertEqual(config_keys(), told)

    def test_kinds(self):
        """aws-role.conf(5) documents every kind of section"""
        for kind in re.findall(STRING, table("policy/config_keys.c", "kind_names")):
            self.assertRegex(self.page, rf"(?m)^\.Ss .*\[{kind}\b")

    def test_expansions(self):
        """aws-role.conf(5) documents every expansion, and which are not in this version"""
        now, later = expansions()
        text = section("aws-role.conf.5", "Expansions")
        self.assertEqual(now, set(re.findall(r"^\.It Li %\{(\w+)\}$", text, flags=re.M)))
        text = section("aws-role.conf.5", "Not in this version")
        self.assertEqual(later, set(re.findall(r"%\{(\w+)\}", text)))

    def test_expanded_keys(self):
        """aws-role.conf(5) says where expansions are allowed"""
        allowed = set(re.findall(STRING + r", \w+, (?:EXPANDS|NAME),",
                                 table("policy/config_keys.c", r"keys")))
        text = section("aws-role.conf.5", "Expansions")
        line = re.search(r"^They are allowed in\n((?:\.Ic .*\n|and\n)+)", text, flags=re.M).group(1)
        told = set(re.findall(r"[a-z_]{4,}", line))
        self.assertEqual(allowed, told)

    def test_paths(self):
        """The pages name the files that the programs are built with"""
        for name in re.findall(r"\$\(configdir\)(/[\w./-]+)", read("broker/local.mk")):
            self.assertIn(f"/etc/aws-role{name}", self.page)


class ModulePage(unittest.TestCase):
    """pam_aws_role(8)."""

    def setUp(self):
        self.page = read("man/pam_aws_role.8")

    def test_options(self):
        """The module's page documents every option of the module, and no other"""
        options = set(re.findall(r"\{" + STRING + r", take_", code("pam_module/options.c")))
        self.assertEqual(options, set(re.findall(r"^\.It Cm (\w+)", section("pam_aws_role.8",
                                                                           "Options"), flags=re.M)))
        for option in options:
            self.assertRegex(self.page, rf"(?m)^\.Op Cm {option}\b")

    def test_option_limits(self):
        """The module's page has the default and the limit of timeout="""
        header = read("pam_module/options.h")
        default, most = (re.search(rf"{name} (\d+)", header).group(1)
                         for name in ("OPTIONS_TIMEOUT_DEFAULT", "OPTIONS_TIMEOUT_MAX"))
        self.assertIn(f"from 1 to {most}; {default} by default", self.page.replace("\n", " "))

    def test_variables(self):
        """The module's page documents every variable that the module sets, in session order"""
        text = section("pam_aws_role.8", "ENVIRONMENT")
        told = re.findall(r"AWS_[A-Z_]+", "".join(re.findall(r"^\.It Ev .*$", text, flags=re.M)))
        exported = re.findall(r"\{" + STRING, table("pam_module/environment.c", "variables"))
        self.assertEqual(exported, told)

    def test_return_values(self):
        """The module's page documents what the module returns"""
        returned = set()
        for path in ("pam_module/public.c", "pam_module/session.c", "pam_module/environment.c"):
            returned |= set(re.findall(r"return (?:\w+ == PAM_SUCCESS \? )?(PAM_\w+)", code(path)))
        text = section("pam_aws_role.8", "PAM RETURN VALUES")
        self.assertEqual(returned, set(re.findall(r"^\.It Dv (\w+)$", text, flags=re.M)))

    def test_log_lines(self):
        """The module's page explains every line that the module logs, and no other"""
        self.assertEqual(log_lines("pam_module"), diagnostics("pam_aws_role.8"))


    def test_audit(self):
        """The module's page explains every line of the audit, and every key of them"""
        text = section("pam_aws_role.8", "AUDIT")
        keys = {word for line in re.findall(r"^\.It Cm (.*?) Ta ", text, flags=re.M)
                for word in re.findall(r"\w+", line)}
        self.assertEqual(audit_lines(),
                         (set(re.findall(r"^\.It Li (.*)$", text, flags=re.M)), keys))


class ProgramPages(unittest.TestCase):
    """aws-role(1) and aws-role-broker(8)."""

    def test_verbs(self):
        """aws-role(1) documents every verb, and no other"""
        verbs = set(re.findall(r"\{" + STRING, table("cli/main.c", "verbs")))
        text = section("aws-role.1", "DESCRIPTION")
        self.assertEqual(verbs, set(re.findall(r"^\.Ss (\S+)$", text, flags=re.M)))
        self.assertEqual(verbs, set(re.findall(r"^\.Cm (\S+)$", section("aws-role.1", "SYNOPSIS"),
                                               flags=re.M)))

    def test_options(self):
        """aws-role(1) documents every option of every verb"""
        for verb in re.findall(r"\{" + STRING, table("cli/main.c", "verbs")):
            options = verb_options(verb)
            told = set(re.findall(r"^\.It Fl -(\S+)", section("aws-role.1", verb), flags=re.M))
            self.assertEqual(options, told, verb)

    def test_exit_status(self):
        """aws-role(1) documents every exit status"""
        codes = set(re.findall(r"VERB_\w+ = (\d+)|EXEC_\w+ (\d+)",
                               read("cli/verb.h") + read("cli/exec.h")))
        codes = {one or other for one, other in codes}
        text = section("aws-role.1", "EXIT STATUS")
        self.assertEqual(codes, set(re.findall(r"^\.It (\d+)$", text, flags=re.M)))

    def test_json(self):
        """aws-role(1) names the members of the JSON"""
        members = set(re.findall(r"json_object_set_new\(object, " + STRING, code("cli/status.c")))
        told = set(re.findall(r"^\.Ql (\w+)", section("aws-role.1", "status"), flags=re.M))
        self.assertEqual(members, told)

    def test_variables(self):
        """aws-role(1) names the variables that it reads"""
        text = section("aws-role.1", "ENVIRONMENT")
        for path in sources("cli"):
            for name in re.findall(r"getenv\(" + STRING, code(path)):
                self.assertRegex(text, rf"(?m)^\.It Ev .*\b{name}\b")

    def test_log_lines(self):
        """aws-role-broker(8) explains every line that broker, agent and helper log, and no other"""
        self.assertEqual(log_lines("broker", "agent", "helper", "policy"),
                         diagnostics("aws-role-broker.8"))


class FencePage(unittest.TestCase):
    """aws-role-fence(8)."""

    def setUp(self):
        self.script = read("etc/aws-role-fence.in")
        self.page = read("man/aws-role-fence.8")

    def test_verbs(self):
        """aws-role-fence(8) documents every verb and option, and no other"""
        usage = re.search(r"^usage: aws-role-fence (.*)$", self.script, flags=re.M).group(1)
        verbs = re.findall(r"[a-z]+", re.sub(r"\[.*?\]", "", usage))
        self.assertEqual(verbs, re.findall(r"^\.It Cm (\w+)$", self.page, flags=re.M))
        self.assertEqual(verbs, re.findall(r"^\.Cm (\w+)$", section("aws-role-fence.8", "SYNOPSIS"),
                                           flags=re.M))
        self.assertEqual(re.findall(r"--(\w+) N", usage),
                         re.findall(r"^\.It Fl -(\S+)", self.page, flags=re.M))

    def test_seconds(self):
        """aws-role-fence(8) has the default and the limit of --seconds"""
        default, most = (re.search(rf"^SECONDS_{name}=(\d+)$", self.script, flags=re.M).group(1)
                         for name in ("DEFAULT", "MAX"))
        self.assertIn(f"from 1 to {most}; {default} by default", self.page)

    def test_addresses(self):
        """Rules, page and aws-role check --live are about the same addresses"""
        address = r"(?:169\.254\.170|169\.254\.169|fd00:ec2:)[.:]\w+"
        sets = " ".join(re.findall(r"elements = \{ ([^$]*?) \}", self.script))
        closed = set(re.findall(address, sets))
        self.assertEqual(5, len(closed))
        self.assertEqual(closed, set(re.findall(address, table("cli/check_live.c", "services"))))
        rows = "".join(re.findall(r"^\.It .* Ta .*$", self.page, flags=re.M))
        self.assertEqual(closed, set(re.findall(address, rows)))


class ShellPage(unittest.TestCase):
    """aws-role-shell(7)."""

    def setUp(self):
        self.page = read("man/aws-role-shell.7")
        self.hooks = {name: read(f"etc/shell/{name}.in") for name in ("hook.sh", "aws-role.fish")}

    def test_verbs(self):
        """aws-role-shell(7) names the verbs that the function aws-role applies, in all shells"""
        lines = (re.search(r"^    (switch .*)\) builtin shift", self.hooks["hook.sh"], flags=re.M),
                 re.search(r"contains -- \S+ (switch .*)$", self.hooks["aws-role.fish"],
                           flags=re.M))
        text = section("aws-role-shell.7", "The function aws-role")
        told = re.findall(r"\w+", " ".join(re.findall(r"^\.Cm (.*)$", text, flags=re.M)))
        for line in lines:
            self.assertEqual(told, re.findall(r"\w+", line.group(1)))

    def test_names(self):
        """No function of the hooks has the name of one of the completions: they share a shell"""
        functions = r"(?m)^ *(?:function )?([\w-]+) *\(\)|^ *function ([\w-]+)"
        hooks, completions = (
            {name for path in glob.glob(f"{SOURCE}/etc/{folder}/**/*", recursive=True)
             if os.path.isfile(path) for found in re.findall(functions, read(path))
             for name in found if name} for folder in ("shell", "completions"))
        self.assertIn("_aws_role_prompt", hooks)
        self.assertIn("_aws_role", completions)
        self.assertEqual(set(), hooks & completions)

    def test_variables(self):
        """aws-role-shell(7) documents the exported variables that the hooks read"""
        text = section("aws-role-shell.7", "ENVIRONMENT")
        told = set(re.findall(r"_?AWS_ROLE_\w+", "".join(re.findall(r"^\.It Ev .*$", text,
                                                                    flags=re.M))))
        for hook in self.hooks.values():
            self.assertEqual(told, set(re.findall(r"_?AWS_ROLE_[A-Z_]+", hook)))


class ServiceUser(unittest.TestCase):
    """The line that makes the service user is one line everywhere."""

    def setUp(self):
        self.line = macro("common/service_user.h", "SERVICE_USER_MEND")

    def test_readme(self):
        """README's useradd lines are the programs'"""
        self.assertTrue(self.line.startswith("useradd --system "))
        lines = re.findall(r"^useradd .*$", read("README.md"), flags=re.M)
        self.assertEqual([self.line] * 2, lines)

    def test_page(self):
        """aws-role-broker(8) has the programs' useradd line"""
        shown = re.search(r"^# (useradd(?:.*\\e\n)*.*)$", read("man/aws-role-broker.8"), flags=re.M)
        self.assertEqual(self.line, re.sub(r"\\e\n\s+", "", shown.group(1)))



class Pages(unittest.TestCase):
    """All manual pages."""

    def test_installed(self):
        """Every page is installed"""
        listed = set(re.findall(r"man/(\S+)", read("man/local.mk")))
        self.assertEqual(set(PAGES), listed)
        self.assertEqual(listed, set(os.listdir(f"{SOURCE}/man")) - {"local.mk"})

    def test_references(self):
        """References to pages of ours lead somewhere"""
        for page in PAGES:
            for name, number in re.findall(r"^\.Xr (\S*aws[-_]role\S*) (\d)", read(f"man/{page}"),
                                           flags=re.M):
                self.assertIn(f"{name}.{number}", PAGES, page)

    @unittest.skipUnless(shutil.which("mandoc"), "mandoc is not installed")
    def test_lint(self):
        """mandoc has nothing to say about the pages"""
        for page in PAGES:
            done = subprocess.run(["mandoc", "-T", "lint", "-W", "style", f"man/{page}"],
                                  cwd=SOURCE, check=False, text=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL)
            # Which pages of others are installed here is not this page's fault.
            said = [line for line in done.stdout.splitlines()
                    if f"man/{page}:" in line and "referenced manual not found" not in line]
            self.assertEqual([], said)


class Links(unittest.TestCase):
    """Markdown."""

    def test_links(self):
        """Links within the source lead to a file, and to a heading of it"""
        paths = glob.glob(f"{SOURCE}/*.md") + glob.glob(f"{SOURCE}/docs/**/*.md", recursive=True)
        self.assertGreater(len(paths), 4)
        for path in paths:
            for target in re.findall(r"\]\(([^)\s]+)\)", read(path)):
                if re.match(r"[a-z]+:", target):
                    continue
                name, _, heading = target.partition("#")
                where = os.path.join(os.path.dirname(path), name) if name else path
                with self.subTest(file=os.path.relpath(path, SOURCE), link=target):
                    self.assertTrue(os.path.exists(where))
                    if heading:
                        titles = re.findall(r"^#+ (.*)$", read(where), flags=re.M)
                        self.assertIn(heading, {re.sub(r"[^\w -]", "", title).lower()
                                                .replace(" ", "-") for title in titles})

    def test_policies(self):
        """README's two policies are JSON, and allow the three actions that the helper's words name"""
        blocks = re.findall(r"^```json\n(.*?)^```$", read("README.md"), flags=re.M | re.S)
        self.assertEqual(2, len(blocks))
        named = set(re.findall(r"sts:\w+", code("helper/sts_words.c")))
        for block in blocks:
            statement, = json.loads(block)["Statement"]
            self.assertEqual({"sts:AssumeRole", *named}, set(statement["Action"]))

    def test_samples(self):
        """README installs samples that are there"""
        for name in re.findall(r"etc/examples/[\w.-]+", read("README.md")):
            self.assertTrue(os.path.exists(os.path.join(SOURCE, name)), name)


if __name__ == "__main__":
    unittest.main()
