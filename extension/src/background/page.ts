/** The monitor's page in a tab, as the background sees it. */
import type { PageContext, PageError, ResourceRequest } from "../shared/contract";
import type { FetchedResource } from "../shared/messages";
import type { Browser } from "./browser";

export class Page {
  constructor(
    private readonly browser: Browser,
    readonly tabId: number,
  ) {}

  /** What the page shows now; null where the tab shows no page of a monitor. */
  async context(): Promise<PageContext | null> {
    if (!(await this.reads())) return null;
    return (await this.browser.askTab<"page/context">(this.tabId, { type: "page/context" })) ?? null;
  }

  async clickedError(): Promise<PageError | null> {
    if (!(await this.reads())) return null;
    return (await this.browser.askTab<"page/clicked-error">(this.tabId, { type: "page/clicked-error" })) ?? null;
  }

  /** A page that went away meanwhile cannot be read: that is a broken network to whoever asked. */
  async fetch(request: ResourceRequest): Promise<FetchedResource> {
    const message = { type: "page/fetch" as const, request };
    return (await this.browser.askTab<"page/fetch">(this.tabId, message)) ?? { error: "network" };
  }

  /** The bytes of a large resource, or null where the page went away meanwhile. */
  async bytes(key: string, pieces: number): Promise<Blob | null> {
    const parts: Blob[] = [];
    for (let index = 0; index < pieces; index += 1) {
      const piece = await this.browser.askTab<"page/piece">(this.tabId, { type: "page/piece", key, index });
      if (!piece) return null;
      parts.push(new Blob([decode(piece.base64)]));
    }
    return new Blob(parts);
  }

  /** Opens the sidebar; false where there is no page of a monitor. */
  async openSidebar(): Promise<boolean> {
    return (await this.browser.askTab<"sidebar/open">(this.tabId, { type: "sidebar/open" })) !== undefined;
  }

  async toggleSidebar(): Promise<boolean> {
    return (await this.browser.askTab<"sidebar/toggle">(this.tabId, { type: "sidebar/toggle" })) !== undefined;
  }

  async closeSidebar(): Promise<void> {
    await this.browser.askTab<"sidebar/close">(this.tabId, { type: "sidebar/close" });
  }

  /** Pages carry the reader from their first question on. It does nothing where it already is. */
  private reads(): Promise<boolean> {
    return this.browser.addScript(this.tabId, "reader.js");
  }
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  const raw = atob(base64);
  const bytes = new Uint8Array(raw.length);
  for (let index = 0; index < raw.length; index += 1) bytes[index] = raw.charCodeAt(index);
  return bytes;
}
