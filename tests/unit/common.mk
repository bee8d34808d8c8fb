# SPDX-License-Identifier: BSD-3-Clause
# Unit tests of common/, pam_module/ and broker/: each mirrors a source.
check_PROGRAMS += \
	tests/unit/test_account \
	tests/unit/test_allowance \
	tests/unit/test_attempts \
	tests/unit/test_aws_name \
	tests/unit/test_begun \
	tests/unit/test_cache \
	tests/unit/test_credentials \
	tests/unit/test_credentials_file \
	tests/unit/test_environment \
	tests/unit/test_errand \
	tests/unit/test_kept_plan \
	tests/unit/test_ledger \
	tests/unit/test_lifeline \
	tests/unit/test_lock \
	tests/unit/test_log \
	tests/unit/test_lookup \
	tests/unit/test_options \
	tests/unit/test_person \
	tests/unit/test_process \
	tests/unit/test_progress \
	tests/unit/test_prompt \
	tests/unit/test_protocol \
	tests/unit/test_request \
	tests/unit/test_rundir \
	tests/unit/test_spawn \
	tests/unit/test_trusted_file

tests_unit_test_aws_name_SOURCES = tests/unit/test_aws_name.c
tests_unit_test_aws_name_LDADD = common/libcommon.la $(CMOCKA_LIBS)
tests_unit_test_credentials_SOURCES = tests/unit/test_credentials.c
tests_unit_test_credentials_LDADD = common/libcommon.la $(CMOCKA_LIBS)
tests_unit_test_credentials_file_SOURCES = tests/unit/test_credentials_file.c
tests_unit_test_credentials_file_LDADD = common/libcommon.la $(CMOCKA_LIBS)
tests_unit_test_ledger_SOURCES = tests/unit/test_ledger.c
tests_unit_test_ledger_LDADD = common/libcommon.la $(CMOCKA_LIBS)
tests_unit_test_process_SOURCES = tests/unit/test_process.c
tests_unit_test_process_LDADD = common/libcommon.la $(CMOCKA_LIBS)
tests_unit_test_log_SOURCES = tests/unit/test_log.c
tests_unit_test_log_LDADD = common/libcommon.la $(CMOCKA_LIBS)
tests_unit_test_protocol_SOURCES = tests/unit/test_protocol.c
tests_unit_test_protocol_LDADD = common/libcommon.la $(CMOCKA_LIBS)
tests_unit_test_spawn_SOURCES = tests/unit/test_spawn.c
tests_unit_test_spawn_LDADD = common/libcommon.la $(CMOCKA_LIBS)
tests_unit_test_trusted_file_SOURCES = tests/unit/test_trusted_file.c \
	tests/unit/temporary.c tests/unit/temporary.h
tests_unit_test_trusted_file_LDADD = common/libcommon.la $(CMOCKA_LIBS)

tests_unit_test_begun_SOURCES = tests/unit/test_begun.c
tests_unit_test_begun_LDADD = broker/libbroker.la policy/libpolicy.la common/libcommon.la \
	$(CMOCKA_LIBS)
tests_unit_test_cache_SOURCES = tests/unit/test_cache.c \
	tests/unit/temporary.c tests/unit/temporary.h
tests_unit_test_cache_LDADD = broker/libbroker.la policy/libpolicy.la common/libcommon.la \
	$(CMOCKA_LIBS)
tests_unit_test_kept_plan_SOURCES = tests/unit/test_kept_plan.c
tests_unit_test_kept_plan_LDADD = broker/libbroker.la policy/libpolicy.la common/libcommon.la \
	$(CMOCKA_LIBS)
tests_unit_test_lock_SOURCES = tests/unit/test_lock.c \
	tests/unit/temporary.c tests/unit/temporary.h
tests_unit_test_lock_LDADD = broker/libbroker.la policy/libpolicy.la common/libcommon.la \
	$(CMOCKA_LIBS)
tests_unit_test_progress_SOURCES = tests/unit/test_progress.c \
	tests/unit/temporary.c tests/unit/temporary.h
tests_unit_test_progress_LDADD = broker/libbroker.la policy/libpolicy.la common/libcommon.la \
	$(CMOCKA_LIBS)

tests_unit_test_account_SOURCES = tests/unit/test_account.c \
	tests/unit/name_service.c tests/unit/name_service.h
tests_unit_test_account_LDADD = broker/libbroker.la policy/libpolicy.la common/libcommon.la \
	$(CMOCKA_LIBS)
tests_unit_test_allowance_SOURCES = tests/unit/test_allowance.c
tests_unit_test_allowance_LDADD = broker/libbroker.la policy/libpolicy.la common/libcommon.la \
	$(CMOCKA_LIBS)
tests_unit_test_attempts_SOURCES = tests/unit/test_attempts.c \
	tests/unit/temporary.c tests/unit/temporary.h
tests_unit_test_attempts_LDADD = broker/libbroker.la policy/libpolicy.la common/libcommon.la \
	$(CMOCKA_LIBS)
tests_unit_test_errand_SOURCES = tests/unit/test_errand.c
tests_unit_test_errand_LDADD = broker/libbroker.la policy/libpolicy.la common/libcommon.la \
	$(CMOCKA_LIBS)
tests_unit_test_lookup_SOURCES = tests/unit/test_lookup.c \
	tests/unit/name_service.c tests/unit/name_service.h
tests_unit_test_lookup_LDADD = broker/libbroker.la policy/libpolicy.la common/libcommon.la \
	$(CMOCKA_LIBS)
tests_unit_test_person_SOURCES = tests/unit/test_person.c \
	tests/unit/name_service.c tests/unit/name_service.h
tests_unit_test_person_LDADD = broker/libbroker.la policy/libpolicy.la common/libcommon.la \
	$(CMOCKA_LIBS)
tests_unit_test_rundir_SOURCES = tests/unit/test_rundir.c \
	tests/unit/temporary.c tests/unit/temporary.h
tests_unit_test_rundir_LDADD = broker/libbroker.la policy/libpolicy.la common/libcommon.la \
	$(CMOCKA_LIBS)

tests_unit_test_environment_SOURCES = tests/unit/test_environment.c \
	tests/unit/pam_handle.c tests/unit/pam_handle.h
tests_unit_test_environment_LDADD = pam_module/libmodule.la common/libcommon.la $(PAM_LIBS) \
	$(CMOCKA_LIBS)
tests_unit_test_lifeline_SOURCES = tests/unit/test_lifeline.c \
	tests/unit/pam_handle.c tests/unit/pam_handle.h \
	tests/unit/temporary.c tests/unit/temporary.h
tests_unit_test_lifeline_CPPFLAGS = $(AM_CPPFLAGS) \
	-DPAM_PROBE='"$(abs_top_builddir)/tests/unit/.libs/pam_probe.so"'
tests_unit_test_lifeline_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
tests_unit_test_lifeline_DEPENDENCIES = pam_module/libmodule.la common/libcommon.la \
	tests/unit/pam_probe.la
tests_unit_test_lifeline_LDADD = pam_module/libmodule.la common/libcommon.la $(PAM_LIBS) \
	$(CMOCKA_LIBS)
tests_unit_test_options_SOURCES = tests/unit/test_options.c \
	tests/unit/pam_handle.c tests/unit/pam_handle.h
tests_unit_test_options_LDADD = pam_module/libmodule.la common/libcommon.la $(PAM_LIBS) \
	$(CMOCKA_LIBS)
tests_unit_test_prompt_SOURCES = tests/unit/test_prompt.c \
	tests/unit/pam_handle.c tests/unit/pam_handle.h \
	tests/unit/temporary.c tests/unit/temporary.h
tests_unit_test_prompt_CPPFLAGS = $(AM_CPPFLAGS) \
	-DPAM_PROBE='"$(abs_top_builddir)/tests/unit/.libs/pam_probe.so"'
tests_unit_test_prompt_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
tests_unit_test_prompt_DEPENDENCIES = pam_module/libmodule.la common/libcommon.la \
	tests/unit/pam_probe.la
tests_unit_test_prompt_LDADD = pam_module/libmodule.la common/libcommon.la $(PAM_LIBS) \
	$(CMOCKA_LIBS)
tests_unit_test_request_SOURCES = tests/unit/test_request.c \
	tests/unit/pam_handle.c tests/unit/pam_handle.h
tests_unit_test_request_LDADD = pam_module/libmodule.la common/libcommon.la $(PAM_LIBS) \
	$(CMOCKA_LIBS)

# Loaded by test_lifeline and test_prompt through PAM; -rpath makes libtool build it shared although
# it is not installed.
check_LTLIBRARIES += tests/unit/pam_probe.la
tests_unit_pam_probe_la_SOURCES = tests/unit/pam_probe.c
tests_unit_pam_probe_la_LDFLAGS = $(AM_LDFLAGS) -module -shared -avoid-version -rpath /nowhere
tests_unit_pam_probe_la_LIBADD = $(PAM_LIBS)
