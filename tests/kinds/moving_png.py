"""Animated PNGs of every kind that the standard knows (Pillow writes but a few), and what they show, by its words."""

import struct
import zlib
from dataclasses import dataclass

import numpy as np

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Samples (height x width x channels) at their depth, and what fcTL says."""

    samples: np.ndarray
    at: tuple[int, int] = (0, 0)
    disposal: int = 0
    blend: int = 0
    delay: tuple[int, int] = (10, 100)


@dataclass(frozen=True, kw_only=True)
class Moving:
    """One animation. ``clear`` is the content of tRNS; ``hidden`` a default image that is no frame."""

    size: tuple[int, int]
    frames: tuple[Frame, ...]
    colour: int = 6
    depth: int = 8
    palette: np.ndarray | None = None
    clear: bytes | None = None
    interlaced: bool = False
    hidden: np.ndarray | None = None
    plays: int = 0
    split: int = 1 << 20

    def written(self):
        """Give the file."""
        form = struct.pack(">IIBBBBB", *self.size, self.depth, self.colour, 0, 0, self.interlaced)
        made = [b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", form)]
        made.append(chunk(b"acTL", struct.pack(">II", len(self.frames), self.plays)))
        if self.palette is not None:
            made.append(chunk(b"PLTE", self.palette.astype(np.uint8).tobytes()))
        if self.clear is not None:
            made.append(chunk(b"tRNS", self.clear))
        if self.hidden is not None:
            made.append(chunk(b"IDAT", self._packed(self.hidden)))
        sequence = 0
        for number, frame in enumerate(self.frames):
            height, width = frame.samples.shape[:2]
            said = (width, height, *frame.at, *frame.delay, frame.disposal, frame.blend)
            made.append(chunk(b"fcTL", struct.pack(">IIIIIHHBB", sequence, *said)))
            sequence += 1
            data = self._packed(frame.samples)
            for part in (data[at : at + self.split] for at in range(0, len(data), self.split)):
                later = number > 0 or self.hidden is not None
                made.append(chunk(b"fdAT", sequence.to_bytes(4, "big") + part) if later else chunk(b"IDAT", part))
                sequence += later
        return b"".join([*made, chunk(b"IEND")])

    def shown(self):
        """Give the frames as the third edition composes them (11.3.6.2): height x width x RGBA, floats from 0 to 1."""
        canvas = np.zeros((self.size[1], self.size[0], 4))
        for number, frame in enumerate(self.frames):
            left, top = frame.at
            height, width = frame.samples.shape[:2]
            part = canvas[top : top + height, left : left + width]
            before = part.copy()
            new = self._plain(frame.samples)
            if frame.blend:
                alpha, under = new[..., 3:], part[..., 3:] * (1 - new[..., 3:])
                whole = alpha + under
                mixed = (new[..., :3] * alpha + part[..., :3] * under) / np.where(whole == 0, 1, whole)
                new = np.concatenate([mixed, whole], axis=2)
            part[...] = new
            yield canvas.copy()
            if frame.disposal == 1 or (frame.disposal == 2 and number == 0):
                part[...] = 0
            elif frame.disposal == 2:
                part[...] = before

    def _plain(self, samples):
        top = (1 << self.depth) - 1
        if self.colour == 3:
            hiding = np.full(len(self.palette), 255)
            hiding[: len(self.clear or b"")] = list(self.clear or b"")
            return np.concatenate([self.palette[samples[..., 0]], hiding[samples]], axis=2) / 255
        colours = samples[..., : 3 if self.colour & 2 else 1]
        alpha = samples[..., -1:] / top if self.colour & 4 else np.ones((*samples.shape[:2], 1))
        if self.clear is not None:
            key = np.frombuffer(self.clear, dtype=">u2")
            alpha = 1.0 - (colours == key).all(axis=2, keepdims=True)
        return np.concatenate([np.broadcast_to(colours / top, (*samples.shape[:2], 3)), alpha], axis=2)

    def _packed(self, samples):
        passes = _PASSES if self.interlaced else ((0, 0, 1, 1),)
        parts = [samples[top::down, left::right] for left, top, right, down in passes]
        return zlib.compress(b"".join(self._rows(part) for part in parts if part.size))

    def _rows(self, samples):
        flat = samples.reshape(samples.shape[0], -1)
        if self.depth == 16:
            packed = flat.astype(">u2").view(np.uint8)
        elif self.depth == 8:
            packed = flat.astype(np.uint8)
        else:
            bits = (flat[..., None] >> np.arange(self.depth - 1, -1, -1)) & 1
            packed = np.packbits(bits.reshape(flat.shape[0], -1).astype(np.uint8), axis=1)
        return b"".join(b"\0" + row.tobytes() for row in packed)


def chunk(name, body=b""):
    """Make a chunk."""
    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")


def odd(seed, *, colour=6, depth=8, clear=False, count=9, size=(40, 30), small=False, **more):
    """Make an animation of every disposal and blending at odd places; ``clear`` makes a colour, or some, clear."""
    rng = np.random.default_rng(seed)
    top = (1 << depth) - 1
    palette = rng.integers(0, 256, (min(12, top + 1), 3)) if colour == 3 else None

    def samples(width, height):
        highest = top if palette is None else len(palette) - 1
        blocks = rng.integers(0, highest + 1, (-(-height // 5), -(-width // 5), CHANNELS[colour]))
        if colour & 4:
            blocks[..., -1] = rng.choice(np.array([0, 60, 128, 255, 255]) * top // 255, blocks.shape[:2])
        return np.kron(blocks, np.ones((5, 5, 1), dtype=int))[:height, :width]

    frames = []
    key = rng.integers(0, top + 1, CHANNELS[colour])
    for number in range(count):
        width, height = int(rng.integers(6, 30)), int(rng.integers(6, 22))
        at = (int(rng.integers(0, size[0] - width + 1)), int(rng.integers(0, size[1] - height + 1)))
        width, height, at = (width, height, at) if number or small else (*size, (0, 0))
        drawn = samples(width, height)
        if clear and colour != 3:
            drawn[2:5, 2:20] = key
        disposal = (int(rng.integers(0, 3)), 2, 1)[number if number < 3 else 0]
        frames.append(Frame(samples=drawn, at=at, disposal=disposal, blend=int(rng.integers(0, 2))))
    said = None
    if clear:
        hides = rng.choice([0, 60, 128, 255], len(palette) if palette is not None else 1).tolist()
        said = bytes(hides) if colour == 3 else key.astype(">u2").tobytes()
    hidden = samples(*size) if small else None
    return Moving(
        size=size, frames=tuple(frames), colour=colour, depth=depth, palette=palette, clear=said, hidden=hidden, **more
    )
