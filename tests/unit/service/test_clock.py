"""The clock, and the zone of the machine."""

from __future__ import annotations

from datetime import UTC, date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from service import clock


def test_today_depends_on_the_zone():
    days = {clock.today_in(ZoneInfo(name)) for name in ("Pacific/Kiritimati", "Pacific/Pago_Pago")}
    assert len(days) == 2  # 25 hours apart: never the same date
    assert all(isinstance(day, date) for day in days)


def test_an_instant_is_in_utc_and_the_stopwatch_runs_forward():
    assert clock.now().tzinfo is UTC
    assert clock.stopwatch() <= clock.stopwatch()


@pytest.mark.parametrize(
    ("variable", "link", "zone"),
    [
        ("America/Denver", "Europe/Paris", "America/Denver"),
        (":America/Denver", None, "America/Denver"),
        ("", "Europe/Paris", "Europe/Paris"),
        ("EST5EDT,M3.2.0,M11.1.0", "Europe/Paris", "Europe/Paris"),
        ("/etc/localtime", "Europe/Paris", "Europe/Paris"),
        ("Mars/Olympus", None, "UTC"),
    ],
)
def test_the_machines_zone_is_a_named_one(monkeypatch, tmp_path: Path, variable, link, zone):
    monkeypatch.setenv("TZ", variable)
    localtime = tmp_path / "localtime"
    if link:
        target = tmp_path / "zoneinfo" / link
        target.parent.mkdir(parents=True)
        target.write_bytes(b"")
        localtime.symlink_to(target)
    assert clock.machine_zone(localtime).key == zone
