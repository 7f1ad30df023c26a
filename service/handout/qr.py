"""The pharmacy's number as a QR code that a phone's camera dials."""

from __future__ import annotations

import re

import segno

NOT_DIALLED = re.compile(r"[^0-9+*#,;]")


def dialled(phone: str) -> str:
    """The number as a `tel:` address (RFC 3966), without spaces and brackets."""
    return "tel:" + NOT_DIALLED.sub("", phone)


def draw_qr(phone: str) -> segno.QRCode:
    """The code, with room for smudges (error correction M)."""
    return segno.make(dialled(phone), error="m", micro=False)


def qr_svg(phone: str, label: str) -> str:
    """The code as inline SVG with a title that says what it is."""
    return draw_qr(phone).svg_inline(scale=3, border=2, title=label, svgclass="qr", lineclass=None)


def qr_cells(phone: str) -> tuple[tuple[bool, ...], ...]:
    """The code cell by cell, dark = True, without its quiet border."""
    return tuple(tuple(bool(cell) for cell in row) for row in draw_qr(phone).matrix)
