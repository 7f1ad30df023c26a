from tests.unit.service.app.conftest import make_world, page, world

__all__ = ["make_world", "page", "world"]
