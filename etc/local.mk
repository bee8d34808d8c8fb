# SPDX-License-Identifier: BSD-3-Clause
# The vendor's configuration gives nobody anything: what a host does is in its own.
dist_vendor_DATA = etc/aws-role.conf

examplesdir = $(docdir)/examples
dist_examples_DATA = \
	etc/examples/bastion.conf \
	etc/examples/metadata.nft \
	etc/examples/workstation.conf
