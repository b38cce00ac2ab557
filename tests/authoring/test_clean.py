"""What is left of an executed notebook: nothing that changes by itself."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from course_utils.authoring.clean import clean

WIDGET = "application/vnd.jupyter.widget-view+json"
PLOTLY = "application/vnd.plotly.v1+json"


def cleaned(*outputs, folder=""):
    """The outputs of a cell after cleaning, in short: (name, text) of a stream, else the data."""
    notebook = clean(new_notebook(cells=[new_code_cell("1", execution_count=7, outputs=list(outputs))]), folder)
    return [(o.name, o.text) if o.output_type == "stream" else dict(o.data) for o in notebook.cells[0].outputs]


def stream(text, name="stdout"):
    return new_output("stream", name=name, text=text)


def display(**data):
    return new_output("display_data", data={key.replace("_", "/"): value for key, value in data.items()})


def mime(data):
    return new_output("display_data", data=data)


def test_counts_start_at_one_and_timings_go():
    executed = new_code_cell("1", execution_count=41, metadata={"execution": {"iopub.status": "12:00"}, "tags": ["x"]})
    notebook = clean(
        new_notebook(
            cells=[executed], metadata={"widgets": {}, "language_info": {"name": "python", "version": "3.11.7"}}
        )
    )
    assert notebook.cells[0].execution_count == 1
    assert notebook.cells[0].metadata == {"tags": ["x"]}
    assert notebook.metadata == {"language_info": {"name": "python"}}


def test_a_stream_is_one_output_however_it_arrived():
    assert cleaned(stream("a"), stream("b\n"), stream("c\n")) == [("stdout", "ab\nc\n")]


def test_stdout_comes_before_stderr_between_two_displays():
    outputs = [stream("e", "stderr"), stream("o"), display(text_plain="x"), stream("later")]
    assert cleaned(*outputs) == [("stdout", "o"), ("stderr", "e"), {"text/plain": "x"}, ("stdout", "later")]


@pytest.mark.parametrize(
    "bar", ["\r  0%|          | 0/9\r100%|██████| 9/9 [00:01<00:00, 8.1it/s]\n", "9it [00:01,  8.11it/s]\n"]
)
def test_progress_bars_go(bar):
    assert cleaned(stream(bar, "stderr")) == []


def test_a_line_that_overwrites_itself_ends_as_a_terminal_shows_it():
    assert cleaned(stream("step 1\rstep 2\rstep 3\ndone\n")) == [("stdout", "step 3\ndone\n")]


def test_timings_of_cell_magics_go():
    assert cleaned(stream("CPU times: user 3 s\nWall time: 2 s\n42\n")) == [("stdout", "42\n")]


def test_a_live_widget_goes_and_its_static_fallback_stays():
    fallback = {WIDGET: {"model_id": "abc"}, PLOTLY: {"data": []}, "text/plain": "FigureWidget()"}
    assert cleaned(mime({WIDGET: {"model_id": "abc"}, "text/plain": "IntSlider(value=3)"})) == []
    assert cleaned(mime(fallback)) == [{PLOTLY: {"data": []}, "text/plain": "Plotly figure"}]


def test_of_a_plotly_figure_the_data_stay_and_the_page_goes():
    page = "<div id='1b4e28ba-2fa1-11d2-883f-0016d3cca427'></div>"
    assert cleaned(mime({PLOTLY: {"data": []}, "text/html": page})) == [
        {PLOTLY: {"data": []}, "text/plain": "Plotly figure"}
    ]
    assert cleaned(display(text_html="<script>window.PlotlyConfig = {}</script>")) == []


def test_addresses_and_uuids_are_the_same_in_every_run():
    first, second = "1b4e28ba-2fa1-11d2-883f-0016d3cca427", "9b4e28ba-2fa1-11d2-883f-0016d3cca427"
    (shown,) = cleaned(display(text_plain=f"<f at 0x7f9713fd67a0> {first} {second} {first}"))
    zero, one = (f"00000000-0000-4000-8000-{n:012d}" for n in range(2))
    assert shown == {"text/plain": f"<f at 0x…> {zero} {one} {zero}"}


def test_places_of_the_machine_are_not_told():
    said = "Kept in /tmp/run-1/progress.sqlite\n/tmp/ipykernel_12/3456.py:1: UserWarning: hm\n"
    assert cleaned(stream(said), folder="/tmp/run-1") == [
        ("stdout", "Kept in …/progress.sqlite\ncell:1: UserWarning: hm\n")
    ]


def test_numbers_and_words_stay_as_they_are():
    said = "loss 0.3141 at step 100\n3 instances, 50% of them sparse\n"
    assert cleaned(stream(said)) == [("stdout", said)]
