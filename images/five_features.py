"""Draws the README's picture: trains the models and writes five_features.png beside this file."""

import shutil
from pathlib import Path

import plotly.graph_objects as go
import torch
from playwright.sync_api import sync_playwright

from course_utils.plots import arrows_2d
from course_utils.toy import expected_loss, train

DENSITIES = torch.tensor([1.0, 0.3, 0.03])
IMPORTANCE = 0.9 ** torch.arange(5)
WIDTH, HEIGHT = 1000, 310
RUNS = 16  # models per density: the one with the lowest loss is drawn


def best_models() -> torch.Tensor:
    """W [density, 2, feature] of the best of RUNS models for each density."""
    density = DENSITIES.repeat_interleave(RUNS)[:, None]
    result = train(5, 2, density=density, importance=IMPORTANCE, progress=False)
    loss = expected_loss(result.W.double(), result.b.double(), result.importance.double(), density[:, 0].double())
    best = loss.reshape(len(DENSITIES), RUNS).argmin(dim=1)
    return result.W.reshape(len(DENSITIES), RUNS, 2, 5)[torch.arange(len(DENSITIES)), best]


def draw(W: torch.Tensor) -> go.Figure:
    kept = (W.norm(dim=1) > 0.5).sum(dim=-1).tolist()
    share = [f"each on {100 * density:.0f} % of the time" for density in DENSITIES.tolist()]
    titles = [f"{often}: {n} of 5 kept" for often, n in zip(share, kept, strict=True)]
    fig = arrows_2d(W, titles, IMPORTANCE)
    fig.update_xaxes(title_text="")
    fig.update_yaxes(title_text="")
    return fig.update_layout(width=WIDTH, height=HEIGHT, paper_bgcolor="white", margin={"t": 40, "b": 10, "l": 10})


def save(fig: go.Figure, path: Path) -> None:
    """A picture of the figure, at twice its size in pixels, taken in Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(device_scale_factor=2, viewport={"width": WIDTH + 20, "height": HEIGHT + 20})
        page.set_content(fig.to_html(include_plotlyjs=True, config={"displayModeBar": False}))
        page.locator(".js-plotly-plot .main-svg").first.wait_for()
        page.locator(".js-plotly-plot").screenshot(path=path)
        browser.close()


if __name__ == "__main__":
    save(draw(best_models()), Path(__file__).with_suffix(".png"))
