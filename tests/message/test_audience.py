"""An audience: counted from an export, grouped by what its carriers take."""

import pytest

from mediaprep import api
from mediaprep.errors import UsageError
from mediaprep.message import Draft, Result
from mediaprep.message.audience import count, gain, groups
from mediaprep.model import Outcome, Verdict


def test_carriers_are_counted_by_name_and_by_network(tmp_path, profiles):
    """A look-up service's names, a network code with or without a dash, split codes; the rest is said."""
    path = tmp_path / "numbers.csv"
    path.write_text(
        "phone,Carrier,mcc,mnc\n1,AT&T Wireless,,\n2,,310,410\n3,Verizon,,\n4,Nobody Telecom,,\n5,,999,99\n",
        "utf-8-sig",
    )
    found = count(path, profiles)
    assert found.numbers == 5
    assert dict(found.shares) == {"att": 0.4, "verizon": 0.2}
    assert found.unknown == 0.4
    assert dict(found.unknown_names) == {"Nobody Telecom": 1, "99999": 1}


def test_rows_that_were_summed_up_count_as_many_numbers(tmp_path, profiles):
    """Two carriers of 1,000 and 500 are two thirds and one third, not halves; a count that is none is named."""
    path = tmp_path / "sums.csv"
    path.write_text("carrier_name,count\nAT&T,1000\nVerizon,500\n", "utf-8")
    found = count(path, profiles)
    assert found.numbers == 1_500
    assert dict(found.shares) == {"att": pytest.approx(2 / 3), "verizon": pytest.approx(1 / 3)}

    path.write_text("carrier_name,count\nAT&T,1000\nVerizon,many\n", "utf-8")
    with pytest.raises(UsageError, match=r"sums.csv:3: 'many'"):
        count(path, profiles)


@pytest.mark.parametrize("text", ["phone,name\n1,x\n", "", "phone\n\xff\n", "sep=;\nphone;name\n"])
def test_an_export_without_carriers_is_a_usage_error(tmp_path, profiles, text):
    """Which columns would do is said, and which are there."""
    path = tmp_path / "numbers.csv"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError):
        count(path, profiles)


def test_carriers_of_equal_limits_share_a_message():
    """One group a limit class, the largest share first, every carrier in exactly one."""
    audience = (("att", 0.3), ("firstnet", 0.1), ("verizon", 0.35), ("tmobile", 0.2))
    found = groups(audience, lambda names: api.route(names, sender="short_code"))
    assert sorted(name for group in found for name in group.names) == sorted(name for name, _ in audience)
    assert sum(group.weight for group in found) == pytest.approx(0.95)
    assert [group.weight for group in found] == sorted((group.weight for group in found), reverse=True)
    assert len({limits.limit_bytes for group in found for limits in group.route.limits[:1]}) > 1


def result(score):
    """Make a result whose only part has a score."""
    part = Outcome(asset="a", route="r", verdict=Verdict.FITTED, score=score)
    return Result(route="r", folder="r", verdict=Verdict.FITTED, parts=(part,))


def test_the_gain_of_splitting_is_the_weighted_difference():
    """Lowest scores by share of the audience, against the one message for all."""
    assert gain(result(50.0), [(0.5, result(60.0)), (0.25, result(90.0))]) == pytest.approx(20.0)
    assert gain(result(None), [(1.0, result(60.0))]) is None


def test_the_groups_of_a_draft_come_from_its_file():
    """What message.yaml says under audience is what is grouped."""
    found = api.audience_groups(Draft(name="t", audience=(("att", 0.5), ("cricket", 0.2))), None, "toll_free")
    assert sum(group.weight for group in found) == pytest.approx(0.7)


def test_networks_are_known_without_the_zeros_that_a_spreadsheet_took(tmp_path, profiles):
    """Spreadsheets make 4 of 004, and tables of numbers 310.0 of 310; codes may be parted or lack their zeros, too."""
    path = tmp_path / "eaten.csv"
    path.write_text("mcc,mnc,count\n310,4,10\n310,12,7\n311,480,5\n310.0,4.0,1\n", "utf-8")
    assert count(path, profiles).shares == (("verizon", 1.0),)

    path.write_text("mccmnc\n310-4\n310 012\n31012\n310004\n", "utf-8")
    assert count(path, profiles).shares == (("verizon", 1.0),)

    path.write_text("mcc,mnc\n310,\n,4\n310,x\n", "utf-8")
    assert dict(count(path, profiles).unknown_names) == {"310": 1, "4": 1, "310x": 1}


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_columns_may_be_parted_as_spreadsheets_do(tmp_path, profiles, mark):
    """Excel parts columns by the list separator of its country; the header says which it was."""
    path = tmp_path / "export.csv"
    path.write_text(f'carrier_name{mark}count\r\n"AT&T"{mark}3\r\nVerizon{mark}1\r\n', "utf-8-sig")
    assert dict(count(path, profiles).shares) == {"att": 0.75, "verizon": 0.25}

    path.write_text(f"phone{mark}name\n1{mark}x\n", "utf-8")
    with pytest.raises(UsageError, match="found: phone, name"):
        count(path, profiles)


@pytest.mark.parametrize("first", ["sep=;\r\n", '"sep=;"\n', "SEP=;;\n"])
def test_a_line_that_tells_excel_what_parts_columns_is_no_header(tmp_path, profiles, first):
    """It is read as Excel does, and lines are still counted from the file's start."""
    path = tmp_path / "export.csv"
    path.write_text(f"{first}carrier_name;count\nAT&T;3\nVerizon;1\n", "utf-8", newline="")
    assert dict(count(path, profiles).shares) == {"att": 0.75, "verizon": 0.25}

    path.write_text(f"{first}carrier_name;count\nAT&T;3\nVerizon;many\n", "utf-8", newline="")
    with pytest.raises(UsageError, match=r"export.csv:4: 'many'"):
        count(path, profiles)


@pytest.mark.parametrize("charset", ["utf-16", "windows-1252", "utf-8-sig"])
def test_an_export_is_read_in_the_charset_of_its_spreadsheet(tmp_path, profiles, charset):
    """Excel writes UTF-16 with a mark, or what its country wrote before UTF-8: names keep their letters."""
    path = tmp_path / "export.csv"
    path.write_text("carrier_name\tcount\nTelefónica Ñandú\t1\nVerizon\t3\n", charset)
    counted = count(path, profiles)
    assert dict(counted.shares) == {"verizon": 0.75}
    assert dict(counted.unknown_names) == {"Telefónica Ñandú": 1}
