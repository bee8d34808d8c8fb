# SPDX-License-Identifier: BSD-3-Clause
dist_man_MANS += \
	man/aws-role-broker.8 \
	man/aws-role-fence.8 \
	man/aws-role-shell.7 \
	man/aws-role.1 \
	man/aws-role.conf.5 \
	man/pam_aws_role.8
