"""The handout's sentences in each language, written to be read at school level (tests measure it).

`{…}` are filled in by `content.py`. The Spanish has not been reviewed by clinical staff, and says so on the page.
"""

from __future__ import annotations

from dataclasses import dataclass

Forms = tuple[str, str]
"""A sentence for one thing, and for several ({count})."""


@dataclass(frozen=True, slots=True)
class Words:
    """One language. `locale` is its CLDR name, `date` and `short_date` are CLDR patterns."""

    language: str  # BCP 47
    locale: str
    date: str
    short_date: str
    notice: str | None  # said under the title where nobody has reviewed the text
    title: str
    next_pickup: str
    one_day: str
    no_change: str
    visits: str
    medicines: Forms
    extra_trip: str
    extra_trips_why: str
    call_on: str
    confirmed_now: str
    steps: str
    step_list: tuple[str, ...]
    calendar: str
    calendar_key: str
    calendar_key_extra: str
    medicine_list: str
    problems: str
    problem_list: tuple[str, ...]
    call_us: str
    call_us_unknown: str
    scan: str
    event: str
    event_extra: str
    event_text: str
    event_preview: str
    preview: str
    settled_now: str
    pharmacy: str
    your_medicines: str
    call_first: str
    ask_medicines: str


ENGLISH = Words(
    language="en",
    locale="en_US",
    date="EEEE, MMMM d, y",
    short_date="EEEE, MMMM d",
    notice=None,
    title="Your medicine pickup days",
    next_pickup="Your next pickup is on {day}.",
    one_day="From now on you pick up your medicines on one day.",
    no_change="Take your medicines just as you do now. Only the pickup days change.",
    visits="When to come",
    medicines=("1 medicine", "{count} medicines"),
    extra_trip="Extra trip: {medicines}",
    extra_trips_why="An extra trip is for a medicine that runs out before your first pickup day.",
    call_on="We call on {day}.",
    confirmed_now="You have said yes to this day.",
    steps="How it works",
    step_list=(
        "We call you before each pickup.",
        "Tell us what is new: a new medicine, a new dose, a hospital stay, or doses you missed.",
        "We fill your medicines only after you say yes.",
        "On your day, all of it is ready in one bag. You can talk with the pharmacist.",
    ),
    calendar="Your calendar",
    calendar_key="Full circle: pickup day.",
    calendar_key_extra="Ring: extra trip.",
    medicine_list="Medicines in this plan",
    problems="Call us if",
    problem_list=(
        "you cannot come on your day",
        "you may run out before your day: do not wait for our call",
        "your doctor starts, stops or changes a medicine",
        "you want to leave the plan: you can at any time",
    ),
    call_us="Call {pharmacy}: {phone}",
    call_us_unknown="Ask your pharmacy for its phone number and write it here:",
    scan="Point your phone's camera here to call.",
    event="Medicine pickup",
    event_extra="Medicine pickup (extra trip)",
    event_text="Your pharmacy calls you first. Nothing is filled before you say yes.",
    event_preview="{title}, not agreed yet",
    preview="Not agreed yet. These days may still change.",
    settled_now="We settle this day with you now.",
    pharmacy="your pharmacy",
    your_medicines="Your medicines",
    call_first="We call you first.",
    ask_medicines="Ask us which medicines are in this plan.",
)

SPANISH = Words(
    language="es",
    locale="es_US",
    date="EEEE d 'de' MMMM 'de' y",
    short_date="EEEE d 'de' MMMM",
    notice="Esta traducción no ha sido revisada por personal clínico.",
    title="Sus días para recoger medicinas",
    next_pickup="Recoja sus medicinas el {day}.",
    one_day="Desde ahora recoge sus medicinas en un solo día.",
    no_change="Tome sus medicinas igual que ahora. Solo cambian los días de recogida.",
    visits="Cuándo venir",
    medicines=("1 medicina", "{count} medicinas"),
    extra_trip="Viaje extra: {medicines}",
    extra_trips_why="Un viaje extra es para una medicina que se acaba antes de su primer día.",
    call_on="Llamamos el {day}.",
    confirmed_now="Usted ya aceptó este día.",
    steps="Cómo funciona",
    step_list=(
        "Le llamamos antes de cada día.",
        "Díganos qué es nuevo: una medicina, una dosis, un ingreso en el hospital o dosis que olvidó.",
        "Solo surtimos sus medicinas cuando usted dice que sí.",
        "Ese día todo está listo en una bolsa. Puede hablar con el farmacéutico.",
    ),
    calendar="Su calendario",
    calendar_key="Círculo lleno: día de recogida.",
    calendar_key_extra="Anillo: viaje extra.",
    medicine_list="Medicinas de este plan",
    problems="Llámenos si",
    problem_list=(
        "no puede venir en su día",
        "una medicina se acaba antes: no espere nuestra llamada",
        "su médico le da, le quita o le cambia una medicina",
        "quiere dejar el plan: puede hacerlo cuando quiera",
    ),
    call_us="Llame a {pharmacy}: {phone}",
    call_us_unknown="Pida el teléfono a su farmacia y escríbalo aquí:",
    scan="Apunte la cámara de su teléfono aquí para llamar.",
    event="Recoger medicinas",
    event_extra="Recoger medicinas (viaje extra)",
    event_text="Su farmacia le llama antes. No surte nada hasta que usted dice que sí.",
    event_preview="{title}, aún sin acuerdo",
    preview="Aún no hay acuerdo. Estos días pueden cambiar.",
    settled_now="Fijamos este día con usted ahora.",
    pharmacy="su farmacia",
    your_medicines="Sus medicinas",
    call_first="Le llamamos antes.",
    ask_medicines="Pregunte qué medicinas hay en este plan.",
)

LANGUAGES = {words.language: words for words in (ENGLISH, SPANISH)}
