/** The panels of one tab: who hears what the background says, and how it shows them the conversation. */
import type { PageContext } from "../shared/contract";
import type { Exchange, Stored, ToPanel } from "../shared/messages";
import type { Models } from "./backend";
import type { Kept, KeptExchange } from "./conversation";

export interface PanelPort {
  postMessage(message: ToPanel): void;
}

export class Panels {
  private readonly ports = new Set<PanelPort>();

  join(port: PanelPort): void {
    this.ports.add(port);
  }

  leave(port: PanelPort): void {
    this.ports.delete(port);
  }

  [Symbol.iterator](): Iterator<PanelPort> {
    return this.ports.values();
  }

  tell(message: ToPanel): void {
    for (const port of this.ports) this.post(port, message);
  }

  post(port: PanelPort, message: ToPanel): void {
    try {
      port.postMessage(message);
    } catch {
      // The panel went away before the browser said so.
      this.ports.delete(port);
    }
  }
}

/** How things are, for a panel that is new or comes back. */
export function picture(kept: Kept, stored: Stored, context: PageContext | null, models: Models | null): ToPanel {
  return {
    type: "state",
    exchanges: kept.exchanges.map(shown),
    context,
    models: models?.models ?? [],
    model: stored.model ?? models?.default ?? "none",
    backend: stored.backend,
    ...(kept.draft ? { draft: kept.draft } : {}),
  };
}

/** An exchange as the panel gets it. */
function shown({ turn: _, comparisons, ...exchange }: KeptExchange): Exchange {
  return { ...exchange, ...(comparisons ? { comparisons: comparisons.map(shown) } : {}) };
}
