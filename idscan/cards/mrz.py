"""Machine-readable zones: strict parsing, and finding them among the lines of a text reader."""

from idscan.cards.check_digits import check_digit
from idscan.cards.mrz_search import find_mrz
from idscan.cards.mrz_zone import Mrz, MrzMatch, parse_td1, parse_td3

__all__ = ["Mrz", "MrzMatch", "check_digit", "find_mrz", "parse_td1", "parse_td3"]
