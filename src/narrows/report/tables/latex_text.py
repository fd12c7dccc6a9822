"""Texts for LaTeX, in which every character is one that pdflatex prints with the encodings utf8 and T1."""

import re
import unicodedata
from itertools import groupby

SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "%": r"\%", "&": r"\&", "_": r"\_", "#": r"\#", "$": r"\$",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "“": "``", "”": "''", "„": ",,", "‘": "`", "’": "'", "‚": ",", "‐": "-", "‑": "-", "–": "--", "—": "---",
    "…": "...", "\N{NO-BREAK SPACE}": "~", "§": r"\S{}", "¶": r"\P{}", "©": r"\copyright{}", "€": "EUR",
    "£": r"\pounds{}", "⁄": "/", "½": "1/2", "¼": "1/4", "¾": "3/4",
}  # fmt: skip
#: Signs and the commands of mathematics that LaTeX prints them with.
SIGNS = {
    "±": r"\pm", "∓": r"\mp", "−": "-", "×": r"\times", "÷": r"\div", "·": r"\cdot", "⋅": r"\cdot", "∗": r"\ast",
    "∘": r"\circ", "⊕": r"\oplus", "⊗": r"\otimes", "⊙": r"\odot", "√": r"\surd", "∑": r"\sum", "∏": r"\prod",
    "∫": r"\int", "∂": r"\partial", "∇": r"\nabla", "∆": r"\Delta", "∞": r"\infty", "≤": r"\leq", "≥": r"\geq",
    "≪": r"\ll", "≫": r"\gg", "≠": r"\neq", "≈": r"\approx", "≡": r"\equiv", "∼": r"\sim", "≃": r"\simeq",
    "≅": r"\cong", "∝": r"\propto", "∈": r"\in", "∉": r"\notin", "∋": r"\ni", "⊂": r"\subset", "⊆": r"\subseteq",
    "⊃": r"\supset", "⊇": r"\supseteq", "∪": r"\cup", "∩": r"\cap", "∅": r"\emptyset", "∖": r"\setminus",
    "∀": r"\forall", "∃": r"\exists", "¬": r"\neg", "∧": r"\wedge", "∨": r"\vee", "→": r"\rightarrow",
    "←": r"\leftarrow", "↔": r"\leftrightarrow", "↑": r"\uparrow", "↓": r"\downarrow", "⇒": r"\Rightarrow",
    "⇐": r"\Leftarrow", "⇔": r"\Leftrightarrow", "↦": r"\mapsto", "∣": r"\mid", "∥": r"\parallel", "‖": r"\|",
    "⊥": r"\perp", "⟨": r"\langle", "⟩": r"\rangle", "⌈": r"\lceil", "⌉": r"\rceil", "⌊": r"\lfloor", "⌋": r"\rfloor",
    "ℓ": r"\ell", "ℏ": r"\hbar", "†": r"^\dagger", "‡": r"^\ddagger", "•": r"\bullet", "°": r"^\circ", "′": r"'",
    "″": r"''", "ϵ": r"\epsilon", "ε": r"\varepsilon", "ϑ": r"\vartheta", "ϕ": r"\phi", "φ": r"\varphi",
    "ϖ": r"\varpi", "ϱ": r"\varrho", "ς": r"\varsigma", "λ": r"\lambda", "Λ": r"\Lambda",
}  # fmt: skip
#: The names of Greek letters in Unicode, without accents and archaic letters.
GREEK = re.compile(
    "GREEK (SMALL|CAPITAL) LETTER (ALPHA|BETA|GAMMA|DELTA|EPSILON|ZETA|ETA|THETA|IOTA|KAPPA|MU|NU|XI|OMICRON|PI|RHO|"
    "SIGMA|TAU|UPSILON|PHI|CHI|PSI|OMEGA)"
)
#: Capital letters that LaTeX has commands for; all others look like a Latin letter.
CAPITALS = {"GAMMA", "DELTA", "THETA", "XI", "PI", "SIGMA", "UPSILON", "PHI", "PSI", "OMEGA"}
LATIN = {"ETA": "H", "RHO": "P", "CHI": "X"}  # those that do not look like the first letter of their names
#: What the encoding T1 prints beyond ASCII: the letters of European languages, and some punctuation.
PRINTED = re.compile("[¡«»¿À-ĥĨ-ķĹ-ľŁ-ňŊ-ťŨ-ž]")
HIGH, LOW = "super", "sub"  # how Unicode decomposes superscripts and subscripts
UNKNOWN = "?"


def escaped(text: str) -> str:
    """The text for LaTeX; a character that pdflatex cannot print is replaced by its ASCII form, “?” without one."""
    characters = unicodedata.normalize("NFC", text)
    source = "".join(_shifted("".join(run), shift) for shift, run in groupby(characters, _shift))
    return source.replace("10$^{", "$10^{")


def safe_label(label: str) -> str:
    """A label without signs that LaTeX does not allow in one."""
    return re.sub(r"[^A-Za-z0-9:._/-]+", "-", label)


def _shift(character: str) -> str:
    """`HIGH` for a superscript, `LOW` for a subscript, else empty."""
    kind = unicodedata.decomposition(character).partition(">")[0].lstrip("<")
    return kind if kind in (HIGH, LOW) else ""


def _shifted(run: str, shift: str) -> str:
    """Characters of one `shift`: “⁻³” is $^{-3}$."""
    if not shift:
        return "".join(map(_character, run))
    base = "".join(_mathematics(character) for character in unicodedata.normalize("NFKD", run))
    return f"${'^' if shift == HIGH else '_'}{{{base}}}$"


def _mathematics(character: str) -> str:
    """A character within a formula."""
    command = _command(character)
    return f"{command} " if command.startswith("\\") else command or _character(character)


def _character(character: str) -> str:
    if character in SPECIAL:
        return SPECIAL[character]
    if command := _command(character):
        return f"${command}$"
    if " " <= character <= "~" or character in "\n\t" or PRINTED.match(character):
        return character
    return _ascii(character)


def _command(character: str) -> str:
    """The mathematical sign or Greek letter in LaTeX's mathematics; empty for other characters."""
    if character in SIGNS:
        return SIGNS[character]
    greek = GREEK.fullmatch(unicodedata.name(character, ""))
    return _greek(greek[2], small=greek[1] == "SMALL") if greek else ""


def _greek(name: str, small: bool) -> str:
    """“\\alpha”, “\\Gamma”; the Latin letter for the capitals that look like one and for omicron."""
    if small:
        return "o" if name == "OMICRON" else rf"\{name.lower()}"
    return rf"\{name.capitalize()}" if name in CAPITALS else rf"\mathrm{{{LATIN.get(name, name[0])}}}"


def _ascii(character: str) -> str:
    """The characters that make up this one, without its accents; nothing for signs that are not printed."""
    parts = unicodedata.normalize("NFKD", character)
    if parts != character:
        return "".join(map(_character, parts))
    return "" if unicodedata.category(character)[0] in "MC" else UNKNOWN
