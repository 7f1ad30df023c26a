"""The handout as PDF: one Letter page in large type where it fits; the font is embedded, title and language are set."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from service.handout.content import Handout, Month, Visit
from service.handout.qr import qr_cells

FONT = "Source Sans Pro"
MARGIN = 13.0
BODY, SMALL, HEADING, TITLE = 14.0, 11.0, 16.0, 24.0  # points
POINT = 0.3528  # millimetres
LEADING = 1.15
COLUMNS = 3


def draw_pdf(handout: Handout, *, made: datetime | None = None) -> bytes:
    """The PDF's bytes, the same for the same handout and time. `made` goes into the file's properties."""
    page = _Page(handout, made)
    page.text(handout.words.title, TITLE, bold=True)
    if handout.notices:
        page.text(" ".join(handout.notices), BODY, bold=True, boxed=True)
    for place, line in enumerate(handout.opening):
        page.text(line, HEADING if place == 1 else BODY, bold=place == 1)
    page.heading(handout.words.visits)
    for visit in handout.visits:
        page.visit(visit)
    if handout.extra_trips_why:
        page.text(handout.extra_trips_why, BODY)
    page.heading(handout.words.calendar)
    page.text(" ".join(handout.calendar_key), SMALL)
    page.months(handout.months)
    page.heading(handout.words.steps)
    page.items([(f"{number}.", step) for number, step in enumerate(handout.words.step_list, start=1)])
    page.help(handout)
    page.heading(handout.words.medicine_list)
    page.items([("•", medicine) for medicine in handout.medicines], columns=2)
    if handout.ask_medicines:
        page.text(handout.ask_medicines, BODY)
    return page.finish()


class _Page:
    """A cursor that moves down Letter pages."""

    def __init__(self, handout: Handout, made: datetime | None) -> None:
        pdf = self.pdf = FPDF(format="Letter", unit="mm")
        fonts = files("font_source_sans_pro") / "files"
        for style, name in (("", "Regular"), ("B", "Bold")):
            pdf.add_font(FONT, style, str(fonts / f"SourceSansPro-{name}.ttf"))
        pdf.set_margins(MARGIN, MARGIN)
        pdf.set_auto_page_break(True, MARGIN)
        pdf.set_title(handout.words.title)
        pdf.set_lang(handout.words.locale.replace("_", "-"))
        pdf.set_creator("PickupDay")
        pdf.set_creation_date(made or datetime(2000, 1, 1, tzinfo=UTC))
        pdf.add_page()
        self.width: float = pdf.w - 2 * MARGIN

    def finish(self) -> bytes:
        return bytes(self.pdf.output())

    def text(self, line: str, size: float, *, bold: bool = False, boxed: bool = False) -> None:
        self.pdf.set_font(FONT, "B" if bold else "", size)
        self.pdf.multi_cell(
            self.width,
            size * POINT * LEADING,
            line,
            border=1 if boxed else 0,
            align="L",
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )

    def heading(self, line: str) -> None:
        self.keep(HEADING * POINT * 3)
        self.pdf.ln(1)
        self.text(line, HEADING, bold=True)

    def keep(self, height: float) -> None:
        """Begin a new page where this much does not fit any more."""
        if self.pdf.will_page_break(height):
            self.pdf.add_page()

    def visit(self, visit: Visit) -> None:
        """The day, what is picked up and the call side by side."""
        height = BODY * POINT * LEADING
        self.keep(2 * height)
        top, left = self.pdf.get_y(), MARGIN
        bottom = top
        for part, share, bold in ((visit.day, 0.33, True), (visit.what, 0.27, False), (visit.call, 0.4, False)):
            self.pdf.set_font(FONT, "B" if bold else "", BODY - 1)
            self.pdf.set_xy(left, top)
            self.pdf.multi_cell(self.width * share, height, part, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            left += self.width * share
            bottom = max(bottom, self.pdf.get_y())
        self.pdf.set_draw_color(150)
        self.pdf.line(MARGIN, bottom, MARGIN + self.width, bottom)
        self.pdf.set_y(bottom + 0.4)

    def months(self, months: tuple[Month, ...]) -> None:
        """Three months side by side."""
        gap = 8.0
        wide = (self.width - (COLUMNS - 1) * gap) / COLUMNS
        cell, row = wide / 7, 4.4
        for start in range(0, len(months), COLUMNS):
            line = months[start : start + COLUMNS]
            height = (2 + max(len(month.weeks) for month in line)) * row + 1.5
            self.keep(height)
            top = self.pdf.get_y()
            for place, month in enumerate(line):
                self._month(month, MARGIN + place * (wide + gap), top, cell, row)
            self.pdf.set_xy(MARGIN, top + height)

    def _month(self, month: Month, left: float, top: float, cell: float, row: float) -> None:
        pdf = self.pdf
        pdf.set_font(FONT, "B", SMALL + 1)
        pdf.set_xy(left, top)
        pdf.cell(7 * cell, row, month.title)
        pdf.set_font(FONT, "", SMALL - 3)
        for place, name in enumerate(month.weekdays):
            pdf.set_xy(left + place * cell, top + row)
            pdf.cell(cell, row, name, align="C")
        for number, week in enumerate(month.weeks, start=2):
            for place, day in enumerate(week):
                if day:
                    self._day(month, day, left + place * cell, top + number * row, cell, row)

    def _day(self, month: Month, day: int, left: float, top: float, cell: float, row: float) -> None:
        pdf = self.pdf
        marked = day in month.pickups or day in month.extra_trips
        pdf.set_font(FONT, "B" if marked else "", SMALL)
        if marked:
            pdf.set_draw_color(0)
            pdf.set_fill_color(0)
            style = "DF" if day in month.pickups else "D"
            pdf.circle(left + cell / 2, top + row / 2, row / 2 - 0.1, style=style)
            pdf.set_text_color(255 if day in month.pickups else 0)
        pdf.set_xy(left, top)
        pdf.cell(cell, row, str(day), align="C")
        pdf.set_text_color(0)

    def items(self, items: list[tuple[str, str]], *, columns: int = 1) -> None:
        """A list; in two columns it is read down the first, then the second."""
        size = BODY if columns == 1 else BODY - 1
        height = size * POINT * LEADING
        wide = self.width / columns
        per_column = -(-len(items) // columns)
        if columns > 1 and self.pdf.will_page_break(per_column * height):
            columns, wide, per_column = 1, self.width, len(items)
        top = bottom = self.pdf.get_y()
        self.pdf.set_font(FONT, "", size)
        for place, (mark, line) in enumerate(items):
            column, first = divmod(place, per_column) if columns > 1 else (0, place)
            if columns > 1 and first == 0:
                self.pdf.set_y(top)
            left = MARGIN + column * wide
            self.pdf.set_x(left)
            self.pdf.cell(7, height, mark)
            self.pdf.multi_cell(wide - 8, height, line, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            bottom = max(bottom, self.pdf.get_y())
        self.pdf.set_y(bottom)

    def help(self, handout: Handout) -> None:
        """When to call, the number, and beside it the code that dials it."""
        words, side = handout.words, 26.0
        self.keep(side + 10)
        whole, top = self.width, self.pdf.get_y()
        if handout.phone:
            self.width = whole - side - 10
        self.heading(words.problems)
        self.items([("•", one) for one in words.problem_list])
        self.text(handout.call_us, HEADING, bold=True)
        bottom = self.pdf.get_y()
        self.width = whole
        if handout.phone:
            self._code(handout.phone, MARGIN + whole - side, top + 3, side)
            self.pdf.set_font(FONT, "", SMALL)
            self.pdf.set_xy(MARGIN + whole - side - 4, top + side + 3)
            self.pdf.multi_cell(side + 4, SMALL * POINT * LEADING, words.scan, align="C")
            bottom = max(bottom, self.pdf.get_y())
        self.pdf.set_xy(MARGIN, bottom)

    def _code(self, phone: str, left: float, top: float, side: float) -> None:
        cells = qr_cells(phone)
        size = side / len(cells)
        self.pdf.set_fill_color(0)
        for down, row in enumerate(cells):
            for across, dark in enumerate(row):
                if dark:
                    self.pdf.rect(left + across * size, top + down * size, size, size, style="F")
