"""Dotted keys of nested values."""


def keys_of(values: dict, before: str = "") -> set[str]:
    nested = [keys_of(v, f"{before}{k}.") if isinstance(v, dict) else {f"{before}{k}"} for k, v in values.items()]
    return set().union(*nested)
