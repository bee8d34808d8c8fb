# SPDX-License-Identifier: BSD-3-Clause
"""The prompt hook where variables, options, functions and prompts are not what one would expect."""

import contextlib
import os
import shutil
import socket
import subprocess

from . import machine
from .shells import FISH_HOOK, LOADER, SHELLS, ShellTest, put
from .tmux import PROMPTS

RAN = "/tmp/ran"
NO_NUMBERS = (f"a[$(touch {RAN})0]", f"$(touch {RAN})", f"0;touch {RAN}", f"0\ntouch {RAN}\n",
              "0\n", "0 0", "", "-1", "+1", "0x1", "1e1", "1.0", "00000000000", "9" * 20, "0/0", "now")
HOLDS = 'echo "[$AWS_ACCESS_KEY_ID] [$AWS_ROLE_NAME]"'
LOAD = f". {LOADER}\n"
NINE = "sh -c 'exit 9' && :"    # a status that ends no shell


class Values(ShellTest):
    """Variables from anywhere, in a shell that would take the session's role."""

    def setUp(self):
        super().setUp()
        self.session = self.log_in()
        self.tmux = self.terminals()
        self.addCleanup(self.assertFalse, os.path.exists(RAN))

    def test_refresh_at(self):
        """AWS_ROLE_REFRESH_AT that is no number of ten digits at most runs nothing, asks nobody"""
        for shell in SHELLS:
            pane = self.tmux.pane(*self.outside(AWS_ROLE_REFRESH_AT="none"), shell)
            for value in NO_NUMBERS:
                with self.subTest(shell=shell, value=value):
                    if "\n" in value:       # nobody types that
                        pane = self.tmux.pane(*self.outside(AWS_ROLE_REFRESH_AT=value), shell)
                    else:
                        pane.run(put(shell, "AWS_ROLE_REFRESH_AT", f"'{value}'"))
                    self.assertEqual("[] []", pane.say(HOLDS))
                    self.assertFalse(os.path.exists(RAN))
            for value in ("0", "0000000008", "1111111111"):
                with self.subTest(shell=shell, value=value):
                    pane.run(put(shell, "AWS_ROLE_REFRESH_AT", value))
                    self.assertIn("[developer]", pane.say(HOLDS))
                    self.assertNotEqual(value, pane.say("echo $AWS_ROLE_REFRESH_AT"))

    def test_other_variables(self):
        """Quotes in AWS_ROLE_NAME and code in the hook's own names run nothing; the role comes"""
        hostile = f"x'; touch {RAN}; $(touch {RAN}) `touch {RAN}` \"a[$(touch {RAN})]"
        more = {name: f"a[$(touch {RAN})0]" for name in
                ("_aws_role_seen", "_aws_role_said", "_aws_role_profile", "_aws_role_why",
                 "_aws_role_hook", "_aws_role_folder", "_AWS_ROLE_KEY", "_AWS_ROLE_KEY_OF",
                 "EPOCHSECONDS")}
        for shell in SHELLS:
            with self.subTest(shell):
                pane = self.tmux.pane(*self.outside(AWS_ROLE_NAME=hostile, AWS_ROLE_REFRESH_AT="0",
                                                    AWS_PROFILE=hostile, **more), shell)
                self.assertIn("[developer]", pane.say(HOLDS))
                self.assertFalse(os.path.exists(RAN))

    def test_socket(self):
        """A socket elsewhere in AWS_ROLE_SOCKET is not followed"""
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as other:
            path = self.ueno.home + "/socket"
            other.bind(path)
            self.addCleanup(os.unlink, path)
            os.chown(path, self.ueno.uid, self.ueno.uid)
            other.listen()
            other.setblocking(False)
            for shell in SHELLS:
                with self.subTest(shell):
                    pane = self.tmux.pane(*self.outside(AWS_ROLE_SOCKET=path,
                                                        AWS_ROLE_REFRESH_AT="0"), shell)
                    self.assertEqual(self.session.environment()["AWS_ROLE_SOCKET"],
                                     pane.say("echo $AWS_ROLE_SOCKET"))
                    with self.assertRaises(BlockingIOError):
                        other.accept()


class Options(ShellTest):
    """A person's own file that does something odd and loads the hook."""

    def setUp(self):
        super().setUp()
        self.session = self.log_in()
        self.tmux = self.terminals()

    @contextlib.contextmanager
    def shell(self, shell, text, *words):
        """A shell with this as the person's file, the system's not loading the hook; it is kept."""
        name = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}[shell]
        self.own_file(name, text)
        with contextlib.ExitStack() as away:
            for path in ("/etc/bash.bashrc", "/etc/zsh/zshrc"):
                if os.path.exists(path):
                    away.enter_context(machine.away(path))
            pane = self.tmux.pane(*self.outside(), shell, *words)
            yield pane
        pane.close()

    def holds(self, pane):
        """The role is there, an ask is silent, the status and the shell survive."""
        self.assertIn("[developer]", " ".join(pane.run(HOLDS)[1]))
        self.assertEqual(9, pane.run(NINE)[0])
        pane.run("AWS_ROLE_REFRESH_AT=0")
        self.assertNotEqual(["0"], pane.run("echo $AWS_ROLE_REFRESH_AT")[1])
        pane.run("aws-role switch audit")
        self.assertIn("[audit]", " ".join(pane.run(HOLDS)[1]))
        self.assert_unseen(pane)

    def assert_unseen(self, pane):
        """The hook has said nothing, and nobody has shown a secret."""
        self.assertNotRegex(pane.screen(), "(?m)^aws-role: ")
        self.assertNotIn("AWS_SECRET_ACCESS_KEY", pane.screen())

    BASH = {
        "errexit, nounset": "set -eu\nLOAD",
        "errexit, nounset afterwards": "LOADset -eu\n",
        "xtrace, verbose": "set -xv\nLOAD",
        "xtrace to elsewhere": "exec 9>>~/trace; BASH_XTRACEFD=9; set -x\nLOAD",
        "noglob, IFS": "set -f; IFS=0123456789_=/.A\nLOAD",
        "allexport, functrace, errtrace": "set -aET\nLOAD",
        "extdebug, a DEBUG trap, an ERR trap": "LOADshopt -s extdebug; trap : DEBUG; trap : ERR\n",
        "posix": "LOADset -o posix\n",
        "functions": "".join(f"{name}() {{ echo no; }}\n" for name in
                             ("eval", "printf", "local", "shopt", "source", "set", "command"))
                     + "LOAD",
        "aliases": "alias local='echo no' builtin='echo no' eval='echo no'\nLOAD",
        "nocasematch, extglob, failglob": "shopt -s nocasematch extglob failglob localvar_inherit\n"
                                          "LOAD",
        "twice": "LOADLOAD",
        "read-only names": "readonly code result now seen verb\nLOAD",
    }

    def test_bash(self):
        """bash's options, traps, aliases and functions of any name: the hook works, unseen"""
        for what, text in self.BASH.items():
            with self.subTest(what), \
                    self.shell("bash", PROMPTS["bash"] + text.replace("LOAD", LOAD)) as pane:
                self.holds(pane)
        with open(self.ueno.home + "/trace", encoding="utf-8") as file:
            trace = file.read()
        self.assertIn("_aws_role_prompt", trace)
        self.assertNotIn("AWS_SECRET_ACCESS_KEY", trace)

    ZSH = {
        "errexit, nounset": "set -eu\nLOAD",
        "emulate sh": "emulate sh\nLOAD",
        "within a function": "load() { emulate -L ksh; LOAD}\nload\n",
        "emulate ksh, xtrace": "emulate ksh; set -x\nLOAD",
        "options": "setopt ksh_arrays sh_word_split no_glob glob_subst no_unset warn_create_global "
                   "octal_zeroes no_short_loops csh_null_glob all_export\nLOAD",
        "aliases": "alias local='echo no' eval='echo no' builtin='echo no'\nalias -g code=no\nLOAD",
        "functions": "eval() { echo no }\nprintf() { echo no }\nlocal() { echo no }\nLOAD",
        "twice": "LOADLOAD",
    }

    def test_zsh(self):
        """zsh's options, emulations, aliases and functions of any name: the hook works, unseen"""
        if "zsh" not in SHELLS:
            self.skipTest("zsh is not installed")
        for what, text in self.ZSH.items():
            with self.subTest(what), \
                    self.shell("zsh", PROMPTS["zsh"] + text.replace("LOAD", LOAD)) as pane:
                self.holds(pane)

    def test_fish(self):
        """fish's trace and functions named like builtins: the hook works, unseen"""
        if "fish" not in SHELLS:
            self.skipTest("fish is not installed")
        text = "".join(f"function {name}\n    builtin echo no\nend\n" for name in
                       ("echo", "contains"))
        prompt = PROMPTS["fish"].replace("    echo", "    builtin echo")
        for what, more in (("functions", text), ("trace", "set -g fish_trace 1\n")):
            with self.subTest(what), self.shell("fish", prompt + more) as pane:
                self.assertEqual(9, pane.run(NINE)[0])
                lines = [line for command in ("set -gx AWS_ROLE_REFRESH_AT 0",
                                              "set -gx AWS_PROFILE work", "aws-role switch audit")
                         for line in pane.run(command)[1]]
                self.assertNotIn("no", lines)
                pane.run("functions -e echo")
                self.assertIn("[audit]", " ".join(pane.run(HOLDS)[1]))
                self.assertEqual(2, pane.screen().count("aws-role: AWS_PROFILE"))     # switch again
                self.assertNotIn("AWS_SECRET_ACCESS_KEY", pane.screen())

    def test_older_fish(self):
        """Without the builtin path, as in fish before 3.6, the clock is date's"""
        if "fish" not in SHELLS:
            self.skipTest("fish is not installed")
        with open(FISH_HOOK, encoding="utf-8") as file:
            hook = file.read()
        older = hook.replace("(builtin -n)", "")
        self.assertNotEqual(hook, older)
        with self.shell("fish", PROMPTS["fish"] + older) as pane:
            self.assertIn("[developer]", pane.say(HOLDS))
            before = pane.faults_of_children()
            self.assertEqual((0, []), pane.run(""))
            self.assertGreater(pane.faults_of_children(), before)
            pane.run("set -gx AWS_ROLE_REFRESH_AT 0")
            self.assertNotEqual("0", pane.say("echo $AWS_ROLE_REFRESH_AT"))

    FORMS = {
        "a string": "PROMPT_COMMAND='echo one $?'\nLOAD",
        "a string that ends in ;": "PROMPT_COMMAND='echo one $?; '\nLOAD",
        "a string that ends in a comment": "PROMPT_COMMAND='echo one $? # of mine'\nLOAD",
        "exported": "export PROMPT_COMMAND='echo one $?'\nLOAD",
        "a string that is set afterwards": "LOADPROMPT_COMMAND='echo one $?'\n",
        "a string that is added to": "LOADPROMPT_COMMAND=\"echo one \\$?; $PROMPT_COMMAND\"\n",
        "an array": "PROMPT_COMMAND=(: 'echo one $?')\nLOAD",
        "an array with gaps": "PROMPT_COMMAND=([7]='echo one $?')\nLOAD",
        "an array that is added to": "LOADPROMPT_COMMAND+=('echo one $?')\n",
        "errexit": "PROMPT_COMMAND='echo one $?'\nset -e\nLOAD",
        "twice": "PROMPT_COMMAND='echo one $?'\nLOADLOAD",
    }

    def test_prompt_command(self):
        """PROMPT_COMMAND in each form: the person's runs as before, $? is theirs, ours runs once"""
        for what, text in self.FORMS.items():
            with self.subTest(what), \
                    self.shell("bash", PROMPTS["bash"] + text.replace("LOAD", LOAD)) as pane:
                self.assertEqual((9, ["one 9"]), pane.run(NINE))
                self.assertEqual((0, ["1", "one 0"]), pane.run(
                    "declare -p PROMPT_COMMAND | grep -o _aws_role_hook | wc -l"))
                self.assertEqual("9", pane.run(f"{NINE}; _aws_role_prompt && :; echo $?")[1][0])
                self.assertIn("[developer]", pane.run(HOLDS)[1][0])
                pane.run("export PS1")      # a child that inherits all but functions
                self.assertEqual(9, pane.run("bash --norc -i") and pane.run(NINE)[0])
                self.assertNotIn("not found", pane.screen())

    def test_read_only(self):
        """A read-only PROMPT_COMMAND is left, silently"""
        for value in ("'echo one'", "(:)"):
            with self.subTest(value), self.shell(
                    "bash", f"{PROMPTS['bash']}readonly PROMPT_COMMAND={value}\nLOAD"
                    "echo loaded\n".replace("LOAD", LOAD)) as pane:
                self.assertIn("loaded", pane.screen())
                self.assertNotRegex(pane.screen(), "aws.role|PROMPT_COMMAND")
                self.assertIn("[] []", pane.run(HOLDS)[1])

    def test_subshells(self):
        """A shell within the shell goes on with the role of the outer one, and knows where it is"""
        for shell in SHELLS:
            with self.subTest(shell):
                pane = self.tmux.pane(*self.outside(), shell)
                pane.run("aws-role switch audit")
                pane.run(shell)
                self.assertIn("[audit]", pane.say(HOLDS))
                pane.run(put(shell, "AWS_ROLE_REFRESH_AT", "0"))
                self.assertIn("[audit]", pane.say(HOLDS))
                self.assertNotEqual("0", pane.say("echo $AWS_ROLE_REFRESH_AT"))
                pane.close()


class Others(ShellTest):
    """Shells that the hook is not for, or only in part."""

    PLAIN = [words for words in (("dash",), ("busybox", "sh"), ("ksh93",), ("mksh",), ("yash",))
             if shutil.which(words[0])]
    SCRIPTS = [words for words in (("bash",), ("bash", "--posix"), ("zsh",),
                                   ("zsh", "--emulate", "sh")) if shutil.which(words[0])]

    def test_scripts(self):
        """A script that reads the file in profile.d notices nothing, set -eu or not"""
        self.log_in()
        for shell in self.PLAIN + self.SCRIPTS:
            for options in ("", "set -eu; "):
                with self.subTest(shell=shell, options=options):
                    done = subprocess.run(
                        [*self.outside(), *shell, "-c", f"{options}. {LOADER}; echo $? still;"
                         "command -v _aws_role_prompt || :"],
                        check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                        cwd="/")
                    self.assertEqual((0, "0 still\n"), (done.returncode, done.stdout))

    def test_plain(self):
        """dash, and what else there is without a hook, reads it at its terminal: nothing happens"""
        self.log_in()
        tmux = self.terminals()
        for shell in self.PLAIN:
            with self.subTest(shell=shell):
                pane = tmux.pane(*self.outside(PS1="<<$?>> "), *shell, "-i")
                self.assertEqual((0, []), pane.run(f"set -eu; . {LOADER}"))
                self.assertEqual("[] []", pane.say(
                    'echo "[${AWS_ACCESS_KEY_ID-}] [${AWS_ROLE_NAME-}]"'))

    def test_posix(self):
        """bash that begins in posix mode has the hook, and of aws-role the program"""
        self.log_in()
        self.own_file(".bashrc", PROMPTS["bash"])
        pane = self.terminals().pane(*self.outside(), "bash")
        pane.run("unset -f aws-role; set -o posix; unset AWS_ROLE_REFRESH_AT AWS_ROLE_NAME")
        self.assertEqual((0, []), pane.run(LOAD.strip()))
        self.assertIn("[developer]", pane.say(HOLDS))
        self.assertEqual("file", pane.say("type -t aws-role"))

    def test_restricted(self):
        """A restricted shell, which may not start the program, is left alone"""
        self.log_in()
        for shell in set(SHELLS) - {"fish"}:
            with self.subTest(shell):
                pane = self.terminals().pane(*self.outside(), shell, "-r")
                self.assertEqual("[] []", pane.say(HOLDS))
                self.assertRegex(pane.say("aws-role --version"), "^aws-role ")
                self.assertNotRegex(pane.screen(), "(?m)^aws-role:|restricted")
