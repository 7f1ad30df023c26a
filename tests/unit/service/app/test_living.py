"""The application from start to end, as a server runs it."""

from __future__ import annotations

import asyncio

from tests.app_in_memory import World


def test_while_it_runs_what_has_ended_is_removed_and_at_the_end_everything_is_given_back(world: World) -> None:
    world.run(world.store.sessions.leave_note("a note"))
    world.store.sessions._now = lambda: world.ehr.authority.now().replace(year=2199)

    async def live() -> int:
        async with world.app.router.lifespan_context(world.app):
            for _ in range(500):
                await asyncio.sleep(0.01)
                with world.store.database.begin() as connection:
                    left: int = connection.exec_driver_sql("SELECT count(*) FROM pending_launch").scalar_one()
                if left == 0:
                    return left
        return left

    assert world.run(live()) == 0
