"""What a sweep finds it has to do, and how it names the folders where it looks."""

import re
from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.runs import record
from narrows.runs.record import Record
from narrows.sweeps.plan import Todo, folder_name, readable_record, todo
from support.configs import tiny

# --- what is left to do


@pytest.fixture(scope="module")
def fresh() -> Record:
    return record.begin(tiny())


#: Each status a folder can show, whether its config is this run's, whether a checkpoint lies there.
STATES = {
    ("none", True, False): Todo.RUN,
    ("none", True, True): Todo.RESUME,  # killed before it could write a record
    ("damaged", True, False): Todo.RUN,
    ("damaged", True, True): Todo.RESUME,
    **{("done", True, checkpoint): Todo.SKIP for checkpoint in (False, True)},
    **{("interrupted", True, checkpoint): Todo.RESUME for checkpoint in (False, True)},
    **{("failed", same, checkpoint): Todo.RETRY for same in (False, True) for checkpoint in (False, True)},
    **{("refused", same, False): Todo.RUN for same in (False, True)},
    **{("refused", same, True): Todo.RESUME for same in (False, True)},  # begun before a version refused it
    **{("done", False, checkpoint): Todo.RENEW for checkpoint in (False, True)},
    **{("interrupted", False, checkpoint): Todo.RENEW for checkpoint in (False, True)},
}


def put(folder, fresh: Record, status: str, same: bool, checkpoint: bool) -> None:
    if status == "damaged":
        (folder / record.NAME).write_text('{"status": "do')
    elif status != "none":
        config = fresh.config if same else fresh.config | {"seed": 12345}
        record.write(fresh.model_copy(update={"status": status, "config": config}), folder)
    if checkpoint:
        (folder / "last.ckpt").touch()


@pytest.mark.parametrize(("status", "same", "checkpoint"), STATES)
def test_each_state_of_a_folder_has_one_thing_to_do(tmp_path, fresh, status, same, checkpoint):
    put(tmp_path, fresh, status, same, checkpoint)
    assert todo(tiny(), tmp_path) is STATES[status, same, checkpoint]


def test_no_state_is_forgotten():
    with_record = set(product(("done", "refused", "failed", "interrupted"), (True, False), (True, False)))
    assert set(STATES) == with_record | set(product(("none", "damaged"), (True,), (True, False)))


def test_a_folder_that_is_not_there_is_a_run_to_train(tmp_path, fresh):
    assert todo(tiny(), tmp_path / "nothing") is Todo.RUN


def test_looking_changes_nothing(tmp_path, fresh):
    put(tmp_path, fresh, "done", False, True)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    todo(tiny(), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("content", [b"", b"{}", b"\x00\xff\xfe", b"[]", b"null", b'{"status": "done"}'])
def test_a_damaged_record_is_no_record(tmp_path, content):
    (tmp_path / record.NAME).write_bytes(content)
    assert readable_record(tmp_path) is None


def test_a_job_without_a_config_is_refused_whatever_its_folder_holds(tmp_path, fresh):
    put(tmp_path, fresh, "done", True, True)
    assert todo(None, tmp_path) is Todo.REFUSED
    assert todo(tiny(), tmp_path) is Todo.SKIP


@pytest.mark.parametrize("override", ["data.root=elsewhere", "trainer=auto", "trainer.threads=2", "logger=tensorboard"])
def test_paths_device_threads_and_logging_leave_a_run_done(tmp_path, fresh, override):
    put(tmp_path, fresh, "done", True, True)
    assert todo(tiny(override), tmp_path) is Todo.SKIP


@pytest.mark.parametrize("override", ["seed=1", "trainer.max_epochs=3", "optimizer.lr=0.5", "objective=l1"])
def test_what_decides_the_numbers_has_it_trained_again(tmp_path, fresh, override):
    put(tmp_path, fresh, "done", True, True)
    assert todo(tiny(override), tmp_path) is Todo.RENEW


@pytest.mark.parametrize("checkpoint", [False, True])
def test_a_finished_run_whose_list_of_evaluations_grew_is_only_evaluated(tmp_path, fresh, checkpoint):
    put(tmp_path, fresh, "done", True, checkpoint)
    assert todo(tiny("evaluation=[units,reconstruction]"), tmp_path) is Todo.EVALUATE


@pytest.mark.parametrize("listed", ["[reconstruction]", "[units,reconstruction]", "[reconstruction,units]"])
def test_a_shorter_list_of_evaluations_or_another_order_leaves_a_run_done(tmp_path, listed):
    more = record.begin(tiny("evaluation=[reconstruction,units]"))
    record.write(more.model_copy(update={"status": "done"}), tmp_path)
    assert todo(tiny(f"evaluation={listed}"), tmp_path) is Todo.SKIP


@pytest.mark.parametrize(("status", "state"), [("interrupted", Todo.RESUME), ("failed", Todo.RETRY)])
def test_a_longer_list_of_evaluations_changes_nothing_for_a_run_that_is_not_done(tmp_path, fresh, status, state):
    put(tmp_path, fresh, status, True, True)
    assert todo(tiny("evaluation=[reconstruction,units]"), tmp_path) is state


def test_a_longer_list_does_not_hide_another_configuration(tmp_path, fresh):
    put(tmp_path, fresh, "done", True, True)
    assert todo(tiny("evaluation=[reconstruction,units]", "seed=1"), tmp_path) is Todo.RENEW


# --- folders

KEYS = ["seed", "data.seed", "model.bottleneck", "model.activation", "model.widths", "optimizer.lr", "objective"]
numbers = st.integers() | st.floats(allow_nan=False)
words = st.text(min_size=1, max_size=200)
levels = st.none() | st.booleans() | numbers | words | st.lists(numbers | words, max_size=30)
rows = st.dictionaries(st.sampled_from(KEYS), levels, min_size=1)


@given(rows)
def test_names_are_short_and_legal_everywhere(row):
    assert re.fullmatch(r"[A-Za-z0-9_.-]{1,120}", folder_name(row))
    assert folder_name(row)[0].isalnum()  # neither hidden nor an option


@given(st.dictionaries(st.sampled_from(KEYS[:5]), levels, min_size=2, max_size=4))
def test_the_order_of_the_keys_plays_no_part(row):
    assert {folder_name(dict(order)) for order in permutations(row.items())} == {folder_name(row)}


@given(st.sampled_from(KEYS), words, words)
def test_different_words_have_different_folders(key, one, other):
    assert (folder_name({key: one}) == folder_name({key: other})) == (one == other)


@given(st.lists(numbers, max_size=40), st.lists(numbers, max_size=40))
def test_different_lists_of_numbers_have_different_folders(one, other):
    different = str(one) != str(other)
    assert (folder_name({"model.widths": one}) != folder_name({"model.widths": other})) == different


@given(st.lists(words, min_size=1, max_size=5), st.lists(words, min_size=1, max_size=5))
def test_different_lists_of_words_have_different_folders(one, other):
    assert (folder_name({"x": one}) == folder_name({"x": other})) == (one == other)


@given(st.lists(st.none() | st.booleans() | numbers, unique_by=repr, max_size=6), st.sampled_from(KEYS))
def test_numbers_and_null_keep_their_own_folder(values, key):
    assert len({folder_name({key: value, "other.x": 0}) for value in values}) == len(values)


@given(st.text(alphabet="ab", min_size=150, max_size=200), st.text(alphabet="ab", min_size=150, max_size=200))
def test_names_that_are_cut_stay_apart(one, other):
    names = {folder_name({"data.root": f"{'x' * 130}{end}"}) for end in (one, other)}
    assert len(names) == len({one, other})
    assert all(len(name) == 120 for name in names)


@pytest.mark.parametrize(
    ("one", "other"), [("a b", "a-b"), ("/data/a", "-data-a"), ("a/b", "a//b"), ("ä", "ö"), (["a-b"], ["a", "b"])]
)
def test_characters_that_had_to_go_live_on_in_a_checksum(one, other):
    assert folder_name({"data.root": one}) != folder_name({"data.root": other})


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ({"model.bottleneck": 3, "seed": 0}, "bottleneck-3_seed-0"),
        ({"seed": 0, "model.bottleneck": 3}, "bottleneck-3_seed-0"),
        ({"model.widths": [128, 64]}, "widths-128-64"),
        ({"model.activation": "leaky_relu", "optimizer.lr": 1e-3}, "activation-leaky_relu_lr-0.001"),
        ({"data.train_size": None}, "train_size-None"),
        ({"trainer.precision": "bf16-mixed"}, "precision-bf16-mixed"),
        ({"model.name": "mlp", "objective.name": "l1"}, "model.name-mlp_objective.name-l1"),
        ({}, "run"),
    ],
)
def test_what_studies_vary_reads_well(row, name):
    assert folder_name(row) == name
