"""Evaluations of reconstructed images: stored, copied, anomalous, noisy and compressed ones; dead units."""

from dataclasses import replace

from narrows.config.quantities.quantity import Quantity
from narrows.config.quantities.row_makers import (
    PCA,
    Rows,
    measured_by,
    percentage,
    squared_error,
    with_baselines,
)

RATIO = Quantity("", decimals=3)
SIZE = Quantity("", "lower", "bits per pixel", decimals=3)  # linear: codes that never change take no bits

FOREIGN = {"inverted": "inverted images", "shuffled": "shuffled pixels", "noise": "noise", "fashion": "Fashion-MNIST"}
DETECTORS = PCA | {"neighbour": "nearest neighbour", "forest": "isolation forest"}
FILTERS = {"linear": "least squares"} | PCA | {"median": "median filter", "nlm": "non-local means"}

#: Kinds of noise with their levels: a deviation of pixels in [0, 1], or the share of pixels that change.
NOISE = {
    "gaussian": "Gaussian noise, σ = 0.*",
    "salt_pepper": "salt-and-pepper noise on * % of pixels",
    "masking": "masking of * % of pixels",
}
LOSSY = {"jpeg": "JPEG", "webp": "WebP"}
LOSSLESS = {"gzip": "gzip", "png": "PNG", "webp_lossless": "lossless WebP"}


def _detection(name: str, anomalies: str) -> Rows:
    """Rows of an evaluation that ranks images by their error; `anomalies` are the images to be found."""
    ranking = {
        f"{name}_auroc": percentage(f"AUROC for {anomalies}"),
        f"{name}_ap": percentage(f"balanced average precision for {anomalies}"),
    }
    rows = with_baselines(ranking, DETECTORS) | {
        f"{name}_share": percentage(f"{anomalies} among the test images", ""),
        f"{name}_false_alarms": percentage(f"false alarms in the search for {anomalies}", "lower"),
        f"{name}_detected": percentage(f"{anomalies} that are detected"),
    }
    return measured_by(name, rows)


def _denoising(kind: str, noise: str) -> Rows:
    gains = {
        f"denoising_{kind}_*_psnr": Quantity(f"gain in PSNR, {noise}", "higher", "dB", decimals=2),
        f"denoising_{kind}_*_ssim": Quantity(f"gain in SSIM, {noise}", "higher", decimals=3),
    }
    return with_baselines(gains, FILTERS)


def _lossy(name: str, words: str) -> Rows:
    return {
        f"compression_{name}_*_bpp": replace(SIZE, label=f"{words} size, quality *"),
        f"compression_{name}_*_mse": squared_error(f"{words} MSE, quality *"),
    }


MEMORISATION = measured_by(
    "memorisation",
    with_baselines(
        {
            "gap": Quantity("test MSE − training MSE", "lower", "10⁻³", 1000, decimals=3, data_power=2),
            "nearest": replace(RATIO, label="distance to the nearest training image over error", better="higher"),
        },
        PCA,
    )
    | {
        "radius": replace(RATIO, label="spectral radius at training images"),
        "attractors": percentage("training images that are attractors", "lower"),
    },
)

COPYING = measured_by(
    "copying",
    with_baselines({f"mse_{kind}": squared_error(f"MSE of {words}", "") for kind, words in FOREIGN.items()}, PCA),
)

UNITS = measured_by("units", {"dead_units": percentage("dead hidden units", "lower")})

DETECTION = _detection("anomaly", "unseen classes") | _detection("foreign", "images of another data set")

DENOISING = measured_by(
    "denoising", {name: row for kind, noise in NOISE.items() for name, row in _denoising(kind, noise).items()}
)

COMPRESSION = measured_by(
    "compression",
    with_baselines(
        {
            "compression_*_bpp": replace(SIZE, label="compressed size, step */1000"),
            "compression_*_mse": squared_error("MSE after decoding, step */1000"),
            "compression_model": Quantity("size of the model", "lower", "kB", 1e-3, "log", decimals=1),
        },
        PCA,
    )
    | {name: row for kind, words in LOSSY.items() for name, row in _lossy(kind, words).items()}
    | {f"compression_{name}_bpp": replace(SIZE, label=f"{words} size") for name, words in LOSSLESS.items()},
)

ROWS: Rows = {**MEMORISATION, **COPYING, **UNITS, **DETECTION, **DENOISING, **COMPRESSION}
