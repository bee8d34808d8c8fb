# SPDX-License-Identifier: BSD-3-Clause
EXTRA_PROGRAMS += tests/system/pam_client
CLEANFILES += tests/system/pam_client$(EXEEXT)

tests_system_pam_client_SOURCES = tests/system/pam_client.c
tests_system_pam_client_LDADD = $(PAM_LIBS)

EXTRA_DIST += \
	tests/system/__init__.py \
	tests/system/case.py \
	tests/system/login.py \
	tests/system/machine.py \
	tests/system/processes.py \
	tests/system/sandbox.py \
	tests/system/sshd.py
