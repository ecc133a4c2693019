"""How rows of the library look: titles with a quiet line below, sentences that were found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QPainter,
    QPalette,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import (
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from gui.clock import clock
from gui.library.hits_model import HitRole
from gui.library.model import EntryRole, LibraryModel, moment
from gui.model_index import ModelIndex
from gui.style.theme import LIGHT, Theme

if TYPE_CHECKING:
    from asr.library import Hit


_PAD: Final = 14  # pixels left and right of what a row says
_ROW: Final = 58
_HEADING: Final = 40  # above the first row of a group
_HIT: Final = 36
_HIT_HEADING: Final = 42
_CHIP: Final = 8  # pixels left and right of a tag's name


class RowDelegate(QStyledItemDelegate):
    """What all rows share: colours, the ground they stand on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = LIGHT

    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.theme = theme

    def paint_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, ground: QRect
    ) -> None:
        """Paint behind a row that is chosen or under the pointer."""
        state = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        if chosen or hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self.theme.line if chosen else self.theme.hover))
            painter.drawRoundedRect(QRectF(ground), 8, 8)

    def write(
        self, painter: QPainter, place: QRect, text: str, font: QFont, colour: str
    ) -> None:
        """Write one line, elided where there is no room."""
        painter.setFont(font)
        painter.setPen(QColor(colour))
        elided = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, int(_LINE), elided)


class EntryDelegate(RowDelegate):
    """A title, and when, how long and who; a heading above the first of a day or month."""

    def __init__(self, rows: LibraryModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = rows
        self._low, self._tall = QSize(0, _ROW), QSize(0, _ROW + _HEADING)

    def sizeHint(self, option: QStyleOptionViewItem, index: ModelIndex) -> QSize:
        """Return room for two lines, and for a heading; asked of all rows at each change."""
        return self._tall if self._rows.has_heading(index.row()) else self._low

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: ModelIndex) -> None:
        """Paint a row."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect, font = QRect(option.rect), QFont(option.font)
        if heading := index.data(EntryRole.GROUP):
            top = QRect(rect.left() + _PAD, rect.top(), rect.width() - 2 * _PAD, _HEADING - 6)
            bold = smaller(font, 0.92)
            bold.setWeight(QFont.Weight.DemiBold)
            top.setTop(top.bottom() - QFontMetrics(bold).height())
            self.write(painter, top, heading, bold, self.theme.dim)
        row = QRect(rect.left(), rect.bottom() - _ROW + 3, rect.width(), _ROW - 4)
        self.paint_ground(painter, option, row)
        inner = row.adjusted(_PAD, 7, -_PAD, -7)
        inner.setRight(self._paint_tags(painter, inner, index, smaller(font, 0.85)))
        half = inner.height() // 2
        above = QRect(inner.left(), inner.top(), inner.width(), half)
        below = QRect(inner.left(), inner.top() + half, inner.width(), half)
        name = smaller(font, 1.08)
        self.write(painter, above, str(index.data()), name, self.theme.text)
        details = str(index.data(EntryRole.DETAILS))
        self.write(painter, below, details, smaller(font, 0.9), self.theme.dim)
        painter.restore()

    def _paint_tags(
        self, painter: QPainter, inner: QRect, index: ModelIndex, font: QFont
    ) -> int:
        """Paint the tags at the right, as many as fit in its half; return where they begin."""
        right = inner.right()
        metrics = QFontMetrics(font)
        for tag in reversed(index.data(EntryRole.TAGS) or ()):
            width = metrics.horizontalAdvance(tag) + 2 * _CHIP
            if right - width < inner.center().x():
                break
            height = metrics.height() + 6
            chip = QRectF(right - width, inner.center().y() - height / 2, width, height)
            painter.setPen(QColor(self.theme.line))
            painter.setBrush(QColor(self.theme.surface))
            painter.drawRoundedRect(chip, height / 2, height / 2)
            painter.setFont(font)
            painter.setPen(QColor(self.theme.settled))
            painter.drawText(chip, int(Qt.AlignmentFlag.AlignCenter), tag)
            right -= width + 6
        return right - (6 if right != inner.right() else 0)

    def createEditor(
        self, parent: QWidget, option: QStyleOptionViewItem, index: ModelIndex
    ) -> QWidget:
        """Let a title be written where it stands."""
        editor = QLineEdit(parent)
        editor.setObjectName("inPlace")
        editor.setAccessibleName(self.tr("Title"))
        editor.setMaxLength(200)
        return editor

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: ModelIndex
    ) -> None:
        """Put the editor over the title."""
        rect = QRect(option.rect)
        height = editor.sizeHint().height()
        top = rect.bottom() - _ROW + 5
        editor.setGeometry(rect.left() + 6, top, rect.width() - 12, height)


class HitDelegate(RowDelegate):
    """A sentence with what matches in it; the entry's title above the first of each."""

    def sizeHint(self, option: QStyleOptionViewItem, index: ModelIndex) -> QSize:
        """Return room for a line, and for a heading where there is one."""
        height = _HIT + (_HIT_HEADING if index.data(HitRole.IS_FIRST) else 0)
        return QSize(0, height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: ModelIndex) -> None:
        """Paint a row."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hit: Hit = index.data(HitRole.HIT)
        rect, font = QRect(option.rect), QFont(option.font)
        if index.data(HitRole.IS_FIRST):
            self._paint_heading(painter, rect, hit, font)
        row = QRect(rect.left(), rect.bottom() - _HIT + 3, rect.width(), _HIT - 4)
        self.paint_ground(painter, option, row)
        inner = row.adjusted(_PAD, 0, -_PAD, 0)
        time = smaller(font, 0.9)
        stamp = QRect(inner.left(), inner.top(), 58, inner.height())
        self.write(painter, stamp, clock(hit.start), time, self.theme.dim)
        sentence = inner.adjusted(62, 0, 0, 0)
        self._paint_sentence(painter, sentence, hit, smaller(font, 1.04))
        painter.restore()

    def _paint_heading(self, painter: QPainter, rect: QRect, hit: Hit, font: QFont) -> None:
        bold = smaller(font, 1.04)
        bold.setWeight(QFont.Weight.DemiBold)
        height = QFontMetrics(bold).height()
        top = rect.top() + _HIT_HEADING - height - 4
        when = moment(hit.started)
        small = smaller(font, 0.9)
        width = QFontMetrics(small).horizontalAdvance(when) + 4
        left, right = rect.left() + _PAD, rect.right() - _PAD
        title = QRect(left, top, right - left - width - 12, height)
        self.write(painter, title, hit.title, bold, self.theme.text)
        date = QRect(right - width, top, width, height)
        self.write(painter, date, when, small, self.theme.dim)

    def _paint_sentence(self, painter: QPainter, place: QRect, hit: Hit, font: QFont) -> None:
        """Paint a sentence from a little before the first match on."""
        widest = QFont(font)
        widest.setWeight(QFont.Weight.Bold)  # as what matches is written
        text, shift = beginning_at(hit, place.width(), QFontMetrics(widest))
        layout = QTextLayout(text, font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.NoWrap)
        layout.setTextOption(option)
        marks = []
        for start, end in hit.spans:
            if end - shift > 0:
                mark = QTextLayout.FormatRange()
                begin = max(start - shift, 0)
                mark.start, mark.length = begin, end - shift - begin
                ink = QTextCharFormat()
                ink.setFontWeight(QFont.Weight.Bold)
                ink.setForeground(QColor(self.theme.accent))
                mark.format = ink
                marks.append(mark)
        layout.setFormats(marks)
        layout.beginLayout()
        line = layout.createLine()
        line.setLineWidth(100_000)
        layout.endLayout()
        painter.setPen(QPalette().color(QPalette.ColorRole.Text))
        painter.setClipRect(place)
        top = place.top() + (place.height() - line.height()) / 2
        layout.draw(painter, QPointF(place.left(), top))


_LINE: Final = (
    Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
)


def smaller(font: QFont, share: float) -> QFont:
    """Return a font of another size."""
    result = QFont(font)
    result.setPointSizeF(font.pointSizeF() * share)
    return result


def beginning_at(hit: Hit, width: int, metrics: QFontMetrics) -> tuple[str, int]:
    """Return the part of a sentence that shows its first match, elided, and what it is short.

    The second value is how many letters matches stand further left than in the sentence.
    """
    first, end = hit.spans[0] if hit.spans else (0, 0)
    start = 0
    while start < first and metrics.horizontalAdvance(hit.sentence[start:end]) > width * 0.6:
        space = hit.sentence.find(" ", start, first)
        if space < 0:
            break
        start = space + 1
    head = "… " if start else ""
    text = metrics.elidedText(head + hit.sentence[start:], Qt.TextElideMode.ElideRight, width)
    return text, start - len(head)
