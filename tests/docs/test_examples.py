"""Every example of README.md and the guides runs: commands, Python and the YAML files between them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_iris

import narrows
from narrows.app.commands import evaluate_command
from narrows.app.main import COMMANDS
from support.configs import REPOSITORY
from support.examples import DOCUMENTS, Block, blocks, replaced
from support.outcomes import Outcome

WITH_SLOW = [document for document in DOCUMENTS if any(block.slow for block in blocks(document))]


def name_of(document: Path) -> str:
    return document.stem


@pytest.fixture
def examples(command, digits):
    """Runs the blocks of a document in order, in one folder that holds the files which the documents mention."""

    def run(document: Path, slow: bool) -> None:
        samples(Path.cwd(), digits.test.pixels[:100, 0].numpy())
        names: dict[str, object] = {}
        for block in blocks(document):
            if not block.skipped and (slow or not block.slow):
                execute(block, command, names)

    return run


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_examples_run(examples, document):
    examples(document, slow=False)


@pytest.mark.slow
@pytest.mark.parametrize("document", WITH_SLOW, ids=name_of)
def test_slow_examples_run(examples, document):
    examples(document, slow=True)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_skipped_examples_name_commands_that_exist(document):
    skipped = [block for block in blocks(document) if block.skipped]
    commands = [words for block in skipped if block.language == "bash" for words in block.commands]
    assert all(words[1] in COMMANDS for words in commands if words[0] == "narrows")
    assert all((REPOSITORY / words[1]).is_file() for words in commands if words[0] == "bash")


def samples(folder: Path, images: np.ndarray) -> None:
    """Iris as table.csv and more.csv, digits as photos/, and a noisy sine as series.csv."""
    iris = load_iris(as_frame=True).frame
    iris["species"] = load_iris().target_names[iris.pop("target")]
    iris.to_csv(folder / "table.csv", index=False)
    iris.sample(50, random_state=0).to_csv(folder / "more.csv", index=False)
    (folder / "photos").mkdir()
    for number, image in enumerate(images):
        Image.fromarray(image).save(folder / "photos" / f"{number}.png")
    acceleration = np.sin(np.arange(10_000) / 20) + np.random.default_rng(0).normal(size=10_000) / 10
    np.savetxt(folder / "series.csv", acceleration, header="acceleration", comments="")


def execute(block: Block, command, names: dict[str, object]) -> None:
    match block.language:
        case "bash":
            for words in block.commands:
                execute_command(block, words, command)
        case "python":
            exec(compile(block.code, block.place, "exec"), names)
        case "yaml":
            Path(block.file).parent.mkdir(parents=True, exist_ok=True)
            Path(block.file).write_text(block.code)
        case language:
            pytest.fail(f"{block.place}: what is to be done with a block of {language!r}?")


def execute_command(block: Block, words: list[str], command) -> None:
    """Runs `narrows …` with the directive's arguments; what is written in the document must at least compose."""
    program, name, *arguments = words
    assert program == "narrows", f"{block.place}: {program} is no command of narrows; skip the block, with the reason"
    call = replaced(arguments, further_arguments(block, name, arguments))
    if name == "train" and not {"--help", "hydra/sweeper=search"} & {*arguments} and block.directive != ["--dry"]:
        composes(block, arguments, command)
    outcome = command(name, *call)
    assert outcome.status == 0, f"{block.place}: narrows {' '.join([name, *call])}\n{outcome.err}"
    assert_nothing_refused(block, outcome)


def further_arguments(block: Block, name: str, arguments: list[str]) -> list[str]:
    """What the directive adds to this command: `narrows evaluate` takes those of its own keys only."""
    if "--help" in arguments:
        return []
    if name == "evaluate":
        of_checkpoint = any(argument.startswith("checkpoint=") for argument in arguments)
        keys = evaluate_command.KEYS if of_checkpoint else evaluate_command.USAGE.options
        return [argument for argument in block.arguments if argument.partition("=")[0] in keys]
    named = "-m" in arguments or name != "train" or any(word.startswith("hydra.run.dir=") for word in arguments)
    folder = [] if named else [f"hydra.run.dir=outputs/runs/{len(list(Path('outputs/runs').glob('*')))}"]
    return [*block.arguments, *folder]  # the default folder is named after the second


def composes(block: Block, arguments: list[str], command) -> None:
    if "-m" in arguments:
        outcome = command("train", *replaced(arguments, ["--dry"]))
        assert outcome.status == 0, f"{block.place}: {outcome.err}"
        assert_nothing_refused(block, outcome)
    else:
        narrows.configure(*[argument for argument in arguments if not argument.startswith("hydra.")])


def assert_nothing_refused(block: Block, outcome: Outcome) -> None:
    assert "refused" not in outcome.out, f"{block.place}: {outcome.out}"
