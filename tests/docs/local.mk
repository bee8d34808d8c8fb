# SPDX-License-Identifier: BSD-3-Clause
EXTRA_DIST += tests/docs/__init__.py tests/docs/test_completions.py tests/docs/test_docs.py
