# SPDX-License-Identifier: BSD-3-Clause
# Unit tests of helper/.
helper_unit_libs = helper/libhelper.la $(CMOCKA_LIBS)
helper_unit_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS)

# Those that need the peer end with 77 (skipped) where Python has no botocore or cryptography.
helper_unit_peer = tests/unit/peer_process.c tests/unit/peer_process.h \
	tests/unit/temporary.c tests/unit/temporary.h
helper_unit_sign_in = tests/unit/ueno.c tests/unit/ueno.h $(helper_unit_peer)
helper_unit_console = tests/unit/console.c tests/unit/console.h $(helper_unit_peer)

check_PROGRAMS += \
	tests/unit/test_base64 \
	tests/unit/test_confine \
	tests/unit/test_confine_calls \
	tests/unit/test_console_sign_in \
	tests/unit/test_console_sign_in_refusals \
	tests/unit/test_dpop \
	tests/unit/test_error_class \
	tests/unit/test_exchange \
	tests/unit/test_exchange_proof \
	tests/unit/test_http \
	tests/unit/test_instance_metadata \
	tests/unit/test_random \
	tests/unit/test_region \
	tests/unit/test_replies \
	tests/unit/test_replies_sign_in \
	tests/unit/test_session_token \
	tests/unit/test_sign_in \
	tests/unit/test_sign_in_code \
	tests/unit/test_sign_in_refusals \
	tests/unit/test_sign_in_state \
	tests/unit/test_sigv4 \
	tests/unit/test_sts \
	tests/unit/test_url

tests_unit_test_base64_SOURCES = tests/unit/test_base64.c
tests_unit_test_base64_CFLAGS = $(helper_unit_cflags)
tests_unit_test_base64_LDADD = $(helper_unit_libs)

tests_unit_test_confine_SOURCES = tests/unit/test_confine.c tests/unit/probe.c tests/unit/probe.h
tests_unit_test_confine_CFLAGS = $(helper_unit_cflags)
tests_unit_test_confine_LDADD = $(helper_unit_libs)

tests_unit_test_confine_calls_SOURCES = tests/unit/test_confine_calls.c \
	tests/unit/probe.c tests/unit/probe.h
tests_unit_test_confine_calls_CFLAGS = $(helper_unit_cflags)
tests_unit_test_confine_calls_LDADD = $(helper_unit_libs)

tests_unit_test_console_sign_in_SOURCES = tests/unit/test_console_sign_in.c $(helper_unit_console)
tests_unit_test_console_sign_in_CFLAGS = $(helper_unit_cflags)
tests_unit_test_console_sign_in_LDADD = $(helper_unit_libs) $(JANSSON_LIBS)

tests_unit_test_console_sign_in_refusals_SOURCES = tests/unit/test_console_sign_in_refusals.c \
	$(helper_unit_console)
tests_unit_test_console_sign_in_refusals_CFLAGS = $(helper_unit_cflags)
tests_unit_test_console_sign_in_refusals_LDADD = $(helper_unit_libs) $(JANSSON_LIBS)

tests_unit_test_dpop_SOURCES = tests/unit/test_dpop.c $(helper_unit_peer)
tests_unit_test_dpop_CFLAGS = $(helper_unit_cflags)
tests_unit_test_dpop_LDADD = $(helper_unit_libs) $(JANSSON_LIBS)

tests_unit_test_error_class_SOURCES = tests/unit/test_error_class.c
tests_unit_test_error_class_CFLAGS = $(helper_unit_cflags)
tests_unit_test_error_class_LDADD = $(helper_unit_libs)

tests_unit_test_exchange_SOURCES = tests/unit/test_exchange.c $(helper_unit_peer)
tests_unit_test_exchange_CFLAGS = $(helper_unit_cflags)
tests_unit_test_exchange_LDADD = $(helper_unit_libs) $(JANSSON_LIBS)

tests_unit_test_exchange_proof_SOURCES = tests/unit/test_exchange_proof.c $(helper_unit_peer)
tests_unit_test_exchange_proof_CFLAGS = $(helper_unit_cflags)
tests_unit_test_exchange_proof_LDADD = $(helper_unit_libs) $(JANSSON_LIBS)

tests_unit_test_http_SOURCES = tests/unit/test_http.c $(helper_unit_peer) \
	tests/unit/probe.c tests/unit/probe.h
tests_unit_test_http_CFLAGS = $(helper_unit_cflags)
tests_unit_test_http_LDADD = $(helper_unit_libs) $(JANSSON_LIBS)

tests_unit_test_instance_metadata_SOURCES = tests/unit/test_instance_metadata.c $(helper_unit_peer)
tests_unit_test_instance_metadata_CFLAGS = $(helper_unit_cflags)
tests_unit_test_instance_metadata_LDADD = $(helper_unit_libs) $(JANSSON_LIBS)

tests_unit_test_random_SOURCES = tests/unit/test_random.c
tests_unit_test_random_CFLAGS = $(helper_unit_cflags)
tests_unit_test_random_LDADD = $(helper_unit_libs)

tests_unit_test_region_SOURCES = tests/unit/test_region.c
tests_unit_test_region_CFLAGS = $(helper_unit_cflags)
tests_unit_test_region_LDADD = $(helper_unit_libs)

tests_unit_test_replies_SOURCES = tests/unit/test_replies.c
tests_unit_test_replies_CFLAGS = $(helper_unit_cflags)
tests_unit_test_replies_LDADD = $(helper_unit_libs)

tests_unit_test_replies_sign_in_SOURCES = tests/unit/test_replies_sign_in.c
tests_unit_test_replies_sign_in_CFLAGS = $(helper_unit_cflags)
tests_unit_test_replies_sign_in_LDADD = $(helper_unit_libs)

tests_unit_test_session_token_SOURCES = tests/unit/test_session_token.c $(helper_unit_peer)
tests_unit_test_session_token_CFLAGS = $(helper_unit_cflags)
tests_unit_test_session_token_LDADD = $(helper_unit_libs) $(JANSSON_LIBS)

tests_unit_test_sign_in_SOURCES = tests/unit/test_sign_in.c $(helper_unit_sign_in)
tests_unit_test_sign_in_CFLAGS = $(helper_unit_cflags)
tests_unit_test_sign_in_LDADD = $(helper_unit_libs) $(JANSSON_LIBS)

tests_unit_test_sign_in_code_SOURCES = tests/unit/test_sign_in_code.c
tests_unit_test_sign_in_code_CFLAGS = $(helper_unit_cflags)
tests_unit_test_sign_in_code_LDADD = $(helper_unit_libs)

tests_unit_test_sign_in_refusals_SOURCES = tests/unit/test_sign_in_refusals.c \
	$(helper_unit_sign_in)
tests_unit_test_sign_in_refusals_CFLAGS = $(helper_unit_cflags)
tests_unit_test_sign_in_refusals_LDADD = $(helper_unit_libs) $(JANSSON_LIBS)

tests_unit_test_sign_in_state_SOURCES = tests/unit/test_sign_in_state.c
tests_unit_test_sign_in_state_CFLAGS = $(helper_unit_cflags)
tests_unit_test_sign_in_state_LDADD = $(helper_unit_libs)

tests_unit_test_sigv4_SOURCES = tests/unit/test_sigv4.c tests/unit/sigv4_vectors.h
tests_unit_test_sigv4_CFLAGS = $(helper_unit_cflags)
tests_unit_test_sigv4_LDADD = $(helper_unit_libs) $(JANSSON_LIBS)

tests_unit_test_sts_SOURCES = tests/unit/test_sts.c $(helper_unit_peer)
tests_unit_test_sts_CFLAGS = $(helper_unit_cflags)
tests_unit_test_sts_LDADD = $(helper_unit_libs) $(JANSSON_LIBS)

tests_unit_test_url_SOURCES = tests/unit/test_url.c
tests_unit_test_url_CFLAGS = $(helper_unit_cflags)
tests_unit_test_url_LDADD = $(helper_unit_libs)

EXTRA_DIST += \
	tests/unit/make_sigv4_vectors.py \
	tests/unit/replies/assume-role-exponent.json \
	tests/unit/replies/assume-role-one-line.xml \
	tests/unit/replies/assume-role-without-outer.json \
	tests/unit/replies/assume-role.json \
	tests/unit/replies/assume-role.xml \
	tests/unit/replies/caller-identity.xml \
	tests/unit/replies/error-alone.xml \
	tests/unit/replies/error-flat.json \
	tests/unit/replies/error-in-errors.html \
	tests/unit/replies/error.json \
	tests/unit/replies/error.xml \
	tests/unit/replies/metadata-failed.json \
	tests/unit/replies/metadata.json \
	tests/unit/replies/sign-in-error.json \
	tests/unit/replies/sign-in.json
