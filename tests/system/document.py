# SPDX-License-Identifier: BSD-3-Clause
"""Tables that tests write into docs/: what was seen, in place of what somebody says."""

import os

from .case import SOURCE

BEGIN, END = "<!-- table: {} -->\n", "<!-- end of table: {} -->\n"


class Table:
    """Rows by columns. A cell is text; one that nobody has filled is an error of the tests."""

    def __init__(self, name, *columns):
        self.name, self.columns = name, columns
        self.rows = {}

    def put(self, row, column, text):
        """Fills a cell."""
        if column not in self.columns:
            raise KeyError(column)
        self.rows.setdefault(row, {})[column] = text

    def empty(self):
        """The cells that nobody has filled: [(row, column)]."""
        return [(row, column) for row, cells in self.rows.items() for column in self.columns
                if not cells.get(column)]

    def markdown(self, corner=""):
        """As a table of Markdown, rows in the order in which they came."""
        lines = [[corner, *self.columns], ["---"] * (len(self.columns) + 1)]
        lines += [[row, *(cells.get(column, "") for column in self.columns)]
                  for row, cells in self.rows.items()]
        return "".join("| " + " | ".join(line) + " |\n" for line in lines)

    def publish(self, document, corner=""):
        """Puts the table between its two marks in docs/DOCUMENT; touches nothing if it is there."""
        path = os.path.join(SOURCE, "docs", document)
        begin, end = BEGIN.format(self.name), END.format(self.name)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        head, found, rest = text.partition(begin)
        _, ended, tail = rest.partition(end)
        if not found or not ended:
            raise ValueError(f"{path} has no place for the table {self.name}")
        new = head + begin + self.markdown(corner) + end + tail
        if new != text:
            with open(path, "w", encoding="utf-8") as file:
                file.write(new)
