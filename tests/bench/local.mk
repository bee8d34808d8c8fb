# SPDX-License-Identifier: BSD-3-Clause
EXTRA_DIST += tests/bench/__init__.py tests/bench/logins.py

# As root: it logs people in, in a sandbox.
.PHONY: bench
bench: all
	PYTHONDONTWRITEBYTECODE=1 $(PYTHON) $(srcdir)/tests/bench/logins.py --build .
