/** The panel in a test: the real page and the real code, with a port whose other end the test holds. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach } from "vitest";
import { App } from "../../src/panel/app";
import type { Extension, PanelPort, Remembered } from "../../src/panel/extension";
import type { AnswerEvent } from "../../src/shared/contract";
import type { FromPanel, ToPanel } from "../../src/shared/messages";
import { state } from "./fixtures";

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), "../../src");

// jsdom lays nothing out and keeps no files.
Element.prototype.scrollIntoView = () => undefined;
URL.createObjectURL = () => "blob:x";
URL.revokeObjectURL = () => undefined;

/** Puts the body of a page of ours into the document, without its scripts. */
export function loadPage(name: string): void {
  const page = new DOMParser().parseFromString(readFileSync(path.join(ROOT, name), "utf8"), "text/html");
  document.body.replaceChildren(...page.body.childNodes);
}

export class FakePort implements PanelPort {
  readonly sent: FromPanel[] = [];
  private hearing: (message: ToPanel) => void = () => undefined;
  private losing: () => void = () => undefined;
  cut = false;
  onMessage = { addListener: (listener: (message: ToPanel) => void) => void (this.hearing = listener) };
  onDisconnect = { addListener: (listener: () => void) => void (this.losing = listener) };

  postMessage(message: FromPanel): void {
    if (this.cut) throw new Error("Attempting to use a disconnected port object");
    this.sent.push(message);
  }

  disconnect(): void {
    this.cut = true;
  }

  /** The background says this. */
  feed(...messages: ToPanel[]): void {
    for (const message of messages) this.hearing(message);
  }

  /** The background falls asleep. */
  sleep(): void {
    this.cut = true;
    this.losing();
  }
}

export interface Panel {
  app: App;
  ports: FakePort[];
  port: FakePort;
  remembered: Partial<Remembered>;
  /** Messages of one type that the panel has sent, over all ports. */
  sent: <T extends FromPanel["type"]>(type: T) => Extract<FromPanel, { type: T }>[];
  feed: (...messages: ToPanel[]) => void;
}

export interface Start {
  remembered?: Partial<Remembered>;
  connect?: () => PanelPort;
}

/** The panel that was opened last. */
export let panel: Panel;

/** Each test of a file has a panel of its own, which has just heard how things are. */
export function freshPanel(): void {
  beforeEach(async () => {
    await openPanel();
    panel.feed(state());
  });
  afterEach(() => panel.app.close());
}

export async function openPanel(start: Start = {}): Promise<Panel> {
  loadPage("panel/panel.html");
  const ports: FakePort[] = [];
  const remembered = { ...start.remembered };
  const extension: Extension = {
    connect: () => {
      if (start.connect) return start.connect();
      const port = new FakePort();
      ports.push(port);
      return port;
    },
    remembered: () => Promise.resolve(remembered),
    remember: (values) => void Object.assign(remembered, values),
    image: (name) => `moz-extension://own/panel/images/${name}`,
  };
  const app = new App(extension, (draw) => draw());
  await app.start();
  panel = {
    app,
    ports,
    get port() {
      return ports.at(-1)!;
    },
    remembered,
    sent: (type) => ports.flatMap((port) => port.sent).filter((message): message is Extract<FromPanel, { type: typeof type }> => message.type === type),
    feed: (...messages) => ports.at(-1)!.feed(...messages),
  };
  return panel;
}

/** The question of most tests, and what the background says about it and its answer. */
export const Q = "Why did this job fail?";
export const asked = { type: "asked", question: Q } satisfies ToPanel;
export const event = (one: AnswerEvent): ToPanel => ({ type: "event", event: one });
export const ended = (how: "done" | "stopped" | "failed"): ToPanel => ({ type: "ended", state: how });

/** What a screen reader was told, oldest first. */
export const live = (): string[] => [...document.querySelectorAll("#live > p")].map((p) => p.textContent);

export function box(): HTMLTextAreaElement {
  return document.querySelector<HTMLTextAreaElement>("#question")!;
}

export function type(words: string): void {
  box().value = words;
  box().dispatchEvent(new Event("input", { bubbles: true }));
}

export function press(on: EventTarget, key: string, more: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
  on.dispatchEvent(event);
  return event;
}

/** The visible button with these words. */
export function button(words: string | RegExp, within: ParentNode = document): HTMLButtonElement {
  const found = [...within.querySelectorAll("button")].find((one) => {
    const name = one.textContent.replace(/\s+/g, " ").trim();
    return !one.closest("[hidden]") && (typeof words === "string" ? name === words : words.test(name));
  });
  if (!found) throw new Error(`No button ${String(words)} among: ${[...within.querySelectorAll("button")].map((one) => one.textContent.trim()).join(" | ")}`);
  return found;
}

export function shown(selector: string): boolean {
  const node = document.querySelector(selector);
  return node !== null && !node.closest("[hidden]");
}

export function textOf(selector: string): string {
  return (document.querySelector(selector)?.textContent ?? "").replace(/\s+/g, " ").trim();
}

/** Fails the test where anything in the document could run, load or lead somewhere that it must not. */
export function dangers(root: ParentNode): string[] {
  const bad: string[] = [];
  for (const element of root.querySelectorAll("*")) {
    if (/^(?:script|iframe|object|embed|style|link|base|meta|form|video|audio|source|input)$/i.test(element.localName)) bad.push(element.localName);
    for (const { name, value } of element.attributes) {
      if (name.startsWith("on")) bad.push(`${element.localName}[${name}]`);
      if (["href", "src", "srcset", "action", "xlink:href"].includes(name) && !/^(?:https?:\/\/|#|moz-extension:\/\/own\/panel\/images\/)/.test(value)) bad.push(`${element.localName}[${name}=${value}]`);
    }
    if (element.localName === "img" && !element.getAttribute("src")?.startsWith("moz-extension://own/")) bad.push("remote image");
  }
  return bad;
}
