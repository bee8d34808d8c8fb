# SPDX-License-Identifier: BSD-3-Clause
"""Runs the tests of what has been built; run-tests calls it. One line a test, a count at the end."""

import argparse
import concurrent.futures
import glob
import os
import re
import signal
import subprocess
import sys

import commands
from lanes import Lanes, Queue, take_names
from results import Results, Told, run_unittests

TESTS = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(TESTS)
UNIT_SECONDS, DIST_SECONDS = 300, 1200
SANDBOXES = 3       # they wait more than they compute, also on two processors


def _read_tap(results, topic, output):
    """cmocka's TAP: what belongs to a test that failed stands before and after its line."""
    pieces = re.split(r"^((?:not )?ok \d+(?: - .*| # SKIP .*)?)$", output, flags=re.M)
    failed = 0
    for before, line, after in zip(pieces[0::2], pieces[1::2], pieces[2::2]):
        name = f"{topic}: " + re.sub(r"^(not )?ok \d+( -| # SKIP)? ?(test_)?", "",
                                     line).replace("_", " ")
        if not results.wanted(name):
            continue
        if "# SKIP" in line:
            results.add("skip", name)
        elif line.startswith("not"):
            results.add("FAIL", name, before + after)
            failed += 1
        else:
            results.add("ok", name)
    return failed


def run_unit(results, build):
    """Every cmocka program of `make check`, some at a time: they wait more than they compute."""
    listed = subprocess.run(["make", "-s", "-C", build, "--no-print-directory", "list-checks"],
                            check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    environment = {**os.environ, "CMOCKA_MESSAGE_OUTPUT": "TAP", "srcdir": SOURCE}

    def run_program(program):
        return commands.run([os.path.join(build, program)], UNIT_SECONDS, cwd=build,
                            env=environment)
    with concurrent.futures.ThreadPoolExecutor(2 * os.cpu_count()) as pool:
        try:
            for program, (status, output) in zip(listed, pool.map(run_program, listed)):
                topic = os.path.basename(program).removeprefix("test_")
                failed = _read_tap(results, topic, output)
                if status != 0 and not failed and results.wanted(topic):
                    results.add("FAIL", f"{topic}: the program ends with {status}", output)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            commands.end_all()
            raise


def run_fuzz(results, build):
    """The fuzz targets over the inputs that are known."""
    name = "fuzz: the targets take their seeds"
    if results.wanted(name):
        status, output = commands.run([os.path.join(TESTS, "fuzz", "run_seeds.sh")], UNIT_SECONDS,
                                      cwd=build, env={**os.environ, "srcdir": SOURCE})
        results.add("FAIL" if status else "ok", name, output)


def run_peer(results, build):
    """The peer's own tests: botocore and other SDKs against it, no code of ours."""
    os.environ["BUILD"] = build
    run_unittests(results, "peer", TESTS)


def run_docs(results, _):
    """What README, manual pages and code say of the same things."""
    run_unittests(results, "docs", TESTS)


def run_system(results, build, beside):
    """Sandboxes side by side, as root, and other parts beside them."""
    names = [os.path.basename(path)[:-len(".py")]
             for path in glob.glob(f"{TESTS}/system/test_*.py")]
    again = [sys.executable, __file__, "--build", build, "--told"]
    root = []
    if os.geteuid() != 0:
        root = ["sudo", "--preserve-env=SHARED_DATA,SSHD_FOLDER,CI,KILL_ROUNDS"]
        subprocess.run(["sudo", "true"], check=True)    # asks once, before there are many
    with Lanes(results) as lanes:
        queue = Queue(names)
        for _ in range(SANDBOXES):
            lanes.start("system", [*root, *again, "--inside", *results.words], queue)
        queue.close()
        if beside:
            lanes.start("others", [*again, "--parts", " ".join(beside), *results.words])


def run_inside(build, results, names):
    """The system tests of these modules, in a sandbox of their own."""
    from system import sandbox      # pylint: disable=import-outside-toplevel

    def tests():
        os.environ["BUILD"] = build
        for name in names:
            run_unittests(results, "system", TESTS, f"{name}.py")
        return 1 if results.counts["FAIL"] else 0
    try:
        return sandbox.run(tests, [SOURCE, build])
    except sandbox.Interrupted as error:
        return error.status
    except sandbox.SandboxError as error:
        results.add("FAIL", f"system: {error}")
        return 1


def _scripts():
    """Everything in the source that says it is for a shell that shellcheck knows."""
    for pattern in ("*", ".ci/*", "etc/**/*", "tests/**/*", "debian/*"):
        for path in sorted(glob.glob(os.path.join(SOURCE, pattern), recursive=True)):
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    head = file.read(80).split(b"\n")[0]
                if re.match(rb"#!.*/(env )?(ba|da)?sh\b|# shellcheck shell=", head):
                    yield path


def run_lint(results, _):
    """Scripts and manual pages."""
    checks = [("shellcheck", ["shellcheck", "-x", "-P", SOURCE], _scripts()),
              ("mandoc", ["mandoc", "-T", "lint", "-W", "warning"],
               sorted(glob.glob(f"{SOURCE}/man/*.[1-8]")))]
    for tool, words, paths in checks:
        for path in paths:
            name = f"{tool}: {os.path.relpath(path, SOURCE)}"
            if path.startswith(SOURCE + "/configure") or not results.wanted(name):
                continue
            status, output = commands.run([*words, path], 60)
            results.add("FAIL" if status else "ok", name, output)


def run_dist(results, build):
    """The tarball builds, passes `make check` and installs on its own; others are not to wait."""
    name = "dist: make distcheck"
    if not results.wanted(name):
        return
    status, output = commands.run(
        ["nice", "-n", "5", "make", f"-j{os.cpu_count()}", "distcheck",
         "DISTCHECK_CONFIGURE_FLAGS=--disable-dependency-tracking CFLAGS=-O2"],
        DIST_SECONDS, cwd=build, start_new_session=True)
    results.add("FAIL" if status else "ok", name, "\n".join(output.splitlines()[-60:]))


PARTS = {"unit": run_unit, "fuzz": run_fuzz, "peer": run_peer, "docs": run_docs, "lint": run_lint,
         "dist": run_dist}
# What goes on while the system tests wait.
BESIDE = ("peer", "docs", "lint", "dist")


def run_parts(results, build, parts):
    """One after the other, or beside the system tests."""
    beside = [part for part in parts if part in BESIDE] if "system" in parts else []
    for part in parts:
        if part in beside:
            continue
        try:
            if part == "system":
                run_system(results, build, beside)
            else:
                PARTS[part](results, build)
        except (OSError, subprocess.SubprocessError) as error:
            results.add("FAIL", f"{part}: {error}")


def main():
    """Exit status 0 when nothing failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, help="the folder of the build")
    parser.add_argument("--parts", default=" ".join([*PARTS, "system"]),
                        help="some of: %(default)s")
    parser.add_argument("--inside", action="store_true", help="the system tests in one sandbox")
    parser.add_argument("--told", action="store_true", help="a lane of another run, see lanes.py")
    parser.add_argument("words", nargs="*", help="only tests whose line holds one of them")
    options = parser.parse_args()
    os.environ["PYTHONPATH"] = TESTS
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:      # as nohup has it
            signal.signal(number, signal.default_int_handler)
    results = (Told if options.told else Results)(options.words)
    if options.inside:
        return run_inside(options.build, results, take_names() if options.told else ["test_*"])
    run_parts(results, options.build, options.parts.split())
    if options.told:
        return 1 if results.counts["FAIL"] else 0
    if not sum(results.counts.values()):
        print("no test has such a word in its line")
    print(results.summary())
    return 1 if results.counts["FAIL"] or not results.counts["ok"] else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
