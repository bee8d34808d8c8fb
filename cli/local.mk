# SPDX-License-Identifier: BSD-3-Clause
noinst_LTLIBRARIES += cli/libcli.la

cli_libcli_la_SOURCES = \
	cli/agent_client.c cli/agent_client.h \
	cli/answer.c cli/answer.h \
	cli/aws_config.c cli/aws_config.h \
	cli/check.c cli/check.h \
	cli/check_config.c cli/check_config.h \
	cli/check_host.c cli/check_host.h \
	cli/check_live.c cli/check_live.h \
	cli/check_pam.c cli/check_pam.h \
	cli/check_people.c cli/check_people.h \
	cli/check_person.c cli/check_person.h \
	cli/child.c cli/child.h \
	cli/credential_process.c cli/credential_process.h \
	cli/deny_policy.c cli/deny_policy.h \
	cli/env.c cli/env.h \
	cli/exec.c cli/exec.h \
	cli/login.c cli/login.h \
	cli/logout.c cli/logout.h \
	cli/off.c cli/off.h \
	cli/open_browser.c cli/open_browser.h \
	cli/own_session.c cli/own_session.h \
	cli/profiles.c cli/profiles.h \
	cli/qr.c cli/qr.h \
	cli/refresh.c cli/refresh.h \
	cli/replaced_file.c cli/replaced_file.h \
	cli/revoke.c cli/revoke.h \
	cli/role_list.c cli/role_list.h \
	cli/role_variables.c cli/role_variables.h \
	cli/roles.c cli/roles.h \
	cli/session_end.c cli/session_end.h \
	cli/sessions.c cli/sessions.h \
	cli/shell_code.c cli/shell_code.h \
	cli/shell_verb.c cli/shell_verb.h \
	cli/sign_in_page.c cli/sign_in_page.h \
	cli/status.c cli/status.h \
	cli/status_all.c cli/status_all.h \
	cli/switch.c cli/switch.h \
	cli/terminal.c cli/terminal.h \
	cli/usage.c cli/usage.h \
	cli/variables.c cli/variables.h \
	cli/verb.h \
	cli/wait.c cli/wait.h
cli_libcli_la_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
cli_libcli_la_LIBADD = policy/libpolicy.la common/libcommon.la $(JANSSON_LIBS) $(DL_LIBS)

bin_PROGRAMS += cli/aws-role

cli_aws_role_SOURCES = cli/main.c
cli_aws_role_CPPFLAGS = $(AM_CPPFLAGS) \
	-DAWS_ROLE_VERSION='"$(PACKAGE_VERSION)"' \
	-DAWS_ROLE_PROGRAM='"$(bindir)/aws-role"' \
	-DAWS_ROLE_CONFIG='"$(configdir)/aws-role.conf"' \
	-DAWS_ROLE_CONFIG_DIR='"$(configdir)/aws-role.conf.d"' \
	-DAWS_ROLE_CREDENTIALS='"$(configdir)/credentials"' \
	-DAWS_ROLE_METADATA_USERS='"$(configdir)/metadata-users"' \
	-DAWS_ROLE_VENDOR_CONFIG='"$(vendordir)/aws-role.conf"' \
	-DAWS_ROLE_RUNDIR='"$(rundir)"' \
	-DAWS_ROLE_LIBEXECDIR='"$(pkglibexecdir)"' \
	-DAWS_ROLE_PAMDIR='"$(pamdir)"'
cli_aws_role_LDADD = cli/libcli.la $(JANSSON_LIBS)
