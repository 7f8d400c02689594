"""What holds for every test: where no server is missing, nothing is skipped."""

import os

import pytest

#: Set by `.ci/run`: a skip there is a failure, because nobody else would run it.
NO_SKIPS = os.environ.get("STDC_NO_SKIPS") == "1"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if NO_SKIPS and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {report.longrepr}"
    return report
