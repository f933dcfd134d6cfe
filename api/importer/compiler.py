"""Compiles the values and conditions of a mapping into functions of a row's cells."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from operator import itemgetter
from typing import Any, Final
from zoneinfo import ZoneInfo

from api.importer.expressions import PLACEHOLDER, Condition, Value
from api.importer.mapping import Mapping as ImportMapping
from api.importer.moments import Dates, date_reader, moment_reader
from api.importer.numbers import bool_reader, code, decimal_reader, integer_reader
from domain.refusals import InvalidValue, MissingField

Cells = Sequence[str]
Plain = str | int | list[Any] | dict[str, Any]
Read = Callable[[Cells], Plain | None]
Convert = Callable[[str], Plain]
OTHER: Final = "*"
RISE: Final = "@rise "


@dataclass(frozen=True, slots=True)
class Compiler:
    """Knows the place of each column among the cells, and how dates are written; `nothing` is empty."""

    mapping: ImportMapping
    index: Mapping[str, int]
    nothing: int

    def cell(self, column: str) -> Callable[[Cells], str]:
        """Make the function that takes a column's cell."""
        return itemgetter(self.index.get(column, self.nothing))

    def template(self, template: str) -> Callable[[Cells], str]:
        """Make the function that fills a template; it is empty where one of its columns is."""
        pieces = PLACEHOLDER.split(template)
        fixed, columns = pieces[::2], [self.cell(column) for column in pieces[1::2]]
        if len(columns) == 1:
            (before, after), column = fixed, columns[0]

            def fill_one(cells: Cells) -> str:
                filled = column(cells)
                return f"{before}{filled}{after}" if filled else ""

            return fill_one

        def fill(cells: Cells) -> str:
            text = fixed[0]
            for column, after in zip(columns, fixed[1:], strict=True):
                filled = column(cells)
                if not filled:
                    return ""
                text += filled + after
            return text

        return fill

    def value(self, value: Value, path: str) -> Read:
        """Make the function that works out a value; None where there is none."""
        if value.const is not None:
            constant = value.const
            return lambda _cells: constant
        if value.object is not None:
            return self._object(value.object, path)
        if value.list is not None:
            return self._list(value.list, path)
        text = self._text(value, path)
        if value.to == "money":
            return self._money(value, text, path)
        convert = self._converter(value, path)
        if convert is None:
            return text

        def read(cells: Cells) -> Plain | None:
            found = text(cells)
            return convert(found) if isinstance(found, str) else found

        return read

    def _text(self, value: Value, path: str) -> Read:
        """Take the text, mapped, or the default."""
        if value.column is not None:
            take = self.cell(value.column)
        elif value.text is not None:
            take = self.template(value.text)
        else:
            take = self.cell(f"{RISE}{value.rise_of}")
        fallback = None if value.default_column is None else self.cell(value.default_column)
        empty, words, default = frozenset(value.empty), value.map, value.default

        def read(cells: Cells) -> Plain | None:
            text = take(cells)
            if text in empty:
                text = ""
            if not text and fallback is not None:
                text = fallback(cells)
            if not text:
                return default
            if words is None:
                return text
            try:
                return words[text] if text in words else words[OTHER]
            except KeyError:
                raise InvalidValue(path, text, f"The map knows {', '.join(words)}.") from None

        return read

    def _money(self, value: Value, text: Read, path: str) -> Read:
        number = decimal_reader(path, value.decimal, value.thousands, value.times)
        fixed = value.currency
        column = self.cell(value.currency_column or "")

        def read(cells: Cells) -> Plain | None:
            found = text(cells)
            if found is None:
                return None
            currency = fixed or column(cells)
            if not currency:
                raise MissingField(path, found, f"The column {value.currency_column} names no currency.")
            return {"amount": number(str(found)), "currency": currency}

        return read

    def _converter(self, value: Value, path: str) -> Convert | None:
        match value.to:
            case "date":
                return date_reader(path, self._dates(value))
            case "moment":
                return moment_reader(path, self._dates(value))
            case "decimal":
                return decimal_reader(path, value.decimal, value.thousands, value.times)
            case "integer":
                return integer_reader(path)
            case "bool":
                return bool_reader(path, value.true, value.false)
            case "code":
                return code
            case "lower":
                return str.lower
            case _:
                return None

    def _dates(self, value: Value) -> Dates:
        formats = value.format or self.mapping.date_format
        return Dates(
            (formats,) if isinstance(formats, str) else formats,
            ZoneInfo(value.zone or self.mapping.zone),
            time.fromisoformat(value.time or self.mapping.time),
            value.plus_days,
        )

    def moment(self, value: Value, path: str) -> Read:
        """Make the function that works out a moment."""
        return self.value(value.model_copy(update={"to": "moment"}), path)

    def fields(self, fields: Mapping[str, Value], path: str) -> Callable[[Cells], dict[str, Any]]:
        """Make the function that works out an object; what is empty is absent."""
        constants = {name: value.const for name, value in fields.items() if value.const is not None}
        reads = [
            (name, self.value(value, f"{path}.{name}"))
            for name, value in fields.items()
            if name not in constants
        ]

        def read(cells: Cells) -> dict[str, Any]:
            data: dict[str, Any] = dict(constants)
            for name, take in reads:
                item = take(cells)
                if item is not None:
                    data[name] = item
            return data

        return read

    def _object(self, fields: Mapping[str, Value], path: str) -> Read:
        read = self.fields(fields, path)
        return lambda cells: read(cells) or None

    def _list(self, items: Sequence[Value], path: str) -> Read:
        reads = [self.value(item, f"{path}[{n}]") for n, item in enumerate(items)]
        return lambda cells: [item for read in reads if (item := read(cells)) is not None] or None

    def conditions(self, conditions: Sequence[Condition]) -> Callable[[Cells], bool] | None:
        """Make the function that says whether all conditions hold; None where there is none."""
        tests = [self._condition(condition) for condition in conditions]
        if len(tests) <= 1:
            return tests[0] if tests else None
        return lambda cells: all(test(cells) for test in tests)

    def _condition(self, condition: Condition) -> Callable[[Cells], bool]:
        if condition.any is not None:
            alternatives = [self._condition(alternative) for alternative in condition.any]
            return lambda cells: any(test(cells) for test in alternatives)
        if condition.model_fields_set == {"column", "equals"}:
            place, wanted = self.index.get(condition.column or "", self.nothing), condition.equals
            return lambda cells: cells[place] == wanted
        cell = self.cell(condition.column or "")
        tests = _tests(condition)
        if len(tests) == 1:
            test = tests[0]
            return lambda cells: test(cell(cells))
        return lambda cells: all(test(cell(cells)) for test in tests)


def _tests(condition: Condition) -> list[Callable[[str], bool]]:
    """Make one test of a cell's text for each setting of a condition."""
    tests: list[Callable[[str], bool]] = []
    if (wanted := condition.equals) is not None:
        tests.append(lambda text: text == wanted)
    if (unwanted := condition.not_equals) is not None:
        tests.append(lambda text: text != unwanted)
    if condition.among is not None:
        tests.append(frozenset(condition.among).__contains__)
    if condition.not_among is not None:
        excluded = frozenset(condition.not_among)
        tests.append(lambda text: text not in excluded)
    if (empty := condition.empty) is not None:
        tests.append(lambda text: (not text) is empty)
    if condition.matches is not None:
        fits = re.compile(condition.matches).fullmatch
        tests.append(lambda text: fits(text) is not None)
    if (least := condition.greater_than) is not None:
        tests.append(_comparison(condition, lambda number: number > least))
    if (most := condition.less_than) is not None:
        tests.append(_comparison(condition, lambda number: number < most))
    return tests


def _comparison(condition: Condition, holds: Callable[[Decimal], bool]) -> Callable[[str], bool]:
    number = decimal_reader(f"when {condition.column}", ".", "", Decimal(1))
    return lambda text: bool(text) and holds(Decimal(number(text)))
