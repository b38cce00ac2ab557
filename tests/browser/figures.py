"""Plotly's figures under a hand: what they show, and a slider that is pulled."""

from playwright.sync_api import Locator, expect


def drawn(figure: Locator) -> list[str]:
    """The shapes of all lines that a Plotly figure shows."""
    return figure.locator(".scatterlayer path.js-line").evaluate_all("paths => paths.map(p => p.getAttribute('d'))")


def drag(handle: Locator, pixels: int) -> None:
    """Take a slider's handle, move it sideways, let go."""
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse = handle.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + pixels, y, steps=8)
    mouse.up()


def expect_film(figure: Locator) -> None:
    """An animation that stands at its end goes back when its slider is pulled to the left."""
    expect(figure.locator(".slider-group")).to_be_attached()
    end, label = drawn(figure), figure.locator(".slider-label").first
    last = label.text_content()
    assert last.startswith("step ")
    drag(figure.locator(".slider-grip-rect"), pixels=-150)
    expect(label).not_to_have_text(last)
    assert drawn(figure) != end
