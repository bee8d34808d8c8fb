# SPDX-License-Identifier: BSD-3-Clause
"""What `make check` runs beside cmocka's programs: tests in Python that need nothing private."""

import os
import sys

TESTS = os.path.dirname(os.path.abspath(__file__))

sys.path.insert(0, TESTS)
os.environ["PYTHONPATH"] = TESTS

from results import Results, run_unittests      # pylint: disable=wrong-import-position

results = Results()
run_unittests(results, "system", TESTS, "test_folders.py")
run_unittests(results, "docs", TESTS)
try:
    import botocore
    import cryptography
except ImportError as error:
    results.add("skip", "peer", f"{error}: install python3-botocore python3-cryptography")
else:
    run_unittests(results, "peer", TESTS)
print(results.summary())
sys.exit(1 if results.counts["FAIL"] else 0)
