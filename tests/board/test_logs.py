"""What TensorBoard shows of a run, read by TensorBoard's own code."""

from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.context import RequestContext
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.hparams import api_pb2, get_experiment, list_session_groups
from tensorboard.plugins.hparams.backend_context import Context

import narrows
from narrows.board.hparams import METRICS
from narrows.board.pictures.gallery import DIGITS
from narrows.board.pictures.image_rows import FRAME, reconstructions
from narrows.run import run
from support.configs import tiny


@pytest.fixture(scope="module")
def events(trained) -> EventAccumulator:
    events = EventAccumulator(str(trained.folder), size_guidance={"tensors": 0, "scalars": 0})
    events.Reload()
    return events


def event_files(folder) -> list[str]:
    return [path.name for path in folder.rglob("events.out.tfevents.*")]


def test_a_run_has_one_event_file(trained):
    assert len(event_files(trained.folder)) == 1


def test_its_folder_holds_no_unexpected_file(trained):
    names = {path.name for path in trained.folder.iterdir()} - set(event_files(trained.folder))
    projector = {"projector", "projector_config.pbtxt"}
    assert names == {".lock", "best.ckpt", "last.ckpt", "record.json", "reconstructions.png"} | projector


CURVES = ["train/loss", "val/loss", "lr", "gradient_norm", "active_units", "seconds", "images_per_second"]


@pytest.mark.parametrize("name", CURVES)
def test_the_curves_are_those_of_the_record(events, trained, name):
    scalars = events.Scalars(name)
    assert [scalar.step for scalar in scalars] == [1, 2, 3]
    assert [scalar.value for scalar in scalars] == pytest.approx(trained.record.curves[name])


def test_the_final_metrics_are_those_of_the_record(events, trained):
    for name, value in trained.record.metrics.items():
        (scalar,) = events.Scalars(name)
        assert (scalar.step, scalar.value) == (3, pytest.approx(value))


def test_there_are_no_other_scalars(events, trained):
    """No hp_metric, no epoch, no v_num."""
    expected = trained.record.curves.keys() | trained.record.metrics.keys() | METRICS.keys()
    assert set(events.Tags()["scalars"]) == expected


def hparams(folder) -> Context:
    multiplexer = EventMultiplexer().AddRunsFromDirectory(str(folder))
    multiplexer.Reload()
    return Context(TBContext(logdir=str(folder), data_provider=MultiplexerDataProvider(multiplexer, str(folder))))


def session_groups(folder) -> list:
    context = hparams(folder)
    experiment = get_experiment.Handler(RequestContext(), context, "", api_pb2.GetExperimentRequest()).run()
    columns = [api_pb2.ColParams(metric=info.name) for info in experiment.metric_infos]
    request = api_pb2.ListSessionGroupsRequest(
        allowed_statuses=[api_pb2.STATUS_UNKNOWN, api_pb2.STATUS_SUCCESS, api_pb2.STATUS_RUNNING],
        col_params=columns,
        start_index=0,
        slice_size=100,
    )
    return list(list_session_groups.Handler(RequestContext(), context, "", request).run().session_groups)


def test_hparams_shows_one_row_with_the_knobs_and_the_real_metrics(trained):
    (group,) = session_groups(trained.folder)
    knobs = {name: value.string_value or value.number_value for name, value in group.hparams.items()}
    expected = {key: value for key, value in trained.config.flat().items() if value != "None"}
    assert knobs.keys() >= expected.keys()
    assert all(knobs[name] == pytest.approx(value) for name, value in expected.items())
    assert (knobs["model.bottleneck"], knobs["model.widths"]) == (3, "[128, 64, 12]")
    assert (knobs["code.levels"], knobs["model.channels"]) == (0, "–")  # of kinds that this run has not
    assert (knobs["trainer.patience"], knobs["data.classes"]) == (0, "–")
    metrics = {value.name.tag: value.value for value in group.metric_values}
    assert metrics.keys() == METRICS.keys()
    recorded = {tag: value for tag, value in trained.record.metrics.items() if tag in metrics}
    assert metrics == pytest.approx(metrics | recorded)
    assert {"test/mse", "pca/mse"} < recorded.keys()
    assert "hp_metric" not in metrics
    assert all(value >= 0 for value in metrics.values())  # no -1 stands in for a number


def test_runs_of_different_kinds_have_the_same_columns(trained, tmp_path):
    """HPARAMS takes its columns from one run of many."""
    run(tiny("model=conv", "code=quantised", "optimizer=sgd", "logger=light", "data.val_size=0"), tmp_path)
    (first,), (second,) = session_groups(trained.folder), session_groups(tmp_path)
    assert first.hparams.keys() == second.hparams.keys()
    assert {value.name.tag for value in first.metric_values} == {value.name.tag for value in second.metric_values}


def opened(png: bytes) -> torch.Tensor:
    return torch.from_numpy(np.array(Image.open(BytesIO(png)).convert("RGB"))).permute(2, 0, 1).float() / 255


def test_the_picture_is_sixteen_test_images_above_their_reconstructions(events, trained, splits):
    *_, png = events.Tensors(DIGITS)[-1].tensor_proto.string_val
    images = splits.test.pixels[:16].float() / 255
    expected = reconstructions(narrows.load(trained.folder / "best.ckpt"), images)
    torch.testing.assert_close(
        opened((trained.folder / "reconstructions.png").read_bytes()), expected, rtol=0, atol=1.01 / 255
    )
    torch.testing.assert_close(opened(png), expected, rtol=0, atol=0.51 / 15)  # in sixteen shades


def tiles(picture: torch.Tensor) -> torch.Tensor:
    """The images of a picture (3, height, width) in rows and columns, at their original size: (r, c, 28, 28)."""
    cell = 2 * 28 + FRAME  # with the frame before it
    cells = picture[0].unfold(0, cell, cell).unfold(1, cell, cell)
    return cells[:, :, FRAME::2, FRAME::2]


def test_a_picture_shows_each_image_above_its_reconstruction(trained, splits):
    autoencoder, images = narrows.load(trained.folder / "best.ckpt"), splits.test.pixels[:16].float() / 255
    rows = tiles(reconstructions(autoencoder, images))
    above, below = (rows[start::2].flatten(0, 1).unsqueeze(1) for start in (0, 1))
    torch.testing.assert_close(above, images)
    torch.testing.assert_close(below, autoencoder.reconstruct(images).detach())


def test_a_resumed_run_shows_one_whole_curve_in_one_file(tmp_path):
    run(tiny("trainer.max_epochs=1", "logger=tensorboard"), tmp_path)
    run(tiny("trainer.max_epochs=3", "logger=tensorboard", "run.resume=true"), tmp_path)
    assert len(event_files(tmp_path)) == 1
    events = EventAccumulator(str(tmp_path))
    events.Reload()
    for name in CURVES:
        assert [scalar.step for scalar in events.Scalars(name)] == [1, 2, 3]
    assert [image.step for image in events.Tensors(DIGITS)] == [1, 2, 3]
    assert len(session_groups(tmp_path)) == 1


def test_what_a_killed_run_wrote_beyond_its_checkpoint_is_written_once(tmp_path):
    """Killed after epoch 2 was logged and before it was saved, in the middle of a write."""
    run(tiny("trainer.max_epochs=1", "logger=tensorboard"), tmp_path)
    (early,) = tmp_path.glob("events.out.tfevents.*")
    run(tiny("trainer.max_epochs=5", "logger=tensorboard"), tmp_path / "other")
    (late,) = (tmp_path / "other").glob("events.out.tfevents.*")
    early.write_bytes(late.read_bytes()[:-7])
    run(tiny("trainer.max_epochs=3", "logger=tensorboard", "run.resume=true"), tmp_path)
    events = EventAccumulator(str(tmp_path))
    events.Reload()
    assert [scalar.step for scalar in events.Scalars("train/loss")] == [1, 2, 3]
    assert [image.step for image in events.Tensors(DIGITS)] == [1, 2, 3]


def test_a_run_that_stops_early_has_one_picture_of_its_last_epoch(tmp_path):
    result = run(
        tiny("trainer.max_epochs=9", "trainer.patience=1", "optimizer.lr=0.03", "logger=tensorboard"), tmp_path
    )
    assert result.epochs == 2  # after which there was a look
    events = EventAccumulator(str(tmp_path))
    events.Reload()
    assert [image.step for image in events.Tensors(DIGITS)] == [1, 2]
    assert len(event_files(tmp_path)) == 1


def test_the_light_logger_draws_nothing(tmp_path):
    result = run(tiny("logger=light"), tmp_path)
    events = EventAccumulator(str(tmp_path))
    events.Reload()
    assert set(events.Tags()["scalars"]) == result.curves.keys() | result.metrics.keys() | METRICS.keys()
    assert set(events.Tags()["tensors"]) == {"custom_scalars__config__"}
    assert events.Tags()["distributions"] == []
    assert len(session_groups(tmp_path)) == 1


def test_without_a_logger_there_is_no_event_file(tmp_path):
    run(tiny("logger=none"), tmp_path)
    assert event_files(tmp_path) == []
