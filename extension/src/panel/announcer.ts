/**
 * What screen readers are told, politely: each finished sentence of a streaming answer once, never single words, and
 * short notes such as "Copied".
 */
import { h } from "./dom";

const KEPT = 8;

/** Lets any part of the panel say something without knowing the announcer: the event bubbles up to it. */
export function announce(from: HTMLElement, words: string): void {
  from.dispatchEvent(new CustomEvent("announce", { bubbles: true, detail: words }));
}

export class Announcer {
  private heard: Record<string, string> = {};

  /** @param live a node with `aria-live="polite"` */
  constructor(private readonly live: HTMLElement) {}

  say(words: string): void {
    const said = words.replace(/\s+/g, " ").trim();
    if (!said) return;
    this.live.append(h("p", {}, said));
    while (this.live.childElementCount > KEPT) this.live.firstElementChild?.remove();
  }

  /** A new answer begins. */
  begin(): void {
    this.heard = {};
  }

  /** The text of one section so far; what has become whole sentences since the last time is said. */
  read(section: string, text: string, finished: boolean): void {
    const heard = this.heard[section] ?? "";
    if (!text.startsWith(heard)) return;
    const rest = text.slice(heard.length);
    const end = finished ? rest.length : lastSentence(rest);
    if (end === 0) return;
    this.heard[section] = heard + rest.slice(0, end);
    this.say(spoken(rest.slice(0, end)));
  }
}

/** Where the last whole sentence or line ends; 0 where none is whole yet. A full stop in "2.5" ends nothing. */
function lastSentence(text: string): number {
  let end = 0;
  for (const match of text.matchAll(/[.!?…](?=\s)|\n/g)) end = match.index + match[0].length;
  return end;
}

/** Markdown's marks are not read out. */
function spoken(text: string): string {
  return text
    .replace(/\s*\[\d{1,3}(?:,\s*\d{1,3})*\]/g, "")
    .replace(/^[ \t]*(?:[-*+]|\d+\.|#{1,6}|>)[ \t]+/gm, "")
    .replace(/[*`]|__/g, "");
}
