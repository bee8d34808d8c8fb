# SPDX-License-Identifier: BSD-3-Clause
# Unit tests of common/, pam_module/ and broker/: each mirrors a source.
check_PROGRAMS += \
	tests/unit/test_aws_name \
	tests/unit/test_cache \
	tests/unit/test_credentials \
	tests/unit/test_environment \
	tests/unit/test_lock \
	tests/unit/test_log \
	tests/unit/test_protocol \
	tests/unit/test_spawn \
	tests/unit/test_trusted_file

tests_unit_test_aws_name_SOURCES = tests/unit/test_aws_name.c
tests_unit_test_aws_name_LDADD = common/libcommon.la $(CMOCKA_LIBS)
tests_unit_test_credentials_SOURCES = tests/unit/test_credentials.c
tests_unit_test_credentials_LDADD = common/libcommon.la $(CMOCKA_LIBS)
tests_unit_test_log_SOURCES = tests/unit/test_log.c
tests_unit_test_log_LDADD = common/libcommon.la $(CMOCKA_LIBS)
tests_unit_test_protocol_SOURCES = tests/unit/test_protocol.c
tests_unit_test_protocol_LDADD = common/libcommon.la $(CMOCKA_LIBS)
tests_unit_test_spawn_SOURCES = tests/unit/test_spawn.c
tests_unit_test_spawn_LDADD = common/libcommon.la $(CMOCKA_LIBS)
tests_unit_test_trusted_file_SOURCES = tests/unit/test_trusted_file.c \
	tests/unit/temporary.c tests/unit/temporary.h
tests_unit_test_trusted_file_LDADD = common/libcommon.la $(CMOCKA_LIBS)

tests_unit_test_cache_SOURCES = tests/unit/test_cache.c \
	tests/unit/temporary.c tests/unit/temporary.h
tests_unit_test_cache_LDADD = broker/libbroker.la policy/libpolicy.la common/libcommon.la \
	$(CMOCKA_LIBS)
tests_unit_test_lock_SOURCES = tests/unit/test_lock.c \
	tests/unit/temporary.c tests/unit/temporary.h
tests_unit_test_lock_LDADD = broker/libbroker.la policy/libpolicy.la common/libcommon.la \
	$(CMOCKA_LIBS)

tests_unit_test_environment_SOURCES = tests/unit/test_environment.c
tests_unit_test_environment_LDADD = pam_module/libmodule.la common/libcommon.la $(PAM_LIBS) \
	$(CMOCKA_LIBS)
