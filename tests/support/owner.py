"""``python -m tests.support.owner DIR``: runs embedded servers until its input ends, or it is killed."""

import asyncio
import json
import sys
from pathlib import Path

from backbone.embedded import Embedded, EmbeddedError


async def own(folder: Path) -> None:
    async with Embedded(folder, ["booking"]) as servers:
        assert servers.postgres is not None
        assert servers.kafka is not None
        said = {
            "pids": [servers.postgres.pid, servers.kafka.pid],
            "url": servers.database_urls["booking"],
            "bootstrap": servers.kafka_bootstrap,
        }
        print(json.dumps(said), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    try:
        asyncio.run(own(Path(sys.argv[1])))
    except EmbeddedError as error:
        print(json.dumps({"error": str(error)}), flush=True)
        sys.exit(1)
