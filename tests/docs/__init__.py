# SPDX-License-Identifier: BSD-3-Clause
"""What is written for people, compared with the code."""
