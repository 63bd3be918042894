"""What stays readable on the cards of a redacted run, and which set of fields would hide it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from idscan.cards.layouts import fields_of
from idscan.core import geometry
from idscan.core.vocabulary import Field, Rule
from idscan.report.i18n import _, ngettext
from idscan.report.words import field_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from idscan.core.geometry import Point
    from idscan.core.redaction import Redaction, RedactResult, Region
    from idscan.core.results import Card, ImageResult
    from idscan.core.vocabulary import FieldSet

_WHOLE = frozenset({Rule.CARD, Rule.TWIN})


@dataclass(frozen=True, slots=True)
class LeftReadable:
    """What was not hidden on published cards, since it was not asked for.

    Attributes:
        fields: in the order of `Field`.
        hidden_by: sets of fields that hide some of it, the smallest first, each with what it hides; up to one that
            hides all.
        without_portrait: images that show somebody outside cards, where nothing tells where a portrait would be, though
            portraits were to be hidden.
    """

    fields: tuple[Field, ...] = ()
    hidden_by: tuple[tuple[FieldSet, tuple[Field, ...]], ...] = ()
    without_portrait: int = 0


def left_readable(result: RedactResult, hidden: Mapping[FieldSet, frozenset[Field]]) -> LeftReadable:
    """Return what stays readable on the cards that were published.

    A card has the fields of its layout, whether they were read or not.

    Args:
        result: the run.
        hidden: what each set of fields hides.
    """
    wanted = hidden[result.settings.fields]
    left = {field for card in _published_cards(result) for field in _fields_on(card) if field not in wanted}
    left |= {
        finding.field
        for image, _hidden in _published_images(result)
        for finding in image.findings
        if finding.field not in wanted
    }
    loose = sum(
        any(finding.is_exposed for finding in image.findings)
        for image, _hidden in _published_images(result)
        if Field.PORTRAIT in wanted
    )
    return LeftReadable(_in_order(left), tuple(_hiding(left, hidden)), loose)


def left_sentences(left: LeftReadable) -> list[str]:
    """Return what to tell people of it."""
    return [*_of_fields(left), *_of_portraits(left.without_portrait)]


def _of_portraits(count: int) -> Iterator[str]:
    if count:
        yield ngettext(
            "Portraits are hidden on cards only; {count} picture shows somebody elsewhere: look for one there",
            "Portraits are hidden on cards only; {count} pictures show somebody elsewhere: look for one there",
            count,
        ).format(count=count)


def _of_fields(left: LeftReadable) -> Iterator[str]:
    if not left.fields:
        return
    fields = ", ".join(map(field_word, left.fields))
    sentence = _("Not hidden, and still readable where results show it: {fields}").format(fields=fields)
    remedies = []
    for fields_hidden_by, fields_hidden in left.hidden_by:
        what = (
            _("all of it") if fields_hidden == left.fields else ", ".join(field_word(field) for field in fields_hidden)
        )
        remedies.append(_("--fields {value} hides {what}").format(value=fields_hidden_by.value, what=what))
    yield f"{sentence}; {', '.join(remedies)}" if remedies else sentence


def _hiding(
    left: Iterable[Field], hidden: Mapping[FieldSet, frozenset[Field]]
) -> Iterator[tuple[FieldSet, tuple[Field, ...]]]:
    remaining = frozenset(left)
    most = 0
    for fields, named in sorted(hidden.items(), key=lambda entry: len(entry[1])):
        gained = remaining & named
        if len(gained) > most:
            most = len(gained)
            yield fields, _in_order(gained)


def _in_order(fields: Iterable[Field]) -> tuple[Field, ...]:
    chosen = frozenset(fields)
    return tuple(field for field in Field if field in chosen)


def _fields_on(card: Card) -> frozenset[Field]:
    return frozenset(fields_of(card.kind, card.side)) | {finding.field for finding in card.findings}


def _published_cards(result: RedactResult) -> Iterator[Card]:
    """Yield the cards that results still show, but those that are hidden as a whole."""
    for image, hidden in _published_images(result):
        for card in image.cards:
            middle = _middle(card)
            if not any(region.rule in _WHOLE and geometry.contains(region.quad, middle) for region in hidden):
                yield card


def _published_images(result: RedactResult) -> Iterator[tuple[ImageResult, tuple[Region, ...]]]:
    """Yield each image of which there is a result, with what was hidden in it."""
    published: dict[str, Redaction] = {entry.path: entry for entry in result.redactions if entry.is_published}
    for image in result.scan.images:
        redaction = published.get(image.ref.path)
        if redaction is not None:
            pages = redaction.regions[image.ref.page : image.ref.page + 1]
            yield image, pages[0] if pages else ()


def _middle(card: Card) -> Point:
    xs, ys = zip(*card.quad, strict=True)
    return sum(xs) / len(xs), sum(ys) / len(ys)
