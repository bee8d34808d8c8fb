# SPDX-License-Identifier: BSD-3-Clause
# Everything but main.c is a library, which tests and fuzz targets link.
noinst_LTLIBRARIES += helper/libhelper.la

helper_libhelper_la_SOURCES = \
	helper/base64.c helper/base64.h \
	helper/buffer.c helper/buffer.h \
	helper/confine.c helper/confine.h \
	helper/confine_calls.c helper/confine_calls.h \
	helper/confine_files.c helper/confine_files.h \
	helper/dpop.c helper/dpop.h \
	helper/error_class.c helper/error_class.h \
	helper/exchange.c helper/exchange.h \
	helper/failure.c helper/failure.h \
	helper/form.c helper/form.h \
	helper/http.c helper/http.h \
	helper/http_words.c helper/http_words.h \
	helper/json_out.c helper/json_out.h \
	helper/obtain.c helper/obtain.h \
	helper/random.c helper/random.h \
	helper/region.c helper/region.h \
	helper/replies.c helper/replies.h \
	helper/replies_json.c helper/replies_json.h \
	helper/replies_value.c helper/replies_value.h \
	helper/replies_xml.c helper/replies_xml.h \
	helper/sign_in.c helper/sign_in.h \
	helper/sign_in_code.c helper/sign_in_code.h \
	helper/sign_in_state.c helper/sign_in_state.h \
	helper/sigv4.c helper/sigv4.h \
	helper/sigv4_canonical.c helper/sigv4_canonical.h \
	helper/sts.c helper/sts.h \
	helper/sts_words.c helper/sts_words.h \
	helper/tls_store.c helper/tls_store.h \
	helper/url.c helper/url.h \
	helper/steps/assume_role.c helper/steps/assume_role.h \
	helper/steps/console_sign_in.c helper/steps/console_sign_in.h \
	helper/steps/instance_metadata.c helper/steps/instance_metadata.h \
	helper/steps/session_token.c helper/steps/session_token.h \
	helper/steps/static_keys.c helper/steps/static_keys.h \
	helper/steps/step.h \
	helper/steps/steps.c helper/steps/steps.h
helper_libhelper_la_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS) \
	$(EXPAT_CFLAGS)
helper_libhelper_la_LIBADD = common/libcommon.la $(CURL_LIBS) $(CRYPTO_LIBS) $(JANSSON_LIBS) \
	$(EXPAT_LIBS)

pkglibexec_PROGRAMS += helper/aws-role-helper

helper_aws_role_helper_SOURCES = helper/main.c
helper_aws_role_helper_LDADD = helper/libhelper.la
