# SPDX-License-Identifier: BSD-3-Clause
# Unit tests of agent/ and cli/: each mirrors a source.
check_PROGRAMS += \
	tests/unit/test_agent_client \
	tests/unit/test_agent_main \
	tests/unit/test_answer \
	tests/unit/test_aws_config \
	tests/unit/test_browser \
	tests/unit/test_check \
	tests/unit/test_check_host \
	tests/unit/test_check_live \
	tests/unit/test_check_pam \
	tests/unit/test_check_person \
	tests/unit/test_cli_main \
	tests/unit/test_control \
	tests/unit/test_control_answers \
	tests/unit/test_credential_process \
	tests/unit/test_deny_policy \
	tests/unit/test_endpoint \
	tests/unit/test_endpoint_refusals \
	tests/unit/test_env \
	tests/unit/test_exec \
	tests/unit/test_gate \
	tests/unit/test_login \
	tests/unit/test_open_browser \
	tests/unit/test_peer \
	tests/unit/test_profiles \
	tests/unit/test_qr \
	tests/unit/test_refresh \
	tests/unit/test_replaced_file \
	tests/unit/test_roles \
	tests/unit/test_session \
	tests/unit/test_shell_code \
	tests/unit/test_shell_verb \
	tests/unit/test_status \
	tests/unit/test_terminal \
	tests/unit/test_variables \
	tests/unit/test_wait

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
tests_unit_test_browser_SOURCES = tests/unit/test_browser.c $(served) $(http_client)
tests_unit_test_browser_CPPFLAGS = $(served_flags)
tests_unit_test_browser_LDADD = $(served_libraries)
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

# A verb against an agent that the test plays.
cli_unit_agent = tests/unit/fake_agent.c tests/unit/fake_agent.h
cli_unit_libs = cli/libcli.la common/libcommon.la $(JANSSON_LIBS) $(CMOCKA_LIBS)

tests_unit_test_answer_SOURCES = tests/unit/test_answer.c
tests_unit_test_answer_LDADD = $(cli_unit_libs)
tests_unit_test_aws_config_SOURCES = tests/unit/test_aws_config.c
tests_unit_test_aws_config_LDADD = $(cli_unit_libs)
tests_unit_test_credential_process_SOURCES = tests/unit/test_credential_process.c $(cli_unit_agent)
tests_unit_test_credential_process_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_credential_process_LDADD = $(cli_unit_libs)
tests_unit_test_env_SOURCES = tests/unit/test_env.c $(cli_unit_agent)
tests_unit_test_env_LDADD = $(cli_unit_libs)
tests_unit_test_exec_SOURCES = tests/unit/test_exec.c $(cli_unit_agent)
tests_unit_test_exec_LDADD = $(cli_unit_libs)
tests_unit_test_open_browser_SOURCES = tests/unit/test_open_browser.c \
	tests/unit/temporary.c tests/unit/temporary.h
tests_unit_test_open_browser_LDADD = $(cli_unit_libs)
tests_unit_test_qr_SOURCES = tests/unit/test_qr.c
tests_unit_test_qr_LDADD = $(cli_unit_libs)
tests_unit_test_profiles_SOURCES = tests/unit/test_profiles.c $(cli_unit_agent) \
	tests/unit/temporary.c tests/unit/temporary.h
tests_unit_test_profiles_LDADD = $(cli_unit_libs)
tests_unit_test_replaced_file_SOURCES = tests/unit/test_replaced_file.c \
	tests/unit/temporary.c tests/unit/temporary.h
tests_unit_test_replaced_file_LDADD = $(cli_unit_libs)
tests_unit_test_roles_SOURCES = tests/unit/test_roles.c $(cli_unit_agent)
tests_unit_test_roles_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_roles_LDADD = $(cli_unit_libs)
tests_unit_test_shell_code_SOURCES = tests/unit/test_shell_code.c $(cli_unit_agent)
tests_unit_test_shell_code_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_shell_code_LDADD = $(cli_unit_libs)
tests_unit_test_login_SOURCES = tests/unit/test_login.c $(cli_unit_agent)
tests_unit_test_login_LDADD = $(cli_unit_libs)
tests_unit_test_shell_verb_SOURCES = tests/unit/test_shell_verb.c $(cli_unit_agent)
tests_unit_test_shell_verb_LDADD = $(cli_unit_libs)
tests_unit_test_variables_SOURCES = tests/unit/test_variables.c $(cli_unit_agent)
tests_unit_test_variables_LDADD = $(cli_unit_libs)
tests_unit_test_wait_SOURCES = tests/unit/test_wait.c $(cli_unit_agent)
tests_unit_test_wait_LDADD = $(cli_unit_libs)

tests_unit_test_terminal_SOURCES = tests/unit/test_terminal.c
tests_unit_test_terminal_LDADD = cli/libcli.la $(CMOCKA_LIBS)
tests_unit_test_agent_client_SOURCES = tests/unit/test_agent_client.c
tests_unit_test_agent_client_LDADD = cli/libcli.la common/libcommon.la $(CMOCKA_LIBS)
tests_unit_test_deny_policy_SOURCES = tests/unit/test_deny_policy.c
tests_unit_test_deny_policy_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_deny_policy_LDADD = cli/libcli.la common/libcommon.la $(JANSSON_LIBS) \
	$(CMOCKA_LIBS)
tests_unit_test_status_SOURCES = tests/unit/test_status.c $(cli_unit_agent)
tests_unit_test_status_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_status_LDADD = cli/libcli.la common/libcommon.la $(JANSSON_LIBS) $(CMOCKA_LIBS)
checked = tests/unit/checked.c tests/unit/checked.h \
	tests/unit/temporary.c tests/unit/temporary.h
tests_unit_test_check_SOURCES = tests/unit/test_check.c $(checked)
tests_unit_test_check_LDADD = cli/libcli.la policy/libpolicy.la common/libcommon.la $(CMOCKA_LIBS)
tests_unit_test_check_host_SOURCES = tests/unit/test_check_host.c $(checked)
tests_unit_test_check_host_LDADD = $(tests_unit_test_check_LDADD)
tests_unit_test_check_pam_SOURCES = tests/unit/test_check_pam.c $(checked)
tests_unit_test_check_pam_LDADD = $(tests_unit_test_check_LDADD)
tests_unit_test_check_person_SOURCES = tests/unit/test_check_person.c $(checked)
tests_unit_test_check_person_LDADD = $(tests_unit_test_check_LDADD)
tests_unit_test_check_live_SOURCES = tests/unit/test_check_live.c \
	tests/unit/temporary.c tests/unit/temporary.h
tests_unit_test_check_live_LDADD = cli/libcli.la policy/libpolicy.la common/libcommon.la \
	$(CMOCKA_LIBS)
tests_unit_test_cli_main_SOURCES = tests/unit/test_cli_main.c
tests_unit_test_cli_main_CPPFLAGS = $(AM_CPPFLAGS) \
	-DCLI_PROGRAM='"$(abs_top_builddir)/cli/aws-role"'
tests_unit_test_cli_main_LDADD = $(CMOCKA_LIBS)
