"""The outcome of a claim, from its evidence: one rule for all claims."""

from typing import NamedTuple, assert_never

from narrows.claims.engine.evidence import Evidence, Half, Primary, Turn
from narrows.claims.engine.planned import Word

RULE = (
    "The primary contrast decides the outcome, by Welch's t test at the level 0.05, on logarithms for errors. "
    "better: shown in the claim's direction (shown, if the claim does not say that a method is better); "
    "differs: the same for a claim without a direction, by Welch's analysis of variance; reversed: shown in "
    "the opposite direction; equal: within the margin, by two one-sided tests; not decided: neither is shown, "
    "with the difference that would have been shown with a power of 80 %; not testable: a control or a gate "
    "failed; open: runs are missing. The gate of convergence is necessary and not sufficient: the last steps "
    "of a cosine schedule are small wherever they are. Where the sign of the difference changes along an "
    "axis, the crossover is the place where it is 0; its 95 % interval has the places that a t test does not "
    "exclude."
)


class Outcome(NamedTuple):
    """`sentence` has the numbers that decided."""

    word: Word
    sentence: str


def outcome(evidence: Evidence) -> Outcome:
    """Controls and gates first: numbers of an evaluation that fails them decide nothing."""
    if failed := [control for control in evidence.controls if not control.passed]:
        reasons = "; ".join(f"{control.name}: {control.measured}, expected {control.expected}" for control in failed)
        return Outcome("not testable", f"A control failed ({reasons}).")
    if failed_gates := [gate for gate in evidence.gates if gate.failures]:
        reasons = "; ".join(f"{', '.join(gate.failures)} (required: {gate.name})" for gate in failed_gates)
        return Outcome("not testable", f"A gate failed: {reasons}.")
    return _decided(evidence)


def _decided(evidence: Evidence) -> Outcome:
    primary = evidence.primary
    turned = "".join(f" {turn_sentence(turn)}" for turn in evidence.turns if turn.crossover)
    subject = f"{primary.subject[0].upper()}{primary.subject[1:]}"
    return Outcome(primary.word, f"{subject}: {primary.text}{_remark(primary)}.{turned}{_other(evidence.other)}")


def _other(half: Half | None) -> str:
    """The sentence about the other half of a claim, which its own test decides."""
    if half is None:
        return ""
    compared = half.compared
    return f" The other half of the claim, {half.name}: {compared.subject}: {compared.text} ({compared.word})."


def _remark(primary: Primary) -> str:
    """What the outcome means, where the numbers alone do not say it."""
    match primary.word:
        case "better" | "shown" | "differs":
            return _small(primary)
        case "reversed":
            return f"; this is the opposite of the claim{_small(primary)}"
        case "equal":
            return f"; equal within ±{primary.margin}"
        case "not decided":
            return f"; {primary.could_show} would have been shown"
        case "open":
            return "; too few seeds"
        case "not testable":
            return ""
        case word:
            assert_never(word)


def _small(primary: Primary) -> str:
    return f"; smaller than the margin of ±{primary.margin}" if primary.negligible else ""


def turn_sentence(turn: Turn) -> str:
    """“Bottleneck (deep): better up to 58 [49, 66], worse beyond.”"""
    return f"{turn.axis[0].upper()}{turn.axis[1:]}: {turn_text(turn)}, {_side(turn, after=True)} beyond."


def turn_text(turn: Turn) -> str:
    """“better up to 58 [49, 66]”; “none” without a change of sign."""
    if turn.crossover is None:
        return "none"
    at, low, high, _ = turn.crossover
    return f"{_side(turn, after=False)} up to {_short(at)} [{_short(low)}, {_short(high)}]"


def _side(turn: Turn, after: bool) -> str:
    """Whether the claim's method is better or worse before the crossover, or after it."""
    lower = turn.crossover is not None and (turn.crossover.before < 0) != after
    return "better" if lower == (turn.direction == "lower") else "worse"


def _short(value: float) -> str:
    """Two digits, whole numbers from ten on."""
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.2g}"
