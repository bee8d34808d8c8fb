# SPDX-License-Identifier: BSD-3-Clause
# The parsers of what others wrote, each as a fuzz target. A plain build runs them over the seeds in
# `make check`; one configured with --enable-fuzzing (CC=clang) fuzzes them in `make check-fuzz`.
FUZZ_TARGETS = \
	tests/fuzz/fuzz_protocol \
	tests/fuzz/fuzz_replies \
	tests/fuzz/fuzz_sign_in \
	tests/fuzz/fuzz_syntax
FUZZ_SECONDS = 60

EXTRA_DIST += tests/fuzz/run_seeds.sh tests/fuzz/seeds tests/fuzz/sign_in
EXTRA_PROGRAMS += $(FUZZ_TARGETS)
CLEANFILES += $(FUZZ_TARGETS)

if FUZZING
FUZZ_MAIN =
FUZZ_LINKING = $(AM_LDFLAGS) -fsanitize=fuzzer
else
FUZZ_MAIN = tests/fuzz/standalone.c
FUZZ_LINKING = $(AM_LDFLAGS)
TESTS += tests/fuzz/run_seeds.sh
endif
tests/fuzz/run_seeds.log: $(FUZZ_TARGETS)
EXTRA_DIST += tests/fuzz/standalone.c

tests_fuzz_fuzz_protocol_SOURCES = tests/fuzz/fuzz_protocol.c $(FUZZ_MAIN)
tests_fuzz_fuzz_protocol_LDFLAGS = $(FUZZ_LINKING)
tests_fuzz_fuzz_protocol_LDADD = common/libcommon.la
tests_fuzz_fuzz_replies_SOURCES = tests/fuzz/fuzz_replies.c $(FUZZ_MAIN)
tests_fuzz_fuzz_replies_LDFLAGS = $(FUZZ_LINKING)
tests_fuzz_fuzz_replies_LDADD = helper/libhelper.la
tests_fuzz_fuzz_sign_in_SOURCES = tests/fuzz/fuzz_sign_in.c $(FUZZ_MAIN)
tests_fuzz_fuzz_sign_in_LDFLAGS = $(FUZZ_LINKING)
tests_fuzz_fuzz_sign_in_LDADD = helper/libhelper.la
tests_fuzz_fuzz_syntax_SOURCES = tests/fuzz/fuzz_syntax.c $(FUZZ_MAIN)
tests_fuzz_fuzz_syntax_LDFLAGS = $(FUZZ_LINKING)
tests_fuzz_fuzz_syntax_LDADD = policy/libpolicy.la common/libcommon.la

# libFuzzer writes what it finds of interest into the first folder and reads the others.
.PHONY: check-fuzz
check-fuzz: $(FUZZ_TARGETS)
	mkdir -p tests/fuzz/found/protocol tests/fuzz/found/replies tests/fuzz/found/sign_in \
	    tests/fuzz/found/syntax
	tests/fuzz/fuzz_protocol -max_total_time=$(FUZZ_SECONDS) tests/fuzz/found/protocol \
	    $(srcdir)/tests/fuzz/seeds
	tests/fuzz/fuzz_replies -max_total_time=$(FUZZ_SECONDS) tests/fuzz/found/replies \
	    $(srcdir)/tests/unit/replies
	tests/fuzz/fuzz_sign_in -max_total_time=$(FUZZ_SECONDS) tests/fuzz/found/sign_in \
	    $(srcdir)/tests/fuzz/sign_in
	tests/fuzz/fuzz_syntax -max_total_time=$(FUZZ_SECONDS) tests/fuzz/found/syntax \
	    $(srcdir)/etc/examples
