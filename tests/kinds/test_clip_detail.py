"""Detail that smaller dimensions lose is told from a few frames."""

import numpy as np
import pytest

from mediaprep.kinds import _clip_coarse as coarse
from mediaprep.kinds._clip_detail import Detail

CRISP = np.random.default_rng(1).integers(0, 256, (3, 240, 320), dtype=np.uint8)
SOFT = np.tile((128 + 100 * np.sin(np.arange(320) / 40)).astype(np.uint8), (3, 240, 1))


def lost(frames, width, height):
    """Give the share that is gone at one size."""
    return Detail(frames).lost(width, height)


def test_noise_loses_nearly_all_and_a_slow_wave_nothing():
    """Half the columns hold a slow wave as well as all of them, but no grain."""
    assert lost(CRISP, 160, 120) > 0.4
    assert lost(SOFT, 160, 120) < 0.02


def test_the_smaller_the_more_is_lost():
    """Every step down costs detail; the whole size costs none."""
    shares = [lost(CRISP, 4 * side, 3 * side) for side in (80, 60, 40, 20)]

    assert shares[0] == pytest.approx(0.0)
    assert shares == sorted(shares)


def test_blank_frames_tell_nothing():
    """Black before the film says nothing of it; the frames that show something decide."""
    black = np.zeros((1, 240, 320), dtype=np.uint8)

    assert Detail(black).blank
    assert Detail(np.zeros((0, 240, 320), dtype=np.uint8)).blank
    assert not Detail(CRISP).blank
    assert lost(np.concatenate([black, CRISP[:1]]), 160, 120) == pytest.approx(lost(CRISP[:1], 160, 120))


def test_under_a_fine_quantiser_dimensions_count_and_under_a_coarse_one_they_hardly_do():
    """Faint grain is seen at the whole size and a fine quantiser only; coded coarsely it is gone at every size."""
    wave = np.tile(128 + 60 * np.sin(np.arange(320) / 6), (3, 240, 1))
    grain = np.random.default_rng(2).normal(0, 6, wave.shape)
    detail = Detail(np.clip(wave + grain, 0, 255).astype(np.uint8))
    fine = [detail.kept(width, width * 3 // 4, 14.0) for width in (160, 320)]
    rough = [detail.kept(width, width * 3 // 4, 42.0) for width in (160, 320)]

    assert fine[1] > fine[0] + 0.2
    assert rough[1] < rough[0] + 0.05
    assert rough[1] < fine[1]
    assert detail.kept(320, 240, 0.0) == pytest.approx(1.0, abs=0.1)


def test_coarsening_rounds_each_block_s_waves_and_keeps_its_mean():
    """A block is what the definition of the transform makes of it, one at a time; odd sides come back as they were."""
    from PIL import Image

    picture = np.asarray(Image.fromarray(CRISP[0]).resize((45, 27)))
    shown = coarse.coarsened(picture, 38.0)
    places = np.arange(8)
    waves = np.cos(np.pi * (2 * places[None] + 1) * places[:, None] / 16) / 2
    waves[0] /= np.sqrt(2)
    block = waves @ picture[8:16, 16:24].astype(float) @ waves.T
    step = 2 ** ((38.0 - coarse._INHERITED - 4) / 6)
    rounded = np.rint(block / step) * step
    rounded[0, 0] = block[0, 0]

    assert shown.shape == picture.shape
    assert np.abs(shown[8:16, 16:24] - np.clip(waves.T @ rounded @ waves, 0, 255)).max() <= 1


def test_a_picture_keeps_all_of_its_information_in_itself_and_none_in_a_flat_one():
    """What is kept lies between none and all, and is less of a noisier copy."""
    source = coarse.known(CRISP[0])
    noisy = np.clip(CRISP[0] + np.random.default_rng(3).normal(0, 40, CRISP[0].shape), 0, 255).astype(np.uint8)

    assert coarse.information(source, CRISP[0]) == pytest.approx(source.information, rel=0.01)
    assert coarse.information(source, np.full_like(CRISP[0], 90)) == pytest.approx(0.0, abs=1e-3)
    assert 0 < coarse.information(source, noisy) < source.information
