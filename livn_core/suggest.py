"""The one "did you mean" of the project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

__all__ = ["by_summary", "did_you_mean", "nearest"]

#: Letters that tell what a part of a name is a part of.
_FEWEST_LETTERS = 3


def nearest(name: str, choices: Iterable[str], cutoff: float = 0.61) -> str | None:
    """Return the choice that ``name`` was probably meant to be, or None.

    Letter case is ignored, so ``Gaussian`` finds ``gaussian``. ``cutoff`` is the least likeness, 0 to 1.
    """
    by_folded = {choice.casefold(): choice for choice in sorted(choices, reverse=True)}
    found = get_close_matches(name.casefold(), sorted(by_folded), n=1, cutoff=cutoff)
    return by_folded[found[0]] if found else None


def did_you_mean(name: str, choices: Iterable[str]) -> str:
    """Return ``"; did you mean 'disk'?"``, or an empty text when nothing is close.

    Where no name is like it, those that contain it are meant, whatever their hyphens: ``MCS60`` is
    part of ``mcs-60mea200-30``; or most of it, as it begins: ``hexx`` of ``mcs-60hexamea40-10``.
    """
    choices = list(choices)
    found = nearest(name, choices)
    if found:
        return _asked([found])
    letters = _letters(name)
    for length in range(len(letters), max(_FEWEST_LETTERS - 1, len(letters) // 2), -1):
        meant = sorted({choice for choice in choices if letters[:length] in _letters(choice)})
        if meant:
            return _asked(meant[:3])
    return ""


def by_summary(name: str, summaries: Mapping[str, str]) -> str:
    """Return the question for those whose summary has a proper name that is like ``name``.

    ``mxwell`` may be ``maxone``: "MaxWell MaxOne, up to 1,020 electrodes".
    """
    words = {
        choice: [word.strip(",") for word in summary.split() if word != word.lower()]
        for choice, summary in summaries.items()
    }
    proper = {word for known in words.values() for word in known if len(word) > _FEWEST_LETTERS}
    near = nearest(name, proper, cutoff=0.75)
    return _asked(sorted(choice for choice, known in words.items() if near in known)[:3])


def _asked(meant: Sequence[str]) -> str:
    quoted = [f"'{choice}'" for choice in meant]
    listed = " or ".join(filter(None, (", ".join(quoted[:-1]), *quoted[-1:])))
    return f"; did you mean {listed}?" if listed else ""


def _letters(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
