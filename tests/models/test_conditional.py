"""Conditional autoencoders: what they are given, what they learn from it, and what is refused."""

import pytest
import torch
from torch import nn

import narrows
from narrows.build import build, build_autoencoder
from narrows.build_objective import build_held_out
from narrows.config.evaluations import EVALUATIONS
from narrows.data.labelled import labelled, splits_for
from narrows.data.sources import as_floats
from narrows.errors import UserError
from narrows.evaluation.evaluate import evaluate, evaluate_trained
from narrows.models.conditional import Conditional, LabelledLinear, LabelMaps, OfImages, one_hot, with_labels
from narrows.models.corruptions import HIDDEN, Gaussian, Patches
from narrows.run import run
from narrows.seeds import generator
from support.configs import configure, tiny

CONDITIONAL = "model.conditional=true"
MODELS = [(), ("model=conv",), ("model=residual_conv",)]


def made(*overrides: str) -> Conditional:
    autoencoder = build_autoencoder(configure("data=mnist5k", CONDITIONAL, *overrides), generator(0, "weights")).eval()
    assert isinstance(autoencoder, Conditional)
    return autoencoder


def pictures(count: int = 10) -> torch.Tensor:
    return torch.rand(count, 1, 28, 28, generator=generator(0, "pictures"))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_labels_are_told_apart_after_their_scaling_as_bytes(dtype):
    labels = torch.arange(255)
    inputs = as_floats(with_labels(torch.zeros(255, 1, 2, 2, dtype=torch.uint8), labels)).to(dtype)
    assert torch.equal(one_hot(inputs.flatten(1)[:, -1:], 255), torch.eye(255, dtype=dtype))


def test_labels_of_floats_are_those_of_bytes():
    labels = torch.arange(10)
    assert torch.equal(with_labels(pictures(), labels)[..., -1].flatten(), labels / 255)


def test_a_labelled_linear_layer_is_one_of_the_numbers_and_a_one_hot_vector():
    layer = LabelledLinear(nn.Linear(5, 3), 4, "default", generator(0, "weights"))
    x, labels = torch.rand(6, 5), torch.tensor([0, 1, 2, 3, 0, 1])
    inputs = torch.cat([x, labels.unsqueeze(1) / 255], 1)
    weight = torch.cat([layer.linear.weight, layer.of_classes.weight], 1)
    expected = torch.cat([x, torch.eye(4)[labels]], 1) @ weight.T + layer.linear.bias
    torch.testing.assert_close(layer(inputs), expected)


def test_a_convolutional_encoder_gets_a_map_for_each_class():
    maps = LabelMaps((2, 3, 4), 5)(torch.cat([torch.rand(2, 24), torch.tensor([[1.0], [4.0]]) / 255], 1))
    assert maps.shape == (2, 7, 3, 4)
    assert torch.equal(maps[:, 2:, 0, 0], torch.eye(5)[[1, 4]])
    assert torch.equal(maps[:, 2:], maps[:, 2:, :1, :1].expand(-1, -1, 3, 4))


@pytest.mark.parametrize("overrides", MODELS, ids=str)
def test_code_and_image_depend_on_the_label(overrides):
    autoencoder, images = made(*overrides), pictures()
    zeros, ones = (with_labels(images, torch.full((10,), label)) for label in (0, 1))
    assert autoencoder.reconstruct(zeros).shape == images.shape
    assert not torch.equal(autoencoder.encode(zeros), autoencoder.encode(ones))
    codes = autoencoder.encode(zeros)
    assert not torch.equal(autoencoder.of_class(codes, 0), autoencoder.of_class(codes, 1))
    torch.testing.assert_close(autoencoder.of_class(codes, 0), autoencoder.reconstruct(zeros))
    torch.testing.assert_close(autoencoder(zeros).images, autoencoder.reconstruct(zeros))
    assert torch.equal(autoencoder.target(zeros), images)


def test_a_model_that_is_not_conditional_has_the_weights_that_it_had_before():
    config = configure("data=mnist5k")
    old = build(config.model, config.code, (1, 28, 28), generator(0, "weights")).state_dict()
    new = build_autoencoder(config, generator(0, "weights")).state_dict()
    assert old.keys() == new.keys() and all(torch.equal(old[name], new[name]) for name in old)


@pytest.mark.parametrize("corruption", [Gaussian(0.3), Patches(0.5, 7)])
def test_a_corruption_changes_the_image_as_it_would_alone_and_not_its_label(corruption):
    images, labels = pictures(), torch.arange(10)
    corrupted = OfImages(corruption, (1, 28, 28))(with_labels(images, labels), generator(0, "noise"))
    assert torch.equal(corrupted, with_labels(corruption(images, generator(0, "noise")), labels))


@pytest.mark.parametrize("objective", ["mse", "bce", "l1"])
def test_the_loss_is_that_of_the_images_alone(objective):
    config = configure("data=mnist5k", CONDITIONAL, f"objective={objective}", "objective.weights.code_l1=0.1")
    autoencoder, images = made(), pictures()
    inputs = with_labels(images, torch.arange(10))
    output, loss = autoencoder(inputs), build_held_out(config).objective
    plain = build_autoencoder(configure("data=mnist5k"))
    torch.testing.assert_close(loss(autoencoder, output, inputs, 0), loss(plain, output, images, 0))


def test_only_hidden_pixels_count_where_the_objective_says_so():
    config = configure("data=mnist5k", CONDITIONAL, "corruption=patches", "objective.pixels=hidden")
    autoencoder, held_out = made(), build_held_out(config)
    inputs = with_labels(pictures(), torch.arange(10))
    corrupted = held_out.corruption(inputs, generator(0, "noise"))
    output, hidden = autoencoder(corrupted), autoencoder.target(corrupted) == HIDDEN
    errors = [square[mask].mean() for square, mask in zip((output.images - pictures()).square(), hidden, strict=True)]
    torch.testing.assert_close(held_out.objective(autoencoder, output, inputs, 0), torch.stack(errors))


def test_the_contractive_term_is_that_of_the_pixels():
    autoencoder = made("model.widths=[16]").double()
    config = configure("data=mnist5k", CONDITIONAL, "model.widths=[16]", "objective.weights.contractive=784.0")
    inputs = with_labels(pictures(3).double(), torch.arange(3))
    loss = build_held_out(config).objective(autoencoder, autoencoder(inputs), inputs, 0)
    error = (autoencoder.reconstruct(inputs) - pictures(3)).square().flatten(1).mean(1)
    for image, value in zip(inputs, loss - error, strict=True):
        jacobian = torch.autograd.functional.jacobian(lambda x: autoencoder.encode(x[None])[0], image)
        assert value.item() == pytest.approx(jacobian.square().sum().item())


@pytest.fixture(scope="module")
def conditional_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "conditional"
    overrides = ("code=variational", "corruption=masking", "logger=tensorboard", "evaluation=[reconstruction,probe]")
    return folder, run(tiny(CONDITIONAL, *overrides), folder)


def test_a_run_records_what_others_record(conditional_run):
    _, record = conditional_run
    wanted = {"test/mse", "test/sse", "test/psnr", "test/corrupted_mse", "test/nelbo", "test/probe", "test/probe_pca"}
    assert wanted <= record.metrics.keys()
    assert record.metrics["test/sse"] == pytest.approx(784 * record.metrics["test/mse"])


def test_its_checkpoint_is_loaded_evaluated_again_and_samples_a_class(conditional_run):
    folder, record = conditional_run
    autoencoder = narrows.load(folder / "best.ckpt")
    assert isinstance(autoencoder, Conditional) and autoencoder.classes == 10
    assert autoencoder.of_class(torch.randn(5, 3), 7).shape == (5, 1, 28, 28)
    again = evaluate(folder / "best.ckpt", "mnist5k", "", 2, ["reconstruction", "probe"])
    for name in ("test/mse", "test/sse", "test/probe", "test/nelbo", "test/corrupted_mse"):
        assert again[name] == pytest.approx(record.metrics[name], rel=1e-5)
    data = tiny(CONDITIONAL).data
    assert evaluate_trained(folder / "best.ckpt", ["units"], data, torch.device("cpu")).keys() == {"test/dead_units"}


def test_evaluations_that_give_no_labels_are_refused_before_training_and_after_it(conditional_run):
    unable = next(name for name, row in EVALUATIONS.items() if not row.conditional)
    line = f"evaluation={unable}: gives an autoencoder of model.conditional=true no labels; choose from reconstruction"
    with pytest.raises(UserError, match=line):
        tiny(CONDITIONAL, f"evaluation=[reconstruction,{unable}]")
    with pytest.raises(UserError, match=line):
        evaluate(conditional_run[0] / "best.ckpt", "mnist5k", "", 2, [unable])


def test_data_without_labels_are_refused(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n" + "".join(f"{row},{row * 2 % 7}\n" for row in range(60)))
    with pytest.raises(UserError, match=r"model\.conditional=true with data\.path=x\.csv: these data have no labels"):
        configure("data=arrays", f"data.path={tmp_path / 'x.csv'}", CONDITIONAL)


@pytest.mark.parametrize("other", ["model.tied=true", "pretrain=layerwise"])
def test_other_choices_that_do_not_go_with_it_are_refused(other):
    with pytest.raises(UserError, match=r"model\.conditional=true with ") as error:
        configure(CONDITIONAL, other)
    assert "\n" not in str(error.value)


def test_own_floats_with_labels_train(tmp_path):
    (tmp_path / "x.csv").write_text("a,b,kind\n" + "".join(f"{row},{row * 2 % 7},{row % 3}\n" for row in range(60)))
    own = (
        "data=arrays",
        f"data.path={tmp_path / 'x.csv'}",
        "data.label=kind",
        "model.widths=[8]",
        "model.bottleneck=1",
    )
    config = configure(*own, CONDITIONAL, "trainer=cpu", "trainer.max_epochs=1", "logger=none")
    record = run(config, tmp_path / "run")
    assert record.status == "done"
    again = evaluate(tmp_path / "run" / "best.ckpt", "arrays", "", 1, ["reconstruction"], str(tmp_path / "x.csv"))
    assert again["test/mse"] > 0


def test_knowing_the_class_lowers_the_error_of_a_narrow_code(tmp_path):
    """A code of one number has no room for the class."""
    options = ("data.train_size=null", "model.bottleneck=1", "model.widths=[128]", "trainer.max_epochs=8")
    errors = [
        run(tiny(*options, "optimizer.lr=0.003", f"model.conditional={given}"), tmp_path / given).metrics["test/mse"]
        for given in ("false", "true")
    ]
    assert errors[1] < 0.95 * errors[0], errors


def test_labels_are_behind_the_images_of_every_split():
    splits = splits_for(tiny(CONDITIONAL))
    assert all(part.pixels.shape[1:] == (1, 1, 785) for part in splits)
    assert all(torch.equal(part.pixels[:, 0, 0, -1].long(), part.labels) for part in splits)
    assert labelled(splits_for(tiny())).test.pixels.equal(splits.test.pixels)


def test_a_conditional_autoencoder_is_not_built_without_classes():
    config = configure(CONDITIONAL)
    with pytest.raises(ValueError, match="needs the number of classes"):
        build(config.model, config.code, (1, 28, 28))
