"""Names of results: below the output folder, no two alike, and none that tells something."""

from __future__ import annotations

import os
import random
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from idscan.redact.output import names as module
from idscan.redact.output.names import Target, is_temporary, plan_in_place, plan_targets
from idscan.run.pii_matcher import PiiMatcher

NOTHING = PiiMatcher()
NUMBER = "001099000001"
NAMES = PiiMatcher(names=frozenset({"dangthividu"}))


def paths(sources: list[str], arguments: list[str], pii: PiiMatcher = NOTHING) -> dict[str, str]:
    return {source: target.path for source, target in plan_targets(sources, arguments, pii).items()}


@pytest.mark.parametrize(
    ("argument", "source", "expected"),
    [
        ("pics", "pics/a/b.jpg", "a/b.jpg"),
        ("pics/", "pics/a/b.jpg", "a/b.jpg"),
        ("./pics", "./pics/a.jpg", "a.jpg"),
        (".", "./a/b.jpg", "a/b.jpg"),
        ("/", "/a/b.jpg", "a/b.jpg"),
        ("/home//x/pics", "/home//x/pics/a.jpg", "a.jpg"),
        ("..", "../a.jpg", "a.jpg"),
        ("pics/../more", "pics/../more/a.jpg", "a.jpg"),
        ("pics/a.jpg", "pics/a.jpg", "a.jpg"),
        ("a.jpg", "a.jpg", "a.jpg"),
        ("../../a.jpg", "../../a.jpg", "a.jpg"),
        ("pic", "pics/a.jpg", "a.jpg"),
    ],
)
def test_a_target_is_the_way_below_the_argument(argument: str, source: str, expected: str) -> None:
    assert plan_targets([source], [argument], NOTHING)[source].path == expected
    assert not plan_targets([source], [argument], NOTHING)[source].is_renamed


def test_the_outermost_folder_decides() -> None:
    assert paths(["a/b/c.jpg", "a/d.jpg"], ["a/b", "a", "a/d.jpg"]) == {"a/b/c.jpg": "b/c.jpg", "a/d.jpg": "d.jpg"}


def test_a_folder_further_up_is_not_taken_for_one_that_holds_the_file() -> None:
    assert paths(["../../x/a.jpg", "../y/b.jpg"], ["..", "../.."]) == {
        "../../x/a.jpg": "x/a.jpg",
        "../y/b.jpg": "y/b.jpg",
    }
    assert paths(["/x/a.jpg"], [".", "/x"]) == {"/x/a.jpg": "a.jpg"}


def test_a_target_knows_its_source_and_its_root() -> None:
    assert plan_targets(["./p//q/a.jpg"], ["./p/"], NOTHING) == {
        "./p//q/a.jpg": Target("q/a.jpg", source="./p//q/a.jpg", root="p")
    }
    assert plan_targets(["a.jpg"], ["a.jpg"], NOTHING)["a.jpg"].root == "."


def test_the_later_of_two_alike_gets_a_number_before_its_suffix() -> None:
    assert paths(["x/a.jpg", "y/A.JPG", "z/a.jpg"], ["x", "y", "z"]) == {
        "x/a.jpg": "a.jpg",
        "y/A.JPG": "A-2.JPG",
        "z/a.jpg": "a-3.jpg",
    }


def test_a_number_that_is_taken_is_passed_over() -> None:
    assert paths(["x/a-2.jpg", "x/a.jpg", "y/a.jpg"], ["x", "y"])["y/a.jpg"] == "a-3.jpg"


def test_a_numbered_picture_counts_as_renamed() -> None:
    assert [target.is_renamed for target in plan_targets(["x/a", "y/a"], ["x", "y"], NOTHING).values()] == [False, True]


def test_letters_composed_in_two_ways_are_alike() -> None:
    composed, decomposed = "x/ảnh.jpg", unicodedata.normalize("NFD", "y/ảnh.jpg")
    found = paths([composed, decomposed], ["x", "y"])
    assert len({unicodedata.normalize("NFC", path) for path in found.values()}) == 2


def test_a_file_gives_way_to_a_folder_of_its_name() -> None:
    assert paths(["x/A", "y/a/b.jpg"], ["x/A", "y"]) == {"x/A": "A-2", "y/a/b.jpg": "a/b.jpg"}


def test_parts_that_tell_something_are_replaced() -> None:
    sources = [f"p/{NUMBER}/1.jpg", f"p/{NUMBER}/{NUMBER}.JPG", "p/plain.png", "p/Đặng Thị Ví Dụ.png"]
    plan = plan_targets(sources, ["p"], NAMES)
    assert (
        [target.path for target in plan.values()]
        == [
            "renamed-1/renamed-2.JPG",
            "renamed-1/1.jpg",
            "plain.png",
            "renamed-3.png",
        ]
        == [plan[source].path for source in sorted(sources)]
    )
    assert [target.is_renamed for target in plan.values()] == [True, True, False, True]


def test_a_name_across_a_folder_and_a_file_is_found_and_the_folder_renamed_for_all() -> None:
    assert paths(["p/Dang Thi/Vi Du.jpg", "p/Dang Thi/beach.jpg"], ["p"], NAMES) == {
        "p/Dang Thi/Vi Du.jpg": "renamed-1/renamed-2.jpg",
        "p/Dang Thi/beach.jpg": "renamed-1/beach.jpg",
    }


def test_the_folder_of_the_argument_itself_is_no_part_of_the_target() -> None:
    assert paths([f"{NUMBER}/a.jpg"], [NUMBER]) == {f"{NUMBER}/a.jpg": "a.jpg"}


def test_a_suffix_that_no_picture_has_goes_with_the_name() -> None:
    assert paths([f"p/x.{NUMBER}"], ["p"]) == {f"p/x.{NUMBER}": "renamed-1"}


def test_made_up_names_pass_over_those_that_are_there() -> None:
    sources = ["p/renamed-1/a.jpg", "p/Renamed-3.JPG", f"p/{NUMBER}.jpg", f"p/{NUMBER}/a.jpg"]
    assert sorted(paths(sources, ["p"]).values()) == [
        "Renamed-3.JPG",
        "renamed-1/a.jpg",
        "renamed-2/a.jpg",
        "renamed-4.jpg",
    ]


def test_a_made_up_name_gives_way_to_a_numbered_one() -> None:
    sources = ["x/renamed.jpg", "y/renamed.jpg", "z/001099000001.jpg", "z/001099000002.jpg"]
    assert list(paths(sources, ["x", "y", "z"]).values()) == [
        "renamed.jpg",
        "renamed-2.jpg",
        "renamed-1.jpg",
        "renamed-3.jpg",
    ]


def test_a_number_behind_a_name_must_not_make_a_citizen_number_of_it() -> None:
    source = "00109900000.jpg"
    assert paths([f"x/{source}", f"y/{source}"], ["x", "y"]) == {f"x/{source}": source, f"y/{source}": "renamed-1.jpg"}


def test_a_made_up_name_must_not_complete_a_number_of_the_run() -> None:
    pii = PiiMatcher(numbers=frozenset({"0000011", "0000012"}), names=frozenset({"dangthividu"}))
    assert paths(["p/000001/dangthividu.jpg"], ["p"], pii) == {"p/000001/dangthividu.jpg": "000001/renamed-3.jpg"}
    # A number across the file that stays and its folder's new name is told by the file giving way.
    assert paths(["p/dangthividu/000001.jpg"], ["p"], PiiMatcher(frozenset({"1000001"}), frozenset(), NAMES.names)) == {
        "p/dangthividu/000001.jpg": "renamed-1/renamed-2.jpg"
    }


def test_a_run_in_which_every_made_up_name_is_somebodys_ends_all_the_same() -> None:
    assert paths([f"p/{NUMBER}.jpg"], ["p"], PiiMatcher(names=frozenset({"renamedjpg"}))) == {
        f"p/{NUMBER}.jpg": f"renamed-{module._MOST_TRIES}.jpg"
    }


def test_the_folder_of_unfinished_files_is_never_a_target() -> None:
    assert paths(["p/.IDSCAN-tmp/a", "p/.idscan-tmp.jpg"], ["p"]) == {
        "p/.IDSCAN-tmp/a": "renamed-1/a",
        "p/.idscan-tmp.jpg": "renamed-2.jpg",
    }
    assert is_temporary(".idscan-tmp")
    assert not is_temporary("a.idscan-tmp/b")


@pytest.mark.parametrize("name", ["a" * 251 + ".jpg", "ả" * 83 + ".jpeg", "a." + "b" * 253, "\udcff" * 255])
def test_a_name_that_grows_too_long_is_shortened(name: str) -> None:
    found = list(paths([f"x/{name}", f"y/{name}"], ["x", "y"]).values())
    assert found[0] == name
    assert found[1] != name
    assert len(os.fsencode(found[1])) <= 255
    assert "-2" in found[1][-7:]
    if name.endswith("g"):
        assert found[1].endswith(name[-4:])


def test_in_place_everything_stays_but_what_tells() -> None:
    sources = ["x/a.jpg", "x/A.jpg", "y/a.jpg", f"y/{NUMBER}/b.jpg", f"z/{NUMBER}.jpg"]
    plan = plan_in_place(sources, ["x", "y", f"z/{NUMBER}.jpg"], NOTHING)
    assert {source: (target.root, target.path) for source, target in plan.items()} == {
        "x/a.jpg": ("x", "a.jpg"),
        "x/A.jpg": ("x", "A.jpg"),
        "y/a.jpg": ("y", "a.jpg"),
        f"y/{NUMBER}/b.jpg": ("y", "renamed-1/b.jpg"),
        f"z/{NUMBER}.jpg": ("z", "renamed-2.jpg"),
    }
    assert [source for source, target in plan.items() if target.is_renamed] == [f"y/{NUMBER}/b.jpg", f"z/{NUMBER}.jpg"]


NAME = st.sampled_from(
    [
        *(
            "a",
            "A",
            "a.jpg",
            "A.JPG",
            "a-2.jpg",
            "ả.png",
            "a\u0309.png",
            "\udcff.jpg",
            "x" * 255,
            "..a",
            "-",
            "\\",
            "n\n",
        ),
        *("ß", "ss", "SS", "İ", "i\u0307", "ΐ", "\u1fd3", "ᾳ"),
        *("renamed-1", "renamed-1.jpg", ".idscan-tmp"),
        *(NUMBER, f"{NUMBER}.jpg", "00109900000", "001099-000001", "Dang Thi", "Vi Du.jpg"),
    ]
)
SOURCES = st.lists(
    st.tuples(st.sampled_from(["p", "./q", "/abs/r", "..", "p/a"]), st.lists(NAME, min_size=1, max_size=4)),
    min_size=1,
    max_size=12,
).map(lambda drawn: [f"{root}/{'/'.join(way)}" for root, way in drawn])


def alike(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


@settings(max_examples=300, deadline=None)
@given(SOURCES, st.sets(st.sampled_from(["p", "q/", "/abs/r", "..", "p/a"])), st.randoms(use_true_random=False))
@example(["p/a", "p/a/a"], {"p/a"}, random.Random(0))
def test_targets_are_relative_unlike_each_other_and_tell_nothing(
    sources: list[str], arguments: set[str], shuffler: random.Random
) -> None:
    plan = plan_targets(sources, list(arguments), NAMES)
    assert list(plan) == sorted(set(sources))

    shuffled = list(sources)
    shuffler.shuffle(shuffled)
    assert plan_targets(shuffled, sorted(arguments), NAMES) == plan

    files = [alike(target.path) for target in plan.values()]
    folders = {path[:end] for path in files for end, letter in enumerate(path) if letter == "/"}
    assert len(set(files)) == len(files)
    assert not folders & set(files)
    for target in plan.values():
        parts = target.path.split("/")
        assert not {"", ".", ".."} & set(parts)
        assert not any(is_temporary(part) or len(os.fsencode(part)) > 255 for part in parts)
        assert not NAMES.find(target.path)
