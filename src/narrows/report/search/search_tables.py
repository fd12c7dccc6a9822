"""The tables of a search: its best trials, and those that did not finish."""

from pandas import DataFrame, Series

from narrows.config.quantities import Quantity
from narrows.config.study_section import as_text
from narrows.report.numbers import NOTHING, decimals, minus
from narrows.report.search.search_sentences import short
from narrows.report.tables.latex_text import escaped, safe_label
from narrows.stats.trials import Trials

BEST = 10  # trials in the table
SPACE = "What was searched, as typed or as the sweeper's file has it."


def best_trials(trials: Trials) -> DataFrame:
    """Rank, levels, quantities and folder of the ten best trials."""
    rows = trials.ranked.head(BEST)
    levels = {
        factor.name: [factor.text(short(factor, level)) for level in rows[factor.key]] for factor in trials.grid.factors
    }
    values = {row.title: numbers(row, rows[row.name]) for row in trials.grid.quantities if row.name in rows}
    return DataFrame({"rank": range(1, len(rows) + 1), **levels, **values, "folder": list(rows["run"])})


def numbers(quantity: Quantity, recorded: "Series[float]") -> list[str]:
    """The recorded numbers as they are printed, with equal decimal places: those of the smallest."""
    printed = recorded * quantity.factor
    places = decimals(float(printed.abs().min()) / 100, quantity.decimals)
    return [NOTHING if number != number else minus(f"{number:.{places}f}") for number in printed]


def space(trials: Trials) -> DataFrame:
    """Each searched key with its range and the best trial's level."""
    levels = {} if trials.table.empty else trials.grid.study.runs[str(trials.best["run"])]
    keys = list(trials.search.space)
    return DataFrame(
        {
            "key": keys,
            "searched": list(trials.search.space.values()),
            "in the best trial": [as_text(levels[key]) if key in levels else NOTHING for key in keys],
        }
    )


def caption(trials: Trials) -> str:
    """What `best_trials` shows."""
    main, *others = (row.label for row in trials.grid.quantities)
    count = min(BEST, len(trials.table))
    told = f"; the {others[0]} is told beside it and decided nothing" if others else ""
    return f"The {count} best of {len(trials.table)} finished trials, ordered by the {main}{told}. One seed each."


def latex(trials: Trials) -> str:
    """The table of the best trials as a table environment with booktabs."""
    table = best_trials(trials).drop(columns="folder")
    lines = [" & ".join(escaped(str(cell)) for cell in row) + r" \\" for row in (table.columns, *table.to_numpy())]
    label = trials.grid.study.label or f"tab:{trials.grid.study.name}"
    return "\n".join([
        "% needs \\usepackage{booktabs}", r"\begin{table}", r"\centering", r"\footnotesize",
        r"\setlength{\tabcolsep}{3pt}", rf"\caption{{{escaped(caption(trials))}}}", rf"\label{{{safe_label(label)}}}",
        r"\par\smallskip", rf"\begin{{tabular}}{{{'r' * len(table.columns)}}}", r"\toprule", lines[0], r"\midrule",
        *lines[1:], r"\bottomrule", r"\end{tabular}", r"\end{table}", "",
    ])  # fmt: skip


def unfinished(trials: Trials) -> DataFrame:
    """A row for each trial that did not finish: its levels, how it ended and why."""
    runs, factors = trials.grid.runs, trials.grid.factors
    lost = runs[runs["status"] != "done"]
    levels = [", ".join(factor.at(short(factor, row[factor.key])) for factor in factors) for _, row in lost.iterrows()]
    return DataFrame(
        {"folder": lost["run"], "levels": levels, "status": lost["status"], "error": lost["error"].str.slice(0, 200)}
    )
