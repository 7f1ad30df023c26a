"""`pickupday keys`: the keys that sign the app's assertions, made, listed, rotated and retired."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.table import Table
from rich.text import Text

from service import clock
from service.cli import streams
from service.cli.exits import Exit
from service.config import Settings

if TYPE_CHECKING:
    from service.store.signing_keys import StoredSigningKeys
    from smart_launch import KeyRing, SigningKey

app = typer.Typer(no_args_is_help=True, help="The keys that sign the app's assertions (private_key_jwt).")

Algorithm = Annotated[
    Literal["ES384", "RS384"], typer.Option("--alg", help="ES384 (P-384) or RS384 (RSA with 3072 bits).")
]


@app.command()
def new(alg: Algorithm = "ES384") -> None:
    """Make a key. The first of its algorithm signs at once; a further one is published and waits for `rotate`."""
    made: list[SigningKey] = []

    def add(ring: KeyRing) -> KeyRing:
        ring, key = ring.with_new(alg, clock.now())
        made.append(key)
        return ring

    _stored().change(add)
    streams.out().print(Text(f"{made[0].kid} {made[0].alg} {made[0].state}"), soft_wrap=True)


@app.command("list")
def list_(
    jwks: Annotated[bool, typer.Option("--jwks", help="Print the published key set as JSON instead.")] = False,
) -> None:
    """List the keys, the oldest first; private parts are never printed."""
    ring = _stored().load()
    if jwks:
        streams.print_json(json.loads(json.dumps(ring.public_jwks())))
        return
    table = Table(box=None, pad_edge=False)
    for title in ("kid", "algorithm", "state", "made", "published"):
        table.add_column(title, overflow="fold")
    for key in ring.keys:
        table.add_row(key.kid, key.alg, key.state, key.made_at.date().isoformat(), "yes" if key.published else "no")
    if ring.keys:
        streams.out().print(table)
    else:
        streams.err().print("There is no key yet; `pickupday keys new` makes one.", markup=False)


@app.command()
def rotate(alg: Algorithm = "ES384") -> None:
    """Sign with the announced key from now on, or with a new one; the old one stays published until it is retired."""
    fresh: list[SigningKey] = []

    def turn(ring: KeyRing) -> KeyRing:
        ring, key = ring.rotated(alg, clock.now())
        fresh.append(key)
        return ring

    _stored().change(turn)
    streams.out().print(Text(f"{fresh[0].kid} {fresh[0].alg} {fresh[0].state}"), soft_wrap=True)
    streams.err().print(
        "The former key stays published. Retire it in a day, when every server has read the new key set.",
        markup=False,
    )


@app.command()
def retire(kid: Annotated[str, typer.Argument(help="The kid of the key, as `pickupday keys list` shows it.")]) -> None:
    """Take a key out of the published set and forget its private part."""
    from smart_launch import NoSigningKey

    try:
        _stored().change(lambda ring: ring.retired(kid))
    except NoSigningKey:
        raise streams.stop(Exit.BAD_INPUT, f"{kid}: there is no such key; `pickupday keys list` shows them") from None
    streams.out().print(Text(f"{kid} retired"), soft_wrap=True)


def _stored() -> StoredSigningKeys:
    from service.app import Store  # the web takes half a second: only for commands that need it

    return Store.opened(Settings.from_environment(), os.environ).signing_keys
