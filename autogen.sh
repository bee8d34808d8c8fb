#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Makes configure, for those who build from a clone.
set -eu
cd "$(dirname "$0")"
exec autoreconf --install --warnings=all,no-obsolete,no-portability
