/** Earlier conversations: found again, taken up here, saved as a file, deleted. Stands over the conversation at hand. */
import type { FromPanel, Listed } from "../shared/messages";
import { announce } from "./announcer";
import { button, byId, type Child, h, Region } from "./dom";
import { dateWords } from "./words";

/** A search begins when typing rests for this long. */
const REST_MS = 250;
const FORMATS = { markdown: "Markdown", json: "JSON" } as const;

export interface HistoryDoing {
  send: (message: Extract<FromPanel, { type: "history" | "continue" | "export" | "delete" }>) => void;
  /** The conversation at hand is seen again. */
  closed: () => void;
}

export class HistoryView {
  private readonly node = byId("earlier");
  private readonly opener = byId("history");
  private readonly behind = byId("conversation");
  private readonly search = byId("search") as HTMLInputElement;
  private readonly list = new Region(byId("conversations"));
  private readonly none = byId("none");
  private rest: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly doing: HistoryDoing) {
    this.opener.addEventListener("click", () => (this.isOpen ? this.close() : this.open()));
    byId("back").addEventListener("click", () => this.close());
    this.search.addEventListener("input", () => {
      clearTimeout(this.rest);
      this.rest = setTimeout(() => this.ask(), REST_MS);
    });
  }

  get isOpen(): boolean {
    return !this.node.hidden;
  }

  close(): void {
    if (!this.isOpen) return;
    clearTimeout(this.rest);
    const hadFocus = this.node.contains(document.activeElement);
    this.show(false);
    if (hadFocus) this.opener.focus();
    this.doing.closed();
  }

  /** What was found. An answer to words that have changed since is let go. */
  hear(words: string, conversations: Listed[]): void {
    if (!this.isOpen || words !== this.words) return;
    this.none.hidden = conversations.length > 0;
    this.none.textContent = words ? "Nothing found." : "Nothing was asked yet.";
    this.list.update([conversations], () => conversations.map((one) => this.item(one)));
    announce(this.node, conversations.length === 1 ? "1 conversation" : `${conversations.length} conversations`);
  }

  private get words(): string {
    return this.search.value.trim();
  }

  private open(): void {
    this.show(true);
    this.search.value = "";
    this.search.focus();
    this.ask();
  }

  private show(open: boolean): void {
    this.node.hidden = !open;
    this.behind.inert = open;
    this.opener.setAttribute("aria-expanded", String(open));
  }

  private ask(): void {
    this.doing.send({ type: "history", words: this.words });
  }

  private item(one: Listed): Node {
    const { id, title, updated, excerpt } = one;
    const goOn = (): void => {
      this.doing.send({ type: "continue", id });
      this.close();
    };
    const ways = new Region(h("p", { class: "ways" }));
    const last = (): HTMLElement => ways.node.lastElementChild as HTMLElement;
    const usual = (): void =>
      ways.update([false], () => [
        h("span", {}, dateWords(updated)),
        ...Object.entries(FORMATS).map(([format, words]) => this.tool(words, `Save “${title}” as ${words}`, () => this.doing.send({ type: "export", id, format: format as keyof typeof FORMATS }))),
        this.tool("Delete", `Delete “${title}”`, () => {
          sure();
          last().focus();
        }),
      ]);
    const sure = (): void =>
      ways.update([true], () => [
        h("span", {}, "Delete it for good?"),
        this.tool("Delete", `Delete “${title}” for good`, () => {
          this.doing.send({ type: "delete", id });
          this.search.focus();
          this.ask();
        }),
        // Where "Delete" was, so that a second click in haste does no harm.
        this.tool("Keep", "Keep it", () => {
          usual();
          last().focus();
        }),
      ]);
    usual();
    return h("li", {}, button("earlier-title", goOn, { dir: "auto" }, h("span", {}, title || "Untitled"), excerpt && h("small", {}, `… ${excerpt} …`)), ways.node);
  }

  private tool(words: string, label: string, act: () => void): Child {
    return button("tool", act, { "aria-label": label, title: label }, words);
  }
}

/** Hands a file to the reader's browser. */
export function save(name: string, mime: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: mime }));
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
