# SPDX-License-Identifier: BSD-3-Clause
noinst_LTLIBRARIES += agent/libagent.la

agent_libagent_la_SOURCES = \
	agent/broker.c agent/broker.h \
	agent/browser.c agent/browser.h \
	agent/browser_reply.c agent/browser_reply.h \
	agent/control.c agent/control.h \
	agent/endpoint.c agent/endpoint.h \
	agent/endpoint_reply.c agent/endpoint_reply.h \
	agent/gate.c agent/gate.h \
	agent/local_http.c agent/local_http.h \
	agent/peer.c agent/peer.h \
	agent/refresh.c agent/refresh.h \
	agent/request.c agent/request.h \
	agent/session.c agent/session.h \
	agent/session_put.c agent/session_put.h
agent_libagent_la_CFLAGS = $(AM_CFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS)
agent_libagent_la_LIBADD = common/libcommon.la $(EVENT_LIBS) $(JANSSON_LIBS)

pkglibexec_PROGRAMS += agent/aws-role-agent

agent_aws_role_agent_SOURCES = agent/main.c
agent_aws_role_agent_CFLAGS = $(AM_CFLAGS) $(EVENT_CFLAGS)
agent_aws_role_agent_LDADD = agent/libagent.la $(EVENT_LIBS)
