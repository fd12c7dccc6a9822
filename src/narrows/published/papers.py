"""The papers of the ledger: the files in conf/study/published, one for each."""

import yaml
from pydantic import ValidationError

from narrows.config.published_section import Published
from narrows.config.schema import one_line
from narrows.config.study_section import StudySection
from narrows.errors import UserError
from narrows.paths import conf_folder

GROUP = "published"  # of conf/study
FULL = "full"  # the size whose protocol is the paper's


def papers() -> dict[str, Published]:
    """The section `study.published` of each file, by its name. Raises UserError for a file without a valid one."""
    return {path.stem: _section(path.stem) for path in sorted((conf_folder() / "study" / GROUP).glob("*.yaml"))}


def _section(name: str) -> Published:
    text = (conf_folder() / "study" / GROUP / f"{name}.yaml").read_text(encoding="utf-8")
    values = yaml.safe_load(text).get("study") or {}
    try:
        published = StudySection.model_validate(values).published
    except ValidationError as error:
        raise UserError(f"study={GROUP}/{name}: study.{one_line(error, values)}") from None
    if published is None:
        raise UserError(f"study={GROUP}/{name}: study.published is missing: the numbers of the paper")
    return published


def chosen(names: list[str]) -> list[str]:
    """These papers, all if none is named. Raises UserError for one that there is not."""
    known = list(papers())
    for name in names:
        if name not in known:
            raise UserError(f"only={name}: choose from {', '.join(known)}")
    return names or known
