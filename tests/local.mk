# SPDX-License-Identifier: BSD-3-Clause
# `make check` is what needs neither root nor a sandbox; ../run-tests runs everything.
include tests/bench/local.mk
include tests/docs/local.mk
include tests/fuzz/local.mk
include tests/peer/local.mk
include tests/system/local.mk

EXTRA_DIST += tests/commands.py tests/lanes.py tests/results.py tests/run.py tests/setup.sh \
	tests/without_root.py

if HAVE_CMOCKA
include tests/unit/common.mk
include tests/unit/policy.mk
include tests/unit/helper.mk
include tests/unit/agent_cli.mk
else
check-local:
	@echo 'cmocka is missing, so there are no unit tests. Install libcmocka-dev (Debian, Ubuntu),'; \
	echo 'libcmocka-devel (Fedora, RHEL) or cmocka (Arch) and configure again.'; exit 1
endif

TEST_EXTENSIONS = .py .sh
SH_LOG_COMPILER = $(SHELL)
PY_LOG_COMPILER = $(PYTHON)
AM_TESTS_ENVIRONMENT = PYTHONDONTWRITEBYTECODE=1; export PYTHONDONTWRITEBYTECODE; \
	PYTHON='$(PYTHON)'; export PYTHON;
TESTS += $(check_PROGRAMS) tests/without_root.py

# For run-tests: what to build beside the product, and which programs are cmocka's.
.PHONY: unit-programs system-programs list-checks
unit-programs: $(check_PROGRAMS) $(check_LTLIBRARIES) $(FUZZ_TARGETS)
system-programs: tests/system/pam_client$(EXEEXT) tests/system/pam_models$(EXEEXT) \
	tests/system/hold_calls$(EXEEXT) tests/system/libnss_hang.la
list-checks:
	@echo $(check_PROGRAMS)
