/** What the two content scripts of a page share: its isolated world, and how they answer the background. */
import type { ToContent } from "../shared/messages";

interface World {
  askPanda?: {
    stop: AbortSignal;
    /** What the viewer's last right click was on: the menu is the browser's and knows only of selected text. */
    clicked: EventTarget | null;
    /** `reader.ts` is here. */
    reads?: boolean;
  };
}

export const world = globalThis as World;

type Answers<T> = { [K in keyof T]: (message: T[K] extends { args: infer A } ? A : never) => ResultOf<T[K]> };
type ResultOf<T> = T extends { result: infer R } ? R | Promise<R> : never;

/** Answers the background's messages of these types until `stop`. */
export function answering<T extends Partial<ToContent>>(stop: AbortSignal, answers: Answers<T>): void {
  const listener = (message: { type: string }, sender: chrome.runtime.MessageSender, reply: (answer: unknown) => void) => {
    // The background alone has no tab; pages cannot send at all.
    if (sender.id !== chrome.runtime.id || sender.tab || !Object.hasOwn(answers, message.type)) return false;
    const answer = answers[message.type as keyof T] as (message: unknown) => unknown;
    Promise.resolve(message)
      .then(answer)
      .then(reply, () => reply(null));
    return true;
  };
  chrome.runtime.onMessage.addListener(listener);
  const leave = () => {
    if (isConnected()) chrome.runtime.onMessage.removeListener(listener);
  };
  stop.addEventListener("abort", leave, { once: true });
}

/** False once this copy of the extension is gone: its API then loses its id. */
export function isConnected(): boolean {
  return Boolean((chrome.runtime as { id?: string } | undefined)?.id);
}
