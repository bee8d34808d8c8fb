# SPDX-License-Identifier: BSD-3-Clause
"""What a login costs: see logins.py."""
