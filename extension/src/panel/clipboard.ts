/** Copying, and the small button that does it. */
import { announce } from "./announcer";
import { button, h, unseen } from "./dom";
import { icon } from "./icons";

const SHOWN_MS = 1_500;

/** An embedded page may be kept from the clipboard interface; the old command works there, on a reader's click. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const focused = document.activeElement;
  const area = h("textarea", { class: "visually-hidden", "aria-hidden": "true", tabindex: -1 });
  area.value = text;
  document.body.append(area);
  area.select();
  try {
    // The only way left in a frame without the clipboard's permission, deprecated or not.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    area.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}

/** `words` is what screen readers say; with `shown` it stands on the button as well. */
export function copyButton(words: string, text: () => string, shown = false): HTMLButtonElement {
  const label = shown ? h("span", {}, words) : unseen(words);
  const act = async (): Promise<void> => {
    const done = await copy(text());
    own.firstElementChild?.replaceWith(icon(done ? "check" : "alert"));
    label.textContent = done ? "Copied" : "Could not copy";
    announce(own, label.textContent);
    setTimeout(() => {
      own.firstElementChild?.replaceWith(icon("copy"));
      label.textContent = words;
    }, SHOWN_MS);
  };
  const own = button(shown ? "tool" : "tool small", () => void act(), { title: words }, icon("copy"), label);
  return own;
}
