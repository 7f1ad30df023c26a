"""Searches built with fhirpy, sent over our own wire.

fhirpy 2.3.1 has one private method through which every request goes; it is overridden here, so that all of fhirpy can
be used over the pooled client with its checks (tests/unit/service/gateway/test_searches.py holds fhirpy to that
contract). fhirpy's own check of absolute addresses is a substring test and is not relied upon.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from fhirpy import AsyncFHIRClient
from fhirpy.base.searchset import Raw
from fhirpy.base.utils import AttrDict

from service.gateway.wire import Wire


class PooledFhirClient(AsyncFHIRClient):
    """fhirpy over the wire: one connection pool, limits, typed errors, no request outside the base."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(wire.base.url)
        self._wire = wire

    async def _do_request(
        self,
        method: str,
        path: str,
        data: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        extra_headers: Mapping[str, str] | None = None,
        *,
        returning_status: bool = False,
    ) -> Any:  # noqa: ANN401 - fhirpy's signature
        answer = await self._wire.send(
            method.upper(),
            self._build_request_url(path, params),
            attempted=f"{method.upper()} by fhirpy",
            headers=extra_headers,
            content=None if data is None else json.dumps(data).encode(),
        )
        parsed = json.loads(answer.body, object_hook=AttrDict) if answer.body else None
        return (parsed, answer.status) if returning_status else parsed

    def _build_request_url(self, path: str, params: Mapping[str, Any] | None) -> str:
        """An absolute address stays as it is: the wire compares it with the base, part by part."""
        if urlsplit(path).netloc:
            return path
        return str(super()._build_request_url(path, params)).rstrip("?")

    def address_of(
        self,
        resource_type: str,
        params: Mapping[str, str],
        includes: tuple[str, ...] = (),
        page_size: int | None = None,
    ) -> str:
        """The address of a search, every value escaped. `includes` are "TYPE:param"."""
        search = self.resources(resource_type).search(Raw(**params))  # type: ignore[no-untyped-call] # fhirpy
        for include in includes:
            source, _, param = include.partition(":")
            search = search.include(source, param)
        if page_size is not None and "_count" not in params:
            search = search.limit(page_size)
        return self._build_request_url(search.resource_type, search.params)
