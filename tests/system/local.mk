# SPDX-License-Identifier: BSD-3-Clause
EXTRA_PROGRAMS += tests/system/pam_client tests/system/pam_models tests/system/hold_calls
CLEANFILES += tests/system/pam_client$(EXEEXT) tests/system/pam_models$(EXEEXT) \
	tests/system/hold_calls$(EXEEXT)

tests_system_pam_client_SOURCES = tests/system/pam_client.c
tests_system_pam_client_LDADD = $(PAM_LIBS)

# A library for NSS: its soname has to end in .so.2. -rpath makes libtool build it shared although it
# is not installed.
EXTRA_LTLIBRARIES = tests/system/libnss_hang.la
CLEANFILES += tests/system/libnss_hang.la
tests_system_libnss_hang_la_SOURCES = tests/system/nss_hang.c
tests_system_libnss_hang_la_LDFLAGS = $(AM_LDFLAGS) -shared -version-info 2 -rpath /nowhere
tests_system_hold_calls_SOURCES = tests/system/hold_calls.c
tests_system_pam_models_SOURCES = tests/system/pam_models.c
tests_system_pam_models_LDADD = $(PAM_LIBS)

EXTRA_DIST += \
	tests/system/__init__.py \
	tests/system/case.py \
	tests/system/demo.py \
	tests/system/directory.py \
	tests/system/document.py \
	tests/system/door_ground.py \
	tests/system/door_probe.py \
	tests/system/door_session.py \
	tests/system/doors.py \
	tests/system/endpoint.py \
	tests/system/endpoint_probe.py \
	tests/system/fake_broker.py \
	tests/system/held.py \
	tests/system/fence.py \
	tests/system/helper_broker.py \
	tests/system/kill_round.py \
	tests/system/kill_stages.py \
	tests/system/login.py \
	tests/system/machine.py \
	tests/system/pam_handle.py \
	tests/system/processes.py \
	tests/system/radosgw.py \
	tests/system/sandbox.py \
	tests/system/shells.py \
	tests/system/sign_in_case.py \
	tests/system/sshd.py \
	tests/system/test_accounts.py \
	tests/system/test_application.py \
	tests/system/test_aws_clients.py \
	tests/system/test_bad_items.py \
	tests/system/test_bad_sts.py \
	tests/system/test_concurrency.py \
	tests/system/test_config_errors.py \
	tests/system/test_console_sign_in.py \
	tests/system/test_deadlines.py \
	tests/system/test_endpoint.py \
	tests/system/test_endpoint_admission.py \
	tests/system/test_endpoint_clients.py \
	tests/system/test_fence.py \
	tests/system/test_fence_apply.py \
	tests/system/test_fence_forward.py \
	tests/system/test_fence_users.py \
	tests/system/test_doors.py \
	tests/system/test_folders.py \
	tests/system/test_groups.py \
	tests/system/test_helper.py \
	tests/system/test_identity.py \
	tests/system/test_install.py \
	tests/system/test_hanging_names.py \
	tests/system/test_kept_plan.py \
	tests/system/test_kill.py \
	tests/system/test_linger.py \
	tests/system/test_module_replies.py \
	tests/system/test_outage.py \
	tests/system/test_pamtester.py \
	tests/system/test_person_command.py \
	tests/system/test_quickstart.py \
	tests/system/test_radosgw.py \
	tests/system/test_root_view.py \
	tests/system/test_run_folder.py \
	tests/system/test_setcred.py \
	tests/system/test_sign_in_day.py \
	tests/system/test_sign_in_secrets.py \
	tests/system/test_shell_hook.py \
	tests/system/test_shell_hook_input.py \
	tests/system/test_shell_hook_time.py \
	tests/system/test_shell_hook_verbs.py \
	tests/system/test_sign_in_browser.py \
	tests/system/test_sign_in_qr.py \
	tests/system/test_sshd.py \
	tests/system/test_su_sudo.py \
	tests/system/test_unharmed.py \
	tests/system/test_without_login.py \
	tests/system/tmux.py
