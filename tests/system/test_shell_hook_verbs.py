# SPDX-License-Identifier: BSD-3-Clause
"""The function aws-role of bash, zsh and fish: which verbs change the shell that calls it."""

from . import machine, processes
from .shells import SHELLS, ShellTest, put

HOLDS = 'echo "[$AWS_ACCESS_KEY_ID] [$AWS_ROLE_NAME]"'
OURS = "env | grep -E '^_?AWS_' | sort"
SHARE = machine.PREFIX + "/share"
OFF = ["AWS_ROLE_REFRESH_AT=9999999999"]


class Verbs(ShellTest):
    """In terminals of one session of ueno's."""

    def setUp(self):
        super().setUp()
        self.session = self.log_in()
        self.tmux = self.terminals(self.session)

    def each(self):
        """(shell, a terminal in which it runs) for each that is here."""
        return [(shell, self.tmux.pane(shell, "-l")) for shell in SHELLS]

    @staticmethod
    def steady(found):
        """Without the line that counts seconds."""
        return found[0], [line for line in found[1] if "REFRESH_AT" not in line]

    def test_switch(self):
        """switch changes this shell's role alone; one that is not to be had changes nothing"""
        _, other = self.each()[0]
        first = other.say(HOLDS)
        for shell, pane in self.each():
            with self.subTest(shell):
                self.assertEqual(0, pane.run("aws-role switch audit")[0])
                switched = pane.say(HOLDS)
                self.assertIn("[audit]", switched)
                self.assertNotEqual(first.split()[0], switched.split()[0])
                for words, status in (("nosuch", 1), ("", 2), ("developer audit", 2), ("a/b", 2)):
                    failed = pane.run("aws-role switch " + words)
                    self.assertEqual(status, failed[0], failed)
                    self.assertTrue(failed[1][0].startswith("aws-role switch: "), failed)
                    self.assertEqual(switched, pane.say(HOLDS))
                self.assertEqual(0, pane.run("aws-role switch developer")[0])
                self.assertEqual(first, pane.say(HOLDS))
        self.assertEqual(first, other.say(HOLDS))

    def test_passed_through(self):
        """Help, --shell and every other verb are the program's, with its output and its status"""
        for shell, pane in self.each():
            for words in ("switch --help", "off -h", "logout --he", "switch audit --shell fish",
                          "off --shell=csh", "refresh --sh sh", "status", "", "nosuch",
                          "env --role nosuch"):
                with self.subTest(shell=shell, words=words):
                    before = pane.say(HOLDS)
                    plain, found = (self.steady(pane.run(f"{way}aws-role {words}"))
                                    for way in ("command ", ""))
                    self.assertEqual(plain, found)
                    self.assertTrue(plain[1])
                    self.assertEqual(before, pane.say(HOLDS))

    def test_off(self):
        """off takes the variables from this shell and those it starts, until login or refresh"""
        for shell, pane in self.each():
            with self.subTest(shell):
                self.assertEqual(0, pane.run("aws-role off")[0])
                self.assertEqual((0, OFF), pane.run(OURS))
                pane.run(shell)
                self.assertEqual((0, OFF), pane.run(OURS))
                self.assertEqual(0, pane.run("aws-role refresh" if shell == "zsh" else
                                             "aws-role login")[0])
                self.assertIn("[developer]", pane.say(HOLDS))

    def test_off_own_key(self):
        """off leaves a key of the person's own, and what is not ours"""
        for shell, pane in self.each():
            with self.subTest(shell):
                pane.run(put(shell, "AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE"))
                pane.run(put(shell, "AWS_PROFILE", "work"))
                self.assertEqual(0, pane.run("aws-role off")[0])
                left = "\n".join(pane.run(OURS)[1])
                self.assertIn("AWS_ACCESS_KEY_ID=ASIAIOSFODNN7EXAMPLE\n", left)
                self.assertIn("AWS_PROFILE=work\n", left)
                self.assertNotIn("AWS_ROLE_NAME", left)
                self.assertEqual("[ASIAIOSFODNN7EXAMPLE] []", pane.say(HOLDS))

    def test_refresh(self):
        """refresh gets newer credentials into this shell before they are due, and for an own key"""
        for shell, pane in self.each():
            with self.subTest(shell):
                before = pane.say(HOLDS)
                # The broker lets five seconds pass between two of these.
                processes.wait_for(lambda pane=pane, before=before: pane.run(
                    "aws-role refresh")[0] == 0 and pane.say(HOLDS) != before, 20)
                self.assertRegex(pane.say(HOLDS), r"^\[ASIA\w+\] \[developer\]$")
                pane.run(put(shell, "AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"))
                self.assertEqual(0, pane.run("aws-role refresh")[0])
                self.assertRegex(pane.say(HOLDS), r"^\[ASIA\w+\] \[developer\]$")
                pane.run(put(shell, "AWS_ROLE_REFRESH_AT", "0"))
                self.assertNotEqual("0", pane.say("echo $AWS_ROLE_REFRESH_AT"))

    def test_logout(self):
        """logout takes the variables and has the session forget; login brings new ones"""
        for shell, pane in self.each():
            with self.subTest(shell):
                before, calls = pane.say(HOLDS), self.calls()
                self.assertEqual(0, pane.run("aws-role logout")[0])
                self.assertEqual((0, OFF), pane.run(OURS))
                self.assertEqual(0, pane.run("aws-role login")[0])
                self.assertNotEqual(before, pane.say(HOLDS))
                self.assertGreater(self.calls(), calls)
                self.assertIn("[developer]", pane.say(HOLDS))

    def test_failure(self):
        """A verb that fails changes nothing, says why and has the program's status"""
        panes = self.each()
        self.session.close()
        for shell, pane in panes:
            for verb, status in (("switch audit", 3), ("refresh", 3), ("login", 3), ("logout", 3)):
                with self.subTest(shell=shell, verb=verb):
                    before = pane.say(HOLDS)
                    found = pane.run("aws-role " + verb)
                    self.assertEqual(status, found[0], found)
                    self.assertRegex(found[1][0], f"^aws-role {verb.split()[0]}: no session")
                    self.assertEqual(before, pane.say(HOLDS))
            self.assertEqual(0, pane.run("aws-role off")[0])
            # Nobody is there to say that the region was the role's.
            self.assertEqual(OFF, [line for line in pane.run(OURS)[1] if "_REGION=" not in line])

    def test_interrupt(self):
        """Ctrl-C ends a verb that waits, nothing is evaluated, and the shell goes on"""
        self.aws.fault("sts", "hold")
        for shell, pane in self.each():
            with self.subTest(shell):
                before = pane.say(HOLDS)
                pane.type("aws-role switch audit")
                pane.wait(lambda screen: "waiting for the answer" in screen)
                prompts = pane.prompts()
                pane.type("", "C-c")
                pane.wait(lambda screen, pane=pane, prompts=prompts: pane.prompts() > prompts, 2)
                self.assertEqual(before, pane.say(HOLDS))

    COMPLETION = {"bash": f". {SHARE}/bash-completion/completions/aws-role",
                  "zsh": "autoload -Uz compinit && compinit -u -D",
                  "fish": f"source {SHARE}/fish/vendor_completions.d/aws-role.fish"}

    def test_completion(self):
        """What completes the program's words does so for the function, which goes on working"""
        for shell, pane in self.each():
            with self.subTest(shell):
                self.assertEqual((0, []), pane.run(self.COMPLETION[shell]))
                pane.type("aws-role swi", "Tab")
                pane.wait(lambda screen: "> aws-role switch" in screen)
                pane.type("aud", "Tab")
                pane.wait(lambda screen: "> aws-role switch audit" in screen)
                pane.run("")
                self.assertIn("[audit]", pane.say(HOLDS))
                pane.run(put(shell, "AWS_ROLE_REFRESH_AT", "0"))
                self.assertNotEqual("0", pane.say("echo $AWS_ROLE_REFRESH_AT"))
