"""How benchmarks measure; no test asserts a time."""

import json

from narrows.bench.alternate import alternate, write_table


def test_programs_take_turns():
    turns = []

    def program(name: str):
        def train() -> int:
            turns.append(name)
            return 2

        return train

    times = alternate({name: program(name) for name in "ab"}, rounds=3)
    assert turns == list("ababab")
    assert {name: len(values) for name, values in times.items()} == {"a": 3, "b": 3}


def test_the_table_compares_medians_and_the_file_keeps_every_number(tmp_path, capsys):
    out = tmp_path / "new" / "bench.json"
    write_table("title", {"ours": [3.0, 9.0, 3.0], "plain": [2.0, 2.0, 1.0]}, "plain", {"ours": "≤ 1.25"}, out)
    content = json.loads(out.read_text())
    assert content["ratios"] == {"ours": 1.5, "plain": 1.0}
    assert content["seconds"]["ours"] == [3.0, 9.0, 3.0]
    printed = capsys.readouterr().out
    assert "1.50" in printed
    assert "≤ 1.25" in printed
    assert str(out) in printed
