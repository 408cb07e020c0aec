"""A rendition on its way to its places: staged under a name of its own, verified, then put there whole."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from mediaprep.job import Job
from mediaprep.kinds import Extra
from mediaprep.limits import Limits
from mediaprep.model import Companion, MediaInfo
from mediaprep.storage import open_source
from mediaprep.verify import verify
from mediaprep.workdir import make_folder, place, staged_copy, staged_file, write_atomically


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """Verified bytes under a temporary name, waiting for their outputs."""

    path: Path
    size_bytes: int
    sha256: str
    media_type: str
    suffix: str
    info: MediaInfo | None

    @classmethod
    def make(
        cls,
        data: bytes | None,
        path: Path | None,
        media_type: str,
        suffix: str,
        job: Job,
        limits: Limits,
        *,
        verified: bool = True,
    ) -> Self:
        """Stage bytes (or a file's), read them back and judge them against the limits unless they are the asset's own.

        Raises ToolError ``verify_failed``, ``disk`` or ``permission``; nothing stays behind then.
        """
        kept = job.outputs is not None and not job.dry_run
        folder = job.outputs[0].parent if job.outputs is not None and kept else job.scratch
        if folder is not None:
            make_folder(folder, job.inside if kept else None)
        if data is not None:
            staged = staged_file(folder, data)
        else:
            assert path is not None
            staged = staged_copy(folder, path)
        try:
            info = verify(staged, limits, job.bounds, media_type=media_type) if verified else None
            source = open_source(staged, job.bounds.max_file_bytes)
            digest = hashlib.sha256(data).hexdigest() if data is not None else source.sha256()
        except BaseException:
            staged.unlink(missing_ok=True)
            raise
        return cls(
            path=staged,
            size_bytes=source.size_bytes,
            sha256=digest,
            media_type=media_type,
            suffix=suffix,
            info=info,
        )

    def release(self, job: Job) -> None:
        """Take the temporary name away, unless the caller is to read the bytes from it."""
        if job.outputs is not None or job.scratch is None or job.dry_run:
            self.path.unlink(missing_ok=True)


def deliver(rendition: Rendition, job: Job, index: int) -> str | None:
    """Put a rendition where the job's route ``index`` wants it; give the path, None on a dry run."""
    if job.dry_run:
        return None
    if job.outputs is None:
        return str(rendition.path) if job.scratch is not None else None
    target = job.outputs[index]
    if not job.exact:
        target = target.with_name(f"{target.name}.{rendition.suffix}")
    make_folder(target.parent, job.inside)
    place(rendition.path, target, inside=job.inside)
    return str(target)


def deliver_extras(extras: tuple[Extra, ...], job: Job, index: int) -> tuple[Companion, ...]:
    """Write what goes beside a rendition, as ``<name>-<role>.<suffix>``; nothing where no output was asked for."""
    if job.dry_run or job.outputs is None:
        return ()
    made = []
    for extra in extras:
        target = job.outputs[index]
        target = target.with_name(f"{target.stem if job.exact else target.name}-{extra.role}.{extra.suffix}")
        write_atomically(target, extra.data, inside=job.inside)
        made.append(
            Companion(
                role=extra.role,
                output=str(target),
                media_type=extra.media_type,
                size_bytes=len(extra.data),
                sha256=hashlib.sha256(extra.data).hexdigest(),
            )
        )
    return tuple(made)


def deliver_again(companions: tuple[Companion, ...], job: Job, index: int) -> tuple[Companion, ...]:
    """Write the companions of one route beside another route's rendition, too."""
    extras = tuple(
        Extra(
            role=made.role,
            media_type=made.media_type,
            suffix=Path(made.output).suffix.removeprefix("."),
            data=Path(made.output).read_bytes(),
        )
        for made in companions
    )
    return deliver_extras(extras, job, index)
