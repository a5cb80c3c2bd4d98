"""What a viewer does with the sidebar, on top of a browser's gestures."""

from tests.bigpanda.serving import Monitor
from tests.browser.driver import Driver, eventually

WORDS = "return document.body.innerText"


class Sidebar:
    """The sidebar on one page of the monitor."""

    def __init__(self, browser: Driver, monitor: Monitor) -> None:
        self.browser = browser
        self.monitor = monitor

    def visit(self, path: str) -> None:
        self.browser.open(f"{self.monitor.named_url}{path}")
        eventually("the entry in the page", self._entry)

    def _entry(self) -> bool:
        return bool(self.browser.page("return !!document.querySelector('ask-panda-root')"))

    def show(self) -> None:
        """Opens it with the keyboard."""
        self.browser.shortcut()
        eventually("the panel", lambda: self.browser.panel("return !!document.querySelector('#question')"))

    def new(self) -> None:
        """A fresh conversation, whatever was asked before."""
        if self.browser.panel("return !document.querySelector('#new').hidden"):
            self.browser.click_panel("#new")
            eventually(
                "an empty conversation",
                lambda: not self.browser.panel("return document.querySelector('#exchanges').children.length"),
            )

    def ask(self, question: str) -> str:
        """Types, sends, and waits for the whole answer."""
        before = self.answers()
        self.browser.type_panel("#question", question)
        self.browser.press("Enter")
        return self.answered(before)

    def answers(self) -> int:
        return int(self.browser.panel("return document.querySelectorAll('#exchanges > *').length"))

    def answered(self, before: int, patience: float = 40) -> str:
        """The panel's words once one more exchange has ended."""
        eventually("a new exchange", lambda: self.answers() > before)
        eventually("the end of the answer", lambda: not self.running(), patience)
        return self.words()

    def running(self) -> bool:
        return bool(self.browser.panel("return !document.querySelector('#stop').hidden"))

    def words(self) -> str:
        return str(self.browser.panel(WORDS))

    def open(self) -> bool:
        try:
            return bool(self.browser.panel("return document.visibilityState === 'visible' && innerWidth > 0"))
        except LookupError:
            return False
