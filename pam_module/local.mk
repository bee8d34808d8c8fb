# SPDX-License-Identifier: BSD-3-Clause
noinst_LTLIBRARIES += pam_module/libmodule.la
pam_LTLIBRARIES += pam_module/pam_aws_role.la
EXTRA_DIST += pam_module/pam_aws_role.map

pam_module_libmodule_la_SOURCES = \
	pam_module/auth_line.c pam_module/auth_line.h \
	pam_module/environment.c pam_module/environment.h \
	pam_module/lifeline.c pam_module/lifeline.h \
	pam_module/module_log.c pam_module/module_log.h \
	pam_module/options.c pam_module/options.h \
	pam_module/prompt.c pam_module/prompt.h \
	pam_module/renewal.c pam_module/renewal.h \
	pam_module/request.c pam_module/request.h \
	pam_module/session.c pam_module/session.h

pam_module_pam_aws_role_la_SOURCES = pam_module/public.c
pam_module_pam_aws_role_la_CPPFLAGS = $(AM_CPPFLAGS) \
	-DAWS_ROLE_BROKER='"$(pkglibexecdir)/aws-role-broker"' \
	-DAWS_ROLE_RUNDIR='"$(rundir)"'
pam_module_pam_aws_role_la_LDFLAGS = $(AM_LDFLAGS) -module -shared -avoid-version \
	-Wl,--version-script=$(srcdir)/pam_module/pam_aws_role.map
pam_module_pam_aws_role_la_LIBADD = pam_module/libmodule.la common/libcommon.la $(PAM_LIBS)
pam_module_pam_aws_role_la_DEPENDENCIES = pam_module/libmodule.la common/libcommon.la \
	pam_module/pam_aws_role.map
