"""Rendering: templates in which every value is escaped, a missing one is an error, and dates are said as people do."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse

from pickupday.wording import say_count, say_day
from service.routes.receipt_view import say_call

TEMPLATES = Path(__file__).parent.parent / "templates"


class Pages:
    """The templates, compiled once. `root` is the path under which the application stands, "" or "/app"."""

    def __init__(self, root: str = "") -> None:
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(day=say_day, count=say_count, called=say_call)
        self._environment.globals.update(root=root)

    def answer(self, template: str, status: int = 200, **values: object) -> HTMLResponse:
        """One page as an answer."""
        return HTMLResponse(self._environment.get_template(template).render(values), status)
