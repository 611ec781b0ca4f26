"""The report: what it says and leaves out, that nothing in it does harm, and a real browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from dataclasses import replace
from datetime import date
from html import unescape
from html.parser import HTMLParser

import numpy as np
import openpyxl
import pytest
from click.testing import CliRunner

import trkstruct as ts
from trkstruct import results
from trkstruct.cli import main
from trkstruct.errors import DataError, PlanError
from trkstruct.evidence import columns
from trkstruct.panels import CrossResistance
from trkstruct.screening import results_row
from trkstruct.views import grid
from trkstruct.views.report import _entries, _methods, _words, report_html

SCRIPT_NAME = "<script>alert(1)</script>"
#: Leaves an attribute and runs, is a formula in a spreadsheet, and is markup.
FORMULA_NAME = '=cmd|\'/c calc\'!A1"><img src=x onerror="document.title=1"><b>'
DAY = date(2026, 1, 2)


class Page(HTMLParser):
    """What a browser would make of a page: its elements, their attributes, its text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self._silent = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self._silent = tag if tag in ("script", "style") else self._silent

    def handle_endtag(self, tag):
        self._silent = "" if tag == self._silent else self._silent

    def handle_data(self, data):
        if not self._silent:
            self.text.append(data)

    def all(self, tag, **wanted):
        """Attributes of elements, by tag and attributes (``class_`` is one of the classes)."""
        kind = wanted.pop("class_", None)
        return [
            attributes
            for name, attributes in self.elements
            if name == tag
            and (kind is None or kind in attributes.get("class", "").split())
            and all(attributes.get(key) == value for key, value in wanted.items())
        ]

    @property
    def words(self):
        return " ".join(" ".join(self.text).split())


@pytest.fixture(scope="module")
def panel():
    return ts.cross_resistance(
        ["larotrectinib", "repotrectinib", "PLX7486"], ["TRKA"], ["G595R", "G667C"]
    )


@pytest.fixture(scope="module")
def html(panel, script):
    return report_html(panel, made=DAY)


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


@pytest.fixture(scope="module")
def harmful():
    named = [
        replace(ts.ligand(drug), name=name)
        for drug, name in (("larotrectinib", SCRIPT_NAME), ("repotrectinib", FORMULA_NAME))
    ]
    structure = ts.load("7VKO")
    titled = replace(structure, name="7\"><'VKO<script>alert(2)</script>")
    made = ts.cross_resistance(named, ["TRKA"], ["G595R"])
    own = ts.cross_resistance(None, ["TRKA"], ["G595R"], structures=[titled])
    assert len(own.rows) == 1
    return CrossResistance(
        (*made.rows, *({**row, "row": 9, "reasons": SCRIPT_NAME} for row in own.rows)),
        made.findings,
        FORMULA_NAME,
        made.complexes,
        (*made.questions, *(replace(q, row=9) for q in own.questions)),
        {**made.ready, **own.ready},
    )


def row(number=1, **known):
    """A row that was answered."""
    return results_row({
        "row": number, "structure": "7VKO", "kinase": "TRKA", "ligand": "drug",
        "mutation": "G595R", "role": "solvent-front", "ddg_kcal": 2.0, "ddg_low_kcal": 1.0,
        "ddg_high_kcal": 3.0, "fold_change": 29.0, "call": "resistant", "status": "ok",
        "pose_source": "docked", **known,
    })  # fmt: skip


# --- words


def test_sources_are_linked_and_everything_else_is_text():
    said = _words.linked(
        "a <b> (doi:10.1158/2159-8290.CD-17-0507), PMID:25727400; PMC123456, NCT01234567, "
        "entry:2XP2. See https://example.org/a(b)/c?x=1&y=2."
    )
    assert re.findall(r'href="([^"]*)"', said) == [
        "https://doi.org/10.1158/2159-8290.CD-17-0507",
        "https://pubmed.ncbi.nlm.nih.gov/25727400/",
        "https://pmc.ncbi.nlm.nih.gov/articles/PMC123456/",
        "https://clinicaltrials.gov/study/NCT01234567",
        "https://www.rcsb.org/structure/2XP2",
        "https://example.org/a(b)/c?x=1&amp;y=2",
    ]
    assert "a &lt;b&gt; (<a" in said and said.endswith("</a>.")


@pytest.mark.parametrize(
    "text",
    ["javascript:alert(1)", "data:text/html,x", "doi:10.1/x", "PMID:", "NCT123", "entry:12345"],
)
def test_what_is_no_source_is_not_linked(text):
    assert _words.linked(text) == text


def test_an_address_ends_where_html_could_begin():
    said = _words.linked('https://a.org/"onmouseover="x" doi:10.1234/<script>')
    assert re.findall(r'href="([^"]*)"', said) == ["https://a.org/"]
    assert "<script" not in said and "&quot;onmouseover=&quot;" in said


def test_every_source_of_the_evidence_is_linked():
    from trkstruct.evidence import labels, measurements

    for item in (*measurements(), *labels()):
        said = _words.linked(item.source)
        assert said.startswith('<a href="https://') and said.endswith("</a>"), item.source


def test_evidence_falls_into_its_items():
    text = columns("TRKA", "G595R", "larotrectinib", 24.0)["evidence"]
    first, second = _words.evidence_items(text)
    assert first.startswith("measured 77-fold, biochemical (doi:")
    assert second.startswith("reported resistant (doi:")
    said = "wild type > 100 nM. measured 5-fold (a; b, c. d); reported reduced (x). But: y; z"
    assert list(_words.evidence_items(said)) == [
        "wild type > 100 nM", "measured 5-fold (a; b, c. d)", "reported reduced (x)", "But: y", "z",
    ]  # fmt: skip
    assert list(_words.evidence_items(None)) == []


def test_numbers_and_lists():
    assert [_words.signed(x) for x in (1.24, -0.26, -0.04, None)] == ["+1.2", "−0.3", "0.0", ""]
    assert _words.listed("abc") == "a, b and c" and _words.listed(range(15), 3) == (
        "0, 1, 2 and 12 more"
    )
    assert _words.text("a\x00\ud800b") == "a ?b"


# --- what is said


def entries_of(*rows):
    return _entries.entries(rows)


def test_the_answer_for_a_few_inhibitors():
    every = entries_of(
        row(1), row(2, mutation="G667C", call="reduced"), row(3, ligand="other", call="retained"),
        row(4, ligand="none", call="abstain", status="abstained", ddg_kcal=None),
    )  # fmt: skip
    assert _entries.answer(every) == [
        "drug loses to G595R (1 of 2 mutations) and is weakened by G667C.",
        "other keeps its affinity against 1 mutation.",
        "Of none nothing could be said.",
        "1 pair has no call, which does not mean that affinity is retained.",
    ]
    assert _entries.question(every) == (
        "Which of 3 inhibitors (drug, other and none) lose affinity to 2 mutations of TRKA?"
    )
    assert _entries.question(every[:1]) == "Does drug lose affinity to G595R of TRKA?"


def test_the_answer_for_many_inhibitors_ranks_those_that_were_asked_enough():
    rows = [
        row(10 * drug + n, ligand=f"d{drug}", mutation=f"G{n}R",
            call="resistant" if n < drug else "retained")
        for drug in range(7) for n in range(6)
    ]  # fmt: skip
    rows.append(row(99, ligand="little", call="retained"))
    rows += [row(100 + n, ligand="inert", mutation=f"G{n}R", call="retained", wt_active="no")
             for n in range(6)]  # fmt: skip
    (said,) = _entries.answer(entries_of(*rows))
    assert said == (
        "Fewest losses: d0 (0 of 6), d1 (1 of 6) and d2 (2 of 6). "
        "Most losses: d6 (6 of 6), d5 (5 of 6) and d4 (4 of 6)."
    )


def test_pictures_go_to_what_is_resistant_known_or_stands_the_mutation():
    rows = [
        row(1, ligand="a"), row(2, ligand="b"), row(3, ligand="c", call="retained"),
        row(4, ligand="d", call="retained"),
        row(5, ligand="e", call="retained", evidence="reported sensitive (PMID:1)"),
        row(6, ligand="f", call="abstain", status="abstained"), row(7, mutation="G667C"),
        row(8, ligand="g", call="reduced"),
    ]  # fmt: skip
    groups = _entries.groups(rows, _entries.entries(rows))
    found = [entry.row["row"] for entry in _entries.chosen(groups, 99)]
    assert found == [1, 7, 2, 3, 5, 8, 4]
    assert [e.row["row"] for e in _entries.chosen(groups, 2)] == [1, 7]


def test_rows_that_share_a_cell_are_all_shown():
    rows = [row(1, id="x"), row(2, id="y")]
    (group,) = _entries.groups(rows, _entries.entries(rows))
    assert len(group.entries) == 2


# --- the page


def test_the_page_says_what_the_panel_says(panel, page):
    words = page.words
    assert panel.headline in words and "2 January 2026" in words
    assert "larotrectinib loses to G595R and G667C (2 of 2 mutations)." in words
    assert words.count("Research use only, not for treatment decisions.") == 2
    for limit in _methods.LIMITS:
        assert limit in words
    assert panel.rows[0]["version"] in words
    assert "measured 77-fold, biochemical" in words
    for item in panel.inputs:
        assert item["sha256"][:12] in words
    for row in panel.rows:
        assert row["reasons"] is None or str(row["reasons"]) in words


def test_every_row_stands_in_each_part(panel, page):
    assert len(page.all("td", class_="cell")) == 4  # PLX7486 has one line for both
    cells = {(a["data-kinase"], a["data-inhibitor"], a["data-call"])
             for a in page.all("td", class_="cell")}  # fmt: skip
    assert ("TRKA", "larotrectinib", "resistant") in cells
    assert len([a for a in page.all("tr") if "data-pair" in a]) == len(panel) == 6
    assert len(page.all("article", class_="card")) == 4
    assert len(page.all("section", class_="mutation")) == 2
    assert "No answer" in page.words or "its structure was not found" in page.words


def test_links_inside_the_page_lead_somewhere_and_no_id_twice(page):
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(set(ids)) == len(ids)
    inside = {a["href"] for _, a in page.elements if a.get("href", "").startswith("#")}
    assert len(inside) > 12 and {link[1:] for link in inside} <= set(ids)


def test_tables_can_be_read_aloud(page):
    assert len(page.all("caption")) >= 6
    assert all(attributes.get("scope") for attributes in page.all("th") if attributes.get("class")
               != "pose")  # fmt: skip
    assert page.elements[0] == ("html", {"lang": "en"})
    for svg in page.all("svg", class_="mol"):
        assert svg["role"] == "img" and svg["aria-label"]
    buttons = page.all("button")
    assert buttons and all(button.get("type") == "button" for button in buttons)


def test_contributions_of_a_card_add_up(panel, html):
    card = html[html.index('<article class="card" id="p1"') :]
    card = card[: card.index("</article>")]
    numbers = re.findall(r"<td>([+−]?[\d.]+)</td>", card)
    values = [float(n.replace("−", "-")) for n in numbers]
    assert len(values) == 6 and values[-1] == pytest.approx(panel.rows[0]["ddg_kcal"], abs=0.05)
    assert sum(values[:-1]) == pytest.approx(values[-1], abs=0.26)  # each is rounded


def test_the_page_asks_nobody_for_anything(html, page):
    for tag, attributes in page.elements:
        assert not {"src", "srcset", "data", "poster"} & set(attributes), (tag, attributes)
        assert tag not in ("link", "iframe", "object", "embed", "base", "form", "img"), tag
        target = attributes.get("href", "#")
        assert target.startswith("#") or (tag == "a" and target.startswith("https://")), target
        assert not [name for name in attributes if name.startswith("on")]
    (policy,) = [a["content"] for a in page.all("meta") if "http-equiv" in a]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-inline" not in policy.split("style-src")[0] and "http" not in policy
    style = re.search(r"<style>(.*?)</style>", html, re.S)[1]
    assert "url(" not in style and "@import" not in style


def test_the_browser_would_run_these_scripts_and_no_others(html):
    scripts = re.findall(r"<script>(.*?)</script>", html, re.S)
    sums = re.findall(r"'sha256-([^']+)'", html)
    assert sums == [
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts
    ]
    assert len(scripts) == 2 and "$3Dmol" in scripts[0]


def scenes_of(html):
    data = json.loads(re.search(r'id="scenes">(.*?)</script>', html, re.S)[1])
    return {
        key: json.loads(zlib.decompress(base64.b64decode(packed)))
        for key, packed in data["pictures"].items()
    }, data["texts"]


def test_3d_pictures_show_what_the_view_shows(panel, html):
    pictures, texts = scenes_of(html)
    assert set(pictures) == {"1", "2", "3", "4"}
    calls = dict(panel.models([1]))
    view = calls[1].view().panels[0]
    mine = pictures["1"]
    assert mine["title"] == view.title and mine["note"] == view.note
    assert mine["clashes"] == view.clashes > 3
    assert [m[2] for m in mine["models"]] == [m.format for m in view.models]
    # Ribbon and pocket of each structure stand there once; glycine leaves nothing out of it.
    named = [m[0] for picture in pictures.values() for m in picture["models"] if m[0]]
    assert len(named) == 8 and set(named) == set(texts) and len(texts) == 4


def test_the_same_panel_gives_the_same_page(panel, html):
    assert report_html(panel, made=DAY) == html


def test_rows_are_modelled_again_as_they_were(panel):
    asked = [row["row"] for row in panel.rows]
    again = dict(panel.models([*asked, 99]))
    answered = {row["row"] for row in panel.rows if row["status"] == "ok"}
    assert set(again) == answered and len(answered) == 4
    for row in panel.rows:
        if row["row"] in again:
            new = again[row["row"]].row()
            assert (new["ddg_kcal"], new["call"]) == (row["ddg_kcal"], row["call"])


def test_structures_that_were_given_are_modelled_again():
    own = ts.cross_resistance(None, None, ["G595R"], structures=[ts.load("7VKO")])
    ((number, call),) = own.models([1])
    assert number == 1 and call.row()["ddg_kcal"] == own.rows[0]["ddg_kcal"]


def test_without_3dmol_the_page_says_so(panel, monkeypatch, tmp_path):
    bare = report_html(panel, js="none", made=DAY)
    assert "scenes" not in bare.split("<script>")[0] and "3D was left out." in bare
    assert len(bare) < 400_000 and len(Page(bare).all("article", class_="card")) == 4
    monkeypatch.setattr("trkstruct.views._script.find_script", lambda: None)
    said = Page(report_html(panel, made=DAY)).words
    assert "There is no 3D in this page. Download https://" in said
    with pytest.raises(DataError, match="cannot be read"):
        report_html(panel, js=tmp_path / "none.js")


def test_what_is_no_report_is_refused(panel, tmp_path):
    with pytest.raises(PlanError, match=r"written as \.html; 'x\.pdf'"):
        panel.to_html(tmp_path / "x.pdf")
    with pytest.raises(PlanError, match="no rows"):
        CrossResistance(()).to_html(tmp_path / "x.html")
    most = int(ts.reference.read_json("report.json")["most_rows"])
    many = CrossResistance(tuple(row(n) for n in range(most + 1)))
    with pytest.raises(PlanError, match=rf"at most {most} rows, and there are {most + 1}"):
        many.to_html(tmp_path / "x.html")
    assert not list(tmp_path.iterdir())


def test_a_page_of_the_most_rows_is_not_too_large(panel, script, tmp_path):
    most = int(ts.reference.read_json("report.json")["most_rows"])
    (first, *_) = panel.rows
    smiles = [f"Cc1ccc(C(=O)Nc2ccc(CN3CCN({'C' * n})CC3)cc2)cc1" for n in range(1, 21)]
    rows = tuple(
        {**first, "row": n, "ligand": f"compound-{n % 125}", "ligand_smiles": smiles[n % 20],
         "mutation": f"G595{'ARNDCQEHIL'[n // 125]}"}
        for n in range(most)
    )  # fmt: skip
    CrossResistance(rows).to_html(tmp_path / "x.html")
    text = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert 4_000_000 < (tmp_path / "x.html").stat().st_size < 6_000_000
    assert re.search(r"For want of room \d+ drawings of structures are left out", text)


# --- harm


def test_names_do_no_harm_in_the_page(harmful):
    html = report_html(harmful, question='"><script>alert(3)</script>', made=DAY)
    page = Page(html)
    assert [tag for tag, _ in page.elements].count("script") == 3  # viewer, scenes, own
    assert not [tag for tag, _ in page.elements if tag in ("img", "iframe")]
    assert not [a for _, a in page.elements for name in a if name.startswith("on")]
    assert SCRIPT_NAME in page.words and FORMULA_NAME in page.words
    assert "alert(2)" in page.words and "alert(3)" in page.words
    pictures, _ = scenes_of(html)
    assert any(SCRIPT_NAME in picture["title"] for picture in pictures.values())


def test_names_do_no_harm_in_the_spreadsheet(harmful, tmp_path):
    harmful.to_excel(tmp_path / "x.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx").active
    heads = [cell.value for cell in sheet[1]]
    column = heads.index("ligand") + 1
    cells = [sheet.cell(number, column) for number in (2, 3)]
    assert {cell.value for cell in cells} == {SCRIPT_NAME, FORMULA_NAME}
    assert all(cell.data_type == "s" for cell in cells)
    assert [c.quotePrefix for c in cells if c.value == FORMULA_NAME] == [True]
    assert not [c for line in sheet.iter_rows() for c in line if c.data_type == "f"]


def test_names_do_no_harm_in_the_picture(harmful, tmp_path):
    from trkstruct.views.plots import save

    save(harmful.plot(), tmp_path / "x.svg")
    assert "<script" not in (tmp_path / "x.svg").read_text(encoding="utf-8")


# --- the spreadsheet


def test_each_row_has_the_drawing_of_its_inhibitor(panel, tmp_path):
    panel.to_excel(tmp_path / "x.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx").active
    heads = [cell.value for cell in sheet[1]]
    assert heads == [
        *results.RESULTS_COLUMNS[:8], "drawing", *results.RESULTS_COLUMNS[8:]
    ]  # fmt: skip
    place = {(p.anchor._from.row, p.anchor._from.col): p for p in sheet._images}
    drawn = [n for n, row in enumerate(panel.rows, start=1) if row["ligand_smiles"]]
    assert sorted(place) == [(n, 8) for n in drawn] and len(drawn) == 4
    data = {where: picture._data() for where, picture in place.items()}
    assert all(picture.startswith(b"\x89PNG") for picture in data.values())
    assert data[1, 8] == data[2, 8] != data[3, 8]
    assert sheet.row_dimensions[2].height > 60 and sheet.row_dimensions[6].height is None


# --- a table that was written before


def test_rows_read_are_the_rows_that_were_written(panel, tmp_path):
    rows = [*panel.rows, row(7, id="=1+1", mutation="G595R+F589L", uniprot_position="595;589",
                             klifs_position="51;45", findings="'quoted'")]  # fmt: skip
    results.write_csv(rows, tmp_path / "x.csv")
    assert results.read_results(tmp_path / "x.csv") == [dict(one) for one in rows]
    results.write_results(panel.rows, tmp_path / "x.parquet")
    read = results.read_results(tmp_path / "x.parquet")
    assert read == [dict(one) for one in panel.rows]


def test_what_is_no_table_of_results_is_said(tmp_path):
    for content, message in (
        (
            "a,b\n1,2\n",
            r"no table of results: it has no column row, id, structure, .* and 4\d more",
        ),
        ("", r"has no rows"),
        (b"\xff\xfe\x00", r"no table of results in UTF-8"),
    ):
        path = tmp_path / "x.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        with pytest.raises(PlanError, match=message):
            results.read_results(path)
    (tmp_path / "x.parquet").write_text("no")
    with pytest.raises(PlanError, match="is no Parquet file"):
        results.read_results(tmp_path / "x.parquet")


def run(*args):
    ran = CliRunner(env={"TRKSTRUCT_STRUCTURES": ""}).invoke(main, ["report", *map(str, args)])
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    return ran


def test_command(tmp_path, script):
    target = tmp_path / "out" / "report.html"
    ran = run(
        "-k", "TRKA", "-l", "larotrectinib", "-m", "G595R", "--question", "Why?", "-o", target
    )
    assert ran.exit_code == 0 and ran.stdout == "" and "open it in a browser" in ran.stderr
    page = Page(target.read_text(encoding="utf-8"))
    assert "Why?" in page.words and page.all("button", **{"data-scene": "1"})


def test_command_on_a_table(panel, tmp_path):
    results.write_csv(panel.rows, tmp_path / "matrix.csv")
    ran = run(tmp_path / "matrix.csv", "-o", tmp_path / "r.html", "--reference", "repotrectinib")
    assert ran.exit_code == 0, ran.stderr
    page = Page((tmp_path / "r.html").read_text(encoding="utf-8"))
    assert "made from a table that was computed before" in page.words
    assert "reference" in page.words and not page.all("button", **{"data-scene": "1"})
    assert len(page.all("svg", class_="mol")) == 6


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["-o", "x.pdf"], "written as .html"),
        (["table.csv", "-k", "TRKA", "-o", "x.html"], "not both"),
        (["-o", "x.html", "--js", "none.js"], "No such file"),
        (["table.csv", "-o", "x.html"], "table.csv: No such file"),
        ([], "Missing option '-o'"),
    ],
)
def test_bad_usage_ends_with_2(args, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran = run(*args)
    assert ran.exit_code == 2 and message in ran.stderr and not list(tmp_path.iterdir())


def test_rows_that_fail_are_shown_and_end_with_1(tmp_path):
    target = tmp_path / "r.html"
    ran = run("-k", "TRKA", "-l", "larotrectinib", "-l", "C1CC<b>", "-m", "G595R", "--js", "none",
              "-o", target)  # fmt: skip
    assert ran.exit_code == 1 and "1 failed" in ran.stderr
    page = Page(target.read_text(encoding="utf-8"))
    assert "C1CC<b>" in page.words and len(page.all("td", **{"data-call": "failed"})) == 1


# --- in a browser

#: What a click changed, as the page's own elements say it.
SNAP = """
var log = [];
function snap() {
  var of = function (where) { return Array.from(document.querySelectorAll(where)); };
  var keys = function (where) { return of(where).map(function (e) { return e.dataset.pair; }); };
  log.push({
    rows: keys("tr[data-pair]:not([hidden])"), cards: keys("article.card:not([hidden])"),
    dimmed: keys(".cell.dimmed"), mutations: of(".mutation:not([hidden])").length,
    said: document.querySelector("[data-count]").textContent,
    sorted: of("[aria-sort]").map(function (e) { return e.getAttribute("aria-sort"); }),
    stages: of(".stage").map(function (e) { return Object.assign({}, e.dataset); }),
    canvases: of("canvas").length, heads: of(".heads div").map(function (e) {
      return e.textContent; }),
  });
}
function click(where) { document.querySelector(where).click(); snap(); }
function done() {
  var made = document.createElement("pre");
  made.id = "log";
  made.textContent = JSON.stringify(log);
  document.body.appendChild(made);
}
snap();
"""


def look(browser, html, folder, code, *options, name="page"):
    """Open a page, and click; the script that does is allowed by its sum like the page's own."""
    own = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    html = html.replace("script-src ", f"script-src 'sha256-{own}' ", 1)
    html = html.replace("</body></html>", f"<script>{code}</script></body></html>")
    path = folder / f"{name}.html"
    path.write_text(html, encoding="utf-8")
    dom, seen, console = browser(path, *options)
    found = re.search(r'<pre id="log">(.*?)</pre>', dom, re.S)
    return json.loads(unescape(found[1])) if found else [], Page(dom), seen, console


def test_browser_opens_the_page_without_a_word(browser, html, tmp_path):
    _, page, seen, console = look(browser, html, tmp_path, "'nothing'")
    assert console == "" and page.elements[0][1]["data-ready"] == "yes"
    assert not page.all("canvas") and seen.std() > 0.05
    assert [a["data-state"] for a in page.all("div", class_="stage")] == ["closed"] * 2


def test_browser_filters_by_click(browser, html, panel, tmp_path):
    code = (
        SNAP
        + """
    click('[data-filter=call][data-value=retained]');
    click('[data-filter=call][data-value=resistant]');
    click('[data-filter=role][data-value=xDFG]');
    click('[data-reset]');
    document.querySelector('[data-search]').value = 'LARO';
    document.querySelector('[data-search]').dispatchEvent(new Event('input'));
    snap();
    location.hash = '#p3';
    setTimeout(function () { snap(); done(); }, 200);
    """
    )
    log, _, _, console = look(browser, html, tmp_path, code)
    assert console == "" and len(log) == 7
    calls = {str(n): row["call"] for n, row in enumerate(panel.rows, start=1)}
    everything = sorted(calls)
    assert sorted(log[0]["rows"]) == everything and log[0]["said"] == "6 pairs"
    (left,) = (key for key in calls if calls[key] == "retained")
    assert log[1]["rows"] == log[1]["cards"] == [left] and log[1]["said"] == "1 of 6 pairs"
    assert len(log[1]["dimmed"]) == 3 and log[1]["mutations"] == 1
    # Within a group either may fit, between groups both have to.
    assert {calls[key] for key in log[2]["rows"]} == {"retained", "resistant"}
    assert {panel.rows[int(key) - 1]["role"] for key in log[3]["rows"]} == {"xDFG"}
    assert sorted(log[4]["rows"]) == everything and not log[4]["dimmed"]
    assert {panel.rows[int(key) - 1]["ligand"] for key in log[5]["rows"]} == {"larotrectinib"}
    # A link to what is filtered away brings it back.
    assert sorted(log[6]["rows"]) == everything


def test_browser_sorts_by_click(browser, html, panel, tmp_path):
    code = (
        SNAP
        + """
    var head = 'th:nth-child(5) [data-sort]';
    click(head); click(head); click('th:nth-child(2) [data-sort]'); done();
    """
    )
    log, _, _, console = look(browser, html, tmp_path, code)
    values = {str(n): row["ddg_kcal"] for n, row in enumerate(panel.rows, start=1)}
    down, up = ([values[key] for key in one["rows"]] for one in log[1:3])
    known = sorted(value for value in values.values() if value is not None)
    assert console == "" and down == [*known[::-1], None, None] and up == [*known, None, None]
    assert [one["sorted"] for one in log] == [[], ["descending"], ["ascending"], ["ascending"]]
    names = [panel.rows[int(key) - 1]["ligand"] for key in log[3]["rows"]]
    assert names == sorted(names, key=str.casefold)


#: Clicks one after another, each when what the one before asked for is drawn.
ONE_BY_ONE = (
    SNAP
    + """
['header', 'nav', '#matrix', '#inhibitors', '#pairs'].forEach(function (where) {
  document.querySelector(where).style.display = 'none';
});
function wait(step) {
  var busy = document.querySelector('.stage[data-state=busy]');
  if (busy) return setTimeout(function () { wait(step); }, 50);
  snap();
  if (step < steps.length) {
    document.querySelector(steps[step]).click();
    return setTimeout(function () { wait(step + 1); }, 50);
  }
  var box = document.querySelector('canvas');
  log.push(box ? box.getBoundingClientRect().toJSON() : {});
  done();
}
"""
)


def test_browser_draws_3d_by_click_in_one_context(browser, html, tmp_path):
    code = (
        ONE_BY_ONE
        + """
    var steps = ['[data-scene="2"]', '[data-scene="2"]', '[data-scene="4"]', '[data-scene="1"]',
                 '[data-scene="3"]'];
    wait(0);
    """
    )
    budget = "--virtual-time-budget=20000"
    log, page, seen, console = look(browser, html, tmp_path, code, budget)
    *log, box = log
    assert console == "" and len(log) == 7
    states = [[stage["state"] for stage in one["stages"]] for one in log[1:]]
    assert states == [
        ["closed", "closed"], ["closed", "drawn"], ["closed", "closed"], ["closed", "drawn"],
        # Another mutation takes the context over.
        ["drawn", "closed"], ["drawn", "closed"],
    ]  # fmt: skip
    assert [one["canvases"] for one in log[1:]] == [0, 1, 0, 1, 1, 1]
    last = log[-1]["stages"][0]
    assert int(last["clashes"]) > 3 and int(last["shapes"]) >= 2 * int(last["clashes"])
    assert [text[:14] for text in log[-1]["heads"]] == ["larotrectinib,", "repotrectinib,"]
    top, left = round(box["top"]), round(box["left"])
    picture = seen[top : top + round(box["height"]), left : left + round(box["width"])]
    halves = np.array_split(picture, 2, axis=1)
    assert all(half.size and half.std() > 0.05 for half in halves)
    # The discs of the clashes: the inhibitor that stands the mutation has fewer.
    red, green, blue = np.moveaxis(halves[0], -1, 0)
    assert int(((red > 0.6) & (red - green > 0.25) & (green - blue > 0.1)).sum()) > 100
    assert page.all("i", class_="box")


def test_browser_without_webgl_says_so(browser, html, tmp_path):
    code = (
        ONE_BY_ONE
        + """
    var steps = ['[data-scene="1"]'];
    wait(0);
    """
    )
    options = "--disable-gpu", "--disable-3d-apis"
    log, page, _, _ = look(browser, html, tmp_path, code, *options)
    assert log[2]["stages"][0]["state"] == "failed" and not log[2]["canvases"]
    assert "This browser shows no 3D" in page.words


def test_browser_runs_nobodys_script(browser, harmful, tmp_path, script):
    html = report_html(harmful, made=DAY)
    code = f"{ONE_BY_ONE} var steps = ['[data-scene=\"1\"]']; wait(0);"
    log, page, _, console = look(browser, html, tmp_path, code)
    assert console == "" and page.all("title") and log[2]["stages"][0]["state"] == "drawn"
    assert SCRIPT_NAME in log[2]["heads"][0]
    # A script that got in all the same would not run.
    other = html.replace("<main>", "<main><script>document.title='bad'</script>", 1)
    path = tmp_path / "in.html"
    path.write_text(other, encoding="utf-8")
    dom, _, console = browser(path)
    assert "<title>bad" not in dom and "Content Security Policy" in console


def test_marks_of_evidence_are_those_of_the_plot(panel, page):
    marks = [grid.seen(one["evidence"]) for one in panel.rows[:4]]
    assert marks[0] == "lost"
    drawn = [a for a in page.all("i", class_="seen") if a.get("role") == "img"]
    # In the matrix, in the table, and on the card.
    assert len(drawn) == 3 * len([mark for mark in marks if mark])
