# SPDX-License-Identifier: BSD-3-Clause
noinst_LTLIBRARIES += common/libcommon.la

common_libcommon_la_SOURCES = \
	common/agent_socket.c common/agent_socket.h \
	common/aws_name.c common/aws_name.h \
	common/credentials.c common/credentials.h \
	common/credentials_file.c common/credentials_file.h \
	common/deadline.c common/deadline.h \
	common/error.c common/error.h \
	common/folder.c common/folder.h \
	common/key_rules.c common/key_rules.h \
	common/ledger.c common/ledger.h \
	common/log.c common/log.h \
	common/process.c common/process.h \
	common/protocol.c common/protocol.h \
	common/record_rules.c common/record_rules.h \
	common/record_socket.c \
	common/role_name.c common/role_name.h \
	common/secret.c common/secret.h \
	common/service_user.h \
	common/spawn.c common/spawn.h \
	common/trusted_file.c common/trusted_file.h \
	common/wiping.c common/wiping.h
