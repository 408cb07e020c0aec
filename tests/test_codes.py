"""The one table of codes."""

import re

from mediaprep.codes import BY_NAME, CODES, find


def test_ids_and_names_are_unique_and_well_formed():
    """Each code has an id like MP101, a name like over_limit, and both lead to the same row."""
    assert len(CODES) == len(BY_NAME)
    for code in CODES.values():
        assert re.fullmatch(r"MP[1-9]\d\d", code.id)
        assert re.fullmatch(r"[a-z][a-z_]+", code.name)
        assert find(code.id.lower()) is find(code.name.upper()) is code


def test_the_table_is_in_the_order_of_its_numbers():
    """``mediaprep explain`` and the README list it as it stands: a reader finds a number where it belongs."""
    assert list(CODES) == sorted(CODES)


def test_each_code_says_what_it_means_and_what_to_do():
    """Meaning and remedy are sentences."""
    for code in CODES.values():
        assert code.meaning.endswith(".")
        assert code.remedy.endswith(".")


def test_numbers_follow_severity():
    """MP4xx are warnings, MP5xx refuse the asset, MP6xx are faults of ours or the machine's."""
    expected = {"4": "warning", "5": "refused", "6": "failed"}
    for code in CODES.values():
        assert code.severity == expected.get(code.id[2], code.severity)


def test_an_unknown_code_is_none():
    """Looking for what is not there gives None."""
    assert find("MP999") is None
