/**
 * The one place where the panel meets the browser's extension interface. An embedded page gets little of it in Firefox,
 * so only `runtime` and `storage` are used; tests put a port of their own behind the same shape.
 */
import type { FromPanel, Stored, ToPanel } from "../shared/messages";

/** What the panel needs of a `runtime.Port`. */
export interface PanelPort {
  postMessage(message: FromPanel): void;
  disconnect(): void;
  onMessage: { addListener(listener: (message: ToPanel) => void): void };
  onDisconnect: { addListener(listener: () => void): void };
}

export type Remembered = Pick<Stored, "audience" | "model">;

export interface Extension {
  /** @throws where the extension was updated or removed while this panel stood open */
  connect(): PanelPort;
  remembered(): Promise<Partial<Remembered>>;
  remember(values: Partial<Remembered>): void;
  /** The address of one of the extension's own pictures. */
  image(name: string): string;
}

export function browserExtension(): Extension {
  const api = (globalThis as { browser?: typeof chrome }).browser ?? chrome;
  return {
    connect: () => api.runtime.connect({ name: "panel" }),
    remembered: () => api.storage.local.get(["audience", "model"]),
    remember: (values) => {
      // That a choice is not remembered must not stop the reader from using it now.
      api.storage.local.set(values).catch(() => undefined);
    },
    image: (name) => api.runtime.getURL(`panel/images/${name}`),
  };
}
