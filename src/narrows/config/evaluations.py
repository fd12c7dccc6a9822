"""The table of evaluations of a trained autoencoder, with the data and packages that each needs.

A new evaluation is a row here and a module in `narrows.evaluation`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from narrows.config.evaluation_needs import (
    ENOUGH,
    FACTORS,
    FASHION,
    GREY,
    HIERARCHY,
    LABELS,
    PIXELS,
    SEVERAL,
    SSIM,
    TRUTH,
    UNSEEN,
    DataTraits,
    Need,
    package,
)
from narrows.errors import UserError

#: The version of an evaluation in records that name none.
FIRST = 1


@dataclass(frozen=True)
class Evaluation:
    """A row of the table.

    `module` names the module in `narrows.evaluation`, and the function in it, where it is not called as the evaluation
    or is in a folder. `compares` is false for evaluations that look at test images alone and not at training images,
    `validates` is true for those that take the validation images as well, `of_bound` for those of a code that is a
    distribution, which take the name of the reconstruction error, `conditional` for those that give labels to
    conditional autoencoders. Raise `version` by 1 in a commit after which the evaluation gives other numbers: runs that
    have an earlier version are evaluated again.
    """

    description: str
    needs: tuple[Need, ...] = ()
    module: str = ""
    compares: bool = True
    validates: bool = False
    of_bound: bool = False
    conditional: bool = False
    version: int = FIRST


EVALUATIONS = {
    "reconstruction": Evaluation("error of the test images", compares=False, conditional=True),
    "memorisation": Evaluation("gap between training and test images, nearest training images, attractors", version=2),
    "copying": Evaluation("error of foreign images", (PIXELS, GREY, FASHION), version=2),
    "units": Evaluation("dead hidden units", module="dead_units", compares=False, conditional=True),
    "smoothness": Evaluation("how evenly decoded images change along interpolated codes", compares=False),
    "probe": Evaluation("accuracy of a linear classifier on the codes", (LABELS, SEVERAL), conditional=True),
    "neighbours": Evaluation("accuracy of nearest neighbours in the code", (LABELS,), conditional=True, version=2),
    "clusters": Evaluation("agreement of clusters of the codes with the classes", (LABELS,), conditional=True),
    "anomaly": Evaluation(
        "detection of classes that were not trained on, by their error", (LABELS, UNSEEN), validates=True, version=2
    ),
    "foreign": Evaluation(
        "detection of another data set's images, by their error",
        (PIXELS, GREY, FASHION),
        "other_dataset",
        validates=True,
        version=2,
    ),
    "denoising": Evaluation(
        "noise that is removed, by kind and level",
        (PIXELS, SSIM, package("skimage", "scikit-image", "claims")),
        version=2,
    ),
    "few_labels": Evaluation("accuracy of classifiers that start from the encoder", (LABELS, SEVERAL)),
    "compression": Evaluation(
        "bytes of the quantised codes, and the error after decoding them",
        (PIXELS, package("constriction", "constriction", "claims")),
        version=2,
    ),
    "likelihood": Evaluation(
        "likelihood by importance samples, active units; of code=variational", compares=False, of_bound=True, version=2
    ),
    "sparsity": Evaluation("explained variance, active units, and units that are never active", compares=False),
    "recovery": Evaluation("how well units match the features that the data were made of", (TRUTH,), compares=False),
    "splitting": Evaluation(
        "parents of a hierarchy of features that are split among units or absorbed by children",
        (TRUTH, HIERARCHY),
        compares=False,
    ),
    "downstream": Evaluation("loss of a linear classifier that is given reconstructions", (LABELS, SEVERAL)),
    "generation": Evaluation("generated images compared with real ones", (PIXELS, GREY, LABELS, ENOUGH), version=2),
    "mig": Evaluation(
        "gap of the mutual information between code and factors", (FACTORS,), "disentanglement.mig", conditional=True
    ),
    "dci": Evaluation(
        "disentanglement, completeness and informativeness of the code",
        (FACTORS,),
        "disentanglement.dci",
        conditional=True,
    ),
    "sap": Evaluation(
        "gap of the accuracy with which single numbers of the code predict factors",
        (FACTORS,),
        "disentanglement.sap",
        conditional=True,
    ),
    "modularity": Evaluation(
        "whether each number of the code tells of one factor only",
        (FACTORS,),
        "disentanglement.modularity",
        conditional=True,
    ),
    "factor_vae": Evaluation(
        "accuracy of votes for the factor that is fixed, by the number of the code that does not vary",
        (FACTORS,),
        "disentanglement.factor_vae",
        conditional=True,
    ),
}


def listing() -> str:
    """The table as text for --help, a line for each evaluation."""
    return "\n".join(f"  {name:<29} {evaluation.description}" for name, evaluation in EVALUATIONS.items())


def check_names(names: Sequence[str]) -> None:
    """Raises UserError for a name that is not in the table, and for one that is given twice."""
    for position, name in enumerate(names):
        if name not in EVALUATIONS:
            raise UserError(f"evaluation={name}: choose from {', '.join(EVALUATIONS)}")
        if name in names[:position]:
            raise UserError(f"evaluation=[{','.join(names)}]: {name} is given twice")


def unmet_need(names: Sequence[str], data: DataTraits) -> str | None:
    """Why one of these evaluations cannot be computed on such data, in one line; None if all can."""
    for name in names:
        for need in EVALUATIONS[name].needs:
            if not need.met(data):
                return f"evaluation={name}: {need.sentence}"
    return None


def without_labels(names: Sequence[str]) -> str | None:
    """Why one of these evaluations cannot be computed of a conditional autoencoder, in one line; None if all can."""
    able = [name for name, row in EVALUATIONS.items() if row.conditional]
    if unable := [name for name in names if name not in able]:
        return (
            f"evaluation={unable[0]}: gives an autoencoder of model.conditional=true no labels; "
            f"choose from {', '.join(able)}"
        )
    return None


def versions_of(names: Sequence[str]) -> dict[str, int]:
    """The version of each of these evaluations."""
    return {name: EVALUATIONS[name].version for name in names}


def of_bound(names: Sequence[str]) -> list[str]:
    """Those of these evaluations that only a code that is a distribution has."""
    return [name for name in names if EVALUATIONS[name].of_bound]


def compare_labels(names: Sequence[str]) -> bool:
    """Whether one of these evaluations needs the labels of the test images."""
    return any(LABELS in EVALUATIONS[name].needs for name in names)


def need_training(names: Sequence[str]) -> list[str]:
    """Those of these evaluations that need the training images."""
    return [name for name in names if EVALUATIONS[name].compares]
