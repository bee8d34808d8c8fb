# SPDX-License-Identifier: BSD-3-Clause
"""make install into an empty folder: the files of the contract, and what they are linked with."""

import os
import re
import stat
import subprocess
import tempfile
import unittest

from . import sandbox

PAM = {"libpam.so.0"}
LIBC = {"libc.so.6"}
LIBEXEC = "usr/local/libexec/aws-role/"
MODULE = "usr/local/lib/security/pam_aws_role.so"
# File → the libraries that it may need, all of them.
PROGRAMS = {
    MODULE: PAM | LIBC,
    LIBEXEC + "aws-role-broker": LIBC,
    LIBEXEC + "aws-role-helper": LIBC | {"libcurl.so.4", "libcrypto.so.3", "libjansson.so.4",
                                         "libexpat.so.1"},
    LIBEXEC + "aws-role-agent": LIBC | {"libevent_core-2.1.so.7", "libevent_extra-2.1.so.7",
                                         "libjansson.so.4"},
    "usr/local/bin/aws-role": LIBC | {"libjansson.so.4"},
}
OTHERS = {"usr/local/sbin/aws-role-fence", "usr/local/lib/systemd/system/aws-role-fence.service",
          "usr/local/lib/systemd/system/aws-role@.service",
          "usr/local/share/bash-completion/completions/aws-role",
          "usr/local/share/zsh/site-functions/_aws-role",
          "usr/local/share/fish/vendor_completions.d/aws-role.fish"}
HOOKS = {"etc/profile.d/aws-role.sh", "usr/local/share/aws-role/hook.sh",
         "usr/local/share/aws-role/aws-role.bash", "usr/local/share/aws-role/aws-role.zsh",
         "usr/local/share/fish/vendor_conf.d/aws-role.fish"}
MANUALS = {f"usr/local/share/man/man{name.rpartition('.')[2]}/{name}" for name in
           ("pam_aws_role.8", "aws-role.conf.5", "aws-role.1", "aws-role-broker.8",
            "aws-role-fence.8", "aws-role-shell.7")}
SONAME = re.compile(r"\.so.*")


def base(library):
    """A library's name without its version, which distributions choose."""
    return re.sub(r"-[\d.]+$", "", SONAME.sub("", library))


class Install(unittest.TestCase):
    """Nothing is started."""

    @classmethod
    def setUpClass(cls):
        if not sandbox.inside():
            raise unittest.SkipTest("makes what root makes: ./run-tests -s")
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.top = folder.name
        subprocess.run(["make", "-C", os.environ["BUILD"], "install", f"DESTDIR={cls.top}"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.files = {os.path.relpath(os.path.join(where, name), cls.top)
                     for where, _, names in os.walk(cls.top) for name in names}

    def output(self, *words):
        """A tool's output about an installed file, the last word."""
        return subprocess.run([*words[:-1], os.path.join(self.top, words[-1])], check=True,
                              stdout=subprocess.PIPE, text=True).stdout

    def test_files(self):
        """The files of the contract are there"""
        self.assertEqual([], sorted((set(PROGRAMS) | OTHERS | HOOKS | MANUALS) - self.files))
        self.assertEqual([], [name for name in self.files if name.endswith((".la", ".a"))])
        folder = os.path.join(self.top, "etc/aws-role")
        self.assertEqual((0o755, []), (os.stat(folder).st_mode & 0o7777, os.listdir(folder)))

    def test_uninstall(self):
        """make uninstall leaves no file, nor a folder that only the product has"""
        with tempfile.TemporaryDirectory() as top:
            for target in ("install", "uninstall"):
                subprocess.run(["make", "-C", os.environ["BUILD"], target, f"DESTDIR={top}"],
                               check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            left = [(where, names) for where, _, names in os.walk(top)
                    if names or "aws" in os.path.basename(where)]
        self.assertEqual([], left)

    def test_hooks(self):
        """The shell hooks name what is installed, by absolute paths, and nothing is left to fill in"""
        for name in HOOKS:
            with self.subTest(name), open(os.path.join(self.top, name), encoding="utf-8") as file:
                text = file.read()
                self.assertNotRegex(text, r"@\w+@")
                named = set(re.findall(r"/(usr/[\w./-]+)", text))
                self.assertTrue(named, text)
                self.assertLessEqual(named, self.files)

    def test_modes(self):
        """No setuid or setgid bit, no file capability, nothing that others may write"""
        for name in self.files:
            path = os.path.join(self.top, name)
            mode = os.lstat(path).st_mode
            self.assertEqual(0, mode & (stat.S_ISUID | stat.S_ISGID | stat.S_IWGRP | stat.S_IWOTH),
                             name)
            self.assertNotIn("security.capability", os.listxattr(path), name)
        self.assertEqual(0o711, os.stat(os.path.join(self.top, LIBEXEC + "aws-role-helper"))
                         .st_mode & 0o7777)

    def test_libraries(self):
        """Each program needs its own libraries and no other: readelf -d"""
        for name, allowed in PROGRAMS.items():
            with self.subTest(name):
                needed = set(re.findall(r"\(NEEDED\).*\[(.+)\]",
                                        self.output("readelf", "-d", name)))
                self.assertLessEqual({base(library) for library in needed},
                                     {base(library) for library in allowed})
                self.assertNotRegex(self.output("readelf", "-d", name), "RPATH|RUNPATH")

    def test_symbols(self):
        """The module exports pam_sm_* and nothing else"""
        names = set(self.output("nm", "-D", "--defined-only", "--format=just-symbols",
                                MODULE).split())
        self.assertEqual({"pam_sm_authenticate", "pam_sm_setcred", "pam_sm_open_session",
                          "pam_sm_close_session"}, {name.partition("@")[0] for name in names})

    def test_hardening(self):
        """Everything is position independent, read-only after relocation, without a free stack"""
        for name in PROGRAMS:
            with self.subTest(name):
                self.assertIn("Type:                              DYN",
                              self.output("readelf", "-h", name))
                headers = self.output("readelf", "-lW", name)
                self.assertIn("GNU_RELRO", headers)
                self.assertRegex(headers, r"GNU_STACK .* RW ")
                self.assertRegex(self.output("readelf", "-d", name), r"BIND_NOW|FLAGS.*NOW")
