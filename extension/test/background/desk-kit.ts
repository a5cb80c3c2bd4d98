/** A tab's desk with a browser, a panel and a clock of its own for each test, and what a viewer does with it. */
import { afterEach, beforeEach, vi } from "vitest";
import { Desk } from "../../src/background/desk";
import { Page } from "../../src/background/page";
import { events, FakeBrowser, FakePanel } from "./fakes";

export const TAB = 5;
export let browser: FakeBrowser;
export let panel: FakePanel;
export let desk: Desk;

export function freshDesk(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    newBrowser();
    newPanel();
    newDesk();
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}

export function newBrowser(): void {
  browser = new FakeBrowser();
}

export function newPanel(): void {
  panel = new FakePanel();
}

/** As after the browser has ended the background, or for a tab without a page of the monitor (null). */
export function newDesk(page: Page | null = new Page(browser, TAB)): void {
  desk = new Desk(browser, TAB, page);
}

export async function settle(): Promise<void> {
  const settled = desk.settled().then(() => true);
  for (let turn = 0; turn < 200; turn += 1) {
    if (await Promise.race([settled, vi.advanceTimersByTimeAsync(200).then(() => false)])) break;
  }
  await vi.advanceTimersByTimeAsync(500);
}

export async function ask(question = "Why did this fail?", more: object = {}): Promise<void> {
  desk.hear(panel, { type: "ask", question, audience: "user", ...more });
  await settle();
}

export async function hello(to = panel): Promise<void> {
  desk.hear(to, { type: "hello" });
  await settle();
}

export const LOG = "/filebrowser/?pandaid=12&json&filename=pilotlog.txt";
export const needs = (id: string) => events(id, ["First."], { status: "needs", requests: [{ path: LOG, as: "text" }] });
