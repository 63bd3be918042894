"""Verdict of a run: counts, an all-clear only of what was examined, what stays readable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from idscan.cards.documents import fields_of
from idscan.core import geometry
from idscan.core.enums import Field, Outcome, Rule
from idscan.core.types import UNEXAMINED
from idscan.report.messages import _, field_word, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from idscan.core.enums import FieldSet
    from idscan.core.types import Card, ImageResult, Redaction, RedactResult, Region, ScanResult, VerifyResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a run came to.

    Attributes:
        files: files looked at, images or not; a file of many pages counts once.
        images: images, each page or frame of a file counted.
        exposed_images: those that give something away.
        harmless_images: those that were read in full and without trouble, and show neither a card nor a fact of one.
        seen_images: those that show a card or a fact of one, but nothing that gives a person away by itself.
        doubtful_images: the other ones that were examined, with a problem that leaves something to look at.
        cards: cards in all images.
        people: persons distinguished by their numbers.
        unreadable: images, folders and arguments that could not be read.
        unexamined: images that were read, but not all that their files hold.
        skipped: paths that were not scanned.
    """

    files: int
    images: int
    exposed_images: int
    harmless_images: int
    seen_images: int
    doubtful_images: int
    cards: int
    people: int
    unreadable: int
    unexamined: int
    skipped: int

    @classmethod
    def of(cls, result: ScanResult) -> Summary:
        """Count."""
        return cls(
            files=len({image.ref.path for image in result.images}) + len(result.skipped),
            images=len(result.images),
            exposed_images=sum(image.is_exposed for image in result.images),
            harmless_images=sum(map(is_harmless, result.images)),
            seen_images=sum(is_exposed_or_doubtful(image) and not image.is_exposed for image in result.images),
            doubtful_images=sum(map(_is_doubtful, result.images)),
            cards=sum(len(part.cards) for image in result.images for part in image.parts),
            people=result.people,
            unreadable=result.unreadable,
            unexamined=result.unexamined,
            skipped=len(result.skipped),
        )


def _is_doubtful(image: ImageResult) -> bool:
    return image.is_readable and image.is_examined and bool(image.problems) and not is_exposed_or_doubtful(image)


_CLEAR, _DOUBT, _ALARM = "bold green", "bold yellow", "bold red"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One or two sentences.

    Attributes:
        text: without any value.
        style: green for an all-clear, yellow where something is left to look at, red where something has to be done.
    """

    text: str
    style: str


def is_harmless(image: ImageResult) -> bool:
    """Return whether an image was read in full and without trouble, and shows neither a card nor a fact of one."""
    return image.is_readable and not image.problems and not is_exposed_or_doubtful(image)


def is_exposed_or_doubtful(image: ImageResult) -> bool:
    """Return whether a card or a fact was seen, whether it gives a person away by itself or not."""
    return any(part.cards or part.findings for part in image.parts)


def scan_verdict(result: ScanResult) -> Verdict:
    """Return what a scan came to."""
    exposed = sum(image.is_exposed for image in result.images)
    if exposed:
        give = ngettext("{count} image gives a person away.", "{count} images give a person away.", exposed)
        return Verdict(give.format(count=exposed), _ALARM)
    missing = _nothing_examined(result)
    if missing:
        return missing
    seen = _seen(result.images)
    if seen and _is_in_doubt(result):
        return Verdict(_("No number, name, birth date or code found in what could be examined.") + " " + seen, _DOUBT)
    if seen:
        return Verdict(_("No number, name, birth date or code found.") + " " + seen, _DOUBT)
    if _is_in_doubt(result):
        return Verdict(_("Nothing found in what could be examined."), _DOUBT)
    return Verdict(_("Nothing found that gives a person away."), _CLEAR)


def verify_verdict(result: VerifyResult) -> Verdict:
    """Return what a verification came to."""
    leaking = sum(bool(leaks) for _ref, leaks in result.leaks)
    if leaking:
        came = ngettext(
            "Something came back from {count} picture.", "Something came back from {count} pictures.", leaking
        )
        return Verdict(came.format(count=leaking), _ALARM)
    missing = _nothing_examined(result.scan)
    if missing:
        return missing
    seen = _seen(result.scan.images)
    if seen and _is_in_doubt(result.scan):
        came = _("No number, name, birth date or code came back from what could be examined.")
        return Verdict(came + " " + seen, _DOUBT)
    if seen:
        return Verdict(_("No number, name, birth date or code came back.") + " " + seen, _DOUBT)
    if _is_in_doubt(result.scan):
        return Verdict(_("Nothing came back from what could be examined."), _DOUBT)
    return Verdict(_("Nothing came back."), _CLEAR)


def redact_verdict(result: RedactResult) -> Verdict:
    """Return what a redaction came to."""
    if result.leaks:
        many = ngettext(
            "{count} picture still gives something away and was not published.",
            "{count} pictures still give something away and were not published.",
            result.leaks,
        )
        return Verdict(many.format(count=result.leaks), _ALARM)
    if result.failed or result.scan.unreadable:
        return _verdict_on_some(result)
    if not result.redactions:
        return Verdict(_("There was no image to redact."), _DOUBT)
    return _verdict_on_hidden(result) if _has_hidden(result) else _verdict_on_nothing_hidden(result)


def _has_hidden(result: RedactResult) -> bool:
    return any(redaction.outcome is Outcome.REDACTED for redaction in result.redactions)


def _verdict_on_some(result: RedactResult) -> Verdict:
    """Return the verdict where not every file could be published."""
    if not any(redaction.is_published for redaction in result.redactions):
        return Verdict(_("Nothing was published; see the report for the reasons."), _ALARM)
    if not _has_hidden(result):
        return Verdict(_("Not every image was published. In the others, nothing was found to hide."), _DOUBT)
    sentence = _("Not every image was published. In the others, what --fields {fields} covers is hidden where found.")
    return Verdict(sentence.format(fields=result.settings.fields.value), _DOUBT)


def _verdict_on_hidden(result: RedactResult) -> Verdict:
    """Return the verdict where every file was treated and something was hidden."""
    if result.telling_folders:
        sentence = _("Names of folders still give somebody away. In images, what --fields {fields} covers is hidden.")
    elif any(True for _image in doubtful_published(result)):
        sentence = _("What --fields {fields} covers is hidden where found. Look at the images that the report lists.")
    else:
        sentence = _("What --fields {fields} covers is hidden where found; none of it came back when read again.")
        return Verdict(sentence.format(fields=result.settings.fields.value), _CLEAR)
    return Verdict(sentence.format(fields=result.settings.fields.value), _DOUBT)


def _verdict_on_nothing_hidden(result: RedactResult) -> Verdict:
    """Return the verdict where every file was treated and in none was anything to hide."""
    if result.telling_folders:
        return Verdict(_("Names of folders still give somebody away. In images, nothing was found to hide."), _DOUBT)
    if any(True for _image in doubtful_published(result)):
        return Verdict(_("Nothing found to hide in what could be examined."), _DOUBT)
    seen = _seen(result.scan.images)
    if seen or result.scan.is_exposed:
        sentence = _("Nothing found of what --fields {fields} covers.").format(fields=result.settings.fields.value)
        return Verdict(f"{sentence} {seen}".strip(), _DOUBT)
    return Verdict(_("Nothing found that gives a person away."), _CLEAR)


def doubtful_published(result: RedactResult) -> Iterable[ImageResult]:
    """Yield the published or left out images that were not read without trouble.

    What stands besides the pixels is left out of a result, examined or not, unless the file was copied as it is.
    """
    copied = {redaction.path for redaction in result.redactions if redaction.outcome is Outcome.COPIED}
    stayed = {redaction.path for redaction in result.redactions if redaction.outcome in {Outcome.LEAKS, Outcome.FAILED}}
    for image in result.scan.images:
        path = image.ref.path
        if path not in stayed and any(path in copied or each.kind not in UNEXAMINED for each in image.problems):
            yield image


def _nothing_examined(result: ScanResult) -> Verdict | None:
    """Return the verdict where not one image was read."""
    if any(image.is_readable for image in result.images):
        return None
    if result.unreadable:
        return Verdict(_("Nothing could be examined; see the report for the reasons."), _ALARM)
    return Verdict(_("There was no image to examine."), _DOUBT)


def _is_in_doubt(result: ScanResult) -> bool:
    return bool(result.unreadable) or any(image.problems for image in result.images)


def _seen(images: Iterable[ImageResult]) -> str:
    """Return the sentence about cards and facts that do not give a person away by themselves; "" for none."""
    parts = [part for image in images for part in image.parts]
    fields = {finding.field for part in parts for finding in part.shown_findings if not finding.is_exposed}
    if fields:
        words = ", ".join(field_word(field) for field in Field if field in fields)
        return _("What can still be seen of cards: {fields}.").format(fields=words)
    return _("Cards are seen.") if any(part.cards for part in parts) else ""


_WHOLE = frozenset({Rule.CARD, Rule.NEAR_DUPLICATE})


@dataclass(frozen=True, slots=True)
class LeftReadable:
    """What was not hidden on published cards, since it was not asked for.

    Attributes:
        fields: in the order of `Field`.
        hidden_by: sets of fields that hide some of it, the smallest first, each with what it hides; up to one that
            hides all.
        without_portrait: images that show a person outside cards, where the place of a portrait is not known, though
            portraits were to be hidden.
    """

    fields: tuple[Field, ...] = ()
    hidden_by: tuple[tuple[FieldSet, tuple[Field, ...]], ...] = ()
    without_portrait: int = 0


def left_readable(result: RedactResult, hidden: Mapping[FieldSet, frozenset[Field]]) -> LeftReadable:
    """Return what stays readable on the cards that were published, by what each set of fields hides.

    A card has the fields of its layout, whether they were read or not.
    """
    wanted = hidden[result.settings.fields]
    outside = [image.findings for image, _hidden in _published_images(result)]
    seen = {field for card in _published_cards(result) for field in _fields_on(card)}
    left = (seen | {finding.field for findings in outside for finding in findings}) - wanted
    exposed = sum(any(finding.is_exposed for finding in findings) for findings in outside)
    return LeftReadable(_in_order(left), tuple(_hiding(left, hidden)), exposed if Field.PORTRAIT in wanted else 0)


def left_sentences(left: LeftReadable) -> list[str]:
    """Return the messages about it."""
    sentences = []
    if left.fields:
        fields = ", ".join(map(field_word, left.fields))
        parts = [_("Not hidden, and still readable where results show it: {fields}").format(fields=fields)]
        remedies = []
        for hidden_by, hidden in left.hidden_by:
            what = _("all of it") if hidden == left.fields else ", ".join(map(field_word, hidden))
            remedies.append(_("--fields {value} hides {what}").format(value=hidden_by.value, what=what))
        sentences.append("; ".join([*parts, *filter(None, [", ".join(remedies)])]))
    if left.without_portrait:
        portraits = ngettext(
            "Portraits are hidden on cards only; {count} picture shows somebody elsewhere: look for one there",
            "Portraits are hidden on cards only; {count} pictures show somebody elsewhere: look for one there",
            left.without_portrait,
        )
        sentences.append(portraits.format(count=left.without_portrait))
    return sentences


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
            middle = geometry.centre(card.quad)
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
