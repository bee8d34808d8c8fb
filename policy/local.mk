# SPDX-License-Identifier: BSD-3-Clause
noinst_LTLIBRARIES += policy/libpolicy.la

policy_libpolicy_la_SOURCES = \
	policy/config.c policy/config.h \
	policy/config_chain.c policy/config_chain.h \
	policy/config_check.c policy/config_check.h \
	policy/config_files.c policy/config_files.h \
	policy/config_keys.c policy/config_keys.h \
	policy/config_sections.c policy/config_sections.h \
	policy/expand.c policy/expand.h \
	policy/list.c policy/list.h \
	policy/mapping.c policy/mapping.h \
	policy/plan.c policy/plan.h \
	policy/plan_describe.c \
	policy/plan_device.c policy/plan_device.h \
	policy/plan_record.c \
	policy/plan_step.c policy/plan_step.h \
	policy/problem.c policy/problem.h \
	policy/shape.c policy/shape.h \
	policy/syntax.c policy/syntax.h \
	policy/url.c policy/url.h
