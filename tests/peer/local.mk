# SPDX-License-Identifier: BSD-3-Clause
EXTRA_DIST += \
	tests/peer/__init__.py \
	tests/peer/__main__.py \
	tests/peer/case.py \
	tests/peer/commands.py \
	tests/peer/control.py \
	tests/peer/device.py \
	tests/peer/dpop.py \
	tests/peer/example.json \
	tests/peer/faults.py \
	tests/peer/grants.py \
	tests/peer/handler.py \
	tests/peer/iam.py \
	tests/peer/idtoken.py \
	tests/peer/imds.py \
	tests/peer/messages.py \
	tests/peer/model.py \
	tests/peer/record.py \
	tests/peer/replies.py \
	tests/peer/server.py \
	tests/peer/signature.py \
	tests/peer/signin.py \
	tests/peer/signin_case.py \
	tests/peer/signin_pages.py \
	tests/peer/sts.py \
	tests/peer/syslog.py \
	tests/peer/test_dpop.py \
	tests/peer/test_faults.py \
	tests/peer/test_machine.py \
	tests/peer/test_mfa.py \
	tests/peer/test_peer.py \
	tests/peer/test_signin.py \
	tests/peer/test_signin_token.py \
	tests/peer/tls.py \
	tests/peer/totp.py \
	tests/peer/unix.py
