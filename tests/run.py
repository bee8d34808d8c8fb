# SPDX-License-Identifier: BSD-3-Clause
"""Runs the tests of what has been built; run-tests calls it. One line a test, a count at the end."""

import argparse
import glob
import os
import re
import subprocess
import sys

from results import Results, run_unittests

TESTS = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(TESTS)
UNIT_SECONDS, DIST_SECONDS = 300, 900


def _run(words, seconds, **more):
    """(status, output of both kinds); a status below 0 is a signal, 124 too long."""
    try:
        done = subprocess.run(words, check=False, stdout=subprocess.PIPE, text=True,
                              errors="replace", stderr=subprocess.STDOUT, timeout=seconds,
                              stdin=subprocess.DEVNULL, **more)
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired as error:
        return 124, (error.stdout or b"").decode(errors="replace") + f"\nover {seconds} s"


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
    """Every cmocka program of `make check`."""
    listed = subprocess.run(["make", "-s", "-C", build, "--no-print-directory", "list-checks"],
                            check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    environment = {**os.environ, "CMOCKA_MESSAGE_OUTPUT": "TAP", "srcdir": SOURCE}
    for program in listed:
        topic = os.path.basename(program).removeprefix("test_")
        status, output = _run([os.path.join(build, program)], UNIT_SECONDS, cwd=build,
                              env=environment)
        failed = _read_tap(results, topic, output)
        if status != 0 and not failed and results.wanted(topic):
            results.add("FAIL", f"{topic}: the program ends with {status}", output)


def run_fuzz(results, build):
    """The fuzz targets over the inputs that are known."""
    name = "fuzz: the targets take their seeds"
    if results.wanted(name):
        status, output = _run([os.path.join(TESTS, "fuzz", "run_seeds.sh")], UNIT_SECONDS, cwd=build,
                              env={**os.environ, "srcdir": SOURCE})
        results.add("FAIL" if status else "ok", name, output)


def run_peer(results, build):
    """The peer's own tests: botocore and other SDKs against it, no code of ours."""
    os.environ["BUILD"] = build
    run_unittests(results, "peer", TESTS)


def run_docs(results, _):
    """What README, manual pages and code say of the same things."""
    run_unittests(results, "docs", TESTS)


def run_system(results, build):
    """In a sandbox, as root: another process, since whoever enters one does not come back."""
    words = [sys.executable, __file__, "--build", build, "--inside", *results.words]
    if os.geteuid() != 0:
        words = ["sudo", "--preserve-env=SHARED_DATA,SSHD_FOLDER,CI,KILL_ROUNDS", *words]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, errors="replace") as process:
        failed = results.counts["FAIL"]
        try:
            for line in process.stdout:
                results.relay(line)
        except BaseException:
            process.terminate()
            raise
    if process.returncode != 0 and results.counts["FAIL"] == failed:
        results.add("FAIL", f"system: the tests end with {process.returncode}")


def run_inside(build, words):
    """The system tests, in a sandbox of their own."""
    from system import sandbox      # pylint: disable=import-outside-toplevel

    def tests():
        os.environ["BUILD"] = build
        results = Results(words)
        run_unittests(results, "system", TESTS)
        return 1 if results.counts["FAIL"] else 0
    try:
        return sandbox.run(tests, [SOURCE, build])
    except sandbox.Interrupted as error:
        return error.status
    except sandbox.SandboxError as error:
        Results().add("FAIL", f"system: {error}")
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
            status, output = _run([*words, path], 60)
            results.add("FAIL" if status else "ok", name, output)


def run_dist(results, build):
    """The tarball builds, passes `make check` and installs on its own."""
    name = "dist: make distcheck"
    if not results.wanted(name):
        return
    folder = os.path.join(build, "dist")
    os.makedirs(folder, exist_ok=True)
    status, output = 0, ""
    if not os.path.exists(os.path.join(folder, "Makefile")):
        status, output = _run([os.path.join(SOURCE, "configure")], DIST_SECONDS, cwd=folder)
    if status == 0:
        status, output = _run(["make", f"-j{os.cpu_count()}", "distcheck"], DIST_SECONDS,
                              cwd=folder)
    results.add("FAIL" if status else "ok", name, "\n".join(output.splitlines()[-60:]))


PARTS = {"unit": run_unit, "fuzz": run_fuzz, "peer": run_peer, "docs": run_docs,
         "system": run_system, "lint": run_lint, "dist": run_dist}


def main():
    """Exit status 0 when nothing failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, help="the folder of the build")
    parser.add_argument("--parts", default=" ".join(PARTS), help="some of: %(default)s")
    parser.add_argument("--inside", action="store_true", help="the system tests in their sandbox")
    parser.add_argument("words", nargs="*", help="only tests whose line holds one of them")
    options = parser.parse_args()
    os.environ["PYTHONPATH"] = TESTS
    if options.inside:
        return run_inside(options.build, options.words)
    results = Results(options.words)
    for part in options.parts.split():
        try:
            PARTS[part](results, options.build)
        except (OSError, subprocess.SubprocessError) as error:
            results.add("FAIL", f"{part}: {error}")
    if not sum(results.counts.values()):
        print("no test has such a word in its line")
    print(results.summary())
    return 1 if results.counts["FAIL"] or not results.counts["ok"] else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
