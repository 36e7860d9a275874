"""A hand that uses the console by what stands on the page, and counts what it does."""

from dataclasses import dataclass
from pathlib import Path


@dataclass
class Hand:
    """Somebody's hand on a page. A step is a press, a choice, or one field written; signing in is none."""

    page: object
    steps: int = 0

    def press(self, name: str, role: str = "button", **how: object) -> None:
        """Press a button, a link (`role="link"`) or whatever has this name."""
        self.steps += 1
        self.page.get_by_role(role, name=name, **how).first.click()

    def open(self, summary: str) -> None:
        """Open what is folded behind `summary`."""
        self.steps += 1
        self.page.locator("summary", has_text=summary).first.click()

    def write(self, label: str, words: str) -> None:
        """Write into a field."""
        self.steps += 1
        self.page.get_by_label(label).first.fill(words)

    def tick(self, label: str) -> None:
        """Choose one of several."""
        self.steps += 1
        self.page.get_by_label(label).first.check()

    def pick(self, label: str, option: str) -> None:
        """Choose from a list."""
        self.steps += 1
        self.page.get_by_label(label).first.select_option(option)

    def put(self, label: str, file: Path) -> None:
        """Choose a file."""
        self.steps += 1
        self.page.get_by_label(label).set_input_files(file)
