"""Texts as values of Hydra's overrides: in quotes where its parser would otherwise read another value."""

import re

PLAIN = re.compile(r"(?!(?:null|true|false|nan|inf)$)[a-z][-\w./]*", re.ASCII | re.IGNORECASE)


def quoted(text: str) -> str:
    r"""The text as an override has it, so that Hydra and OmegaConf read it back unchanged.

    In a quoted text Hydra reads two backslashes as one only before a quote and at the end. OmegaConf reads `\${`
    as `${`.
    """
    if PLAIN.fullmatch(text):
        return text
    literal = re.sub(r"(\\*)\$\{", r"\1\1\\${", text)
    return f'"{escaped(literal)}"'


def escaped(text: str) -> str:
    """The text as it stands between the quotes of an override; interpolations stay."""
    text = re.sub(r'(\\*)"', r"\1\1\\" + '"', text)
    return re.sub(r"(\\+)$", r"\1\1", text)
