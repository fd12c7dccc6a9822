"""The page of a search: its best configuration, its trials in order and by rank, and what each searched key does."""

from functools import cached_property

from pandas import DataFrame

from narrows.report.answer import Answer
from narrows.report.page import Page
from narrows.report.search import search_sentences, search_tables
from narrows.report.sections import Picture, Section
from narrows.stats.trials import Trials, trials_of


class SearchPage(Page):
    """As the page of a study, without comparisons: each trial has one seed."""

    @cached_property
    def trials(self) -> Trials:
        """The trials of the grid."""
        return trials_of(self.grid)

    @cached_property
    def answer(self) -> Answer:
        return Answer(search_sentences.sentences(self.trials), search_sentences.caveats(self.trials))

    @property
    def sections(self) -> list[Section]:
        everything = [
            Section("Best trials", self._drawn("history"), search_tables.caption(self.trials), self.table[0]),
            Section(
                "Searched keys",
                self._drawn("slices", "importance"),
                search_tables.SPACE,
                search_tables.space(self.trials),
            ),
            Section("Reconstructions", self._drawn("best_images")),
            Section(
                "Trials that did not finish", [], "Each trial with its levels.", search_tables.unfinished(self.trials)
            ),
        ]
        return [section for section in everything if section.pictures or not section.table.empty]

    @property
    def methods(self) -> str:
        return search_sentences.methods(self.trials)

    @property
    def latex(self) -> str:
        return search_tables.latex(self.trials)

    @property
    def table(self) -> tuple[DataFrame, int | None]:
        return search_tables.best_trials(self.trials), None

    @property
    def numbers(self) -> dict[str, DataFrame]:
        return {"runs": self.trials.ordered}

    @property
    def text(self) -> str:
        table = self.table[0].to_markdown(index=False, tablefmt="simple", disable_numparse=True)
        blocks = ["\n".join(self.answer.sentences), "\n".join(self.answer.caveats)]
        if not self.trials.table.empty:
            blocks += [search_tables.caption(self.trials), table]
        return "\n\n".join(filter(None, [*blocks, *self.notes]))

    def _drawn(self, *names: str) -> list[Picture]:
        return [self.pictures[name] for name in names if name in self.pictures]
