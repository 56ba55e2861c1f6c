"""A whole booking service in a process of its own, in which a patient is erased: to be killed meanwhile.

Says the patient's id, waits for a line, and then approves the erasure.
"""

import asyncio
import sys
from pathlib import Path

from tests.services.booking.serving import open_front


async def main(database: str, bootstrap: str, prefix: str, folder: str) -> None:
    async with open_front(database, bootstrap, prefix, Path(folder)) as front:
        patient = await front.patient(
            "Halfway", "Hal", contacts=[{"channel": "sms", "value": "+12125550188"}]
        )
        erasure = f"/v1/patients/{patient}/erasure"
        olga, otto = front.token("ops", subject="olga"), front.token("ops", subject="otto")
        await front.post(erasure, {"reason_code": "patient-request"}, 201, olga)
        print(patient, flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        await front.post(f"{erasure}/approve", {}, 200, otto)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
