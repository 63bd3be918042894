"""What a run came to: an all-clear only of what was examined, and only where nothing is left in doubt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from idscan.core.results import UNEXAMINED
from idscan.core.vocabulary import Field, Outcome
from idscan.report.i18n import _, ngettext
from idscan.report.words import field_word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from idscan.core.redaction import RedactResult, VerifyResult
    from idscan.core.results import ImageResult, ScanResult

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

    @property
    def is_all_clear(self) -> bool:
        """Whether it says that nothing is left to be done."""
        return self.style == _CLEAR


def is_harmless(image: ImageResult) -> bool:
    """Return whether an image was read in full and without trouble, and shows neither a card nor a fact of one."""
    return image.is_readable and not image.problems and not shows_something(image)


def shows_something(image: ImageResult) -> bool:
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
    """Return what to say where not every file could be published."""
    if not any(redaction.is_published for redaction in result.redactions):
        return Verdict(_("Nothing was published; the report says why."), _ALARM)
    if not _has_hidden(result):
        return Verdict(_("Not every image was published. In the others, nothing was found to hide."), _DOUBT)
    sentence = _("Not every image was published. In the others, what --fields {fields} covers is hidden where found.")
    return Verdict(sentence.format(fields=result.settings.fields.value), _DOUBT)


def _verdict_on_hidden(result: RedactResult) -> Verdict:
    """Return what to say where every file was treated and something was hidden."""
    if result.telling_folders:
        sentence = _("Names of folders still give somebody away. In images, what --fields {fields} covers is hidden.")
    elif any(True for _image in doubtful_published(result)):
        sentence = _("What --fields {fields} covers is hidden where found. Look at the images that the report lists.")
    else:
        sentence = _("What --fields {fields} covers is hidden where found; none of it came back when read again.")
        return Verdict(sentence.format(fields=result.settings.fields.value), _CLEAR)
    return Verdict(sentence.format(fields=result.settings.fields.value), _DOUBT)


def _verdict_on_nothing_hidden(result: RedactResult) -> Verdict:
    """Return what to say where every file was treated and in none was anything to hide."""
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
    """Return what to say where not one image was read."""
    if any(image.is_readable for image in result.images):
        return None
    if result.unreadable:
        return Verdict(_("Nothing could be examined; the report says why."), _ALARM)
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
