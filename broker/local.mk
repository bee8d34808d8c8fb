# SPDX-License-Identifier: BSD-3-Clause
noinst_LTLIBRARIES += broker/libbroker.la
pkglibexec_PROGRAMS += broker/aws-role-broker

broker_libbroker_la_SOURCES = \
	broker/account.c broker/account.h \
	broker/allowance.c broker/allowance.h \
	broker/answer.c broker/answer.h \
	broker/attempts.c broker/attempts.h \
	broker/audit.c broker/audit.h \
	broker/auth_line.c broker/auth_line.h \
	broker/begun.c broker/begun.h \
	broker/cache.c broker/cache.h \
	broker/delivery.c broker/delivery.h \
	broker/endpoint.c broker/endpoint.h \
	broker/entitlement.c broker/entitlement.h \
	broker/errand.c broker/errand.h \
	broker/failure.c broker/failure.h \
	broker/helper_process.c broker/helper_process.h \
	broker/job.c broker/job.h \
	broker/kept_plan.c broker/kept_plan.h \
	broker/key.c broker/key.h \
	broker/linger.c broker/linger.h \
	broker/lock.c broker/lock.h \
	broker/lookup.c broker/lookup.h \
	broker/obtain.c broker/obtain.h \
	broker/outcome.c broker/outcome.h \
	broker/person.c broker/person.h \
	broker/planning.c broker/planning.h \
	broker/privilege.c broker/privilege.h \
	broker/progress.c broker/progress.h \
	broker/question.h \
	broker/reply.c broker/reply.h \
	broker/rundir.c broker/rundir.h \
	broker/serving.h \
	broker/session.c broker/session.h \
	broker/stub.c broker/stub.h \
	broker/sweep.c broker/sweep.h \
	broker/swept_file.c broker/swept_file.h

broker_aws_role_broker_SOURCES = broker/main.c
broker_aws_role_broker_CPPFLAGS = $(AM_CPPFLAGS) \
	-DAWS_ROLE_RUNDIR='"$(rundir)"' \
	-DAWS_ROLE_CONFIG='"$(configdir)/aws-role.conf"' \
	-DAWS_ROLE_CONFIG_DIR='"$(configdir)/aws-role.conf.d"' \
	-DAWS_ROLE_VENDOR_CONFIG='"$(vendordir)/aws-role.conf"' \
	-DAWS_ROLE_CREDENTIALS='"$(configdir)/credentials"' \
	-DAWS_ROLE_HELPER='"$(pkglibexecdir)/aws-role-helper"' \
	-DAWS_ROLE_AGENT='"$(pkglibexecdir)/aws-role-agent"'
broker_aws_role_broker_LDFLAGS = $(AM_LDFLAGS) $(PROGRAM_LDFLAGS)
broker_aws_role_broker_LDADD = broker/libbroker.la policy/libpolicy.la common/libcommon.la
