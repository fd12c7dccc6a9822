"""Evaluations of the code against known factors: disentanglement."""

from narrows.config.quantities.quantity import Quantity
from narrows.config.quantities.row_makers import PCA, Rows, measured_by, with_baselines


def _score(evaluation: str, **labels: str) -> Rows:
    rows = {name: Quantity(label, "higher", decimals=3, margin=0.05) for name, label in labels.items()}
    return measured_by(evaluation, with_baselines(rows, PCA))


ROWS: Rows = {
    **_score("mig", mig="MIG"),
    **_score(
        "dci",
        dci_disentanglement="DCI disentanglement",
        dci_completeness="DCI completeness",
        dci_informativeness="DCI informativeness",
    ),
    **_score("sap", sap="SAP"),
    **_score("modularity", modularity="modularity"),
    **_score("factor_vae", factor_vae="FactorVAE score"),
}
