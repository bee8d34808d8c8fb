# SPDX-License-Identifier: BSD-3-Clause
"""The completions of the shells against the code, asked in the shells themselves."""

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from .test_docs import SOURCE, STRING, code, table, verb_options

COMPLETIONS = os.path.join(SOURCE, "etc", "completions")
ROLES = ("audit", "developer")
PATIENCE_SECONDS = 20


def verbs():
    """Verb → its summary, from the table in cli/main.c."""
    return dict(re.findall(r"\{" + STRING + ", " + STRING, table("cli/main.c", "verbs")))


def options(verb):
    """What is offered behind a verb that begins with a dash."""
    return {"--" + name for name in verb_options(verb)} | \
        (set() if verb == "help" else {"--help"})


def shells(name):
    """The words of --shell, from the message that names them."""
    words = re.search(rf"#define {name} {STRING}", code("cli/shell_code.h")).group(1)
    return set(re.findall(r"\w+", words)) - {"or"}


class Completions(unittest.TestCase):
    """What a shell offers. `offered` is of each."""

    shell = None

    @classmethod
    def setUpClass(cls):
        if cls.shell is None:
            raise unittest.SkipTest("the tests of all shells")
        if shutil.which(cls.shell) is None:
            raise unittest.SkipTest(f"{cls.shell} is not installed")
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        # An aws-role that has two roles: only the names come from it.
        with open(os.path.join(folder.name, "aws-role"), "w", encoding="ascii") as file:
            file.write("#!/bin/sh\n[ \"$1\" = roles ] && printf '%s\\n' " + " ".join(ROLES) + "\n")
        os.chmod(file.name, 0o755)
        cls.environment = {**os.environ, "PATH": f"{folder.name}:{os.environ['PATH']}",
                           "HOME": folder.name, "TERM": "dumb", "LC_ALL": "C.UTF-8"}

    def offered(self, line):
        """The words that are offered for the last word of a line."""
        raise NotImplementedError

    def check_verbs(self):
        """All verbs and no other; of what begins with a dash, those of no verb."""
        self.assertEqual(set(verbs()), {word for word in self.offered("aws-role ")
                                        if not word.startswith("-")})
        self.assertEqual({"--help", "--version"}, self.offered("aws-role -"))
        self.assertEqual(set(verbs()), self.offered("aws-role help "))

    def check_summaries(self, name):
        """The file has what `aws-role help` says of each verb."""
        with open(os.path.join(COMPLETIONS, name), encoding="utf-8") as file:
            text = file.read()
        self.assertEqual([], [verb for verb, summary in verbs().items()
                              if f"{verb}:{summary}" not in text])

    def check_options(self):
        """All options of each verb and no other."""
        for verb in verbs():
            with self.subTest(verb=verb):
                self.assertEqual(options(verb), {word for word in self.offered(f"aws-role {verb} -")
                                                 if word.startswith("--")})

    def check_values(self):
        """Roles and shells where they belong."""
        self.assertEqual(set(ROLES), self.offered("aws-role switch "))
        for verb in ("exec", "env", "credential-process"):
            self.assertEqual(set(ROLES), self.offered(f"aws-role {verb} --role "), verb)
        for verb in ("switch", "refresh", "login", "logout", "off"):
            self.assertEqual(shells("SHELL_CODE_SHELLS"), self.offered(f"aws-role {verb} --shell "))
        self.assertEqual(shells("SHELL_CODE_WORDS"), self.offered("aws-role env --shell "))
        self.assertIn("root", self.offered("aws-role revoke roo"))
        self.assertIn("root", self.offered("aws-role check --user roo"))
        self.assertIn("printenv", self.offered("aws-role exec printen"))


class Bash(Completions):
    """bash."""

    shell = "bash"

    def offered(self, line):
        words = line.split(" ")
        script = (f"source {COMPLETIONS}/bash/aws-role; COMP_WORDS=(\"$@\"); "
                  "COMP_CWORD=$(($# - 1)); _aws_role; printf '%s\\n' \"${COMPREPLY[@]}\"")
        done = subprocess.run(["bash", "--norc", "-c", script, "bash", *words], check=True,
                              env=self.environment, stdout=subprocess.PIPE, text=True)
        return set(done.stdout.split())

    def test_bash_verbs(self):
        """bash completes every verb of aws-role, and no other"""
        self.check_verbs()

    def test_bash_options(self):
        """bash completes every option of every verb, and no other"""
        self.check_options()

    def test_bash_values(self):
        """bash completes roles, shells, users and commands where they belong"""
        self.check_values()
        self.assertEqual({"audit"}, self.offered("aws-role env --role = au"))
        self.assertEqual(set(ROLES), self.offered("aws-role env --role ="))
        self.assertIn("printenv", self.offered("aws-role exec --role audit --endpoint -- printen"))
        self.assertEqual(options("exec"), self.offered("aws-role exec --role audit --"))


class Fish(Completions):
    """fish."""

    shell = "fish"

    def offered(self, line):
        done = subprocess.run(["fish", "-N", "-c", f"source {COMPLETIONS}/fish/aws-role.fish; "
                               "complete -C $argv[1]", line], check=True, env=self.environment,
                              stdout=subprocess.PIPE, text=True)
        return {words.split("\t")[0] for words in done.stdout.splitlines()}

    def test_fish_verbs(self):
        """fish completes every verb of aws-role with its summary, and no other"""
        self.check_verbs()
        self.check_summaries("fish/aws-role.fish")

    def test_fish_options(self):
        """fish completes every option of every verb, and no other"""
        self.check_options()

    def test_fish_values(self):
        """fish completes roles, shells, users and commands where they belong"""
        self.check_values()


# What zsh hands to its list, and nothing is listed: compadd(zshcompwid) asked what it would match.
ZSH_COMPADD = """\
compadd() {
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return $?; fi
    local -a _hits; builtin compadd -A _hits "$@"; local _hit
    for _hit in $_hits; do print -rn -- "<""<$_hit>""> "; done
    (( $#_hits ))
}
"""
ZSH_PROMPT = "next:"


class Zsh(Completions):
    """zsh, which completes on a terminal alone."""

    shell = "zsh"

    def setUp(self):
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.execvpe("zsh", ["zsh", "-f", "-i"], self.environment)
        self.addCleanup(self.end)
        self.say(f"PS1={ZSH_PROMPT}; unsetopt beep prompt_sp; fpath=({COMPLETIONS}/zsh $fpath); stty columns 500; "
                 "autoload -U compinit; compinit -u -D; bindkey '^I' complete-word")
        for line in ZSH_COMPADD.splitlines():
            self.say(line)
        self.until("ready")

    def end(self):
        """Ends the shell."""
        os.kill(self.process, signal.SIGKILL)
        os.close(self.terminal)
        os.waitpid(self.process, 0)

    def say(self, text):
        """Types a line."""
        os.write(self.terminal, text.encode() + b"\n")

    def until(self, word):
        """What the shell writes until it has printed a word and waits for the next line."""
        self.say(f"print -- '<''{word}>'")
        text, end = "", time.monotonic() + PATIENCE_SECONDS
        while ZSH_PROMPT not in text.partition(f"<{word}>")[2]:
            if not select.select([self.terminal], [], [], max(0, end - time.monotonic()))[0]:
                self.fail(f"no {word} after {text!r}")
            text += os.read(self.terminal, 65536).decode("utf-8", "replace")
        return text

    def offered(self, line):
        os.write(self.terminal, line.encode() + b"\t\x15")     # complete, then take the line away
        return set(re.findall(r"<<(.*?)>>", self.until("end")))

    def test_zsh_verbs(self):
        """zsh completes every verb of aws-role with its summary, and no other"""
        self.check_verbs()
        self.check_summaries("zsh/_aws-role")

    def test_zsh_options(self):
        """zsh completes every option of every verb, and no other"""
        self.check_options()

    def test_zsh_values(self):
        """zsh completes roles, shells, users and commands where they belong"""
        self.check_values()


if __name__ == "__main__":
    unittest.main()
