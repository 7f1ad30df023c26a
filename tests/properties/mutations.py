"""Ways in which a chart goes wrong on its way: one change at a time, with the records that it touched."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

Json = Any
Place = tuple[str | int, ...]

READ = ("MedicationRequest", "MedicationDispense", "Patient", "Encounter", "Medication")
BAD_DATES = (
    "2026-02-30",
    "2026-13-01",
    "2026-01",
    "2026",
    "yesterday",
    "0001-01-01",
    "9999-12-31",
    "2026-01-01T25:00:00Z",
)
BAD_NUMBERS = (-1, -30, 1e12, 10**30, "NaN", "-Infinity", 1e-20, "thirty")
BAD_CODES = ("bogus", "", "ACTIVE", "\u202eevitca", "completed\x00")
UNITS = ("tablet", "{tablet}", "mL", "mg", "puff", "furlong", "", "capsule")
OTHER_TYPES: tuple[Json, ...] = ([], {}, 7, "x", True, [[]], {"a": 1}, [None], 3.5)


@dataclass(frozen=True, slots=True)
class Mutation:
    """What was done. `harms`: the result is no sound chart, so that a changed plan must be said and explained."""

    what: str
    touched: tuple[str, ...]  # evidence keys
    harms: bool

    def __str__(self) -> str:
        return f"{self.what} in {', '.join(self.touched)}"


def mutate(resources: list[Json], random: Random) -> tuple[list[Json], Mutation]:
    """The chart with one thing changed; the original stays as it is."""
    changed = copy.deepcopy(resources)
    return changed, random.choice(WAYS)(changed, random)


def key_of(resource: Json) -> str:
    """The evidence key."""
    return f"{resource['resourceType']}/{resource.get('id')}"


def _one(resources: list[Json], random: Random, *types: str) -> Json:
    fitting = [one for one in resources if one["resourceType"] in (types or READ)]
    return random.choice(fitting or resources)


def _places(value: Json, path: Place = ()) -> list[Place]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found: list[Place] = [path] if path and path != ("resourceType",) else []
    return found + [place for key, part in inner for place in _places(part, (*path, key))]


def _at(value: Json, path: Place) -> Json:
    for key in path:
        value = value[key]
    return value


def _dotted(path: Place) -> str:
    return ".".join(map(str, path))


def drop_a_record(resources: list[Json], random: Random) -> Mutation:
    one = _one(resources, random, "MedicationRequest", "MedicationDispense")
    resources.remove(one)
    return Mutation("drop the record", (key_of(one),), harms=False)


def send_a_record_twice(resources: list[Json], random: Random) -> Mutation:
    one = _one(resources, random)
    resources.insert(random.randrange(len(resources)), copy.deepcopy(one))
    return Mutation("send twice", (), harms=True)


def copy_a_record(resources: list[Json], random: Random) -> Mutation:
    one = copy.deepcopy(_one(resources, random, "MedicationRequest", "MedicationDispense"))
    one["id"] = f"{one['id']}-copy"
    resources.append(one)
    return Mutation("copy under another id", (key_of(one), key_of(one).removesuffix("-copy")), harms=False)


def two_versions(resources: list[Json], random: Random) -> Mutation:
    one = copy.deepcopy(_one(resources, random, "MedicationRequest", "MedicationDispense"))
    one["status"] = "stopped"
    resources.append(one)
    return Mutation("two that differ under one id", (key_of(one),), harms=True)


def drop_an_element(resources: list[Json], random: Random) -> Mutation:
    one = _one(resources, random)
    path = random.choice(_places(one))
    key = key_of(one)
    del _at(one, path[:-1])[path[-1]]
    return Mutation(f"drop {_dotted(path)}", (key, key_of(one)), harms=False)


def rename_an_element(resources: list[Json], random: Random) -> Mutation:
    one = _one(resources, random)
    path = random.choice([place for place in _places(one) if isinstance(place[-1], str)])
    key, holder = key_of(one), _at(one, path[:-1])
    holder[f"{path[-1]}X"] = holder.pop(path[-1])
    return Mutation(f"rename {_dotted(path)}", (key, key_of(one)), harms=False)


def retype_an_element(resources: list[Json], random: Random) -> Mutation:
    one = _one(resources, random)
    path = random.choice(_places(one))
    key, holder = key_of(one), _at(one, path[:-1])
    before = holder[path[-1]]
    holder[path[-1]] = random.choice([value for value in OTHER_TYPES if _kind(value) is not _kind(before)])
    return Mutation(f"retype {_dotted(path)} to {holder[path[-1]]!r}", (key, key_of(one)), harms=True)


def _kind(value: Json) -> type:
    """The JSON type: all numbers are one."""
    return float if isinstance(value, int) and not isinstance(value, bool) else type(value)


def _spoil(ends: tuple[str, ...], values: tuple[Json, ...], *, harms: bool) -> Callable[[list[Json], Random], Mutation]:
    def spoil(resources: list[Json], random: Random) -> Mutation:
        one = _one(resources, random)
        fitting = [place for place in _places(one) if str(place[-1]) in ends]
        if not fitting:
            return Mutation("nothing", (), harms=True)
        path = random.choice(fitting)
        _at(one, path[:-1])[path[-1]] = random.choice(values)
        return Mutation(f"{_dotted(path)} = {_at(one, path)!r}", (key_of(one),), harms=harms)

    return spoil


DATES = ("authoredOn", "whenHandedOver", "whenPrepared", "start", "end", "birthDate")


def _is_day(value: Json) -> bool:
    try:
        date.fromisoformat(value[:10])
    except (TypeError, ValueError):  # some of the charts are not sound to begin with
        return False
    return True


def shift_a_date(resources: list[Json], random: Random) -> Mutation:
    one = _one(resources, random)
    fitting = [place for place in _places(one) if place[-1] in DATES and _is_day(_at(one, place))]
    if not fitting:
        return Mutation("nothing", (), harms=True)
    path = random.choice(fitting)
    text = _at(one, path)
    moved = date.fromisoformat(text[:10]) + timedelta(days=random.choice([-400, -90, -5, -1, 1, 5, 90, 400]))
    _at(one, path[:-1])[path[-1]] = f"{moved}{text[10:]}"
    return Mutation(f"{_dotted(path)} from {text} to {moved}", (key_of(one),), harms=False)


def give_it_to_another_patient(resources: list[Json], random: Random) -> Mutation:
    one = _one(resources, random, "MedicationRequest", "MedicationDispense")
    one["subject"] = random.choice([{"reference": "Patient/somebody-else"}, {"display": "Somebody"}, {}, None])
    return Mutation(f"subject = {one['subject']}", (key_of(one),), harms=True)


def point_nowhere(resources: list[Json], random: Random) -> Mutation:
    one = _one(resources, random, "MedicationRequest", "MedicationDispense")
    fitting = [place for place in _places(one) if place[-1] == "reference" and "subject" not in place]
    if not fitting:
        return Mutation("nothing", (), harms=True)
    path = random.choice(fitting)
    text = random.choice(["MedicationRequest/gone", "#gone", "#", "urn:uuid:gone", "gone", "", key_of(one)])
    _at(one, path[:-1])["reference"] = text
    return Mutation(f"{_dotted(path)} = {text!r}", (key_of(one),), harms=False)


def swap_an_element(resources: list[Json], random: Random) -> Mutation:
    one = _one(resources, random, "MedicationRequest", "MedicationDispense")
    other = random.choice([each for each in resources if each["resourceType"] == one["resourceType"]])
    shared = [name for name in one if name in other and name not in ("resourceType", "id")]
    name = random.choice(shared)
    one[name], other[name] = other[name], one[name]
    return Mutation(f"swap {name}", (key_of(one), key_of(other)), harms=False)


def turn_around(resources: list[Json], random: Random) -> Mutation:
    random.shuffle(resources)
    return Mutation("another order of records", (), harms=True)


NUMBERS = ("value", "numberOfRepeatsAllowed", "frequency", "period")
WAYS: tuple[Callable[[list[Json], Random], Mutation], ...] = (
    drop_a_record,
    send_a_record_twice,
    copy_a_record,
    two_versions,
    drop_an_element,
    drop_an_element,
    rename_an_element,
    retype_an_element,
    retype_an_element,
    _spoil(DATES, BAD_DATES, harms=True),
    _spoil(NUMBERS, BAD_NUMBERS, harms=True),
    _spoil(NUMBERS, (0, 1, 2, 7, 28, 30, 45, 90, 0.5, 100), harms=False),
    _spoil(("status", "intent"), BAD_CODES, harms=True),
    _spoil(
        ("status", "intent"), ("active", "stopped", "completed", "on-hold", "cancelled", "plan", "order"), harms=False
    ),
    _spoil(("unit", "code"), UNITS, harms=False),
    _spoil(
        ("text", "display"),
        ("", "\u0627\u0644\u0639\u0631\u0628\u064a\u0629", "x" * 5000, "1 tab daily, then 2"),
        harms=False,
    ),
    shift_a_date,
    give_it_to_another_patient,
    point_nowhere,
    swap_an_element,
    turn_around,
)


def as_bundle(resources: list[Json]) -> bytes:
    """A Bundle of them."""
    entries = [{"resource": resource} for resource in resources]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()
