"""The printed labels of each generation of card, in Vietnamese and in English."""

from idscan.cards.label import SOURCE, Label, Language, ValuePlace
from idscan.cards.label_tables_card import PLACE_AND_CARD_LABELS
from idscan.cards.label_tables_person import PERSON_LABELS
from idscan.cards.label_tables_stops import STOPS

__all__ = ["LABELS", "SOURCE", "STOPS", "Label", "Language", "ValuePlace"]

LABELS: tuple[Label, ...] = (*PERSON_LABELS, *PLACE_AND_CARD_LABELS)
"""Labels whose value is a field of a report."""
