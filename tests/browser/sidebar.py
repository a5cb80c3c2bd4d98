"""What a viewer does with the sidebar, on top of a browser's gestures."""

from tests.bigpanda.serving import Monitor
from tests.browser.driver import DEEP, Driver, eventually

#: The field in the monitor's bar, and the button of narrow windows.
ENTRY = "input.askpanda"
BUTTON = ".open-button"
_LAST = "document.querySelector('#exchanges > :last-child')"
_MORE = ".evidence + .tool"
#: The name of the page is the background's word. A welcome alone is no sign of it: the panel shows one after a moment of
#: silence, and a conversation that comes later would be taken for the answer to the next question.
_THERE = """const seen = (e) => !document.querySelector(e).hidden;
  return seen('#trouble') || (seen('#welcome') && seen('#page')) || !!document.querySelector('#exchanges > *');"""
_CHOOSE = """const select = document.querySelector('#models select'); select.value = arguments[0];
  select.dispatchEvent(new Event('change', {bubbles: true}));"""

#: Some pages have no store, and some are another monitor's.
_FORGET = "try { sessionStorage.removeItem('ask-panda-open'); } catch { return false; } return true;"


class Sidebar:
    """The sidebar on one page of the monitor."""

    def __init__(self, browser: Driver, monitor: Monitor) -> None:
        self.browser = browser
        self.monitor = monitor

    def visit(self, path: str) -> None:
        """Opens a page as by its address; the sidebar is closed and has no panel yet, the conversation is what it was."""
        self.browser.page(_FORGET)
        self.follow(path)

    def follow(self, path: str) -> None:
        """Goes on to a page from the one before: the sidebar is as open as it was there."""
        self.browser.open(f"{self.monitor.named_url}{path}")
        eventually("the entry in the page", lambda: self.browser.page("return !!document.querySelector('ask-panda-root')"))

    def visit_afresh(self, path: str) -> None:
        """A page as a viewer meets it first: nothing was asked in this tab, and no panel has been loaded."""
        self.visit(path)
        self.show()
        self.new()
        self.visit(path)

    def begin(self, path: str) -> None:
        """A page with the sidebar open and nothing asked."""
        self.visit(path)
        self.show()
        self.new()

    def show(self) -> None:
        """Opens it with the keyboard, whose key closes one that is open."""
        if not self.open():
            self.browser.shortcut()
        self.arrived()

    def arrived(self) -> None:
        """Waits until the panel has heard from the background: it shows a welcome, a conversation, or what is in the way."""
        eventually("the panel's first words", lambda: self.browser.panel(_THERE))

    def new(self) -> None:
        """A fresh conversation, whatever was asked before."""
        if self.browser.panel("return !document.querySelector('#new').hidden"):
            self.browser.click_panel("#new")
            eventually("an empty conversation", lambda: not self.answers())

    def ask(self, question: str) -> str:
        """Types, sends, and waits for the whole answer: its words."""
        before = self.answers()
        self.send(question)
        return self.answered(before)

    def send(self, question: str) -> None:
        self.browser.type_panel("#question", question)
        self.browser.press("Enter")

    def choose_model(self, name: str) -> None:
        self.browser.panel(_CHOOSE, name)

    def answers(self) -> int:
        """How many questions were asked in this conversation."""
        return int(self.browser.panel("return document.querySelectorAll('#exchanges > *').length"))

    def answered(self, before: int = 0, patience: float = 40) -> str:
        """The last exchange's words once there are more than `before` and nothing runs."""
        eventually("a new exchange", lambda: self.answers() > before)
        eventually("the end of the answer", lambda: not self.running(), patience)
        return self.last()

    def running(self) -> bool:
        return bool(self.browser.panel("return !document.querySelector('#stop').hidden"))

    def last(self) -> str:
        """The words of the last question and its answer, as they are seen."""
        return str(self.browser.panel(f"const last = {_LAST}; return last ? last.innerText : ''"))

    def proofs(self) -> str:
        """The lines of evidence of the last answer, letter by letter."""
        marked = f"return [...{_LAST}.querySelectorAll('.evidence mark')].map((e) => e.textContent).join('\\n')"
        return str(self.browser.panel(marked))

    def show_all_evidence(self) -> None:
        """The first three pieces stand there at once; a click brings the others."""
        if self.browser.panel(f"return !!{_LAST}.querySelector('{_MORE}')"):
            self.browser.click_panel(f"#exchanges > :last-child {_MORE}")
            eventually("the other evidence", lambda: not self.browser.panel(f"return {_LAST}.querySelector('{_MORE}')"))

    def sources(self) -> int:
        """How many sources the last answer names."""
        return int(self.browser.panel(f"return {_LAST}.querySelectorAll('.sources > li').length"))

    def press_button(self, words: str, within: str = "main") -> None:
        """Clicks the first button or summary that is seen in a part of the panel and begins with these words."""
        mark = """const seen = [...document.querySelectorAll(arguments[1] + ' :is(button, summary)')];
          const one = seen.find((e) => e.innerText.trim().startsWith(arguments[0]) && e.checkVisibility());
          document.querySelectorAll('[data-pressed]').forEach((e) => e.removeAttribute('data-pressed'));
          one?.setAttribute('data-pressed', ''); return !!one;"""
        eventually(f"the button {words}", lambda: self.browser.panel(mark, words, within))
        self.browser.click_panel("[data-pressed]")

    def earlier(self) -> list[str]:
        """The titles in the list of earlier conversations."""
        return list(self.browser.panel("return [...document.querySelectorAll('.earlier-title span')].map((e) => e.innerText)"))

    def words(self) -> str:
        return str(self.browser.panel("return document.body.innerText"))

    def open(self) -> bool:
        return bool(self.browser.page(DEEP + "const s = deep('.sidebar'); return !!s && !s.hidden;"))
