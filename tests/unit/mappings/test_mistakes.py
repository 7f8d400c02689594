"""Every mistake an admin can make is named with its place and what would be right."""

import re
import shutil

import pytest

from plugin.errors import Misconfigured
from plugin.mappings import loader
from tests.golden.build import MAPPINGS


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(MAPPINGS, tmp_path / "mappings")
    return tmp_path / "mappings"


def problems(folder):
    with pytest.raises(Misconfigured) as caught:
        loader.load(folder)
    return caught.value.problems


def edit(folder, name, old, new):
    path = folder / name
    text = path.read_text()
    assert old in text, f"{old!r} is not in {name}"
    path.write_text(text.replace(old, new, 1))


#: File, what stands there, what stands there by mistake, what must be said of it.
MISTAKES = [
    # alerts.toml
    ("alerts.toml", "names = false\n",
     '[[digest.plans]]\naudience = "it-securty"\nhires = 24\nby = 2027-06-30\n',
     "'it-securty' is no audience of audiences.toml; did you mean 'it-security'?"),
    ("alerts.toml", "listed = 10", "listed = 0",
     "digest.listed: found 0, expected a whole number from 1 to 100"),
    # audiences.toml
    ("audiences.toml", 'key = "legal"', 'key = "it-security"',
     "audiences[1].key: 'it-security' is the key of an earlier table too"),
    ("audiences.toml", 'topics = ["legal"]', 'topics = ["legl"]',
     "topics[0]: 'legl' is no topic of content.toml; did you mean 'legal'?"),
    ("audiences.toml", "size = 11_600", "size = 0",
     "market.size: found 0, expected a whole number from 1"),
    ("audiences.toml", "latent = 0.505", "latent = 0.95",
     "market: latent and active together are 102% of all people"),
    ("audiences.toml", "measured_on = 2022-09-30", 'measured_on = "2022-09-30"',
     "expected date without quotes, as in 2026-09-30"),
    ("audiences.toml", "see = 21, think = 7", "see = 21, thnk = 7",
     ("cadence.every_days.thnk: found 7, expected one of see, think, do, care; "
     "did you mean 'think'?")),
    ("audiences.toml", "think = 7, care = 42", "think = 2, care = 42",
     "cadence.every_days.think: 2 is less than gap_days (5), so it is never kept"),
    ("audiences.toml", "cap = 5\n", "cap = 1\n",
     "is more often than 1 in 30 days (cap, cap_days)"),
    ("audiences.toml", "weekdays = [1, 2, 3, 4]", "weekdays = [0, 1]",
     "weekdays[0]: found 0, expected a whole number from 1 to 7"),
    ("audiences.toml", "quiet_until = 08:00:00", "quiet_until = 19:00:00",
     "cadence.quiet_until: quiet from and until the same time"),
    ("audiences.toml", "Europe/Amsterdam", "Europe/Amsterdm",
     "'Europe/Amsterdm' is no time zone; did you mean 'Europe/Amsterdam'?"),
    ("audiences.toml", "win_back_after = 9", "win_back_after = 6",
     "win_back_after is 6, slow_after 6: expected more mails for each step"),
    ("audiences.toml", "conversion = 0.10", "conversion = 10",
     "priors.do-hire.conversion: found 10, expected a number from 0.0001 to 0.9999"),
    ("audiences.toml", "see-think = 1", "see-do = 1",
     "effort.see-do: found 1, expected one of see-think, think-do, do-hire"),
    ("audiences.toml", 'channels = ["mail", "site", "social", "magazine"]',
     'channels = ["mial"]', "channels[0]: found 'mial', expected one of"),
    # lint.toml
    ("lint.toml", 'phases = ["see", "think"]', 'phases = ["zie"]',
     "words[0].phases[0]: found 'zie', expected"),
    ("lint.toml", '"*vacature*", ', '"*vacature*", "  ", ',
     "words[0].words[1]: found '  ', expected a word or some words"),
    ("lint.toml", 'id = "vacancy-nl"', 'id = "Vacancy nl"',
     "words[0].id: found 'Vacancy nl', expected a name"),
    ("lint.toml", "allowed = ", "alowed = ",
     "words[0].alowed: not a key we know; did you mean 'allowed'?"),
    ("lint.toml", "own_tokens = []", 'own_tokens = ["{weather}"]',
     "own_tokens[0]: found '{weather}', expected a token's name"),
    ("lint.toml", ('words = ["project", "projecten", "projects", "projectkalender*", '
     '"project calendar*"]'), "words = []", "words[2].words: "),
    # scoring.toml
    ("scoring.toml", "points = 5\n", "ponts = 5\n",
     ".ponts: not a key we know; did you mean 'points'?"),
    ("scoring.toml", "points = 5\n", "",
     ".points: missing; expected a number from 0 to 100"),
    ("scoring.toml", "points = 5\n", "points = 1000\n",
     ".points: found 1000, expected a number from 0 to 100"),
    ("scoring.toml", "points = 5\n", "points = -5\n",
     ".points: found -5, expected a number from 0 to 100"),
    ("scoring.toml", "points = 5\n", 'points = "5"\n',
     ".points: found '5', expected a number from 0 to 100"),
    ("scoring.toml", "points = 5\n", "points = true\n",
     ".points: found true, expected a number from 0 to 100"),
    ("scoring.toml", "points = 5\n", "points = nan\n",
     ".points: found nan, expected a number from 0 to 100"),
    ("scoring.toml", "half_life_days = 14", "half_life_days = 0",
     ".half_life_days: found 0, expected a number from 0.1 to 3650"),
    ("scoring.toml", "half_life_days = 14", "half_life = 14",
     ".half_life: not a key we know; did you mean 'half_life_days'?"),
    ("scoring.toml", "cap = 25", "cap = 4",
     ".cap: found 4, expected at least the 5 points of one event"),
    ("scoring.toml", '"email.clicked"', '"email.click"',
     "; did you mean 'email.clicked'?"),
    ("scoring.toml", 'id = "mail-click"', 'id = "Mail click"',
     ".id: found 'Mail click', expected a name: lower case, digits and dashes"),
    ("scoring.toml", 'id = "mail-click"', 'id = "mail-open"',
     ".id: 'mail-open' is the id of an earlier table too"),
    ("scoring.toml", 'phases = ["do"]', 'phases = ["doe"]',
     "found 'doe', expected one of see, think, do, care; did you mean 'do'?"),
    ("scoring.toml", 'phases = ["do"]', 'phases = "do"',
     ".phases: found 'do', expected a list, each one of see, think, do, care"),
    ("scoring.toml", 'phases = ["do"]', 'phases = ["do", "do"]',
     ".phases[1]: 'do' stands there twice"),
    ("scoring.toml", 'phases = ["do"]\n', "",
     "never counts: 'sign-up' above it takes all of its events"),
    ("scoring.toml", "({content}), laatst {last}", "({contents}), laatst {last}",
     "{contents} is nothing we can fill in; did you mean 'content'?"),
    ("scoring.toml", "({content}), laatst {last}", "({content, laatst {last}",
     ".sentence.nl: a brace is not closed"),
    ("scoring.toml", "sentence.nl", "sentence.de",
     ".sentence.de: not a language we know"),
    ("scoring.toml", 'channel = "social"', 'channel = "socials"',
     "expected one of site, mail, magazine, social, event; did you mean 'social'?"),
    ("scoring.toml", 'utm_medium = ["event", "qr"]', "",
     "fits everything; expected event, utm_medium, utm_source, referrer_hosts or urls"),
    ("scoring.toml", '"magazine", "e-magazine"', '"Magazine"',
     "found 'Magazine', expected text in lower case"),
    ("scoring.toml", "[humans]", "[human]",
     "human: not a key we know; did you mean 'humans'?"),
    ("scoring.toml", "burst_links = 4", "burst_links = 1",
     "humans.burst_links: found 1, expected a whole number from 2 to 1000"),
    ("scoring.toml", "burst_links = 4", "burst_links = 2.5",
     "humans.burst_links: found 2.5, expected a whole number from 2 to 1000"),
    ("scoring.toml", "damping_hours = 24", "damping_hours = -1",
     "damping_hours: found -1, expected a number from 0 to 8760"),
    ("scoring.toml", "[[rules]]", "[rules]", "no valid TOML"),
    ("scoring.toml", 'sentence.en = "signed up {count}× ({content}), last {last}"',
     "sentence.en = 3", ".sentence.en: found 3, expected text, in braces: content,"),
    ("scoring.toml", "rising_shift = 3", "rising_shift = 1",
     "momentum.rising_shift: found 1, expected a number from 1.1 to 100"),
    ("scoring.toml", "lasts_days = 30", "lasts_day = 30",
     "momentum.lasts_day: not a key we know; did you mean 'lasts_days'?"),
    ("scoring.toml", "false_alarms_per_1000_person_months = 1\n",
     "false_alarms_per_1000_person_months = 0\n",
     "false_alarms_per_1000_person_months: found 0, expected a number from 0.001"),
    # content.toml
    ("content.toml", 'phase = "see"\ntopics', 'fase = "see"\ntopics',
     ".fase: not a key we know; did you mean 'phase'?"),
    ("content.toml", 'topics = ["*"]', 'topics = ["securty"]',
     "'securty' is no topic of [topics]; did you mean 'security'?"),
    ("content.toml", 'alias = "see-*"', 'alias = "see-all"',
     ".topics[0]: stands for the `*` in the alias; expected exactly one there"),
    ("content.toml", 'alias = "see-*"', 'alias = "See *"',
     ".alias: found 'See *', expected a category's alias"),
    ("content.toml", 'alias = "see"', 'alias = "think"',
     ".alias: 'think' is the alias of an earlier table too"),
    ("content.toml", 'id = "hackathon"', 'id = "blog"',
     ".id: 'blog' is the id of an earlier table too"),
    ("content.toml", 'urls = ["*/podcast*"]', 'urls = ["*/blog*"]',
     ".urls[0]: '*/blog*' stands in the rule 'blog' above too"),
    ("content.toml", 'urls = ["*/podcast*"]', 'urls = ["*/blog/podcast*"]',
     ".urls[0]: never counts: '*/blog*' of the rule 'blog' above takes all of it"),
    ("content.toml", '"think-*"]', '"SEE-Think*"]',
     ".utm_campaigns[1]: never counts: 'see-*' of the rule 'campaign-see' above"),
    ("content.toml", 'alias = "think-*"', 'alias = "see-more-*"',
     ".alias: never counts: 'see-*' above takes all of it"),
    ("content.toml", 'phase = "do"\nkinds = ["form"]',
     'phase = "think"\nkinds = ["form"]',
     ".gate: a sign-up enters Do: expected phase = 'do' beside it"),
    ("content.toml", 'kinds = ["form"]', 'kinds = ["page"]',
     ".gate: only a form can be a sign-up"),
    ("content.toml", 'kinds = ["form"]', 'kinds = ["forms"]',
     ".kinds[0]: found 'forms', expected one of email, page, form"),
    ("content.toml", 'kinds = ["asset"]\n', "",
     "fits everything; expected kinds, urls, names or utm_campaigns"),
    ("content.toml", "interest_share = 0.15", "interest_share = 15",
     "interest_share: found 15, expected a number from 0 to 1"),
    ("content.toml", "cloud = {", "Cloud = {",
     "expected a topic: lower case, digits and dashes"),
    ("content.toml", '{ nl = "Data", en = "Data" }', '"Data"',
     "topics.data: found 'Data', expected a text per language"),
    ("content.toml", 'names = ["*nieuwsbrief*", ', "names = [1, ",
     ".names[0]: found 1, expected text"),
    # phases.toml
    ("phases.toml", "leave = 5", "leave = 10",
     "think.leave: found 10, expected less than enter, 10"),
    ("phases.toml", "leave = 5", "leave = 0",
     "think.leave: found 0, expected a number from 0.01 to 10000"),
    ("phases.toml", "enter = 10", "enter = 16",
     "think.enter: found 16, expected at most do.enter, 15"),
    ("phases.toml", "enter = 15", "enter = 400",
     "do.enter: cannot be reached: the caps for content that counts for it add up to"),
    ("phases.toml", 'rejected_to = "think"', 'rejected_to = "do"',
     "rejected_to: found 'do', expected one of see, think"),
    ("phases.toml", "gate_enters_do = true", 'gate_enters_do = "yes"',
     "gate_enters_do: found 'yes', expected true or false"),
    ("phases.toml", "[do]", "[doo]", "do: missing; expected a table [do]"),
    ("phases.toml", "sessions = 2", "sessions = 0",
     "think.sessions: found 0, expected a whole number from 1 to 1000"),
    # fields.toml
    ("fields.toml", '"stdc_phase_since"', '"stdc_in_this_phase_since_when"',
     ".alias: found 'stdc_in_this_phase_since_when', expected a field's alias"),
    ("fields.toml", '"stdc_phase_since"', '"stdc-phase"',
     ".alias: found 'stdc-phase', expected a field's alias"),
    ("fields.toml", '"stdc_phase_since"', '"stdc_phase"',
     ".alias: 'stdc_phase' is the alias of an earlier table too"),
    ("fields.toml", '"stdc_phase_since"', '"stage"',
     ".alias: 'stage' is Mautic's own; expected one like 'stdc_stage'"),
    ("fields.toml", 'value = "score"', 'value = "scores"',
     "; did you mean 'score'?"),
    ("fields.toml", 'value = "score"', 'value = "phase"',
     ".value: 'phase' is the value of an earlier table too"),
    ("fields.toml", 'value = "phase"\n', 'value = "link"\n',
     "no field shows the phase; expected one with value = 'phase'"),
    ("fields.toml", 'type = "number"', 'type = "datetime"',
     ".type: found 'datetime', expected number to show 'score'"),
    ("fields.toml", 'type = "number"', 'type = "numbr"',
     "; did you mean 'number'?"),
    ("fields.toml", 'group = "professional"', 'group = "work"',
     ".group: found 'work', expected one of core, social, personal, professional"),
    ("fields.toml", "length = 191", "length = 255",
     ".length: found 255, expected a whole number from 1 to 191"),
    ("fields.toml", 'type = "number"', 'type = "number"\nlength = 9',
     ".length: a number field has no length"),
    ("fields.toml", 'do = { nl = "Do", en = "Do" }\n', "",
     ".options: 'do' is missing: Mautic empties what is no option"),
    ("fields.toml", "think = { nl", "tink = { nl",
     ".options.tink: 'tink' is no phase; did you mean 'think'?"),
    ("fields.toml", "steady = { nl", "stedy = { nl",
     ".options.stedy: 'stedy' is no momentum; did you mean 'steady'?"),
    ("fields.toml", 'rising_tag = "stdc-rising"', 'rising_tag = "a,b"',
     "rising_tag: found 'a,b', expected a tag"),
    ("fields.toml", "stdc-{phase}", "stdc",
     "phase_tag: found 'stdc', expected text with {phase} in it"),
    ("fields.toml", "interest-{topic}", "interest-{topics}",
     "{topics} is nothing we can fill in; did you mean 'topic'?"),
    ("fields.toml", '# profiling_field = "toest', 'profiling = "toest',
     "consent.profiling: not a key we know; did you mean 'profiling_field'?"),
    ("fields.toml", "[consent]\n", '[consent]\nhandover = "not-needed"\n',
     "consent.handover_reason: missing; on what does the hand-over rest"),
    ("fields.toml", "[consent]\n", '[consent]\nhandover = "no"\n',
     "consent.handover: found 'no', expected one of not-needed"),
    ("fields.toml", "[consent]\n", '[consent]\nhandover_reason = "because"\n',
     'consent.handover_reason: only with handover = "not-needed"'),
    ("fields.toml", "[consent]\n", '[consent]\nhandover_date_field = "op"\n',
     "consent.handover_date_field: only with a handover_field"),
    ("fields.toml", "[consent]\n",
     '[consent]\nhandover_field = "m"\nhandover = "not-needed"\n',
     "consent.handover: either not-needed, or a handover_field; not both"),
    ("fields.toml", "[consent]\n",
     '[consent]\nhandover_field = "m"\nhandover_text = "1"\nhandover_text_field = "t"',
     "consent.handover_text: either the text's version, or a field with it"),
    # segments.toml
    ("segments.toml", 'alias = "stdc-think"', 'alias = "stdc-see"',
     ".alias: 'stdc-see' is the alias of an earlier table too"),
    ("segments.toml", 'alias = "stdc-think"', 'alias = "STDC Think"',
     ".alias: found 'STDC Think', expected a segment's alias"),
    ("segments.toml", 'phase = "think"', 'phase = "thinking"',
     "; did you mean 'think'?"),
    ("segments.toml", 'momentum = "rising"', "keep = []",
     "takes everybody; expected phase, momentum, in_ats, due, sunset or interests"),
    ("segments.toml", 'alias = "stdc-see-{topic}"', 'alias = "stdc-see-all"',
     "expected {topic} in it with interests = true, and only then"),
    ("segments.toml", "due = true", 'due = true\nkeep = ["emails"]',
     "expected one of name, description, filters"),
    ("fields.toml", 'value = "next_touch"', 'value = "score_think"',
     ".value: 'score_think' is the value of an earlier table too"),
    # campaigns.toml
    ("campaigns.toml", 'segment = "stdc-think"', 'segment = "stdc-tink"',
     "'stdc-tink' is no segment of segments.toml; did you mean 'stdc-think'?"),
    ("campaigns.toml", 'key = "think"', 'key = "see"',
     ".key: 'see' is the key of an earlier table too"),
    ("campaigns.toml", 'type = "lead.changetags"',
     'type = "lead.changetags"\nafter = "Opvolgen"',
     "'Opvolgen' is no earlier step of this campaign"),
    ("campaigns.toml", 'keep = ["emails", ', 'keep = ["email", ',
     "; did you mean 'emails'?"),
    ("campaigns.toml", 'type = "lead.changetags"', 'type = "changetags"',
     ".type: found 'changetags', expected Mautic's type of event"),
    ("campaigns.toml", 'name = "Opvolging See"', 'name = "Mail onze vacatures"',
     "'vacatures': in See and Think not a word of vacancies"),
    ("campaigns.toml", "kennismaken en waarde toevoegen", "vertel over de baan",
     "'baan': in See and Think not a word of vacancies"),
    ("campaigns.toml", "publish = false", 'publish = "no"',
     ".publish: found 'no', expected true or false"),
    # ats
    ("ats/odoo.toml", 'source = "linkedin"', 'source = "stdc.scores"',
     "'scores' is no value of ours; did you mean 'score'?"),
    ("ats/odoo.toml", 'source = "linkedin"\n', "",
     "expected either a source, first, a template or a static text"),
    ("ats/odoo.toml", 'target = "partner_phone"', 'target = "email_from"',
     ".target: 'email_from' is the target of an earlier table too"),
    ("ats/odoo.toml", 'write = "if_empty"', 'write = "if-empty"',
     "; did you mean 'if_empty'?"),
    ("ats/odoo.toml", 'kind = "none"', 'kind = "job"',
     ".ref: missing; a job needs its id in the ATS"),
    ("ats/odoo.toml", 'kind = "none"', 'kind = "none"\n[[targets]]\nkind = "none"',
     "never counts: a table above it takes everybody"),
    ("ats/odoo.toml", 'kind = "none"', 'kind = "none"\ntopics = ["clowd"]',
     "'clowd' is no topic of content.toml; did you mean 'cloud'?"),
    ("ats/odoo.toml", "{interests}", "{interest}",
     "{interest} is nothing we can fill in; did you mean 'interests'?"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "said"), MISTAKES)
def test_mistake(folder, name, old, new, said):
    edit(folder, name, old, new)

    found = problems(folder)

    assert any(one.startswith(f"{name}:") and said in one for one in found), found


def kind(said):
    """Tell kinds of mistakes apart: by what is said, whatever the values."""
    said = re.sub(r"found ('[^']*'|[\w.-]+)", "found it", said)
    return re.sub(r"'[^']*'|\d+(\.\d+)?", "it", said)


def test_at_least_sixty_kinds_of_mistakes_are_tried():
    assert len({kind(said) for _, _, _, said in MISTAKES}) >= 60


def test_a_narrow_pattern_above_a_wide_one_is_right(folder):
    edit(folder, "content.toml", 'urls = ["*/blog*", ', 'urls = ["*/hackathon/x*", ')
    with pytest.raises(Misconfigured):
        loader.load(folder)
    path = folder / "content.toml"
    text = path.read_text()
    narrow = '''[[content]]
id = "narrow"
phase = "think"
urls = ["*/hackathon/masterclass-x"]

[[content]]
id = "sign-up-form"'''
    text = text.replace('[[content]]\nid = "sign-up-form"', narrow, 1)
    path.write_text(text.replace("*/hackathon/x*", "*/blog*"))

    assert loader.load(folder).content.rules[0].id == "narrow"


def test_a_problem_says_where_it_is(folder):
    edit(folder, "phases.toml", "leave = 5", "   leave = 10")
    line = 1 + (folder / "phases.toml").read_text().split("   leave")[0].count("\n")

    (found,) = problems(folder)

    assert found.startswith(f"phases.toml:{line}:4: think.leave: found 10, expected")


def test_every_mistake_is_named_at_once(folder):
    edit(folder, "scoring.toml", "points = 5\n", "ponts = 5\n")
    edit(folder, "phases.toml", "leave = 5", "leave = 10")
    edit(folder, "campaigns.toml", 'segment = "stdc-do"', 'segment = "stdc-doe"')
    (folder / "content.toml").write_text("topics = [")
    (folder / "fields.toml").unlink()

    found = problems(folder)

    assert found[0].startswith("content.toml:1:")
    assert found[1] == "fields.toml: there is no such file; write it with: stdc init"
    assert {one.partition(":")[0] for one in found} == {
        "scoring.toml",
        "phases.toml",
        "campaigns.toml",
        "content.toml",
        "fields.toml",
    }


def test_an_empty_folder_says_how_to_get_files(tmp_path):
    found = problems(tmp_path)

    assert len(found) == len(loader.FILES)
    assert all("stdc init" in one for one in found)


def test_a_file_that_is_no_text(folder):
    (folder / "phases.toml").write_bytes(b"\xff\xfe")

    assert problems(folder) == ("phases.toml: holds no UTF-8 text: byte 0 is wrong",)


def test_what_has_the_wrong_shape_breaks_no_check(folder):
    for name in loader.FILES:
        (folder / name).write_text("rules = 1\ncontent = [1]\nthink = 3\nfields = {}")

    assert len(problems(folder)) > len(loader.FILES)


def test_a_mapping_without_an_ats_is_whole(folder):
    shutil.rmtree(folder / "ats")

    assert loader.load(folder).ats == {}
