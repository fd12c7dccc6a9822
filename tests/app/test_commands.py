"""The console script and the commands with a parser of our own: help, choices, and what is refused."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import narrows
from narrows.app.arguments import Argument, Usage
from narrows.app.commands.bench_command import BENCHES
from narrows.app.main import COMMANDS
from narrows.config.catalogue import CATALOGUE
from narrows.errors import UserError
from support.configs import REPOSITORY
from support.outcomes import nothing_in, script

FETCHED = ", ".join(name for name, entry in CATALOGUE.items() if entry.folder)


@pytest.mark.parametrize("command_line", ["", "--help", "-h"])
def test_narrows_alone_lists_the_commands(command, command_line):
    outcome = command(*command_line.split())
    assert (outcome.status, outcome.err) == (0, "")
    for name, meaning in COMMANDS.items():
        assert f"narrows {name}" in outcome.out
        assert meaning in outcome.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help_that_shows_how_it_is_typed(command, name):
    outcome = command(name, "--help")
    assert (outcome.status, outcome.err) == (0, "")
    assert f"narrows {name}" in outcome.out
    assert ".py" not in outcome.out.replace(".npy", "")
    assert nothing_in(Path.cwd())


def test_narrows_says_its_version(command):
    assert command("--version").out == f"narrows {narrows.__version__}\n"


def test_an_unknown_command_is_answered_with_the_commands(command):
    outcome = command("walk")
    assert outcome.status == 2
    assert outcome.line == f"error: narrows walk: no such command; choose from {', '.join(COMMANDS)}"


def test_the_module_and_the_scripts_are_the_console_script(tmp_path):
    expected = script("fetch", "nothing", cwd=tmp_path)
    path = REPOSITORY / "scripts" / "report.py"
    done = subprocess.run([sys.executable, path, "nowhere"], cwd=tmp_path, capture_output=True, text=True)
    assert (expected.status, done.returncode) == (2, 2)
    assert expected.line == f"error: nothing: choose from {FETCHED}"
    assert done.stderr == "error: nowhere: no study.json in it; name the folder of a study, outputs/<study>\n"


#: What is typed after `narrows`, and what the one line must hold.
MISTAKES = {
    "report": "narrows report: FOLDER is missing; see --help",
    "report one two": "a report of several folders needs a folder of its own: --out FOLDER",
    "report one report.width=wide": "report.width=wide: choose from column, page, slide",
    "report --quick": "--quick: no such option; choose from --out, --help",
    "board nowhere": "nowhere: no such folder",
    "board . port=3": "port=3: no such key; choose from --port, --host",
    "board . --port": "--port: its value is missing",
    "board . --port many": "--port many: must be a whole number from 1 to 65535",
    "board . --port=0": "--port 0: must be a whole number from 1 to 65535",
    "board . --port=70000": "--port 70000: must be a whole number from 1 to 65535",
    "board . --ports 3": "--ports: no such option; choose from --port, --host, --help",
    "fetch mnistt": f"mnistt: choose from {FETCHED}",
    "fetch": f"narrows fetch: NAME is missing; choose from {FETCHED}",
    "claims size=huge": "size=huge: choose from smoke, quick, full",
    "claims": "size=…: choose from smoke, quick, full",
    "claims size=smoke only=99": "only=99: choose from 1",
    "claims size=smoke surprise": "surprise: must be key=value; choose from size, only, launcher, out, publish",
    "claims size=smoke publish=maybe": "publish=maybe: choose from false, true",
    "claims size=smoke only=1 publish=true": "publish=true with only=1",
    "bench": "narrows bench: NAME is missing; choose from run, logging, fleet, gpu, estimate",
    "bench walk": "walk: choose from run, logging, fleet, gpu, estimate",
    "bench run foo=1": "foo=1: no such key; choose from rounds, device, out",
    "bench run device=cuda": "device=cuda: run runs on cpu only",
    "bench run device=tpu": "device=tpu: choose from cpu, cuda",
    "bench run rounds=0": "rounds=0: must be a whole number of at least 1",
    "bench run rounds=abc": "rounds=abc: must be a whole number of at least 1",
    "bench run rounds=1.5": "rounds=1.5: must be a whole number of at least 1",
}


@pytest.mark.parametrize("command_line", MISTAKES)
def test_a_mistake_is_answered_in_one_line_with_the_choices(command, command_line):
    outcome = command(*command_line.split())
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.line.startswith(f"error: {MISTAKES[command_line]}")
    assert nothing_in(Path.cwd())


def test_an_installed_package_has_no_readme_to_publish_in(command, monkeypatch):
    monkeypatch.setattr("narrows.app.studies_in_turn.checkout", lambda: None)
    outcome = command("claims", "size=smoke", "publish=true")
    assert outcome.status == 2
    assert "publish=true: " in outcome.line and "checkout" in outcome.line


def test_the_help_of_bench_says_what_each_benchmark_measures(command):
    lines = command("bench", "--help").out.splitlines()
    for name, (_, meaning) in BENCHES.items():
        assert any(line.split()[:1] == [name] and line.endswith(meaning) for line in lines)


# --- the parser

USAGE = Usage(
    "draw",
    "Draw it.",
    operand=("FILE", Argument("the file")),
    options={"colour": Argument("of the line", "red", choices=("red", "blue"))},
    flags={"--dry": "only say so"},
)


def test_options_have_their_defaults_and_may_stand_anywhere():
    assert USAGE.parse(["a.csv"]) == ("a.csv", {"colour": "red"}, set(), [])
    assert USAGE.parse(["--dry", "colour=blue", "a.csv"]) == ("a.csv", {"colour": "blue"}, {"--dry"}, [])


def test_settings_take_the_next_word_or_stand_with_an_equals_sign():
    usage = Usage("see", "See.", ("FILE", Argument("a file")), several=True, settings={"--at": Argument("where", "1")})
    assert usage.parse(["a"]).options == {"--at": "1"}
    for words in (["a", "--at", "2", "b"], ["--at=2", "a", "b"]):
        assert usage.parse(words) == ("a", {"--at": "2"}, set(), ["b"])
    assert usage.help().startswith("narrows see FILE … [--at AT]")


def test_a_path_may_hold_an_equals_sign():
    assert USAGE.parse(["./lr=0.1/a.csv"]).operand == "./lr=0.1/a.csv"


def test_unknown_keys_are_returned_only_where_they_are_allowed():
    with pytest.raises(UserError, match="seed=0: no such key; choose from colour"):
        USAGE.parse(["a.csv", "seed=0"])
    usage = Usage("all", "All.", options=USAGE.options, other_keys="keys of draw")
    assert usage.parse(["seed=0", "colour=blue"]).others == ["seed=0"]


@pytest.mark.parametrize("command_line", ["--help", "train --help", "bench --help"])
def test_output_that_nobody_reads_ends_the_program_quietly(command_line):
    for unbuffered in ("", "1"):  # with a buffer a short text fails when it is flushed, without one in print
        program = subprocess.Popen(
            [sys.executable, "-m", "narrows", *command_line.split()],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
        )
        program.stdout.close()  # as `head -1` does
        assert program.stderr.read() == b""
        assert program.wait() == 141


@pytest.mark.parametrize(
    ("estimate", "total"),
    [
        ("about 2 minutes, 3 minutes of computing in 2 processes", "about 12 minutes"),
        ("nothing to train", "nothing to train"),
    ],
)
def test_claims_with_dry_end_with_the_time_of_all(command, monkeypatch, estimate, total):
    """Of six studies."""
    output = f"4 runs\n{estimate}, into outputs/claims/quick/study\n"
    monkeypatch.setattr(subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 0, output))
    outcome = command("claims", "size=quick", "only=2,6,7", "--dry")
    assert outcome.out.splitlines()[-1] == f"6 studies: {total}"
