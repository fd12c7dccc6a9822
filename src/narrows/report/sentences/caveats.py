"""What a reader of the answer must know besides: how the numbers were selected, what was not tested or is missing."""

from pandas import DataFrame

from narrows.report.numbers import CONFIDENT, PARTIAL
from narrows.report.sentences import phrases
from narrows.report.sentences.narrowest_code import width_factor
from narrows.stats.comparisons import DIFFERENT, EQUAL, comparing
from narrows.stats.grid import Grid
from narrows.stats.inference import FEWEST, NO_DIFFERENCE
from narrows.stats.runs_and_cells import STATUSES

SCOPE = "All intervals are over seeds on one fixed split of the data; they say nothing about other data."


def caveats(grid: Grid, comparisons: DataFrame) -> list[str]:
    """Those that apply, as sentences."""
    all_sentences = [
        counted(grid, comparisons),
        not_equal(comparisons),
        untested(comparisons),
        rule(grid),
        selection(grid),
        against_reference(grid),
        incomplete(grid),
        SCOPE,
    ]
    return [sentence for sentence in all_sentences if sentence]


def counted(grid: Grid, comparisons: DataFrame) -> str:
    """How many comparisons have each verdict, and how large the differences of each level are.

    Empty if the sentence about the effect says it all: if no difference is shown, or one and no equality.
    """
    shown = comparisons[comparisons["verdict"].isin(DIFFERENT)]
    equal = int((comparisons["verdict"] == EQUAL).sum())
    if shown.empty or len(shown) + equal < 2:
        return ""
    parts, repeated = [], comparisons.duplicated(["factor", "level"]).any()
    for (_, _, verdict), rows in shown.groupby(["factor", "level", "verdict"], sort=False):
        extent = phrases.size(grid, rows["difference"].min(), rows["difference"].max())
        amount = f"in {len(rows)} (by {extent})" if repeated else f"by {extent}"
        parts.append(f"{phrases.level(grid, rows.iloc[0])} {verdict} {amount}")
    tests = int(comparisons["holm"].notna().sum())
    subject = f"{len(shown)} of {tests}" if len(shown) < tests else "Both" if tests == 2 else f"All {tests}"
    show = f"show{'s' * (len(shown) == 1)} a difference"
    others = _without_difference(grid, equal, tests - len(shown) - equal)
    test = f"{comparing(grid).test}, Holm's correction"
    return f"{subject} comparisons {show}{others} ({test}): {'; '.join(parts)}."


def _without_difference(grid: Grid, equal: int, undecided: int) -> str:
    """“, 1 is equal within ±5 %, 2 show no difference”, for the counts above 0."""
    verdicts = {
        f"{equal} {'is' if equal == 1 else 'are'} equal within ±{phrases.margin(grid)}": equal,
        f"{undecided} show{'s' * (undecided == 1)} no difference": undecided,
    }
    return "".join(f", {verdict}" for verdict, count in verdicts.items() if count)


def not_equal(comparisons: DataFrame) -> str:
    """A reminder that comparisons without a significant difference do not prove equality."""
    count = int((comparisons["verdict"] == NO_DIFFERENCE).sum())
    if not count:
        return ""
    return f"{phrases.count(count, 'comparison')} show{'s' * (count == 1)} no difference, which does not show equality."


def untested(comparisons: DataFrame) -> str:
    left = int(comparisons["holm"].isna().sum())
    if not left:
        return ""
    why = f"fewer than {FEWEST} seeds, or seeds that give the same number"
    return f"{phrases.count(left, 'comparison')} could not be tested ({why})."


def rule(grid: Grid) -> str:
    """What the one-standard-error rule is, and which codes the tests compare."""
    width = width_factor(grid)
    if width is None:
        return ""
    same = "" if len(grid.factors) == 1 else " at the same levels of all other factors"
    return (
        f"Smaller values of {width.name} are tested against the best one{same} (one-sided tests, Holm's correction); "
        "the one-standard-error rule takes the smallest one down to which every mean lies within one standard error "
        "of the best mean."
    )


def selection(grid: Grid) -> str:
    """A reminder that the best of several means is biased."""
    cells = int((grid.cells["n"] > 0).sum())
    if cells < 2 or not grid.main.better:
        return ""
    names = [factor.name for factor in grid.factors]
    tried = f"{cells} combinations of {phrases.several(names)}" if len(names) > 1 else f"{cells} levels of {names[0]}"
    return f"The best of {tried} is selected on the test images, and its value is therefore slightly optimistic."


def against_reference(grid: Grid) -> str:
    """In how many cells the whole interval lies below or above the reference."""
    column = f"{grid.reference} mean"
    if not grid.reference or not grid.factors:
        return ""
    tested = grid.cells[grid.cells["n"] >= FEWEST].dropna(subset=[grid.mean, column])
    if tested.empty:
        return ""
    low, high = grid.interval
    below, above = int((tested[high] < tested[column]).sum()), int((tested[low] > tested[column]).sum())
    return (
        f"Of {phrases.count(len(tested), 'cell')} with {FEWEST} or more seeds, the whole interval lies below "
        f"{grid.main.reference_label} in {below} and above it in {above} (each at "
        f"{CONFIDENT}, not corrected for multiple comparisons)."
    )


def incomplete(grid: Grid) -> str:
    """How many runs did not finish; the tables say which."""
    counts = grid.cells[[*STATUSES]].sum()
    lost = ", ".join(f"{int(counts[status])} {status}" for status in STATUSES[1:] if counts[status])
    if not lost:
        return ""
    cells = int((~grid.cells["complete"]).sum())
    return (
        f"{len(grid.runs) - int(counts['done'])} of {phrases.count(len(grid.runs), 'run')} did not finish ({lost}); "
        f"{cells} of {phrases.count(len(grid.cells), 'cell')} incomplete, marked {PARTIAL}."
    )
