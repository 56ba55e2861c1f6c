"""Records of one partition, as Kafka keeps them: one batch in its format."""

from aiokafka.record.default_records import DefaultRecordBatchBuilder

from backbone.cloudevents.encode import Headers

__all__ = ["RecordBatch"]

MAGIC = 2
MAX_BYTES = 512 * 1024
"""Kafka takes a megabyte; a single record may be as large as that."""


class RecordBatch:
    """Part of a transaction; to be filled, then built once."""

    __slots__ = ("_builder", "records")

    def __init__(self) -> None:
        self.records = 0
        self._builder = DefaultRecordBatchBuilder(
            MAGIC,
            compression_type=0,
            is_transactional=1,
            # Known when it is built.
            producer_id=-1,
            producer_epoch=-1,
            base_sequence=-1,
            batch_size=MAX_BYTES,
        )

    def append(self, timestamp_ms: int, key: bytes, value: bytes, headers: Headers) -> bool:
        """False: it is full. The first record always fits."""
        added = self._builder.append(self.records, timestamp_ms, key=key, value=value, headers=headers)
        if added is None:
            return False
        self.records += 1
        return True

    def built(self, producer_id: int, epoch: int, sequence: int) -> bytes:
        """Its bytes. ``sequence``: how many records the producer has sent to this partition before."""
        self._builder.set_producer_state(producer_id, epoch, sequence)
        return bytes(self._builder.build())
