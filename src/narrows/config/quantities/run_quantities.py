"""What runs record besides evaluations: errors, bounds and the fields of the record."""

from collections.abc import Mapping
from dataclasses import replace

from narrows.config.quantities.quantity import Quantity
from narrows.config.quantities.row_makers import Rows, measured_by, squared_error

VARIATIONAL = "code=variational"
NATS = Quantity("", "lower", "nats per image", decimals=2, condition=VARIATIONAL, margin=1, likelihood=True)


def _pca_sse(recorded: Mapping[str, float]) -> float:
    """PCA's error summed over pixels; the number of pixels is the ratio of the test images' two errors."""
    return recorded["pca/mse"] * recorded["test/sse"] / recorded["test/mse"]


def _rate(recorded: Mapping[str, float]) -> float:
    return recorded["test/nelbo_kl"]


def _distortion(recorded: Mapping[str, float]) -> float:
    return recorded["test/nelbo_reconstruction"]


ERRORS: Rows = {
    "test/mse": replace(
        squared_error("test MSE"), reference="pca/mse", reference_label="PCA", evaluation="reconstruction"
    ),
    "test/sse": Quantity(
        "squared error per image",
        "lower",
        scale="log",
        decimals=3,
        reference="pca/sse",
        reference_label="PCA",
        data_power=2,
        margin=0.05,
        evaluation="reconstruction",
    ),
    "test/psnr": Quantity(
        "PSNR",
        "higher",
        "dB",
        decimals=2,
        margin=0.5,
        evaluation="reconstruction",
        condition="data whose values are pixels",
    ),
    "test/corrupted_mse": replace(squared_error("MSE from corrupted images"), condition="a corruption"),
    "test/loss": Quantity("test loss", "lower"),
    "train/mse": squared_error("training MSE"),
    "val/mse": replace(squared_error("validation MSE"), condition="data.val_size above 0"),
    "pca/mse": squared_error("MSE of PCA"),
    "pca/mse_clipped": replace(
        squared_error("MSE of PCA, clipped to [0, 1]"), condition="data whose values are pixels"
    ),
    "pca/sse": Quantity(
        "squared error per image of PCA", "lower", scale="log", decimals=3, formula=_pca_sse, data_power=2
    ),
}

#: Of grey pixels or other numbers as they are. With objective=bce they are pseudo-likelihoods: cross-entropy is no
#: density of grey pixels. Of binarised pixels, as in the literature, labels say “binarised”; see `Quantity.in_unit`.
#: Rate and distortion are the two parts of the bound (Alemi et al. 2018, “Fixing a broken ELBO”), with the prior as the
#: marginal of the codes.
BOUNDS: Rows = {
    "test/nelbo": replace(NATS, label="−ELBO, not binarised"),
    "test/nelbo_reconstruction": replace(NATS, label="reconstruction term of −ELBO, not binarised"),
    "test/nelbo_kl": replace(NATS, label="KL divergence", better="", likelihood=False),
    "test/distortion": replace(NATS, label="distortion", formula=_distortion),
    "test/rate": replace(NATS, label="rate", better="", formula=_rate, likelihood=False),
    "test/nll_bound": replace(
        NATS,
        label="importance-weighted −ELBO, not binarised",
        condition=f"narrows evaluate, for {VARIATIONAL}",
    ),
}

LIKELIHOOD = measured_by(
    "likelihood",
    {
        "nll": replace(NATS, label="−log p(x), not binarised"),
        "active_units": Quantity("active units of the code", decimals=1),
    },
)
SYMBOLS = "code=quantised, vector_quantised or residual_quantised"

#: Of codes that consist of symbols.
SIZES: Rows = {
    "test/code_bits": Quantity("size of a code", "lower", "bits per image", decimals=1, condition=SYMBOLS),
    # fewer bits compress better, and more show that entries are in use: neither is better
    "test/code_entropy": Quantity("entropy of a code's symbols", unit="bits per image", decimals=1, condition=SYMBOLS),
    "test/code_perplexity": Quantity("perplexity of a symbol", decimals=1, condition=SYMBOLS),
}

FIELDS: Rows = {
    "run/seconds": Quantity("training time", "lower", "s", scale="log", decimals=1),
    "run/parameters": Quantity("parameters", scale="log", decimals=0),
    "run/epochs": Quantity("epochs", decimals=1),
    "run/best_epoch": Quantity("best epoch", decimals=1),
    "run/active_units": Quantity("active units", decimals=1),
}

ROWS = ERRORS | BOUNDS | LIKELIHOOD | SIZES | FIELDS
