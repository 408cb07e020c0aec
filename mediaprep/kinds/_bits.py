"""Bits of a video codec's headers, most significant first, with the Exp-Golomb codes of H.264 and HEVC."""

from __future__ import annotations


class EndOfBitsError(Exception):
    """A header ends before its own fields; readers turn this into "unknown"."""


class Bits:
    """Read bits from ``data``; raises EndOfBitsError past the end."""

    __slots__ = ("_at", "_length", "_value")

    def __init__(self, data: bytes) -> None:
        """Start at the first bit. Keep ``data`` short (headers have some hundred bytes)."""
        self._value = int.from_bytes(data, "big")
        self._length = 8 * len(data)
        self._at = 0

    @property
    def left(self) -> int:
        """How many bits are left."""
        return self._length - self._at

    def take(self, count: int) -> int:
        """Read ``count`` bits as a number."""
        end = self._at + count
        if count < 0 or end > self._length:
            raise EndOfBitsError
        self._at = end
        return (self._value >> (self._length - end)) & ((1 << count) - 1)

    def flag(self) -> bool:
        """Read one bit."""
        return self.take(1) == 1

    def skip(self, count: int) -> None:
        """Pass over ``count`` bits."""
        self.take(count)

    def ue(self) -> int:
        """Read an unsigned Exp-Golomb code (ISO/IEC 14496-10 section 9.1)."""
        zeros = 0
        while not self.flag():
            zeros += 1
            if zeros > 32:
                raise EndOfBitsError
        return (1 << zeros) - 1 + self.take(zeros)

    def se(self) -> int:
        """Read a signed Exp-Golomb code."""
        code = self.ue()
        return (code + 1) // 2 if code % 2 else -(code // 2)


def without_emulation(nal: bytes) -> bytes:
    """Drop the 0x03 that H.264 and HEVC put after two zero bytes (ISO/IEC 14496-10 section 7.4.1)."""
    return nal.replace(b"\x00\x00\x03", b"\x00\x00")
