"""JSON as FHIR means it: decimals keep their digits, and what is not JSON is refused with the place."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from service.sandbox.outcome import FhirError

Resource = dict[str, Any]  # the server stores what it is given; only the elements it searches have a meaning to it

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")


def decode(data: bytes) -> Resource:
    """One JSON object. 400 with the byte where the text stops being JSON."""
    try:
        value = _decoder.decode(data)
    except RecursionError:
        raise FhirError(400, "The JSON is nested too deeply.", code="structure") from None
    except (msgspec.DecodeError, UnicodeDecodeError, ArithmeticError) as error:
        raise FhirError(400, f"The body is not JSON ({len(data):,} bytes): {error}.", code="structure") from None
    if not isinstance(value, dict):
        raise FhirError(400, f"The body is a JSON {type(value).__name__}, not an object.", code="structure")
    return value


def encode(resource: Resource) -> bytes:
    """The text that goes over the wire and into the database."""
    return _encoder.encode(resource)
