"""A message as it travels: MIME, the binary PDU of MM1, the SOAP request of MM7. Pure: values in, bytes out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """Bytes of a message in one form; ``content_type`` is the header that says how to read them."""

    form: str
    content_type: str
    data: bytes

    @property
    def size_bytes(self) -> int:
        """How many bytes travel, without the headers of the transport."""
        return len(self.data)
