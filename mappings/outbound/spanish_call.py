"""The call script in Spanish, with the content of `wording.call_script`. No clinician has reviewed it; it says so."""

from __future__ import annotations

from datetime import date

from mappings.outbound.narrative import one_line
from mappings.outbound.pharmacy import Pharmacy
from mappings.outbound.planned import PlannedFill, PlannedPickup
from pickupday.wording import say_number

SPANISH = "es"
SPANISH_TITLE = "Guion de la llamada (traducción no revisada por personal clínico)"
_WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
_MONTHS = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)
_UNITS = {
    "{tablet}": ("tableta", "tabletas"),
    "{capsule}": ("cápsula", "cápsulas"),
    "{puff}": ("inhalación", "inhalaciones"),
    "{patch}": ("parche", "parches"),
    "{pen}": ("pluma", "plumas"),
    "{suppository}": ("supositorio", "supositorios"),
    "[drp]": ("gota", "gotas"),
    "": ("unidad", "unidades"),
}


def spanish_script(pickup: PlannedPickup, pharmacy: Pharmacy) -> str:
    """What is said and asked in the call: date, medicines, amounts, what changed, what to ask."""
    where = pharmacy.name or "la farmacia"
    changes = [_change(fill) for fill in pickup.fills if fill.days != fill.previous_days]
    lines = [
        f"Llamada para confirmar la recogida en {where} el {_day(pickup.on)}.",
        "Medicinas:",
        *(f"- {_medicine(fill)}" for fill in pickup.fills),
        "Cambios en esta recogida:",
        *(f"- {change}" for change in changes or ["Ninguno: cada medicina en la misma cantidad que la última vez."]),
        "Preguntas:",
        *(["- Hubo una estancia en el hospital. ¿Qué cambió al alta?"] if pickup.open_questions else []),
        "- ¿Le sigue viniendo bien ese día?",
        "- ¿Olvidó alguna dosis? ¿Cuánto le queda, más o menos, de cada medicina?",
        "- ¿Tiene una medicina nueva, o una que le quitaron o cambiaron?",
        "- ¿Estuvo en el hospital o en urgencias desde la última recogida?",
        "- ¿Hay algo que cambiar antes de preparar sus medicinas?",
    ]
    return "\n".join(lines)


def _day(day: date) -> str:
    return f"{_WEEKDAYS[day.weekday()]} {day.day} de {_MONTHS[day.month - 1]} de {day.year}"


def _days(number: int) -> str:
    return f"{number} día" if number == 1 else f"{number} días"


def _medicine(fill: PlannedFill) -> str:
    one, several = _UNITS.get(fill.unit, (fill.unit.strip("{}"),) * 2)
    amount = f"{say_number(fill.units)} {one if fill.units == 1 else several}"
    return f"{one_line(fill.label)}: {amount} para {_days(fill.days)}"


def _change(fill: PlannedFill) -> str:
    why = ", para que coincida con las otras medicinas" if fill.days < fill.previous_days else ""
    return f"{one_line(fill.label)}: {_days(fill.days)} en vez de {_days(fill.previous_days)} la última vez{why}."
