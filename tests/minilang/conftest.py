import pytest

import course_utils.minilang as ml


@pytest.fixture(scope="session")
def large() -> ml.Corpus:
    """Enough documents that every feature is there more than a hundred times."""
    return ml.sample(8 * 2048, seed=11)
