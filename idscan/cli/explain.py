"""`idscan explain`: what a number, QR payload or MRZ reveals about a person."""

from __future__ import annotations

import sys

import click

from idscan.core.errors import ExitCode
from idscan.report.messages import _

STDIN = "-"


@click.command(
    name="explain",
    help=_(
        "Show what a citizen number, the text of a card's QR code or machine-readable lines reveal about a person. "
        "TEXT may be - to read it from standard input, which keeps it out of the shell's history."
    ),
)
@click.argument("text")
def command(text: str) -> int:
    """Explain one text."""
    from idscan.cards.explain import explain
    from idscan.cli.streams import complain, report_stdout
    from idscan.report.masking import escaped
    from idscan.report.messages import fact_value, fact_word

    if text == STDIN:
        text = sys.stdin.buffer.read().decode("utf-8", "surrogateescape").strip()
    explanation = explain(text)
    if explanation is None:
        complain(_("this is no citizen number, no QR text of a card and no machine-readable lines"))
        return ExitCode.UNREADABLE_INPUT
    rows = [(fact_word(key), escaped(fact_value(key, value))) for key, value in explanation.rows]
    widest = max(len(key) for key, _value in rows)
    with report_stdout() as stream:
        stream.writelines(f"{key:<{widest}}  {value}\n" for key, value in rows)
    return ExitCode.CLEAN
