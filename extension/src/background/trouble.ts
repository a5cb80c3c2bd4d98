/** What can stand between a question and its answer, as the panel is told. */
import type { AnswerEvent } from "../shared/contract";
import type { Stored, ToPanel } from "../shared/messages";
import { BackendError, type Models } from "./backend";
import { broken, consent, REMOTE_DATA } from "./sentences";

export type Trouble = Extract<ToPanel, { type: "trouble" }>;

/** Where the providers' own services are; a model behind another address is named by its provider. */
const HOSTS: Record<string, string> = {
  openai: "api.openai.com",
  mistral: "api.mistral.ai",
  anthropic: "api.anthropic.com",
  gemini: "generativelanguage.googleapis.com",
};

export function troubleOf(error: BackendError, backend: string): Trouble {
  const trouble = ({ down: "backend_down", other: "backend_down", unpaired: "unpaired", refused: "token_refused" } as const)[error.problem];
  return { type: "trouble", trouble, message: error.message, backend };
}

/** A remote model needs the viewer's agreement once, knowing where it is and what it is sent. */
export function modelTrouble(models: Models, chosen: string | null, { consented, backend }: Stored): Trouble | null {
  const model = chosen ?? models.default;
  const info = models.models.find(({ name }) => name === model);
  if (!info?.remote || consented.includes(model)) return null;
  const host = info.host ?? HOSTS[info.provider] ?? info.provider;
  return {
    type: "trouble",
    trouble: "consent_needed",
    message: consent(model, host),
    backend,
    detail: { model, host, data: REMOTE_DATA },
  };
}

/** What ended an answer, as its last event. */
export function problem(error: unknown): Extract<AnswerEvent, { event: "error" }>["data"] {
  if (error instanceof BackendError) {
    return { code: error.code, message: error.message, retryable: error.retryable, retry_after: error.retryAfter };
  }
  console.error("Ask PanDA:", error);
  return { code: "internal_error", message: broken(), retryable: true, retry_after: null };
}
