# SPDX-License-Identifier: BSD-3-Clause
# Unit tests of policy/: each mirrors a source.
check_PROGRAMS += \
	tests/unit/test_config \
	tests/unit/test_config_check \
	tests/unit/test_config_keys \
	tests/unit/test_expand \
	tests/unit/test_mapping \
	tests/unit/test_plan \
	tests/unit/test_plan_device \
	tests/unit/test_plan_step \
	tests/unit/test_syntax

tests_unit_test_config_SOURCES = tests/unit/test_config.c \
	tests/unit/config_fixture.c tests/unit/config_fixture.h \
	tests/unit/temporary.c tests/unit/temporary.h
tests_unit_test_config_LDADD = policy/libpolicy.la common/libcommon.la $(CMOCKA_LIBS)

tests_unit_test_config_check_SOURCES = tests/unit/test_config_check.c \
	tests/unit/config_fixture.c tests/unit/config_fixture.h \
	tests/unit/temporary.c tests/unit/temporary.h
tests_unit_test_config_check_CPPFLAGS = $(AM_CPPFLAGS) -DSOURCE_FOLDER='"$(abs_top_srcdir)"'
tests_unit_test_config_check_LDADD = policy/libpolicy.la common/libcommon.la $(CMOCKA_LIBS)

tests_unit_test_config_keys_SOURCES = tests/unit/test_config_keys.c \
	tests/unit/config_fixture.c tests/unit/config_fixture.h \
	tests/unit/temporary.c tests/unit/temporary.h
tests_unit_test_config_keys_LDADD = policy/libpolicy.la common/libcommon.la $(CMOCKA_LIBS)

tests_unit_test_expand_SOURCES = tests/unit/test_expand.c
tests_unit_test_expand_LDADD = policy/libpolicy.la common/libcommon.la $(CMOCKA_LIBS)

tests_unit_test_mapping_SOURCES = tests/unit/test_mapping.c \
	tests/unit/config_fixture.c tests/unit/config_fixture.h \
	tests/unit/temporary.c tests/unit/temporary.h
tests_unit_test_mapping_LDADD = policy/libpolicy.la common/libcommon.la $(CMOCKA_LIBS)

tests_unit_test_plan_SOURCES = tests/unit/test_plan.c \
	tests/unit/config_fixture.c tests/unit/config_fixture.h \
	tests/unit/temporary.c tests/unit/temporary.h
tests_unit_test_plan_LDADD = policy/libpolicy.la common/libcommon.la $(CMOCKA_LIBS)

tests_unit_test_plan_device_SOURCES = tests/unit/test_plan_device.c \
	tests/unit/config_fixture.c tests/unit/config_fixture.h \
	tests/unit/temporary.c tests/unit/temporary.h
tests_unit_test_plan_device_LDADD = policy/libpolicy.la common/libcommon.la $(CMOCKA_LIBS)

tests_unit_test_plan_step_SOURCES = tests/unit/test_plan_step.c \
	tests/unit/config_fixture.c tests/unit/config_fixture.h \
	tests/unit/temporary.c tests/unit/temporary.h
tests_unit_test_plan_step_LDADD = policy/libpolicy.la common/libcommon.la $(CMOCKA_LIBS)

tests_unit_test_syntax_SOURCES = tests/unit/test_syntax.c
tests_unit_test_syntax_LDADD = policy/libpolicy.la common/libcommon.la $(CMOCKA_LIBS)
