"""Imports files of other systems as entries, by a mapping that says in TOML what a row means.

    mapping = load_mapping("accounts_receivable")            # a shipped one, or the path of a file
    options = Options(rejects=Path("rejects.jsonl"))
    summary = run_import(mapping, [Path("invoices.csv")], ledger.record, options)

A *row* of CSV or JSON lines yields, in the order of the mapping's `[[entry]]` tables, each entry whose
conditions hold. Every cell is a text, stripped of white space around it; an empty one is absent. In JSON
lines `a.b` is the column b of the object a, and numbers keep their digits.

**Ids and runs.** An entry's id is UUIDv5, in the namespace of the source, of the JSON list of its key's
cells, its `part` and the `revision`. So a file can be imported again, whole, in part or grown: what is
recorded already is answered with its first receipt and counted as repeated. All entries of a source and
revision share one correlation id, `run_id(source, revision)`: that is the run that can be undone, and then
done again under the next revision (`Options.revision`). A row changed at the source under the same key is
refused (`id-reused`), not taken for the old one. The order of rows is kept: among entries of one instant in
one stream, the order of the file decides.

**What another system did** comes in as it was: also what needs the approval of two here, such as a write-off,
since that system had its own. But who imports it answers for that: a mapping that makes such entries needs
the scope `approve` besides `record`. What oversees the entries of this ledger (voids, approvals, holds,
erasures) does not come in: it is recorded by commands that know who acts.

**Memory** does not grow with the file, but for the keys of `once` and of running totals: at most two
million are remembered, in a file that is not `grouped`; then the run stops and says so.

**Rejects.** What is refused goes into a file of JSON lines with file, line, last line, row, part, type, code,
field, value, message and the row's columns (personal data included); the rest goes in. Each entry of a row
has its own fate.

The mapping language
====================

At the top of the file:

    source = "billing"                  # names the origin on each entry; revision = 1 is the default
    extends = "accounts_receivable"     # optional: laid over another; entries merge by part, fields by name
    zone = "Europe/Rome"                # where days and clock times without an offset were written; UTC
    date_format = "%d/%m/%Y"            # strptime, a list to try in order, or "iso" (the default)
    time = "00:00"                      # the time of day of a moment of which only the day is known
    key = ["invoice"]                   # columns that tell rows apart; part of every id
    stream = "customer:{customer}"      # a template: columns in braces; empty where one of them is
    at = "date"                         # when it happened: a column, or a value; an entry may have its own
    source_recorded_at = "entered"      # optional: when the source had recorded it; an entry may have its own
    grouped = ["customer"]              # optional: rows of one key stand together, and are forgotten after it
    optional = ["remark"]               # columns that a file may lack; they read as empty

    [format]                            # kind = "csv" or "jsonl", delimiter, encoding, skip_initial_space,
    columns = ["id", "date"]            # columns: their names, in a file without a header

    [actor]                             # kind = "system", id (the source's name), unit

    [derived]                           # name = value: a column worked out of others
    ref = { column = "id", default_column = "@row" }

    [[running]]                         # a running total: also decimal, thousands
    name = "paid"
    column = "total_paid"
    within = ["customer"]

Also columns: `@file` (its name), `@row` (1 for the first row of data), `@line`.

    [[entry]]
    part = "paid"                       # its name among the entries of a row
    type = "PaymentReceived"
    when = { column = "paid", empty = false }
    once = true                         # only for the first row of its key on which the conditions hold, in
                                        # all files: what an earlier import recorded counts as repeated. Where
                                        # it is refused, for the next one, unless it had been done already
    key = ["customer"]                  # optional: a key, stream, at, source_recorded_at of its own
    fields.payment = { text = "paid-{invoice}" }

**Conditions**, one or a list of which all must hold: `column` with `equals`, `not_equals`, `in`, `not_in`,
`empty`, `matches` (a regular expression for the whole cell), `greater_than`, `less_than` (not for empty
cells); or `any = [conditions]`.

**Values.** A bare text, number or truth is itself, a bare list a list of values. Else a table with one of
`column`, `text` (a template), `const`, `rise_of` (of a running total within its key: the new maximum less the
last one; the entry is left out where it did not rise), `object` (a table of values), `list`. Then, in this
order: `empty` (words that mean nothing), `default_column`, `default` (which passes by the map), `map` (a
table of texts, `"*"` for all others; else an unknown text is refused), and `to`:

- `"text"`, `"lower"`, `"code"` (lower-case words joined by hyphens), `"integer"`
- `"decimal"` with `decimal` ("."), `thousands` (""), `times` (0.01 where the source counts cents)
- `"money"`: the same, with `currency` or `currency_column`
- `"bool"` with the words of `true` and `false`
- `"date"`, `"moment"` with `format`, `zone`, `time`, `plus_days` (days of the zone's calendar)
"""

from api.importer.build import run_id
from api.importer.load import load_mapping, shipped_mappings
from api.importer.mapping import Mapping
from api.importer.offering import Outcome, Record, patiently
from api.importer.rehearsal import Rehearsal
from api.importer.run import Options, Summary, bytes_in, run_import

__all__ = [
    "Mapping",
    "Options",
    "Outcome",
    "Record",
    "Rehearsal",
    "Summary",
    "bytes_in",
    "load_mapping",
    "patiently",
    "run_id",
    "run_import",
    "shipped_mappings",
]
