"""Finding profiles: shipped ones, users' folders over them, lazily, with all faults of the users' at once."""

import subprocess
import sys

import pytest

from mediaprep.errors import ProfileError
from mediaprep.profiles.checking import check
from mediaprep.profiles.load import Profiles, shipped_folder
from mediaprep.profiles.route import resolve

WORLD = {
    "carriers/att": 'aliases: ["AT&T Mobility"]\nsource: A\nsizes: {total: 600000}\n',
    "carriers/verizon": "source: A\nsizes: {total: 700000}\n",
    "channels/mms": "",
    "providers/acme": "source: A\n",
}


def test_only_what_a_route_needs_is_parsed(world):
    """A broken document that a route does not need does not stop it."""
    profiles = world(WORLD | {"carriers/broken": "sizes: [\n"})
    assert resolve("att", profiles=profiles).name == "att"
    with pytest.raises(ProfileError, match=r"broken\.yaml:\d+:\d+: not YAML"):
        resolve("broken", profiles=profiles)


def test_one_name_has_one_role(world):
    """Roles share one namespace: two shipped files of one name are refused."""
    with pytest.raises(ProfileError, match="'att' is a carrier already"):
        world(WORLD | {"regions/att": ""})


def test_a_users_profile_wins_and_says_so(world):
    """Same name: the user's replaces ours, and the notes tell which file did."""
    profiles = world(WORLD, own={"carriers/att": "source: own\nsizes: {total: 111000}\n"})
    assert resolve("att", profiles=profiles).limits[0].size_rules[0].stated == 111_000
    assert profiles.files["att"].own
    assert profiles.files["att"].replaces.path.parent.parent.name == "carrier_profiles"
    assert [note for note in profiles.notes if "replaces the shipped profile 'att'" in note]


def test_a_users_folder_may_be_flat(world, tmp_path):
    """Files lie in folders by role or just in the folder; their own `role` counts."""
    profiles = world(WORLD)
    flat = tmp_path / "flat"
    flat.mkdir()
    head = "schema: mediaprep.profile/1\nname: club\nrole: region\ntitle: Club\nsource: own\n"
    (flat / "club.yml").write_text(head + "sizes: {total: 5000}\n", encoding="utf-8")
    both = Profiles(profiles.root, (flat,))
    assert resolve("club", profiles=both).limits[0].size_rules[0].stated == 5000
    assert both.files["club"].role == "region"


def test_a_number_without_a_source_is_a_note_in_a_users_folder(world):
    """A user's own number without a source is told, not refused; it counts as their own."""
    profiles = world(WORLD, own={"carriers/mine": "sizes: {total: 5000}\n"})
    assert any("mine.yaml:5:16: no source" in note for note in profiles.notes)
    assert str(resolve("mine", profiles=profiles).confidence) == "own"


def test_all_faults_of_all_users_files_come_at_once(world):
    """Each wrong file of a user's folder is reported, every fault with its line."""
    own = {"carriers/one": "sizes: {totl: 5}\nimage: {alpa: x}\n", "carriers/two": "sizes: {total: 1MB}\n"}
    with pytest.raises(ProfileError) as caught:
        world(WORLD, own=own)
    assert len(caught.value.problems) == 3
    assert all(".yaml:" in problem for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: x\n", "the key 'schema' is missing"),
        ("schema: mediaprep.profile/2\nname: x\n", r"did you mean mediaprep\.profile/1"),
        ("- a\n", "'schema' is missing"),
        ("schema: {is: a map}\n", "no schema {'is': 'a map'}"),
        ("schema: mediaprep.profile/1\nname: other\nrole: carrier\ntitle: X\n", "must be called other.yaml"),
    ],
)
def test_a_users_file_that_is_no_profile(world, tmp_path, text, said):
    """A document without its schema, or under another's name, is refused with what to write."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "x.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ProfileError, match=said):
        Profiles(world(WORLD).root, (folder,))


def test_a_users_folder_without_profiles_is_refused(world, tmp_path):
    """A folder that is empty, or is not there, is a mistake worth telling."""
    with pytest.raises(ProfileError, match="no profiles here"):
        Profiles(world(WORLD).root, (tmp_path / "none",))


def test_a_role_cannot_change_hands(world):
    """A user's profile of another role under a name of ours is refused."""
    with pytest.raises(ProfileError, match="'att' is a carrier already"):
        world(WORLD, own={"regions/att": "source: own\n"})


def test_the_digest_follows_content_and_not_place(world, tmp_path):
    """Equal documents have equal digests wherever they stand; a user's change shows."""
    first = world(WORLD)
    before = first.digest
    moved = first.root.rename(tmp_path / "elsewhere")
    assert Profiles(moved).digest == before
    assert Profiles(moved).version == "2026.1.1"
    (moved / "carriers" / "att.yaml").write_text("schema: mediaprep.profile/1\n", encoding="utf-8")
    assert Profiles(moved).digest != before


def test_a_missing_file_is_a_profile_error(world):
    """A profile that vanishes between listing and reading is told by its path."""
    profiles = world(WORLD)
    (profiles.root / "carriers" / "att.yaml").unlink()
    with pytest.raises(ProfileError, match=r"att\.yaml: cannot be read"):
        resolve("att", profiles=profiles)


def test_the_shipped_profiles_are_found():
    """A checkout and an installed package find the data; both carry its version."""
    assert (shipped_folder() / "VERSION").read_text(encoding="utf-8").strip() == Profiles.load().version


def test_a_shipped_route_needs_no_pydantic():
    """Resolving a route of the shipped profiles loads neither pydantic nor any media library."""
    code = (
        "import sys\nfrom mediaprep.profiles.load import Profiles\nfrom mediaprep.profiles.route import resolve\n"
        "resolve('us', profiles=Profiles.load())\n"
        "print(sorted({'pydantic', 'numpy', 'PIL', 'click', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


FAULTY = """\
schema: mediaprep.profile/1
name: faulty
name: faulty
role: carrier
title:
extends: attt
source: own
regions: [us, uz, 5]
sizes: {totl: 5, total: {hard: {value: 600, seen: 2024}, target: 5}, part: {hard: 600, target: 700}}
types: {deliver: [imagejpeg]}
image: {alpha: &a flatten}
"""


def test_one_fault_of_a_profile_hides_no_other(world, tmp_path):
    """A key twice, an empty one, a wrong number and a name that no profile has: all in one run, in the file's order."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "faulty.yaml").write_text(FAULTY, encoding="utf-8")
    (folder / "child.yaml").write_text(
        "schema: mediaprep.profile/1\nname: child\nrole: carier\ntitle: C\nextends: faulty\nsource: Q\n"
    )
    (folder / "broken.yaml").write_text("a: [\n")
    profiles = Profiles(world(WORLD).root, (folder,), faulty=True)
    found = check(profiles)
    told = [text.removeprefix(f"{folder}/") for text in (*found.errors, *found.warnings)]
    lines = [int(text.split(":")[1]) for text in profiles.problems if "faulty.yaml" in text]
    assert lines == sorted(lines)
    everything = "\n".join(told)
    for said in ("'name' is already in line 2", "title is empty", "no profile 'attt' to extend", "no region 'uz'",
                 "unknown key 'totl'", 'write "2024" in quotes', "700, is above", "anchor &a", "has 'imagejpeg'",
                 "'carier' is not one of these", "no source 'Q'", "broken.yaml:2:1: not YAML"):  # fmt: skip
        assert everything.count(said) == 1, said
    with pytest.raises(ProfileError) as caught:
        Profiles(profiles.root, (folder,))
    assert set(caught.value.problems) <= set(found.errors)


HALF_RIGHT = """\
schema: mediaprep.profile/1
name: half
role: carrier
title: Half
source: own
availability:
  - {channel: mms, available: "no", fallback: rcx}
  - {channel: whatzapp, carriers: [attt]}
sizes:
  total: {hard: {value: "1 MB", source: Q, conflicts: [{value: x, source: R}]}, target: 900000}
"""


def test_a_wrong_value_takes_nothing_of_its_entry_from_other_checks(world, tmp_path):
    """Names and sources beside a flag or a number that is wrong or missing are told in the same run, and it is once."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "half.yaml").write_text(HALF_RIGHT, encoding="utf-8")

    found = check(Profiles(world(WORLD).root, (folder,), faulty=True))

    told = (*found.errors, *found.warnings)
    assert len(told) == 8, told
    for said in ("available: write true", "no channel 'rcx'", "'available' is missing", "no channel 'whatzapp'",
                 "no carrier 'attt'", "no source 'Q'", "no source 'R'"):  # fmt: skip
        assert sum(said in text for text in told) == 1, said


def test_regions_are_held_against_what_is_whole(world, folder):
    """A carrier whose figure is a fault, and so left out, is not also told to be below its region; nor its brands."""
    region = {"regions/us": "source: A\nsizes: {total: 500000}\n"}
    own = {
        "carriers/small": "regions: [us]\nsource: own\nsizes: {total: {hard: 1KB, target: 400}}\n",
        "carriers/brand": "extends: small\nregions: [us]\n",
    }
    found = check(Profiles(world(WORLD | region).root, (folder("mine", own),), faulty=True))
    assert [text for text in found.errors if "is above" in text or "above the" in text] == []
    assert "the text '1KB' is not a number" in found.errors[0]
