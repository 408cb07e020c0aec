"""One asset opened: what is known of it so far, and outcomes that begin with those facts."""

from __future__ import annotations

import os
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from mediaprep.engine import engine
from mediaprep.errors import AssetError, ToolError
from mediaprep.job import Job
from mediaprep.judge import confidence
from mediaprep.kinds import Kind, TrimmingKind, all_kinds, identify, supports
from mediaprep.limits import Limits, Route
from mediaprep.model import Finding, KindName, MediaInfo, Outcome, Treatment, Verdict, finding, finding_from
from mediaprep.rendition import Rendition
from mediaprep.storage import Source, disk_error, open_source
from mediaprep.units import format_size
from mediaprep.unread import unread


@dataclass(slots=True)
class Opened:
    """A job's asset. Facts are filled in as they are read, so that an error midway still reports those before it."""

    job: Job
    source: Source | None = None
    info: MediaInfo | None = None
    sha256: str | None = None
    confirmed: bool = False
    misnamed: str = ""
    staged: dict[bytes, Rendition] = field(default_factory=dict)
    """Renditions that were read back, by their bytes: another route whose search ends at the same has the same."""

    @property
    def file(self) -> Source:
        """Give the source of an asset that was opened."""
        assert self.source is not None
        return self.source

    @property
    def facts(self) -> MediaInfo:
        """Give the facts of an asset that was read."""
        assert self.info is not None
        return self.info

    def read(self) -> Kind:
        """Open, identify, probe and hash; give the asset's kind. Raises AssetError and ToolError."""
        called = "the asset" if self.job.asset == "-" else ""  # it came as bytes; where they were put is ours alone
        bounds = self.job.bounds
        source = self.source = open_source(self.job.path, bounds.max_file_bytes, bounds.max_name_bytes, called=called)
        known = identify(source)
        if known is None:
            raise unread(source)
        kind, form = known
        if kind.name == KindName.ANIMATION and self.job.options.still:
            kind = next(k for k in all_kinds() if k.name == KindName.IMAGE)
            form = next(f for f in kind.formats if f.match(source.head))
        suffix = source.path.suffix.removeprefix(".").lower()
        usual = form.suffixes or (form.suffix,)
        self.misnamed = suffix if suffix and suffix not in (*usual, form.suffix) else ""
        self.info = kind.probe(source, form, self.job.bounds)
        self._check_stretch(kind, self.info)
        self.sha256 = source.sha256()
        return kind

    def _check_stretch(self, kind: Kind, info: MediaInfo) -> None:
        span = self.job.options.span_s() if supports(kind, TrimmingKind) else None
        if span is not None and info.duration_s and span[0] >= info.duration_s:
            lasts = info.duration_s
            text = f"the asset lasts {lasts:.6g} s; --trim begins at {span[0]:g} s"
            raise AssetError("nothing_left", text, allowed=lasts, actual=span[0])

    def confirm(self, kind: Kind) -> MediaInfo:
        """Decode once to prove that the source is whole."""
        if not self.confirmed:
            self.info = kind.confirm(self.file, self.facts, self.job.bounds)
            self.confirmed = True
        return self.facts

    def kept_part(self, kind: Kind) -> MediaInfo:
        """Give the facts of the part that the options keep (``--trim``), which is what limits judge."""
        return kind.shortened(self.facts, self.job.options) if supports(kind, TrimmingKind) else self.facts

    def all_alike(self, verdict: Verdict, found: Finding) -> tuple[Outcome, ...]:
        """Give every route the same outcome, for what concerns the asset itself."""
        return tuple(
            replace(self.outcome(route), verdict=verdict, treatment=Treatment.REJECT, violations=(found,))
            for route in self.job.routes
        )

    def guarded(self, work: Callable[[], tuple[Outcome, ...]]) -> tuple[Outcome, ...]:
        """Do a piece of work on the asset; what goes wrong is the same outcome for every route."""
        bounds = self.job.bounds
        try:
            return work()
        except AssetError as error:
            return self.all_alike(Verdict.REFUSED, finding_from(error))
        except ToolError as error:
            return self.all_alike(Verdict.FAILED, finding_from(error))
        except MemoryError:
            text = f"{self.job.asset} needs more memory than the bound of {format_size(bounds.max_memory_bytes)}"
            return self.all_alike(Verdict.REFUSED, finding("memory_bound", text))
        except OSError as error:
            if error.errno is None:  # Pillow's own kind, which should have ended where Pillow was called
                return self._surprised(error)
            return self.all_alike(Verdict.FAILED, finding_from(disk_error(error, _place(error))))
        except Exception as error:  # noqa: BLE001  # one asset's surprise must not end a run of thousands
            return self._surprised(error)

    def _surprised(self, error: Exception) -> tuple[Outcome, ...]:
        where = traceback.extract_tb(error.__traceback__)[-1]
        text = f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
        return self.all_alike(Verdict.FAILED, finding("internal", text))

    def outcome(self, route: Route, limits: Limits | None = None) -> Outcome:
        """Start an outcome from the route and the facts known so far."""
        info = self.info
        base = Outcome(
            asset=self.job.asset,
            route=route.name,
            verdict=Verdict.FAILED,
            channel=route.channel,
            provider=route.provider,
            sender=route.sender,
            source_sha256=self.sha256,
            engine=engine(),
            profiles_digest=route.profiles_digest or None,
            confidence=route.confidence,
        )
        if info is not None:
            base = replace(
                base,
                kind=info.kind,
                source=info,
                media_type=info.media_type,
                size_bytes=info.size_bytes,
                width=info.width,
                height=info.height,
                frames=info.frames,
                duration_s=info.duration_s,
            )
        if limits is not None:
            base = replace(
                base,
                target_bytes=limits.target_bytes,
                limit_bytes=limits.limit_bytes,
                counted_as=limits.counted_as,
                confidence=confidence(route, limits),
            )
        return base


def _place(error: OSError) -> Path:
    """Name the file that an error is about, else the temporary folder: nothing else is written without a name."""
    return Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else Path(tempfile.gettempdir())
