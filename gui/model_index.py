"""What Qt's item models take for a place: either of its two kinds, and none."""

from __future__ import annotations

from typing import Final, TypeAlias

from PySide6.QtCore import QModelIndex, QPersistentModelIndex

ModelIndex: TypeAlias = QModelIndex | QPersistentModelIndex
NOWHERE: Final = QModelIndex()  # the parent of all rows of a list
