"""The FHIR client: everything that goes to a FHIR server and comes back goes through here.

`Gateway` implements the Protocols of use_cases/ports.py over one pooled connection:

    async with Gateway(parse_base("https://ehr.example/fhir"), Settings()) as server:
        chart = await server.read_chart("Patient/123")

Below it: `address` (what lies inside the base), `wire` (send and count), `retries` (send again), `body` (unpack),
`faults`, `refusals` and `outcomes` (what went wrong, and what a no means), `searches` (fhirpy), `pages` (a search to
its end), `records` (the few fields we look at), `statement` (CapabilityStatement), `chart` (one chart), `notes` (what
is said about it), `writes` (transaction, If-None-Exist, If-Match).
"""

from service.gateway.address import ServerBase, parse_base
from service.gateway.fhir_gateway import Gateway
from service.gateway.pool import Servers

__all__ = ["Gateway", "ServerBase", "Servers", "parse_base"]
