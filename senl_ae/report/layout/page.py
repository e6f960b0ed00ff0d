"""The tables as one self-contained page: reads on a telephone, prints with headings and footnotes on every sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from senl_ae.report.count.about import UNNAMED
from senl_ae.report.layout.laid import Laid, Line, footer_line, header_lines, together

STYLE = """
:root { --ink: #1a1a1a; --soft: #555; --line: #bbb; --back: #fff; }
* { box-sizing: border-box; }
body { font: 15px/1.4 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; color: var(--ink); background: var(--back); margin: 0 auto;
  padding: 1rem; max-width: 1240px; }
h1 { font-size: 1.3rem; margin: 0 0 .5rem; }
dl.about { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; font-size: .85rem; margin: 0 0 1rem; }
dl.about dt { color: var(--soft); } dl.about dd { margin: 0; overflow-wrap: anywhere; }
nav ol { list-style: none; padding: 0; margin: 0 0 1.5rem; columns: 22rem; font-size: .9rem; }
nav a { color: inherit; }
section { margin: 0 0 2.5rem; }
h2 { font-size: 1.05rem; margin: 0 0 .4rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
th, td { padding: .12rem .6rem .12rem .2rem; text-align: left; vertical-align: top; }
thead th { border-bottom: 1.5px solid var(--ink); font-weight: 600; vertical-align: bottom; }
.statistics td, .statistics thead th + th { text-align: right; white-space: nowrap; }
.cross td, .cross thead th + th { text-align: center; }
tbody th { font-weight: 400; position: sticky; left: 0; background: var(--back); min-width: 8.5rem; overflow-wrap: anywhere; }
.listing tbody th, .grid tbody th { min-width: 0; white-space: nowrap; }
.listing td { white-space: nowrap; } .listing td.long { white-space: normal; } .listing td.long { min-width: 11rem; }
tr.heading th { font-weight: 600; padding-top: .45rem; }
{set in}
.grid td, .grid thead th { padding: .1rem .25rem; text-align: center; border: 1px solid #eee; }
.g1 { background: #fff2cc; } .g2 { background: #ffd28a; } .g3 { background: #f4a582; } .g4 { background: #d6604d; color: #fff; }
.g5 { background: #b2182b; color: #fff; }
.notes { font-size: .78rem; color: var(--soft); padding: .5rem 0 0; text-align: left; white-space: normal; }
.notes p { margin: .1rem 0; max-width: 75rem; }
.only-print { display: none; }
@media (max-width: 600px) { body { padding: .6rem; font-size: 14px; } table { font-size: .78rem; }
  tbody th { min-width: 7rem; max-width: 9.5rem; } dl.about { grid-template-columns: 1fr; } dl.about dt { margin-top: .3rem; } }
@media print {
  @page { size: A4 landscape; margin: 12mm 12mm 14mm;
    @bottom-right { content: "Page " counter(page) " of " counter(pages); font: 8pt sans-serif; } }
  body { padding: 0; max-width: none; font-size: 9pt; }
  nav, h2, section > .notes { display: none; }
  .wide { overflow: visible; }
  .front, section { break-after: page; }
  section { margin: 0; }
  table { width: 100%; font-size: 8pt; }
  thead { display: table-header-group; }
  tfoot { display: table-footer-group; }
  tr, tbody { break-inside: avoid; }
  th, td { padding-top: .05rem; padding-bottom: .05rem; }
  tbody th { position: static; min-width: 0; }
  .grid { font-size: 6.5pt; }
  .listing { font-size: 6pt; }
  .listing td, .listing th { padding-right: .35rem; }
  .listing td.long { min-width: 0; }
  .only-print { display: table-row; }
  .only-print td, .only-print th { text-align: left !important; white-space: normal !important; border: 0; font-weight: 400; }
  .only-print .title { font-weight: 700; font-size: 10pt; }
  .only-print .notes { font-size: 6.5pt; line-height: 1.15; padding-top: .2rem; }
  .only-print .notes p { margin: 0; max-width: none; }
  .g1, .g2, .g3, .g4, .g5 { print-color-adjust: exact; }
}
"""


def _style(tables: Sequence[Laid]) -> str:
    """The style of the page, with a rule for every depth that labels are set in by."""
    deepest = max((line.indent for laid in tables for line in laid.lines), default=0)
    return STYLE.replace(
        "{set in}",
        " ".join(f".in{n} th {{ padding-left: {n}.2rem; }}" for n in range(1, max(deepest, 2) + 1)),
    )


def write_html(tables: Sequence[Laid], path: Path) -> None:
    """All tables on one page, nothing fetched from anywhere."""
    about = tables[0].about if tables else {}
    contents = "\n".join(
        f'<li><a href="#{anchor(laid)}">{escape(header_lines(laid)[1])}</a></li>' for laid in tables
    )
    facts = "\n".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in about.items())
    topics = {_topic(laid) for laid in tables}
    subject = ", ".join(sorted(topics))
    title = f"{about['Study']}: {subject}" if about.get("Study", UNNAMED) != UNNAMED else subject.capitalize()
    parts = [
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title>\n<style>{_style(tables)}</style>\n</head>\n<body>",
        f'<div class="front">\n<h1>{escape(title)}</h1>\n<dl class="about">\n{facts}\n</dl>\n<nav><ol>\n{contents}\n</ol></nav>\n</div>',
        *(_section(laid) for laid in tables),
        "</body>\n</html>\n",
    ]
    path.write_text("\n".join(parts), encoding="utf-8", newline="")


def _topic(laid: Laid) -> str:
    """What a table is about, by whose its grades are."""
    if laid.text.grades:
        return "adverse events"
    return "laboratory toxicity" if laid.text.scale else "cytokine release syndrome and neurotoxicity"


def anchor(laid: Laid) -> str:
    return "table-" + "".join(c if c.isalnum() else "-" for c in f"{laid.text.number}-{laid.name}")


def _section(laid: Laid) -> str:
    across = len(laid.columns) + 1
    study, title, scale = (escape(line) for line in header_lines(laid))
    notes = "".join(f"<p>{escape(note)}</p>" for note in laid.footnotes)
    source = escape(footer_line(laid))
    headings = "".join(
        f'<th scope="col">{"<br>".join(escape(part) for part in heading)}</th>'
        for heading in ((laid.stub,), *laid.columns)
    )
    long = [
        max((len(line.cells[j]) for line in laid.lines), default=0) > 16 for j in range(len(laid.columns))
    ]
    body = "\n".join(_blocks(laid, long)) or f'<tbody><tr><td colspan="{across}">None.</td></tr></tbody>'
    return f"""<section id="{anchor(laid)}">
<h2>{title}</h2>
<div class="wide"><table class="{laid.kind}">
<thead>
<tr class="only-print"><th colspan="{across}">{study}<br><span class="title">{title}</span><br>{scale}</th></tr>
<tr>{headings}</tr>
</thead>
<tfoot><tr class="only-print"><td colspan="{across}" class="notes">{notes}<p>{source}</p></td></tr></tfoot>
{body}
</table></div>
<div class="notes">{notes}<p>{source}</p></div>
</section>"""


def _blocks(laid: Laid, long: Sequence[bool]) -> Iterator[str]:
    """The lines in blocks that are not torn apart in print."""
    block: list[str] = []
    for line, keep in zip(laid.lines, together(laid), strict=True):
        block.append(_row(laid, line, long))
        if not keep:
            yield "<tbody>" + "\n".join(block) + "</tbody>"
            block = []


def _row(laid: Laid, line: Line, long: Sequence[bool]) -> str:
    kinds = " ".join(
        name
        for name in ("heading" if line.heading else "", f"in{line.indent}" if line.indent else "")
        if name
    )
    opening = f'<tr class="{kinds}">' if kinds else "<tr>"
    cells = "".join(
        f"<td{_class(laid, j, cell, long[j])}>{escape(cell)}</td>" for j, cell in enumerate(line.cells)
    )
    return f'{opening}<th scope="row">{escape(line.label)}</th>{cells}</tr>'


def _class(laid: Laid, column: int, cell: str, long: bool) -> str:
    if laid.kind == "grid" and column > 1 and cell[:1] in "12345" and cell:
        return f' class="g{cell[0]}"'
    return ' class="long"' if laid.kind == "listing" and long else ""
