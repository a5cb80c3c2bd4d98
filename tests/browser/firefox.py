"""Firefox through Marionette, with the temporary add-on."""

import base64
import contextlib
import json
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from marionette_driver.addons import Addons
from marionette_driver.errors import UnknownException
from marionette_driver.keys import Keys
from marionette_driver.marionette import ActionSequence, Marionette

from tests.browser.driver import DEEP, LOADED, NO_PANEL, PATIENCE, texts
from tests.ports import free_port

UUID = "11111111-2222-4333-8444-555555555555"
_KEYS = {
    "Enter": Keys.ENTER, "Escape": Keys.ESCAPE, "Tab": Keys.TAB, "Shift+Tab": Keys.SHIFT + Keys.TAB, "Space": " ",
    "ArrowRight": Keys.ARROW_RIGHT, "ArrowLeft": Keys.ARROW_LEFT,
}  # fmt: skip
#: One for each document. Firefox's content process can crash where large scripts come in a new one each time.
_SANDBOX = {"sandbox": "tests", "new_sandbox": False}


class Firefox:
    """See `driver.Driver`."""

    name = "firefox"

    def __init__(self, marionette: Marionette, gecko_id: str, downloads: Path) -> None:
        self.marionette = marionette
        self.downloads = downloads
        self.gecko_id = gecko_id

    def open(self, url: str) -> None:
        self.marionette.switch_to_default_content()
        self.marionette.navigate(url)

    def options(self) -> None:
        self.open(f"moz-extension://{UUID}/options/options.html")

    def page(self, script: str, *args: Any) -> Any:
        self.marionette.switch_to_default_content()
        return self.marionette.execute_script(script, list(args), **_SANDBOX)

    def panel(self, script: str, *args: Any) -> Any:
        self._enter()
        try:
            if not self.marionette.execute_script(LOADED, **_SANDBOX):
                raise LookupError("the panel is still being loaded")
            return self.marionette.execute_script(script, list(args), **_SANDBOX)
        finally:
            self.marionette.switch_to_default_content()

    def _enter(self) -> None:
        try:
            frame = self._element("iframe")
        except LookupError:
            raise LookupError(NO_PANEL) from None
        self.marionette.switch_to_frame(frame)

    def _element(self, css: str) -> Any:
        """In the page; LookupError while it is not there."""
        self.marionette.switch_to_default_content()
        found = self.marionette.execute_script(DEEP + "return deep(arguments[0]);", [css], **_SANDBOX)
        if found is None:
            raise LookupError(f"no {css} in the page")
        return found

    def _wait(self, find: Any) -> Any:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return find()
            except Exception:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def _pointer(self, element: Any, times: int = 1, button: int = 0) -> None:
        self.marionette.execute_script("arguments[0].scrollIntoView({block: 'center'})", [element])
        action = ActionSequence(self.marionette, "pointer", "mouse1", {"pointerType": "mouse"}).pointer_move(
            0, 0, origin=element
        )
        for _ in range(times):
            action = action.pointer_down(button).pointer_up(button)
        action.perform()

    def click_page(self, css: str, times: int = 1) -> None:
        self._pointer(self._wait(lambda: self._element(css)), times)

    def _in_panel(self, css: str) -> Any:
        self._enter()
        return self.marionette.find_element("css selector", css)

    def click_panel(self, css: str) -> None:
        self._pointer(self._wait(lambda: self._in_panel(css)))
        self.marionette.switch_to_default_content()

    def type_page(self, css: str, text: str) -> None:
        self.click_page(css)
        self._keys(text)

    def type_panel(self, css: str, text: str) -> None:
        self._pointer(self._wait(lambda: self._in_panel(css)))
        self._keys(text)
        self.marionette.switch_to_default_content()

    def press(self, keys: str) -> None:
        with contextlib.suppress(LookupError):
            if self.page("return document.activeElement && document.activeElement.localName === 'ask-panda-root'"):
                self._enter()
        *held, last = _KEYS.get(keys, keys)
        action = ActionSequence(self.marionette, "key", "keys1")
        for key in held:
            action = action.key_down(key)
        action = action.key_down(last).key_up(last)
        for key in held:
            action = action.key_up(key)
        try:
            action.perform()
        except UnknownException:
            # The key that closes the sidebar takes away the frame in which it was to be let go.
            if keys != "Escape":
                raise
        self.marionette.switch_to_default_content()

    def _keys(self, text: str) -> None:
        action = ActionSequence(self.marionette, "key", "keys1")
        for key in text:
            action = action.key_down(key).key_up(key)
        action.perform()

    def _chrome(self, script: str, *args: Any) -> Any:
        with self.marionette.using_context("chrome"):
            return self.marionette.execute_async_script(
                "const args = [...arguments]; const done = args.pop();"
                f"(async () => {{ {script} }})().then(done, (e) => done(String(e)));",
                list(args),
            )

    def shortcut(self) -> None:
        done = self._chrome(
            """const win = Services.wm.getMostRecentWindow("navigator:browser");
            const key = [...win.document.querySelectorAll("keyset[id^='ext-keyset-id-'] key")]
              .find((k) => k.getAttribute("modifiers") === "alt,shift" && k.getAttribute("key").toUpperCase() === "K");
            if (!key) return "the shortcut is not bound";
            key.doCommand(); return "";"""
        )
        assert not done, done

    def explain_from_menu(self, css: str) -> None:
        self._pointer(self._wait(lambda: self._element(css)), button=2)
        done = self._chrome(
            """const win = Services.wm.getMostRecentWindow("navigator:browser");
            const menu = win.document.getElementById("contentAreaContextMenu");
            for (let i = 0; i < 100 && menu.state !== "open"; i++) await new Promise((r) => win.setTimeout(r, 50));
            const item = [...menu.querySelectorAll("menuitem")].find((i) => i.label === args[0] && !i.hidden);
            if (!item) { menu.hidePopup(); return "no such entry in the menu"; }
            menu.activateItem(item); return "";""",
            "Explain this error",
        )
        assert not done, done

    def sleep_background(self) -> None:
        done = self._chrome(
            """const { ExtensionParent } = ChromeUtils.importESModule("resource://gre/modules/ExtensionParent.sys.mjs");
            const extension = ExtensionParent.GlobalManager.extensionMap.get(args[0]);
            await extension.terminateBackground({ ignoreDevToolsAttached: true });
            return "";""",
            self.gecko_id,
        )
        assert not done, done

    def scheme(self, scheme: str) -> None:
        self.marionette.set_pref("layout.css.prefers-color-scheme.content-override", {"dark": 0, "light": 1}[scheme])

    def size(self, width: int, height: int) -> None:
        self.marionette.set_window_rect(width=width, height=height + 85)

    def screenshot(self, path: Path) -> None:
        self.marionette.switch_to_default_content()
        path.write_bytes(base64.b64decode(self.marionette.screenshot(full=False)))

    def saved(self) -> list[str]:
        return texts(self.downloads)


@contextlib.contextmanager
def running_firefox(extension: Path, names: str, **prefs: Any) -> Iterator[Firefox]:
    """A headless Firefox in which the host `names` is this machine."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    assert program, "Firefox is not installed"
    gecko_id = json.loads((extension / "manifest.json").read_text())["browser_specific_settings"]["gecko"]["id"]
    port = free_port()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        downloads = Path(profile) / "saved"
        downloads.mkdir()
        chosen = {
            "browser.download.folderList": 2,
            "browser.download.dir": str(downloads),
            "browser.download.alwaysOpenPanel": False,
            "marionette.port": port,
            "network.dns.localDomains": names,
            "extensions.webextensions.uuids": json.dumps({gecko_id: UUID}),
            "extensions.webextOptionalPermissionPrompts": False,
            "browser.shell.checkDefaultBrowser": False,
            "datareporting.policy.dataSubmissionEnabled": False,
            "app.update.enabled": False,
            # Another test's page must not come from the cache.
            "browser.cache.disk.enable": False,
            "browser.cache.memory.enable": False,
            **prefs,
        }
        lines = (f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in chosen.items())
        (Path(profile) / "user.js").write_text("".join(lines))
        process = subprocess.Popen(
            [program, "--headless", "--no-remote", "--profile", profile, "--marionette", "--remote-allow-system-access",
             "--width", "1500", "--height", "1035"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _wait_for(port)
            marionette = Marionette(host="127.0.0.1", port=port)
            marionette.start_session({"acceptInsecureCerts": True})
            # axe looks at every cell of a long table, on a machine that may have other work.
            marionette.timeout.script = 120
            Addons(marionette).install(str(extension), temp=True)
            driver = Firefox(marionette, gecko_id, downloads)
            driver.size(1500, 950)
            yield driver
            marionette.delete_session()
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)


def _wait_for(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("Firefox did not open its driving port within a minute")
