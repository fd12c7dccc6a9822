"""The axes of a study in conf/study, which the study sweeper uses when `hydra.sweeper.params` is not set."""

from omegaconf import DictConfig

from narrows.errors import UserError


def study_axes(master: DictConfig) -> list[str]:
    """The overrides of the chosen study in the chosen size; none without a study, or for one without sizes.

    Raises UserError for a size that the study does not have.
    """
    sizes = master.get("study", {}).get("sizes")
    if sizes is None:
        return []
    if master.size not in sizes:
        raise UserError(f"size={master.size}: choose from {', '.join(sizes)}")
    return [f"{key}={levels}" for key, levels in sizes[master.size].items()]
