/**
 * Reads the page and fetches from its origin for the background. Added to a page when the first question is asked on it;
 * does nothing where the content script does not stand.
 */
import type { ToContent } from "../shared/messages";
import { errorAt } from "./pages/errors";
import { readPage } from "./pages/read";
import { createResources } from "./resources";
import { answering, world } from "./world";

const here = world.askPanda;
if (here && !here.reads && !here.stop.aborted) {
  here.reads = true;
  const resources = createResources(location.origin, here.stop);
  answering<Pick<ToContent, "page/context" | "page/fetch" | "page/piece" | "page/clicked-error">>(here.stop, {
    "page/context": () => readPage(document, new URL(location.href)),
    "page/fetch": ({ request }) => resources.fetch(request),
    "page/piece": ({ key, index }) => resources.piece(key, index),
    "page/clicked-error": () => {
      const { clicked } = here;
      return clicked instanceof Element && clicked.isConnected ? errorAt(document, clicked) : null;
    },
  });
}
