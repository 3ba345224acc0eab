"""Malformed scenarios: each is refused at its line and field, quickly, and with nothing but a ScenarioError."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from small_market import GOOD, Market

from sim.errors import ScenarioError
from sim.scenario.loading import load


def swap(old: str, new: str) -> str:
    """The good scenario with one piece replaced, which must be there once."""
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


# what is wrong: (text of the file, beginning of a line of the message, words that line also holds)
BAD: dict[str, tuple[str, str, str]] = {
    "unknown key at the top": (GOOD + "sed: 3\n", "bad.yaml:24:1: sed:", "unknown key; did you mean 'seed'?"),
    "unknown key far from any": (GOOD + "zzzz: 3\n", "bad.yaml:24:1: zzzz:", "known keys: 'deals', 'horizon'"),
    "unknown key in an entry": (
        swap("    open: true", "    opne: true"),
        "bad.yaml:10:5: platforms.jd.opne:",
        "did you mean 'open'?",
    ),
    "unknown key in a flow map": (
        swap("licence: small_loan", "license: small_loan"),
        "bad.yaml:6:52: platforms.ant.license:",
        "'licence'",
    ),
    "unknown key in a union member": (
        swap("    multiple: 4", "    multiple: 4\n    factor: 3"),
        "bad.yaml:15:5: policies.cap.factor:",
        "unknown key",
    ),
    "missing at the top": (swap("start: 2017-06-01\n", ""), "bad.yaml:1:1: start: missing: first day", ""),
    "missing in an entry": (
        swap("    equity_fen: 500_000\n", ""),
        "bad.yaml:7:3: platforms.jd.equity_fen: missing: opening equity",
        "",
    ),
    "missing in a union member": (
        swap("    multiple: 4\n", ""),
        "bad.yaml:12:3: policies.cap.multiple: missing: times net assets",
        "",
    ),
    "missing kind": (swap("    kind: leverage_cap\n", ""), "bad.yaml:12:3: policies.cap.kind: missing", ""),
    "wrong kind": (
        swap("kind: leverage_cap", "kind: leverage_capp"),
        "bad.yaml:13:5: policies.cap.kind:",
        "'leverage_capp' is not one of 'leverage_cap', 'apr_cap'; did you mean 'leverage_cap'?",
    ),
    "kind is a number": (swap("kind: leverage_cap", "kind: 4"), "bad.yaml:13:5: policies.cap.kind:", "not one of"),
    "kind is a list": (swap("kind: leverage_cap", "kind: [a]"), "bad.yaml:13:5: policies.cap.kind:", ""),
    "wrong enum": (
        swap("licence: small_loan", "licence: smal_loan"),
        "bad.yaml:6:52: platforms.ant.licence:",
        "did you mean 'small_loan'?",
    ),
    "wrong literal in a list": (
        swap("[AAA, AA]", "[AAA, AAB]"),
        "bad.yaml:20:76: deals.huabei.tranches.senior.ratings.1:",
        "'AAB' is not one of",
    ),
    "text for a number": (
        swap("default_rate: 0.03", "default_rate: yes"),
        "bad.yaml:8:5: platforms.jd.default_rate:",
        "should be a number (got 'yes')",
    ),
    "quoted number": (swap("seed: 7", "seed: '7'"), "bad.yaml:3:1: seed: should be a whole number (got '7')", ""),
    "true for a number": (swap("seed: 7", "seed: true"), "bad.yaml:3:1: seed: should be a whole number (got true)", ""),
    "fraction for a whole number": (swap("seed: 7", "seed: 7.5"), "bad.yaml:3:1: seed: should be a whole number", ""),
    "7.0 for a whole number": (swap("seed: 7", "seed: 7.0"), "bad.yaml:3:1: seed: should be a whole number", ""),
    "exponent for a whole number": (swap("seed: 7", "seed: 1e3"), "bad.yaml:3:1: seed: should be a whole number", ""),
    "leading zero": (swap("seed: 7", "seed: 007"), "bad.yaml:3:1: seed: should be a whole number (got '007')", ""),
    "hexadecimal": (swap("seed: 7", "seed: 0x10"), "bad.yaml:3:1: seed: should be a whole number (got '0x10')", ""),
    "sixty-first minute": (swap("seed: 7", "seed: 1:30"), "bad.yaml:3:1: seed: should be a whole number", "'1:30'"),
    "number with its unit": (
        swap("multiple: 4", "multiple: 4x"),
        "bad.yaml:14:5: policies.cap.multiple: should be a number (got '4x')",
        "",
    ),
    "percent": (
        swap("default_rate: 0.03", "default_rate: 3%"),
        "bad.yaml:8:5: platforms.jd.default_rate:",
        "(got '3%')",
    ),
    "yes for a truth": (
        swap("open: true", "open: yes"),
        "bad.yaml:10:5: platforms.jd.open: should be true or false (got 'yes')",
        "",
    ),
    "one for a truth": (swap("open: true", "open: 1"), "bad.yaml:10:5: platforms.jd.open: should be true or false", ""),
    "number for a text": (swap("name: good", "name: 12"), "bad.yaml:2:1: name: should be", "got 12"),
    "null for a number": (swap("seed: 7", "seed: null"), "bad.yaml:3:1: seed: should be a whole number (got null)", ""),
    "null for a map": (
        swap("shocks: [1, 2, 3]", "platform: ~"),
        "bad.yaml:22:1: platform:",
        "did you mean 'platforms'?",
    ),
    "neither member of a plain union": (swap("horizon: 360", "horizon: opne"), "bad.yaml:23:1: horizon:", "'open'"),
    "quoted number in a plain union": (swap("horizon: 360", "horizon: '360'"), "bad.yaml:23:1: horizon:", ""),
    "map for a number": (
        swap("seed: 7", "seed: {a: 1}"),
        "bad.yaml:3:1: seed: should be a whole number (got a map)",
        "",
    ),
    "list for a map": (
        swap("  ceiling: {kind: apr_cap, rate_bp: 2400}", "  ceiling: [1]"),
        "bad.yaml:16:3: policies.ceiling:",
        "should be a map of keys (got a list)",
    ),
    "map for a list": (swap("shocks: [1, 2, 3]", "shocks: {a: 1}"), "bad.yaml:22:1: shocks: should be a list", ""),
    "scalar for a map": (
        swap("  ceiling: {kind: apr_cap, rate_bp: 2400}", "  ceiling: 5"),
        "bad.yaml:16:3: policies.ceiling:",
        "a map",
    ),
    "text in a list of numbers": (swap("[1, 2, 3]", "[1, two, 3]"), "bad.yaml:22:13: shocks.1:", "'two'"),
    "below the range": (swap("seed: 7", "seed: -1"), "bad.yaml:3:1: seed:", "greater than or equal to 0 (got -1)"),
    "above the range": (
        swap("default_rate: 0.03", "default_rate: 3"),
        "bad.yaml:8:5: platforms.jd.default_rate:",
        "less than or equal to 1",
    ),
    "zero where more is needed": (
        swap("equity_fen: 500_000", "equity_fen: 0"),
        "bad.yaml:9:5: platforms.jd.equity_fen:",
        "greater than 0",
    ),
    "no such date": (
        swap("start: 2017-06-01", "start: 2017-06-31"),
        "bad.yaml:4:1: start: should be a date",
        "'2017-06-31'",
    ),
    "date with slashes": (swap("start: 2017-06-01", "start: 2017/06/01"), "bad.yaml:4:1: start: should be a date", ""),
    "date as a number": (swap("start: 2017-06-01", "start: 20170601"), "bad.yaml:4:1: start: should be a date", ""),
    "date with a time": (
        swap("start: 2017-06-01", "start: 2017-06-01T00:00:00"),
        "bad.yaml:4:1: start: should be a date",
        "",
    ),
    "shares that do not add up": (
        swap("share_bp: 1000,", "share_bp: 900,"),
        "bad.yaml:19:5: deals.huabei.tranches:",
        "add up to 9900 bp",
    ),
    "holder that does not exist": (
        swap("holder: ant", "holder: amt"),
        "bad.yaml:20:32: deals.huabei.tranches.senior.holder:",
        "there is no platform 'amt'; did you mean 'ant'?",
    ),
    "duplicate key": (GOOD + "name: twice\n", "bad.yaml:24:1: name: key 'name' given twice (first at line 2)", ""),
    "duplicate key deep down": (
        swap("    open: true", "    open: true\n    open: true"),
        "bad.yaml:11:5: platforms.jd.open:",
        "given twice",
    ),
    "duplicate key, quoted once": (GOOD + "'name': twice\n", "bad.yaml:24:1: name: key 'name' given twice", ""),
    "alias": (swap("seed: 7", "seed: *a"), "bad.yaml:3:7: seed: YAML aliases (*a) are not allowed", ""),
    "anchor": (swap("seed: 7", "seed: &a 7"), "bad.yaml:3:7: seed: YAML anchors (&a) are not allowed", ""),
    "tag": (swap("seed: 7", "seed: !!int '7'"), "bad.yaml:3:7: seed: YAML tags", "not allowed"),
    "python tag": (
        swap("seed: 7", "seed: !!python/object/apply:os.system ['true']"),
        "bad.yaml:3:7: seed: YAML tags",
        "",
    ),
    "tag on the whole file": ("!!map\n" + GOOD, "bad.yaml:1:1: YAML tags", ""),
    "merge key": (swap("seed: 7", "<<: {seed: 7}"), "bad.yaml:3:1: merge keys (<<) are not allowed: use extends", ""),
    "billion laughs": (
        'a: &a ["x"]\n'
        + "".join(f"{b}: &{b} [*{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
        "bad.yaml:2:8: b.0: YAML aliases (*a) are not allowed",
        "",
    ),
    "list as a key": (GOOD + "[a, b]: 1\n", "bad.yaml:24:1: a key must be a plain name", ""),
    "empty key": (GOOD + "'': 1\n", "bad.yaml:24:1: a key must be a plain name", ""),
    "not a number": (
        swap("default_rate: 0.03", "default_rate: .nan"),
        "bad.yaml:8:19: platforms.jd.default_rate:",
        "finite",
    ),
    "infinity": (
        swap("multiple: 4", "multiple: .inf"),
        "bad.yaml:14:15: policies.cap.multiple:",
        "not a finite number",
    ),
    "nan as a word": (swap("multiple: 4", "multiple: nan"), "bad.yaml:14:5: policies.cap.multiple:", "(got 'nan')"),
    "1e400": (swap("multiple: 4", "multiple: 1e400"), "bad.yaml:14:15: policies.cap.multiple:", "too large"),
    "beyond 64 bits": (
        swap("equity_fen: 500_000", "equity_fen: 9223372036854775808"),
        "bad.yaml:9:17: platforms.jd.equity_fen:",
        "64 bits",
    ),
    "10,000 digits": (swap("seed: 7", f"seed: {'9' * 10_000}"), "bad.yaml:3:7: seed:", "64 bits"),
    "no version": (swap("schema_version: 1\n", ""), "bad.yaml:1:1: schema_version: missing", ""),
    "future version": (
        swap("schema_version: 1", "schema_version: 2"),
        "bad.yaml:1:1: schema_version: this version of sim reads",
        "not 2",
    ),
    "version as a text": (swap("schema_version: 1", "schema_version: '1'"), "bad.yaml:1:1: schema_version:", "not '1'"),
    "version true": (swap("schema_version: 1", "schema_version: true"), "bad.yaml:1:1: schema_version:", "not true"),
    "name with a slash": (swap("name: good", "name: a/b"), "bad.yaml:2:1: name: 'a/b' is no name for a scenario", ""),
    "name going up": (swap("name: good", "name: .."), "bad.yaml:2:1: name: '..' is no name for a scenario", ""),
    "name too long": (swap("name: good", "name: " + "a" * 65), "bad.yaml:2:1: name:", "is no name for a scenario"),
    "name in capitals": (swap("name: good", "name: Good"), "bad.yaml:2:1: name: 'Good' is no name", "lower-case"),
    "empty": ("", "bad.yaml:1:1: the file is empty", ""),
    "only comments": ("# nothing\n", "bad.yaml:1:1: the file is empty", ""),
    "a list": ("- 1\n- 2\n", "bad.yaml:1:1: the file must hold a map of keys", ""),
    "a word": ("market\n", "bad.yaml:1:1: the file must hold a map of keys", ""),
    "two documents": (GOOD + "---\na: 1\n", "bad.yaml:24:1: a second YAML document", ""),
    "directive": ("%YAML 1.1\n---\n" + GOOD, "bad.yaml:1:1: YAML directives", ""),
    "tab": (swap("    open: true", "\topen: true"), "bad.yaml:10:1:", "not valid YAML"),
    "unclosed bracket": (swap("[1, 2, 3]", "[1, 2, 3"), "bad.yaml:23:", "not valid YAML"),
    "unclosed quote": (swap("name: good", "name: 'good"), "bad.yaml:", "not valid YAML"),
    "wrong indent": (swap("    open: true", "   open: true"), "bad.yaml:10:4:", "not valid YAML"),
    "control character": (swap("name: good", "name: go\x07od"), "bad.yaml:", "not valid YAML"),
    "NUL": (swap("name: good", "name: go\0od"), "bad.yaml:", "not valid YAML"),
    "5,000 deep": ("a: " + "[" * 5_000 + "]" * 5_000, "bad.yaml:1:43: a.0.0.0: more than 40 levels", ""),
    "5,000 deep in maps": ("{a: " * 5_000 + "1" + "}" * 5_000, "bad.yaml:1:161: a.a.a.a: more than 40 levels", ""),
    "120,000 values": ("a: [" + "1," * 120_000 + "]", "bad.yaml:1:", "more than 100,000 values"),
    "2 MB": ("# " + "x" * 2_000_000, "bad.yaml: is larger than 1,000,000 bytes", ""),
    "extends nothing": ("extends: gone.yaml\n" + GOOD, "bad.yaml:1:1: extends: there is no file 'gone.yaml'", ""),
    "extends a near miss": ("extends: bas.yaml\n" + GOOD, "bad.yaml:1:1: extends:", "base.yaml'?"),
    "extends a number": ("extends: 5\n" + GOOD, "bad.yaml:1:1: extends: must be the path of a scenario file", ""),
    "extends an empty list": ("extends: []\n" + GOOD, "bad.yaml:1:1: extends: must be the path", ""),
    "extends itself": ("extends: bad.yaml\n" + GOOD, "bad.yaml:1:1: extends: extends loop: bad.yaml -> bad.yaml", ""),
    "extends in a circle": (
        "extends: circle.yaml\n" + GOOD,
        "circle.yaml:2:1: extends: extends loop: bad.yaml -> circle.yaml -> bad.yaml",
        "",
    ),
    "extends a folder": ("extends: folder.yaml\n" + GOOD, "bad.yaml:1:1: folder.yaml is a folder", ""),
    "extends a broken file": ("extends: broken.yaml\n" + GOOD, "broken.yaml:2:1: a.0: not valid YAML", ""),
    "extends an old file": ("extends: old.yaml\n" + GOOD, "old.yaml:1:1: schema_version: this version", "not 0"),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("base.yaml").write_text(GOOD)
    Path("circle.yaml").write_text("schema_version: 1\nextends: bad.yaml\n")
    Path("folder.yaml").mkdir()
    Path("broken.yaml").write_text("a: [\n")
    Path("old.yaml").write_text("schema_version: 0\n")
    return tmp_path


def refusal(path: str | Path) -> list[str]:
    """The lines of the ScenarioError that the file at this path earns, in less than a second."""
    begun = time.perf_counter()
    with pytest.raises(ScenarioError) as caught:
        load(path, model=Market)
    assert time.perf_counter() - begun < 10  # a bomb would take minutes; a busy machine may take a second
    assert caught.value.exit_code == 2
    return str(caught.value).splitlines()


def test_the_good_scenario_is_good() -> None:
    assert load("base.yaml", model=Market).value.name == "good"


@pytest.mark.parametrize("case", BAD)
def test_each_fault_is_named_at_its_place(case: str) -> None:
    text, beginning, words = BAD[case]
    Path("bad.yaml").write_text(text)
    lines = refusal("bad.yaml")
    assert any(line.startswith(beginning) and words in line for line in lines), lines


@pytest.mark.parametrize("case", BAD)
def test_a_single_fault_is_told_once(case: str) -> None:
    text, _, _ = BAD[case]
    Path("bad.yaml").write_text(text)
    several = {"billion laughs", "null for a map", "merge key", "number with its unit"}
    if GOOD.splitlines()[5] in text and case not in several:
        assert len(refusal("bad.yaml")) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xef\xbb\xbf" + GOOD.encode(), "byte order mark"),
        (GOOD.encode("utf-16"), "byte order mark"),
        (GOOD.replace("good", "caf\xe9").encode("latin-1"), "is not UTF-8 text: byte 0xe9 in line 2"),
        (b"\x00\xff" * 40, "is not UTF-8 text"),
        (b"\x7fELF\x02\x01", "not valid YAML"),
    ],
    ids=["BOM", "UTF-16", "latin-1", "bytes", "program"],
)
def test_files_that_are_no_text(content: bytes, words: str) -> None:
    Path("bad.yaml").write_bytes(content)
    (line,) = refusal("bad.yaml")
    assert line.startswith("bad.yaml:")
    assert words in line


def test_windows_line_ends_are_read() -> None:
    Path("bad.yaml").write_bytes(GOOD.replace("\n", "\r\n").encode())
    assert load("bad.yaml", model=Market).value.seed == 7


def test_places_that_are_no_files() -> None:
    Path("folder").mkdir()
    os.mkfifo("pipe.yaml")
    assert refusal("folder") == ["folder: is a folder, not a file"]
    assert refusal("pipe.yaml") == ["pipe.yaml: is not a regular file"]
    assert refusal("/dev/zero") == ["/dev/zero: is not a regular file"]
    assert refusal("bse.yaml")[0].startswith("bse.yaml: there is no such file; did you mean 'base.yaml'?")
    assert refusal("x" * 5_000 + ".yaml")[0].endswith("there is no such file") or refusal("x" * 5_000)
    assert "NUL" in refusal("a\0b.yaml")[0]
    Path("dangling.yaml").symlink_to("nowhere.yaml")
    assert refusal("dangling.yaml")[0].startswith("dangling.yaml: cannot be opened")


def test_every_fault_at_once_in_order_of_position() -> None:
    text = (
        swap("seed: 7", "seed: -7").replace("kind: apr_cap", "kind: apr_cup").replace("holder: jd", "holder: jd, x: 1")
    )
    Path("bad.yaml").write_text(text + "name: again\nshock: 1\n")
    places = [line.split(": ")[:2] for line in refusal("bad.yaml")]
    assert places == [
        ["bad.yaml:3:1", "seed"],
        ["bad.yaml:16:13", "policies.ceiling.kind"],
        ["bad.yaml:21:41", "deals.huabei.tranches.sub.x"],
        ["bad.yaml:24:1", "name"],
        ["bad.yaml:25:1", "shock"],
    ]


def test_the_position_is_that_of_the_file_that_gave_the_value() -> None:
    Path("base.yaml").write_text(swap("seed: 7", "seed: -7"))
    Path("bad.yaml").write_text("schema_version: 1\nextends: base.yaml\nstart: soon\n")
    lines = refusal("bad.yaml")
    assert [line.split(": ")[0] for line in lines] == ["bad.yaml:3:1", "base.yaml:3:1"]


def test_no_more_faults_are_listed_than_anybody_reads() -> None:
    Path("bad.yaml").write_text(GOOD + "".join(f"x{number}: 1\n" for number in range(1_000)))
    lines = refusal("bad.yaml")
    assert len(lines) == 201
    assert lines[-1] == "... and 800 more faults"
