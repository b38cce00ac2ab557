"""The quiz that closes a chapter: five questions, a reason for every choice."""

from course_utils import exercises
from course_utils.checking.question import Question
from course_utils.checking.report import Report, note
from course_utils.desk import history
from course_utils.desk.display import show, widgets_run

LETTERS = "abcdefgh"


def quiz(chapter: str, answers: str | list[str] | None = None) -> None:
    """The quiz of a chapter. Click the answers, or give them as letters: `quiz("1", answers="bacda")`."""
    chapter = str(chapter).strip()
    chapter = str(int(chapter)) if chapter.isdecimal() else chapter  # "01" is "1", here and in the record
    try:
        questions = exercises.chapter(chapter).quiz
    except exercises.UnknownExercise as error:
        show(note(str(error)))
        return
    if answers is not None:
        _mark(chapter, questions, answers)
    elif widgets_run():
        _clickable(chapter, questions)
    else:
        show(_asked(chapter, questions))


def _asked(chapter: str, questions: list[Question]) -> Report:
    """The questions for somebody who can't click."""
    lines = []
    for n, question in enumerate(questions, start=1):
        choices = [f"    {LETTERS[i]}. {choice.text}" for i, choice in enumerate(question.choices)]
        lines.append("\n".join([f"{n}. {question.text}", *choices]))
    return note("Quiz", *lines, f'Answer with `quiz("{chapter}", answers="…")`, one letter for each question.')


def _mark(chapter: str, questions: list[Question], answers: str | list[str]) -> None:
    letters = [
        letter
        for letter in str(answers if not isinstance(answers, (list, tuple)) else "".join(map(str, answers))).lower()
        if letter.isalnum()
    ]
    picks = [LETTERS.find(letter) for letter in letters]
    fits = len(picks) == len(questions) and all(0 <= p < len(q.choices) for p, q in zip(picks, questions))
    if not fits:
        example = "".join(LETTERS[n % 3] for n in range(len(questions)))
        wanted = f'Give {len(questions)} letters, one for each question: `quiz("{chapter}", answers="{example}")`.'
        show(note(f"Those answers don't fit: {answers!r}", wanted))
        return
    lines = []
    for n, (question, pick) in enumerate(zip(questions, picks), start=1):
        choice = question.choices[pick]
        lines.append(f"{n}. {'✓' if choice.right else '✗'} {choice.text}: {choice.feedback}")
    right = sum(q.choices[p].right for q, p in zip(questions, picks))
    trouble = history.record(chapter, "quiz", detail=f"{right}/{len(questions)}")
    show(note(f"Quiz: {right} of {len(questions)} right", *lines, *([trouble] if trouble else [])))


def _clickable(chapter: str, questions: list[Question]) -> None:
    import ipywidgets as widgets

    from course_utils.widgets.canvas import show_controls

    first: dict[int, bool] = {}  # the first pick for each question counts
    score = widgets.HTML()

    def block(n: int, question: Question) -> widgets.VBox:
        said = widgets.HTML()
        buttons = [
            widgets.Button(description=LETTERS[i], layout=widgets.Layout(width="2.5em"))
            for i in range(len(question.choices))
        ]
        rows = [widgets.HBox([button, widgets.HTML(choice.text)]) for button, choice in zip(buttons, question.choices)]

        def pick(button: widgets.Button) -> None:
            choice = question.choices[LETTERS.index(button.description)]
            said.value = f"<b>{button.description} {'✓' if choice.right else '✗'}</b> {choice.feedback}"
            new = n not in first
            first.setdefault(n, choice.right)
            score.value = (
                f"<b>{sum(first.values())} of {len(questions)}</b> right at the first try ({len(first)} answered)"
            )
            if new and len(first) == len(questions):
                history.record(chapter, "quiz", detail=f"{sum(first.values())}/{len(questions)}")

        for button in buttons:
            button.on_click(pick)
        return widgets.VBox([widgets.HTML(f"<b>{n}. {question.text}</b>"), *rows, said])

    blocks = [block(n, q) for n, q in enumerate(questions, start=1)]
    show_controls(widgets.VBox([*blocks, score]), _asked(chapter, questions).text())
