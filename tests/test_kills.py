"""Runs and sweeps that are killed at any write of a file end, when they are called again, as a twin that never was.

Compared are the names of all files, the records but for times, and the checkpoints with the optimiser's state.
"""

import random
import shutil

import pytest

from support.kills import COMMANDS, ends_as_its_twin, events, train


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    """The folder and the events of each command's twin, trained when it is first asked for."""
    trained = {}

    def twin(kind: str):
        if kind not in trained:
            folder = tmp_path_factory.mktemp(kind.replace(" ", "_")) / "twin"
            folder.mkdir()
            trained[kind] = folder, events(kind, folder)
        return trained[kind]

    return twin


MOMENTS = [
    ("alone", "os.rename", "best.ckpt", 0),  # the first checkpoint is written, not named
    ("alone", "open", ".last.ckpt", 0),  # best.ckpt is there, last.ckpt is not
    ("alone", "os.rename", "last.ckpt", 1),
    ("alone", "open", "reconstructions.png", 0),  # while it is evaluated: patience had stopped it
    ("alone", "os.rename", "record.json", 0),
    ("fleet", "os.rename", "study.json", 0),
    ("fleet", "os.rename", "record.json", 1),
]


@pytest.mark.parametrize(("kind", "event", "name", "at"), MOMENTS)
def test_killed_at_a_chosen_moment_it_ends_as_its_twin(twins, tmp_path, kind, event, name, at):
    moment = {"event": event, "name": name, "at": str(at)}
    assert ends_as_its_twin(kind, twins(kind)[0], tmp_path / "killed", [moment]) == []


def test_a_run_that_patience_stopped_is_among_them(twins):
    assert len([event for event in twins("alone")[1] if event == "os.rename last.ckpt"]) < 6
    assert "os.rename best.ckpt" in twins("alone")[1]


#: How many random moments of each command: about 200 in all, some with a second kill after the first.
TRIALS = {"alone": 80, "basic": 40, "joblib": 20, "fleet": 60, "two processes": 20}


@pytest.mark.slow
@pytest.mark.parametrize("kind", COMMANDS)
def test_killed_at_random_moments_it_ends_as_its_twin(twins, tmp_path, kind):
    folder, seen = twins(kind)
    draw, different = random.Random(0), {}
    for trial in range(TRIALS[kind]):
        moments = [
            {"at": str(draw.randrange(len(seen))), "whom": draw.choice(["process", "group"])}
            for _ in range(draw.choice([1, 1, 2]))
        ]
        if found := ends_as_its_twin(kind, folder, tmp_path / str(trial), moments):
            different[str(moments)] = found
        shutil.rmtree(tmp_path / str(trial))
    assert different == {}


@pytest.mark.slow
def test_each_file_is_killed_at_its_first_rename(twins, tmp_path):
    """The moment at which a temporary file is complete and has no name yet."""
    for kind in ("alone", "fleet"):
        folder, seen = twins(kind)
        for name in sorted(
            {event.split()[1] for event in seen if event.startswith("os.rename") and not event[-1].isdigit()}
        ):
            moment = {"event": "os.rename", "name": name, "at": "0"}
            assert ends_as_its_twin(kind, folder, tmp_path / f"{kind}-{name}", [moment]) == [], (kind, name)
            assert train(kind, tmp_path / f"{kind}-{name}") == 0
