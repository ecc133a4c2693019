"""The symbols that the network's two heads speak; index 0 is the CTC blank in both."""

from typing import Final

BLANK_NAME: Final = "<blank>"

# The 39 phones of CMUdict (Carnegie Mellon University), without stress marks.
_AA_TO_L: Final = "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L"
_M_TO_ZH: Final = "M N NG OW OY P R S SH T TH UH UW V W Y Z ZH"
PHONES: Final = (BLANK_NAME, *f"{_AA_TO_L} {_M_TO_ZH}".split())
LETTERS: Final = (BLANK_NAME, " ", "'", *"abcdefghijklmnopqrstuvwxyz")
