"""A diagnosis that fails is hidden from learners, and not from these tests."""

import logging

import pytest


@pytest.fixture(autouse=True)
def no_diagnosis_fails(caplog):
    with caplog.at_level(logging.DEBUG, logger="course_utils.checking"):
        yield
    failed = [r for when in ("setup", "call") for r in caplog.get_records(when) if "diagnosis failed" in r.message]
    assert not failed, logging.Formatter().formatException(failed[0].exc_info)
