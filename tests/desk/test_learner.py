"""What a learner sees and what is recorded, call by call, on the course's own chapters replaced by a small one."""

import pytest

import course_utils
from course_utils import exercises
from course_utils.checking import Choice, Question
from course_utils.desk import history, overview, predictions, quizzes
from course_utils.desk.display import CheckFailed
from tests.checking.superposition_exercise import Angle, Superposition, counts_itself, right

QUIZ = [
    Question(
        "Which?", [Choice("this", "Yes.", right=True), Choice("that", "No: that."), Choice("other", "No: other.")]
    ),
    Question(
        "Where?", [Choice("here", "No: here."), Choice("there", "Yes, there.", right=True), Choice("x", "No: x.")]
    ),
]


@pytest.fixture(autouse=True)
def small_course(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("COURSE_STRICT", raising=False)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    seven = exercises.Chapter("7", [Superposition(), Angle()], QUIZ)
    monkeypatch.setattr(exercises, "chapter_numbers", lambda: ["7"])
    monkeypatch.setattr(exercises, "chapter", lambda number: seven)
    monkeypatch.setattr(history, "_waiting", [])
    monkeypatch.setattr(history, "_told", set())
    monkeypatch.setattr(predictions, "_waiting", {})


def test_wrong_then_right_moves_the_points(capsys):
    course_utils.check("7.1", counts_itself)
    out = capsys.readouterr().out
    assert out.startswith("7.1 ✗ Not yet.") and '`hint("7.1")` for a nudge (2 left).' in out
    course_utils.check("7.1", right)
    out = capsys.readouterr().out
    assert out.startswith("7.1 ✓ 2 points.") and "Chapter 7: 2 of 3 points." in out
    assert [(e.status, e.detail, e.points) for e in history.events()] == [
        ("failed", "counts itself", 0),
        ("passed", "", 2),
    ]


def test_hints_come_one_by_one(capsys):
    course_utils.hint("7.1")
    assert "1 left" in capsys.readouterr().out
    course_utils.hint("7.1")
    out = capsys.readouterr().out
    assert "1. Which two" in out and "2. All dot products" in out and 'solution("7.1")' in out
    course_utils.hint("7.1")
    assert "Hint 2 of 2" in capsys.readouterr().out


def test_an_unknown_id_suggests_the_nearest(capsys):
    course_utils.check("7.11", right)
    assert "Did you mean '7.1'" in capsys.readouterr().out
    course_utils.check(7.1, right)
    assert "as text, in quotes" in capsys.readouterr().out
    assert history.events() == []


def test_a_check_without_an_answer(capsys):
    course_utils.check("7.1")
    assert "Hand in your answer too" in capsys.readouterr().out


@pytest.mark.parametrize("variable", ["COURSE_STRICT", "NBGRADER_EXECUTION"])
def test_an_automatic_run_stops_at_a_wrong_answer(monkeypatch, variable):
    monkeypatch.setenv(variable, "1")
    course_utils.check("7.1", right)
    with pytest.raises(CheckFailed, match="too large by exactly"):
        course_utils.check("7.1", counts_itself)
    with pytest.raises(CheckFailed, match="Not attempted"):
        course_utils.check("7.1", ...)
    with pytest.raises(CheckFailed, match="Did you mean"):
        course_utils.check("7.9", right)


def test_a_prediction_is_shown_beside_the_result(capsys):
    course_utils.predict("7.1", ["0", "about 0.4", "about 1.5"])
    assert "2. about 0.4" in capsys.readouterr().out
    course_utils.predict("7.1", ["0", "about 0.4", "about 1.5"], mine=2)
    course_utils.compare("7.1", "1.5")
    out = capsys.readouterr().out
    assert "You predicted: about 0.4" in out and "Measured: 1.5" in out


def test_a_result_waits_for_its_prediction(capsys):
    course_utils.compare("7.1", "1.5", "and a table")
    out = capsys.readouterr().out
    assert "waits for your prediction" in out and "1.5" not in out and "table" not in out
    course_utils.predict("7.1", ["a", "b"], mine="b")
    out = capsys.readouterr().out
    assert "You predicted: b" in out and "Measured: 1.5" in out and "and a table" in out
    course_utils.compare("7.1", "1.5")
    assert "You predicted: b" in capsys.readouterr().out


def test_who_wants_to_predict_nothing_says_so(capsys):
    course_utils.predict("7.1", ["a", "b"], mine="skip")
    course_utils.compare("7.1", 1.5)
    out = capsys.readouterr().out
    assert "You made no prediction" in out and "Measured: 1.5" in out


def test_a_prediction_made_after_the_result_does_not_count(capsys):
    course_utils.predict("7.1", ["a", "b"], mine="skip")
    course_utils.compare("7.1", 1.5)
    course_utils.predict("7.1", ["a", "b"], mine="b")
    course_utils.compare("7.1", 1.5)
    assert capsys.readouterr().out.count("You made no prediction") == 2


def test_the_result_of_one_experiment_waits_for_its_own_prediction(capsys):
    course_utils.predict("7.2", ["a", "b"], mine="b")
    course_utils.compare("7.1", 1.5)
    assert "waits for your prediction" in capsys.readouterr().out


def test_where_nobody_watches_a_result_does_not_wait(capsys, monkeypatch):
    monkeypatch.setenv("COURSE_STRICT", "1")
    course_utils.compare("7.1", "1.5", "and a table")
    out = capsys.readouterr().out
    assert "Measured: 1.5" in out and "and a table" in out and "no prediction" not in out


def test_a_click_fills_the_place_where_the_result_waits(monkeypatch):
    places, shown = [], []

    class Place:
        def __init__(self, content):
            self.content = content
            places.append(self)

        def fill(self, content):
            self.content = content

    monkeypatch.setattr(predictions, "show_later", Place)
    monkeypatch.setattr("course_utils.widgets.canvas.show_controls", lambda controls, words: shown.append(controls))
    course_utils.compare("7.1", 1.5, "and a table")
    assert "waits" in places[0].content.text() and places[1].content is None
    predictions._buttons("7.1", ["a", "b"], "Which?")
    shown[0].children[1].children[0].click()
    assert "You predicted: a" in places[0].content.text() and places[1].content == "and a table"


@pytest.mark.parametrize("mine", [0, 3, "c", True, 1.0])
def test_a_prediction_that_is_no_choice(mine, capsys):
    course_utils.predict("7.1", ["a", "b"], mine=mine)
    assert "none of the choices" in capsys.readouterr().out
    assert history.events() == []


def test_the_quiz_gives_a_reason_for_every_answer(capsys):
    course_utils.quiz("7")
    assert "b. that" in capsys.readouterr().out
    course_utils.quiz("7", answers="bb")
    out = capsys.readouterr().out
    assert "1 of 2 right" in out and "✗ that: No: that." in out and "✓ there: Yes, there." in out


@pytest.mark.parametrize("answers", ["", "a", "abc", "zz", [1, 1], 7.5])
def test_quiz_answers_that_do_not_fit(answers, capsys):
    course_utils.quiz("7", answers=answers)
    assert "Give 2 letters" in capsys.readouterr().out
    assert history.events() == []


def test_quiz_answers_as_a_list(capsys):
    course_utils.quiz("7", answers=["b", "B"])
    assert "1 of 2 right" in capsys.readouterr().out


@pytest.mark.parametrize("number", ["07", 7, " 7 "])
def test_a_chapter_may_be_said_as_its_file_is_called(number, capsys):
    course_utils.quiz(number, answers="bb")
    assert "1 of 2 right" in capsys.readouterr().out
    assert [event.exercise for event in history.events()] == ["7"]


def test_a_solution_read_after_solving_is_not_held_against_anyone():
    course_utils.check("7.1", right)
    history.record("7.1", "solution")
    assert overview.overview()[0].seen == []


def test_progress_lists_done_tried_seen(capsys):
    course_utils.check("7.1", right)
    course_utils.check("7.4", 108)
    history.record("7.4", "solution")
    (row,) = overview.overview()
    assert (row.done, row.tried, row.seen, row.points, row.total) == (["7.1"], ["7.4"], ["7.4"], 2, 3)
    course_utils.progress()
    assert "1 of 2" in capsys.readouterr().out


def test_progress_says_where_it_is_kept_only_if_it_is(capsys, monkeypatch, tmp_path):
    course_utils.check("7.1", right)
    course_utils.progress()
    assert "Kept in" in capsys.readouterr().out
    (tmp_path / "a file").write_text("")
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path / "a file" / "folder"))
    course_utils.check("7.1", right)
    course_utils.progress()
    told = capsys.readouterr().out
    assert "Kept in" not in told and "Not saved:" in told


def test_time_stops_when_the_learner_leaves():
    assert overview.active_seconds([0, 60, 60 + 24 * 3600]) == 60 + overview.PAUSE
    assert overview.active_seconds([]) == 0


def test_export_to_a_place_that_is_not_there(capsys, tmp_path):
    course_utils.export_progress(str(tmp_path / "no" / "such" / "folder.json"))
    assert "could not be written" in capsys.readouterr().out
    course_utils.import_progress(str(tmp_path / "nothing.json"))
    assert "Nothing was imported" in capsys.readouterr().out


def test_an_older_notebook_is_told_what_to_do(capsys, monkeypatch):
    course_utils.start("07", built_for=course_utils.__version__)
    assert capsys.readouterr().out == ""
    course_utils.start("07", built_for="0.0.1")
    assert "download the chapter again under another name" in capsys.readouterr().out
    course_utils.start("07", built_for="9.1.0")
    out = capsys.readouterr().out
    assert "pip install -U" in out and "@v9.1.0" in out and "github" in out


def test_buttons_record_a_prediction():
    shown = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("course_utils.widgets.canvas.show_controls", lambda *each: shown.append(each))
        predictions._buttons("7.1", ["a", "b"], "Which?")
    (box, words), *_ = shown
    assert "Which?" in words and "`mine=1` … `mine=2`" in words
    box.children[1].children[1].click()
    assert predictions.prediction("7.1") == "b"
    assert "b" in box.children[2].value


def test_the_quiz_counts_the_first_click():
    shown = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("course_utils.widgets.canvas.show_controls", lambda *each: shown.append(each))
        quizzes._clickable("7", QUIZ)
    (box, words), *_ = shown
    assert 'quiz("7", answers="…")' in words
    first, second, score = box.children
    buttons = [[row.children[0] for row in block.children[1:-1]] for block in (first, second)]
    buttons[0][1].click()
    assert "No: that." in first.children[-1].value
    buttons[0][0].click()
    buttons[1][1].click()
    assert "1 of 2" in score.value
    assert [e.detail for e in history.events() if e.kind == "quiz"] == ["1/2"]


def test_an_automatic_run_shows_neither_its_folder_nor_its_time(capsys, monkeypatch, tmp_path):
    course_utils.start("07", built_for=course_utils.__version__)
    course_utils.progress()
    assert str(tmp_path) in capsys.readouterr().out
    monkeypatch.setenv("COURSE_STRICT", "1")
    course_utils.progress()
    out = capsys.readouterr().out
    assert str(tmp_path) not in out and "min" not in out
