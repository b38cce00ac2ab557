"""How figures reach the page in each kind of place."""

import sys
from types import SimpleNamespace

import plotly.io as pio
import pytest

from course_utils import plots
from course_utils.plots.render import in_kernel


@pytest.fixture
def renderer(monkeypatch):
    """Plotly's setting, put back afterwards."""
    monkeypatch.delenv("PLOTLY_RENDERER", raising=False)
    before = pio.renderers.default
    yield pio.renderers
    pio.renderers.default = before


def in_a_kernel(monkeypatch):
    shell = SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))


def test_plain_python_is_no_kernel_and_keeps_plotlys_choice(renderer):
    before = renderer.default
    assert not in_kernel()
    assert plots.use_renderer() == before


def test_a_kernel_gets_json_without_a_copy_of_plotly(renderer, monkeypatch):
    in_a_kernel(monkeypatch)
    renderer.default = "plotly_mimetype+notebook"
    assert plots.use_renderer() == "course"
    bundle = plots.bars([1.0, 2.0], ["a", "b"])._repr_mimebundle_()
    assert bundle.keys() == {"application/vnd.plotly.v1+json", "text/plain"}
    assert bundle["text/plain"] == "Figure. a 1, b 2."


def test_colab_gets_its_own(renderer, monkeypatch):
    in_a_kernel(monkeypatch)
    monkeypatch.setitem(sys.modules, "google.colab", SimpleNamespace())
    assert plots.use_renderer() == "colab"


def test_the_users_wish_comes_first(renderer, monkeypatch):
    in_a_kernel(monkeypatch)
    monkeypatch.setenv("PLOTLY_RENDERER", "json")
    renderer.default = "json"
    assert plots.use_renderer() == "json"
