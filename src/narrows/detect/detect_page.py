"""The page of a detection, one HTML file, and its summary in a paragraph."""

from pathlib import Path

from pandas import DataFrame

from narrows.detect.anomaly_detector import AnomalyDetector
from narrows.detect.score_figures import distributions, pictures
from narrows.detect.score_table import Scored
from narrows.report.figures.style import save, styled
from narrows.report.page import FIGURES, environment
from narrows.runs.atomic_files import write_text_atomically, writing_into
from narrows.runs.provenance import versions

NAME = "anomalies.html"
LISTED = 10  # anomalies that the summary names
SHOWN = 50  # anomalies on the page


def write(detector: AnomalyDetector, scored: Scored, path: str, folder: Path, command: str) -> Path:
    """Write anomalies.html, which needs no other file, and its figures; `path` is where the new data lie."""
    (folder / FIGURES).mkdir(parents=True, exist_ok=True)
    drawn = []
    with styled(), writing_into(folder):
        for name, picture in (("scores", distributions(detector, scored)), ("anomalies", pictures(detector, scored))):
            if picture:
                save(picture, folder / FIGURES, name)
                drawn.append(name)
    content = {
        "title": f"Anomalies in {Path(path).name}",
        "summary": summary(detector, scored, path),
        "pictures": drawn,
        "captions": CAPTIONS,
        "anomalies": anomalies(scored),
        "count": len(scored.anomalies),
        "origins": _origins(detector, path, command),
    }
    page = environment(folder, "narrows.detect").get_template("anomalies.html.jinja").render(content)
    write_text_atomically(folder / NAME, page)
    return folder / NAME


CAPTIONS = {
    "scores": "Scores of the validation split of the training data and of the new data, as shares of each.",
    "anomalies": "The most anomalous ones and their reconstructions.",
}


def anomalies(scored: Scored) -> DataFrame:
    """The anomalies with the highest scores, and all contributions that are listed of each."""
    rows = [
        {
            scored.samples.heading.replace("_", " "): str(scored.samples.places[number]),
            "score": f"{scored.scores[number]:.4g}",
            "times the threshold": f"{scored.scores[number] / scored.threshold:.3g}" if scored.threshold else "",
            "because": "; ".join(map(str, scored.reasons[number])),
        }
        for number in scored.anomalies[:SHOWN]
    ]
    return DataFrame(rows)


def summary(detector: AnomalyDetector, scored: Scored, path: str) -> str:
    """A paragraph: which are anomalies, why the worst is one, the threshold, and how well its rate is known."""
    return " ".join((_found(scored, path), threshold_text(detector), *_too_few(detector)))


def _found(scored: Scored, path: str) -> str:
    count, total, name = len(scored.anomalies), len(scored.scores), Path(path).name
    if not count:
        return f"{name}: none of {total} samples is an anomaly."
    places = [scored.samples.place(number) for number in scored.anomalies[:LISTED]]
    more = f" and {count - LISTED} more" if count > LISTED else ""
    verb = "is an anomaly" if count == 1 else "are anomalies"
    worst = scored.sentence(scored.anomalies[0])
    return f"{name}: {count} of {total} samples {verb}: {', '.join(places)}{more}. The most anomalous: {worst}."


def threshold_text(detector: AnomalyDetector) -> str:
    """The threshold, and the share of normal samples above it among those of the validation and of the test split."""
    return (
        f"The threshold is a squared error of {detector.threshold:.4g}, for a rate of false alarms of "
        f"{100 * detector.false_alarms:g} %: above it are {detector.on_validation} validation samples, an estimate of "
        f"the rate, and {detector.checked} test samples, which the threshold was not chosen by."
    )


def _too_few(detector: AnomalyDetector) -> list[str]:
    """What to do where the validation split is smaller than one false alarm asks for."""
    needed = round(1 / detector.false_alarms)
    if len(detector.validation) >= needed:
        return []
    return [f"So few validation samples do not show such a low rate: data.val_size={needed} or more would."]


def _origins(detector: AnomalyDetector, path: str, command: str) -> dict[str, str]:
    """What the page was made of."""
    return {
        "new data": path,
        "training data": str(detector.data["path"]),
        "autoencoder": str(detector.checkpoint),
        "versions": ", ".join(f"{name} {number}" for name, number in versions().items()),
        "command": command,
    }
