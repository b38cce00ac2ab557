"""Finding the clone, its chapters and its public address."""

import pytest

from course_utils.authoring.repository import NoSuchChapter, NotAClone, find_repository, read_repository


def test_the_clone_is_found_from_any_folder_in_it(clone):
    assert find_repository(clone.solutions) == clone


def test_elsewhere_the_package_s_own_clone_is_found(tmp_path):
    assert (find_repository(tmp_path).root / "course_utils" / "authoring").is_dir()


def test_another_project_is_no_clone(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "something-else"\n')
    assert read_repository(tmp_path) is None


@pytest.mark.parametrize("text", ['[project]\nname = "superposition-course"\n', "[project"])
def test_a_clone_without_its_address(tmp_path, text):
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(NotAClone, match=r"pyproject\.toml"):
        read_repository(tmp_path)


@pytest.mark.parametrize("name", ["01", "1", "1.2", "01_doubling"])
def test_a_chapter_by_any_of_its_names(clone, name):
    assert [path.name for path in clone.sources([name])] == ["01_doubling.py"]


def test_a_chapter_that_does_not_exist(clone):
    with pytest.raises(NoSuchChapter, match="There is no chapter '9' in solutions/; there are: 01"):
        clone.sources(["9"])


def test_addresses_are_built_from_the_one_in_pyproject(clone):
    assert clone.colab("chapters/x.ipynb") == (
        "https://colab.research.google.com/github/someone/course/blob/v0.1.0/chapters/x.ipynb"
    )
    assert clone.requirement == "superposition-course @ git+https://github.com/someone/course@v0.1.0"
