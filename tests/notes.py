"""The note that tests of container formats put into files, and an older one that it replaces."""

from __future__ import annotations

from overt.formats.container import Note

JSON = (
    '{"Label":"1","ContentProducer":"00191110000000000000000000000","ProduceID":"0198c5b2-2a4e-7c39-a1de-000000000001",'
    '"ReservedCode1":"","ContentPropagator":"00191110000000000000000000000","PropagateID":"x","ReservedCode2":""}'
)
OLD = JSON.replace("000000000001", "000000000002")
NOTE = Note("AIGC", JSON, "http://www.tc260.org.cn/ns/AIGC/1.0/", "TC260")
