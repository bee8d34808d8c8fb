# SPDX-License-Identifier: BSD-3-Clause
# Unit tests of agent/ and cli/: each mirrors a source.
check_PROGRAMS += \
	tests/unit/test_agent_client \
	tests/unit/test_agent_main \
	tests/unit/test_check \
	tests/unit/test_check_live \
	tests/unit/test_cli_main \
	tests/unit/test_control \
	tests/unit/test_control_answers \
	tests/unit/test_deny_policy \
	tests/unit/test_endpoint \
	tests/unit/test_endpoint_refusals \
	tests/unit/test_gate \
	tests/unit/test_peer \
	tests/unit/test_refresh \
	tests/unit/test_session \
	tests/unit/test_status \
	tests/unit/test_terminal

tests_unit_test_peer_SOURCES = tests/unit/test_peer.c
tests_unit_test_peer_LDADD = agent/libagent.la $(CMOCKA_LIBS)
tests_unit_test_refresh_SOURCES = tests/unit/test_refresh.c
tests_unit_test_refresh_LDADD = agent/libagent.la common/libcommon.la $(CMOCKA_LIBS)
tests_unit_test_session_SOURCES = tests/unit/test_session.c \
	tests/unit/session_records.c tests/unit/session_records.h
tests_unit_test_session_LDADD = agent/libagent.la common/libcommon.la $(CMOCKA_LIBS)
served = tests/unit/served.c tests/unit/served.h \
	tests/unit/session_records.c tests/unit/session_records.h
served_libraries = agent/libagent.la common/libcommon.la $(EVENT_LIBS) $(JANSSON_LIBS) $(CMOCKA_LIBS)
served_flags = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_control_SOURCES = tests/unit/test_control.c $(served)
tests_unit_test_control_CPPFLAGS = $(served_flags)
tests_unit_test_control_LDADD = $(served_libraries)
tests_unit_test_control_answers_SOURCES = tests/unit/test_control_answers.c $(served)
tests_unit_test_control_answers_CPPFLAGS = $(served_flags)
tests_unit_test_control_answers_LDADD = $(served_libraries)
http_client = tests/unit/http_client.c tests/unit/http_client.h
tests_unit_test_endpoint_SOURCES = tests/unit/test_endpoint.c $(served) $(http_client)
tests_unit_test_endpoint_CPPFLAGS = $(served_flags)
tests_unit_test_endpoint_LDADD = $(served_libraries)
tests_unit_test_endpoint_refusals_SOURCES = tests/unit/test_endpoint_refusals.c $(served) \
	$(http_client)
tests_unit_test_endpoint_refusals_CPPFLAGS = $(served_flags)
tests_unit_test_endpoint_refusals_LDADD = $(served_libraries)
tests_unit_test_gate_SOURCES = tests/unit/test_gate.c $(served) $(http_client)
tests_unit_test_gate_CPPFLAGS = $(served_flags)
tests_unit_test_gate_LDADD = $(served_libraries)
tests_unit_test_agent_main_SOURCES = tests/unit/test_agent_main.c \
	tests/unit/session_records.c tests/unit/session_records.h
tests_unit_test_agent_main_CPPFLAGS = $(AM_CPPFLAGS) \
	-DAGENT_PROGRAM='"$(abs_top_builddir)/agent/aws-role-agent"'
tests_unit_test_agent_main_LDADD = common/libcommon.la $(CMOCKA_LIBS)

tests_unit_test_terminal_SOURCES = tests/unit/test_terminal.c
tests_unit_test_terminal_LDADD = cli/libcli.la $(CMOCKA_LIBS)
tests_unit_test_agent_client_SOURCES = tests/unit/test_agent_client.c
tests_unit_test_agent_client_LDADD = cli/libcli.la common/libcommon.la $(CMOCKA_LIBS)
tests_unit_test_deny_policy_SOURCES = tests/unit/test_deny_policy.c
tests_unit_test_deny_policy_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_deny_policy_LDADD = cli/libcli.la common/libcommon.la $(JANSSON_LIBS) \
	$(CMOCKA_LIBS)
tests_unit_test_status_SOURCES = tests/unit/test_status.c
tests_unit_test_status_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_status_LDADD = cli/libcli.la common/libcommon.la $(JANSSON_LIBS) $(CMOCKA_LIBS)
tests_unit_test_check_SOURCES = tests/unit/test_check.c \
	tests/unit/temporary.c tests/unit/temporary.h
tests_unit_test_check_LDADD = cli/libcli.la policy/libpolicy.la common/libcommon.la $(CMOCKA_LIBS)
tests_unit_test_check_live_SOURCES = tests/unit/test_check_live.c \
	tests/unit/temporary.c tests/unit/temporary.h
tests_unit_test_check_live_LDADD = cli/libcli.la policy/libpolicy.la common/libcommon.la \
	$(CMOCKA_LIBS)
tests_unit_test_cli_main_SOURCES = tests/unit/test_cli_main.c
tests_unit_test_cli_main_CPPFLAGS = $(AM_CPPFLAGS) \
	-DCLI_PROGRAM='"$(abs_top_builddir)/cli/aws-role"'
tests_unit_test_cli_main_LDADD = $(CMOCKA_LIBS)
