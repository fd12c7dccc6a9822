"""The typed schema of a run: every knob with its type, bounds, choices and meaning.

The sections of the slots are in `slots`, that of the objective in `objective_section`, those of the training in
`training_sections`, the section `data` in `data_section`, choices that do not work together in `refusals`. Defaults are
in `conf/`, never here. Nothing heavy is imported, so that a wrong config is refused before torch is loaded.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator

from narrows.config.bound_sections import ELBO, Bound
from narrows.config.data_section import Data
from narrows.config.evaluations import EVALUATIONS, check_names
from narrows.config.identity import deciding, identity
from narrows.config.latent_sections import STANDARD, Latent, Posterior, Prior
from narrows.config.objective_section import Objective
from narrows.config.refusals import refusal
from narrows.config.slots import Code, Corruption, Model, Pretrain, Section
from narrows.config.training_sections import Optimizer, Schedule, Trainer
from narrows.errors import UserError


class Logger(Section):
    name: Literal["tensorboard", "light", "none"] = Field(
        description="what is logged to TensorBoard: everything; light: curves and HPARAMS only; or nothing"
    )


def _evaluations(names: list[str]) -> list[str]:
    check_names(names)
    if "reconstruction" not in names:
        raise ValueError(f"evaluation=[{','.join(names)}]: reconstruction is missing, which every report needs")
    return names


Evaluations = Annotated[
    list[str],
    AfterValidator(_evaluations),
    Field(description=f"what is measured on the test images at the end: {', '.join(EVALUATIONS)}"),
]


class Run(Section):
    resume: bool = Field(description="continue the interrupted run in hydra.run.dir from its last checkpoint")


class Sweep(Section):
    on_error: Literal["continue", "stop"] = Field(
        description="after a failed run, continue with the others or start no more"
    )
    dry: bool = Field(description="print the runs, which are done and an estimate of the time; train nothing")


class Report(Section):
    width: str | None  # narrows.report.widths has the choices


class Sections(Section):
    """Several sections that are checked together."""

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Checks plain nested values. Raises UserError: one line with the key, the value and what is allowed."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise UserError(one_line(error, values)) from None


class Multirun(Sections):
    """What decides nothing in the runs of a multirun."""

    sweep: Sweep
    report: Report


class Config(Sections):
    """The complete config of one run."""

    seed: Annotated[int, Field(ge=0)] = Field(description="seed of the generators of weights, batch order and noise")
    run: Run
    data: Data
    model: Model
    code: Code
    corruption: Corruption
    objective: Objective
    posterior: Posterior = Field(default=STANDARD.posterior)
    prior: Prior = Field(default=STANDARD.prior)
    bound: Bound = Field(default=ELBO)
    pretrain: Pretrain
    optimizer: Optimizer
    schedule: Schedule
    trainer: Trainer
    logger: Logger
    evaluation: Evaluations

    @model_validator(mode="after")
    def _works(self) -> Self:
        if reason := refusal(self):
            raise ValueError(reason)
        return self

    @property
    def latent(self) -> Latent:
        """The distributions of a variational code."""
        return Latent(self.posterior, self.prior)

    def identity(self) -> dict[str, Any]:
        """The values that decide the numbers of the run, by dotted key: see `narrows.config.identity`."""
        return self.identity_of(self.model_dump())

    @classmethod
    def identity_of(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """`identity()` of the plain values in a record or checkpoint, old or new, without validating them."""
        return identity(values, cls)

    def flat(self) -> dict[str, str | float]:
        """Every knob that can change a number, by dotted key, also those at a neutral value, for TensorBoard's HPARAMS.

        Lists, booleans and null are strings, since HPARAMS takes numbers and strings only.
        """
        return {key: _number_or_text(value) for key, value in deciding(self.model_dump()).items()}

    def fingerprint(self, *more: str | int) -> str:
        """Sha256 over `identity()` and `more`: the checksum of the data and the results number."""
        return hashlib.sha256(json.dumps([self.identity(), *more], sort_keys=True).encode()).hexdigest()


def _number_or_text(value: Any) -> str | float:  # noqa: ANN401 - nested plain values
    return value if isinstance(value, str | float | int) and not isinstance(value, bool) else str(value)


def one_line(error: ValidationError, values: Mapping[str, Any]) -> str:
    """The first error in `values`, as one line: the key as a user writes it, the value, and what is wrong."""
    first = error.errors()[0]
    if first["type"] == "union_tag_invalid":
        key, tags = _dotted(first["loc"], values), first["ctx"]["expected_tags"].replace("'", "")
        return f"{key}.name={_typed(first['input']['name'])}: choose from {tags}"
    if first["type"] == "missing":
        section = _dotted(first["loc"], values)
        return f"{section}{'.' if section else ''}{first['loc'][-1]} is missing"
    key, problem = _dotted(first["loc"], values), first["msg"].removeprefix("Value error, ")
    match first["type"]:
        case "value_error" if re.match(r"[a-z0-9_.]+=", problem):  # names its keys itself
            return problem
        case "model_type":
            problem = "must be a section of keys"
        case "too_short":
            least = first["ctx"]["min_length"]
            problem = f"must have at least {least} item{'s' * (least > 1)}"
        case "list_type":
            problem = f"must be a list, as in [{first['input']}]" if first["input"] else "must be a list in brackets"
    return f"{key}={_typed(first['input'])}: {problem.replace('Input should be', 'must be')}"


def _typed(value: Any) -> str:  # noqa: ANN401 - nested plain values
    """A value as a user types it in YAML."""
    return json.dumps(value) if value is None or isinstance(value, bool) else repr(value)


def _dotted(location: tuple[int | str, ...], values: Any) -> str:  # noqa: ANN401 - nested plain values
    """The key as a user writes it. pydantic's locations also contain the kind of a section, which is left out."""
    key = ""
    for part in location:
        if isinstance(part, int):
            key += f"[{part}]"
        elif isinstance(values, Mapping) and part in values:
            values = values[part]
            key += f".{part}"
    return key.removeprefix(".")
