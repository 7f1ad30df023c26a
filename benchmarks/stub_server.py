"""A FHIR server on loopback that answers what it was given, as late as one far away: run by launch.py as a process.

Each answer takes one round trip of 20 ms and 30 ms of the server's own time, a new connection one round trip more.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from urllib.parse import urlsplit

ROUND_TRIP, SERVER_TIME = 0.020, 0.030  # seconds


class Stub:
    """Answers by path, `{base}` in them replaced by the address that was asked."""

    def __init__(self, answers: dict[str, str]) -> None:
        self.answers = answers

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, kept alive as long as the client wants it."""
        delay = ROUND_TRIP
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await asyncio.sleep(delay + ROUND_TRIP + SERVER_TIME)
                delay = 0.0
                lines = head.decode("latin-1").split("\r\n")
                host = next(line.split(": ", 1)[1] for line in lines if line.lower().startswith("host:"))
                target = lines[0].split(" ")[1]
                body = self.answers[urlsplit(target).path].replace("{base}", f"http://{host}/fhir")
                payload = body.replace("{query}", urlsplit(target).query).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: %d\r\n\r\n"
                    % len(payload)
                )
                writer.write(payload)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def main() -> None:
    """Serve until the process that started this ends it; the first line out is the port."""
    stub = Stub(json.loads(Path(sys.argv[1]).read_text("utf-8")))
    server = await asyncio.start_server(stub.serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
