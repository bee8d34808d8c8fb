# SPDX-License-Identifier: BSD-3-Clause
"""A private copy of the machine, in namespaces of its own, in which tests and the demo are root.

    sandbox.run(function, keep)         from Python: the exit status of function()
    python3 -m system.sandbox COMMAND   from a shell, with the current folder kept; with the product
                                        in it: --install BUILD before the command

Inside, /etc is a copy on tmpfs, /run, /usr/local, /home, /root, /tmp, /var/log, /var/spool and
/var/tmp are empty ones, the rest of /usr is the host's and read-only, /dev holds the few devices
that a login needs, and the network is a loopback interface which also has the addresses of instance
metadata.  Everything else is the host's.  When function() ends, however it ends, every process in
there ends with it: they live in a PID namespace.
"""

import contextlib
import ctypes
import glob
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import termios

# <sched.h>
CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWPID, CLONE_NEWNET = 0x20000000, 0x40000000
# <sys/mount.h>
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_MOVE = 4096, 8192
MS_REC, MS_PRIVATE = 16384, 1 << 18
# <sys/prctl.h>
PR_SET_PDEATHSIG = 1

HIDDEN = {"/usr/local": 0o755, "/home": 0o755, "/root": 0o700, "/tmp": 0o1777, "/var/log": 0o755,
          "/var/spool": 0o755, "/var/tmp": 0o1777, "/run": 0o755}
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
DEVICE_LINKS = {"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1",
                "stderr": "/proc/self/fd/2", "ptmx": "pts/ptmx"}
METADATA = (("-4", "169.254.169.254/32"), ("-6", "fd00:ec2::254/128"))
HOST_NAME = "bastion"
PRIVATE = "AWS_ROLE_SANDBOX"
OURS = "_aws-role:"
SYSTEM_ID = r"[^:]*:[^:]*:(\d{1,3}|65534):"     # passwd(5), group(5)
KEPT_VARIABLES = ("TERM", "PYTHONPATH", "SHARED_DATA", "SSHD_FOLDER", "CI",
                  "KILL_ROUNDS")

_libc = ctypes.CDLL(None, use_errno=True)


class SandboxError(Exception):
    """Why there is no sandbox, and what to do."""


class Interrupted(Exception):
    """A signal came from outside; status is what a shell makes of it."""

    def __init__(self, number):
        super().__init__("interrupted")
        self.status = 128 + number


def _check(result, what):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _mount(source, target, kind=None, flags=0, options=None):
    """mount(2): unlike mount(8) it takes /proc/self/fd/N for what it is."""
    words = [None if word is None else word.encode() for word in (source, target, kind, options)]
    _check(_libc.mount(words[0], words[1], words[2], ctypes.c_ulong(flags), words[3]),
           f"mount {target}")


def _tmpfs(path, mode):
    _mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, f"mode={mode:o}")


def _bind(source, target):
    _mount(source, target, None, MS_BIND | MS_REC)


def _below(path, folder):
    return path.startswith(folder.rstrip("/") + "/")


class _Kept:
    """Folders that stay as they are where a folder above them is hidden, or read-only."""

    def __init__(self, paths):
        paths = sorted({os.path.realpath(path) for path in paths})
        self._open = {path: os.open(path, os.O_PATH | os.O_DIRECTORY) for path in paths
                      if not any(_below(path, other) for other in paths)}

    def show(self, folder):
        """Has what lies below such a folder again."""
        for path, descriptor in self._open.items():
            if _below(path, folder):
                os.makedirs(path, exist_ok=True)
                _bind(f"/proc/self/fd/{descriptor}", path)

    def close(self):
        """The mounts stay."""
        for descriptor in self._open.values():
            os.close(descriptor)


def _make_dev():
    """Our own /dev, so that /dev/log is ours, too."""
    place = "/run/dev"
    os.mkdir(place)
    _tmpfs(place, 0o755)
    for name in DEVICES:
        with open(f"{place}/{name}", "wb"):
            pass
        _bind(f"/dev/{name}", f"{place}/{name}")
    for name, target in DEVICE_LINKS.items():
        os.symlink(target, f"{place}/{name}")
    for name, mode in (("shm", 0o1777), ("pts", 0o755)):
        os.mkdir(f"{place}/{name}")
        os.chmod(f"{place}/{name}", mode)
    _mount("devpts", f"{place}/pts", "devpts", MS_NOSUID | MS_NOEXEC,
           "newinstance,ptmxmode=0666,mode=620,gid=5")
    _mount(place, "/dev", None, MS_MOVE)


def _copy_etc():
    # /run is to be hidden afterwards: the copy lives on in the bind mount.
    _tmpfs("/run", 0o755)
    subprocess.run(["cp", "-a", "/etc", "/run/etc"], check=True)
    _bind("/run/etc", "/etc")


def _protect(folder):
    """What is installed in there by mistake would be installed into the machine."""
    _bind(folder, folder)
    _mount(None, folder, None, MS_REMOUNT | MS_BIND | MS_RDONLY)


def _make_places(keep):
    kept = _Kept(keep)
    _mount(None, "/", None, MS_REC | MS_PRIVATE)
    _mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    _copy_etc()
    _make_dev()
    _protect("/usr")
    kept.show("/usr")
    for path, mode in HIDDEN.items():
        if os.path.isdir(path):
            _tmpfs(path, mode)
            kept.show(path)
    kept.close()
    os.mkdir("/run/lock", 0o1777)


def _make_network():
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for family, address in METADATA:
        # A kernel without IPv6 does without the second one.
        subprocess.run(["ip", family, "address", "add", address, "dev", "lo"],
                       check=family == "-4", stderr=subprocess.DEVNULL if family == "-6" else None)


def _write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def _make_names():
    """Users, groups and hosts are those of this /etc, whatever directory the host asks."""
    socket.sethostname(HOST_NAME)
    _write("/etc/hostname", HOST_NAME + "\n")
    _write("/etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files\n")
    _write("/etc/hosts", f"127.0.0.1 localhost\n::1 localhost\n127.0.1.1 {HOST_NAME}\n")
    with contextlib.suppress(FileNotFoundError):
        os.unlink("/etc/nologin")


def _filter(path, wanted):
    """Keeps the lines that are wanted; they."""
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        lines = [line for line in file if wanted(line)]
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.writelines(lines)
    return lines


def _forget_people():
    """The host's people and what it has of this project stay out: their names are ours to use."""
    for path, secrets in (("/etc/passwd", "/etc/shadow"), ("/etc/group", "/etc/gshadow")):
        kept = _filter(path, lambda line: re.match(SYSTEM_ID, line) and not line.startswith(OURS))
        names = {line.split(":")[0] for line in kept}
        if os.path.exists(secrets):
            _filter(secrets, lambda line, names=names: line.split(":")[0] in names)
    for path in glob.glob("/etc/pam.d/*"):
        if os.path.isfile(path) and not os.path.islink(path):
            _filter(path, lambda line: "pam_aws_role" not in line)
    shutil.rmtree("/etc/aws-role", ignore_errors=True)


def _clean_environment():
    """Nothing of the person who started us: no AWS variables, no proxy, no language."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES
            if name in os.environ}
    os.environ.clear()
    os.environ.update(kept, PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                      HOME="/root", LC_ALL="C.UTF-8", PYTHONDONTWRITEBYTECODE="1")
    os.environ[PRIVATE] = "1"


def inside():
    """True in a sandbox; whoever changes the machine asks first."""
    return os.environ.get(PRIVATE) == "1"


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _leave(status):
    """_exit: nothing of the interpreter that we share with our parent runs twice."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _run_and_exit(function):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    try:
        status = function()
    except SystemExit as error:
        status = error.code
    except BaseException:           # pylint: disable=broad-except
        sys.excepthook(*sys.exc_info())
        status = 1
    _leave(status if isinstance(status, int) else 0 if status is None else 1)


def _init(function, keep):
    """PID 1: makes the place, runs function() as a child, reaps what is left to it."""
    _die_with_parent()
    try:
        _make_places(keep)
        _make_network()
        _make_names()
        _forget_people()
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"sandbox: {error}", file=sys.stderr)
        _leave(1)
    _clean_environment()
    worker = os.fork()
    if worker == 0:
        _run_and_exit(function)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while True:
        pid, status = os.wait()
        if pid == worker:
            status = os.waitstatus_to_exitcode(status)
            _leave(status if status >= 0 else 128 - status)


def _enter():
    """From now on children are in the new namespaces; we are not in the PID namespace."""
    if os.geteuid() != 0:
        raise SandboxError("root is needed to make namespaces: run this with sudo")
    flags = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET
    if _libc.unshare(flags) != 0:
        raise SandboxError("this place lets nobody make namespaces "
                           f"({os.strerror(ctypes.get_errno())}): a container needs --privileged")


@contextlib.contextmanager
def _terminal_kept():
    """A session that was cut off leaves the terminal raw."""
    if not sys.stdin.isatty():
        yield
        return
    before = termios.tcgetattr(0)
    yield
    ignored = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    termios.tcsetattr(0, termios.TCSADRAIN, before)
    signal.signal(signal.SIGTTOU, ignored)


def run(function, keep=()):
    """Runs function() in a sandbox and returns its exit status, as a shell has it.

    keep: folders of the host that have to be seen, where they are.
    Raises Interrupted when SIGINT, SIGTERM or SIGHUP has ended it.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    caught = []
    first = 0

    def stop(number, _):
        caught.append(number)
        if first:
            with contextlib.suppress(ProcessLookupError):   # the same ctrl-C may have ended it
                os.kill(first, signal.SIGKILL)  # PID 1 in there: takes everything along
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    _enter()
    with _terminal_kept():
        first = os.fork()
        if first == 0:
            _init(function, keep)
        if caught:
            os.kill(first, signal.SIGKILL)
        _, status = os.waitpid(first, 0)        # returns when the namespace is empty
    if caught:
        raise Interrupted(caught[0])
    status = os.waitstatus_to_exitcode(status)
    return status if status >= 0 else 128 - status


def _install(build):
    """The product and its service user, as an administrator would have them."""
    from . import machine           # pylint: disable=import-outside-toplevel,cyclic-import
    if not os.path.exists(f"{build}/config.status"):
        raise SandboxError(f"there is no build in {build}: ./run-tests or ./quickstart makes one")
    try:
        machine.install(build)
    except machine.sandbox.SandboxError as error:   # not ours: this file runs as __main__
        raise SandboxError(str(error)) from error
    machine.add_service_user()


def main(words):
    """The shell's way in."""
    build = None
    if words[:1] == ["--install"] and len(words) > 2:
        build, words = os.path.abspath(words[1]), words[2:]
    if not words or words[0].startswith("-"):
        asked = words[:1] in (["-h"], ["--help"])
        print("usage: python3 -m system.sandbox [--install BUILD] COMMAND …\n"
              "runs a command in a private copy of this machine, where the current folder is kept;\n"
              "--install BUILD: after make install from that folder of a build, which is made",
              file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    here = os.getcwd()

    def command():
        os.chdir(here)
        try:
            if build is not None:
                _install(build)
            status = subprocess.run(words, check=False).returncode
        except OSError as error:
            print(f"sandbox: {words[0]}: {error.strerror}", file=sys.stderr)
            return 127
        except SandboxError as error:
            print(f"sandbox: {error}", file=sys.stderr)
            return 1
        return status if status >= 0 else 128 - status
    try:
        return run(command, [here] if build is None else [here, build])
    except Interrupted as error:
        return error.status
    except SandboxError as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
