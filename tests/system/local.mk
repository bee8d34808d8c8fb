# SPDX-License-Identifier: BSD-3-Clause
EXTRA_PROGRAMS += tests/system/pam_client tests/system/pam_models
CLEANFILES += tests/system/pam_client$(EXEEXT) tests/system/pam_models$(EXEEXT)

tests_system_pam_client_SOURCES = tests/system/pam_client.c
tests_system_pam_client_LDADD = $(PAM_LIBS)

tests_system_pam_models_SOURCES = tests/system/pam_models.c
tests_system_pam_models_LDADD = $(PAM_LIBS)

EXTRA_DIST += \
	tests/system/__init__.py \
	tests/system/case.py \
	tests/system/demo.py \
	tests/system/document.py \
	tests/system/door_ground.py \
	tests/system/door_probe.py \
	tests/system/door_session.py \
	tests/system/doors.py \
	tests/system/fake_broker.py \
	tests/system/helper_broker.py \
	tests/system/login.py \
	tests/system/machine.py \
	tests/system/processes.py \
	tests/system/radosgw.py \
	tests/system/sandbox.py \
	tests/system/sshd.py \
	tests/system/test_application.py \
	tests/system/test_aws_clients.py \
	tests/system/test_bad_sts.py \
	tests/system/test_concurrency.py \
	tests/system/test_config_errors.py \
	tests/system/test_deadlines.py \
	tests/system/test_doors.py \
	tests/system/test_folders.py \
	tests/system/test_groups.py \
	tests/system/test_helper.py \
	tests/system/test_identity.py \
	tests/system/test_install.py \
	tests/system/test_module_replies.py \
	tests/system/test_pamtester.py \
	tests/system/test_quickstart.py \
	tests/system/test_radosgw.py \
	tests/system/test_sshd.py \
	tests/system/test_unharmed.py
