#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs each fuzz target over the inputs that are known: to be run by `make check` in the build folder.
set -eu
srcdir=${srcdir:-.}
tests/fuzz/fuzz_protocol "$srcdir"/tests/fuzz/seeds/*
tests/fuzz/fuzz_replies "$srcdir"/tests/unit/replies/*
tests/fuzz/fuzz_sign_in "$srcdir"/tests/fuzz/sign_in/*
tests/fuzz/fuzz_syntax "$srcdir"/etc/aws-role.conf "$srcdir"/etc/examples/*
