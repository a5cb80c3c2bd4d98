/** The one place where the options page meets the browser's extension interface; tests put their own behind the shape. */
import type { FromOptions, Stored } from "../shared/messages";

export interface Extension {
  send<K extends keyof FromOptions>(message: FromOptions[K]["args"] & { type: K }): Promise<FromOptions[K]["result"]>;
  /** Must be called in the click itself: browsers show the prompt for nothing else. */
  request(origins: string[]): Promise<boolean>;
  /** Gives a host permission back, where it was an optional one. */
  release(origins: string[]): Promise<void>;
  load(): Promise<Partial<Stored>>;
  save(values: Partial<Stored>): Promise<void>;
  /** Called when something was stored from elsewhere, such as a model chosen in the sidebar. */
  onStored(changed: () => void): void;
}

export function browserExtension(): Extension {
  const api = (globalThis as { browser?: typeof chrome }).browser ?? chrome;
  return {
    send: (message) => api.runtime.sendMessage(message),
    request: (origins) => api.permissions.request({ origins }),
    release: async (origins) => {
      // Hosts that the manifest itself names cannot be given back, which is no fault of the viewer's.
      await api.permissions.remove({ origins }).catch(() => false);
    },
    load: () => api.storage.local.get(),
    save: (values) => api.storage.local.set(values),
    onStored: (changed) => api.storage.onChanged.addListener((_, area) => area === "local" && changed()),
  };
}
