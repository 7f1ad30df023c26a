"""What a write must bring: a form of ours, sent from a page of ours, with the token of this launch."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import Request

from service.errors import ServiceError

LARGEST_FORM = 200_000  # bytes
_MOST_FIELDS = 500


class ForgedWrite(ServiceError):  # noqa: N818 - named for what happened
    """A write that did not come from a page of ours; nothing was done."""


class UnusableForm(ServiceError):  # noqa: N818 - named for what happened
    """A form that is too large or no form at all; nothing was done."""


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of one form: the last value of each name, and every value where there are several."""

    fields: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str:
        """The last value, without white space around it; empty where the field is absent."""
        return next((value.strip() for key, value in reversed(self.fields) if key == name), "")

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of the field."""
        return tuple(value.strip() for key, value in self.fields if key == name)

    def named(self, prefix: str) -> Mapping[str, str]:
        """The fields whose names begin so, without the beginning."""
        return {key.removeprefix(prefix): value.strip() for key, value in self.fields if key.startswith(prefix)}


def form_token(secret: str, launch: str) -> str:
    """The token that a form of this launch carries: nobody can make it who does not hold the browser's secret."""
    return hmac.new(secret.encode(), f"form {launch}".encode(), "sha256").hexdigest()


async def read_form(request: Request) -> Form:
    """Read a url-encoded form. Raises UnusableForm."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise UnusableForm("That was no form of this page.")
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_FORM:
            raise UnusableForm("That form is larger than any of this page.")
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise UnusableForm("That form cannot be read.") from None
    return Form(tuple(pairs))


def check_write(request: Request, form: Form, *, origin: str, token: str) -> None:
    """Raise ForgedWrite unless the form was sent from our own origin and carries the token.

    Under Referrer-Policy no-referrer browsers send `Origin: null` with forms of the same origin, too; then
    Sec-Fetch-Site says where the form stood, which no page can set.
    """
    came_from = request.headers.get("origin")
    fetched = request.headers.get("sec-fetch-site")
    ours = came_from == origin or (came_from in (None, "null") and fetched == "same-origin")
    if not ours or fetched not in (None, "same-origin"):
        raise ForgedWrite("Another page tried to send this form; nothing was done.")
    if not hmac.compare_digest(form.get("form_token").encode(), token.encode()):
        raise ForgedWrite("This form does not belong to this window; nothing was done.")
