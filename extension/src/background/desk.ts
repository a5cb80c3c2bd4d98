/**
 * One tab's conversation: its panels, the question that is being answered, and what waits to be put into the box.
 * What comes from a panel is dealt with in order, because a panel that comes back says hello and asks in one breath.
 */
import type { AnswerEvent } from "../shared/contract";
import type { Change, Draft, Exchange, FromPanel, Opening, Stored } from "../shared/messages";
import { Backend, BackendError, type Models } from "./backend";
import type { Browser } from "./browser";
import { answeredWith, forget, isRunning, load, newTurn, record, save, unfinished, type Asked, type Kept, type KeptExchange } from "./conversation";
import { restored } from "./history";
import type { Page } from "./page";
import { Panels, picture, type PanelPort } from "./panels";
import * as say from "./sentences";
import { settings } from "./settings";
import { modelTrouble, problem, troubleOf, type Trouble } from "./trouble";
import { runTurn } from "./turn";

/** Saving at every word would cost more than losing a quarter of a second of them, which can be fetched again. */
const SAVE_EVERY = 250;
/** How long the backend has to send the end of an answer that was stopped. */
const STOP_PATIENCE = 1_500;

export class Desk {
  private kept: Kept | null = null;
  private readonly panels = new Panels();
  private consent: Trouble | null = null;
  private running: { exchange: KeptExchange; stop: AbortController; ended: Promise<void> } | null = null;
  private saving: ReturnType<typeof setTimeout> | undefined;
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly browser: Browser,
    private readonly tabId: number,
    private readonly page: Page | null,
  ) {}

  /** What a panel says. */
  hear(port: PanelPort, message: FromPanel): void {
    switch (message.type) {
      case "ping":
        this.panels.post(port, { type: "pong" });
        break;
      case "stop":
        this.stop();
        break;
      case "close":
        void this.page?.closeSidebar();
        break;
      case "options":
        void this.browser.openOptions();
        break;
      case "hello":
        this.later(() => this.welcome(port));
        break;
      case "ask":
        this.later(() => this.ask(asked(message)));
        break;
      case "new":
        this.later(() => this.startAnew());
        break;
      case "opened":
        this.later(() => this.opened());
        break;
      case "draft":
        this.later(() => this.draft(message));
        break;
      case "consent":
        this.later(() => this.agree(message.model));
        break;
      case "feedback":
        this.trying(port, (backend) => this.feedback(backend, message));
        break;
      case "compare":
        this.later(() => this.compare(message));
        break;
      case "history":
        this.trying(port, async (backend) => this.panels.post(port, { type: "history", words: message.words, conversations: await backend.conversations(message.words) }));
        break;
      case "continue":
        this.trying(port, async (backend) => this.takeUp(message.id, restored(await backend.conversation(message.id))));
        break;
      case "export":
        this.trying(port, async (backend) => this.panels.post(port, { type: "file", ...(await backend.exported(message.id, message.format)) }));
        break;
      case "delete":
        this.trying(port, (backend) => this.remove(backend, message.id));
        break;
    }
  }

  leave(port: PanelPort): void {
    this.panels.leave(port);
  }

  /** A question, or words for the box, from the page itself. */
  open(opening: Opening): void {
    this.later(async () => {
      if (!opening.ask) {
        await this.putIntoBox(opening);
        return;
      }
      const { error, selection } = opening;
      const question =
        opening.question ?? (error ? say.explainError(error.component, error.code, error.message) : say.EXPLAIN_SELECTION);
      await this.ask({ question, ...(selection ? { selection } : {}), ...(error ? { error } : {}) });
    });
  }

  /** Tells every panel how things are, after something outside the conversation has changed. */
  refresh(): void {
    for (const port of this.panels) this.later(() => this.welcome(port));
  }

  /** The tab is gone. */
  close(): void {
    this.running?.stop.abort();
    this.later(async () => {
      clearTimeout(this.saving);
      this.kept = null;
      await forget(this.browser, this.tabId);
    });
  }

  /** Everything that was begun is done; for tests, and for whoever must not be overtaken. */
  async settled(): Promise<void> {
    await this.queue;
    await this.running?.ended;
  }

  private later(work: () => Promise<void>): void {
    this.queue = this.queue.then(work).catch((error: unknown) => console.error("Ask PanDA:", error));
  }

  /** Something small that the backend is to do; where it cannot, the panel is told why. */
  private trying(port: PanelPort, work: (backend: Backend) => Promise<void>): void {
    this.later(async () => {
      try {
        await work(new Backend(this.browser.fetch, await settings(this.browser)));
      } catch (error) {
        if (!(error instanceof BackendError)) throw error;
        this.panels.post(port, { type: "notice", text: error.message });
      }
    });
  }

  private async conversation(): Promise<Kept> {
    this.kept ??= await load(this.browser, this.tabId);
    return this.kept;
  }

  /** The whole picture for a panel that is new or comes back, and the running answer's next events. */
  private async welcome(port: PanelPort): Promise<void> {
    const kept = await this.conversation();
    const stored = await settings(this.browser);
    const [context, models] = await Promise.all([this.page?.context() ?? null, this.models(stored)]);
    this.panels.join(port);
    this.panels.post(port, picture(kept, stored, context, models instanceof BackendError ? null : models));
    if (kept.opening) this.panels.post(port, { type: "opening", opening: kept.opening });
    const trouble = models instanceof BackendError ? troubleOf(models, stored.backend) : this.consent;
    if (trouble) this.panels.post(port, trouble);
    const left = unfinished(kept);
    if (left && !this.running && !(models instanceof BackendError && models.problem !== "down")) this.start(left, stored);
    // The background was ended before the question had become an exchange.
    if (kept.asked && !this.running) await this.ask(kept.asked);
  }

  private async models(stored: Stored): Promise<Models | BackendError> {
    try {
      return await new Backend(this.browser.fetch, stored).models();
    } catch (error) {
      if (error instanceof BackendError) return error;
      throw error;
    }
  }

  /** The browser may end the background at any moment: the question is kept before anything is done about it. */
  private async ask(asked: Asked): Promise<void> {
    const kept = await this.conversation();
    kept.asked = asked;
    await this.saveNow();
    await this.endRunning();
    this.consent = null;
    const stored = await settings(this.browser);
    const models = await this.models(stored);
    const { question, selection, error } = asked;
    const model = asked.model ?? stored.model;
    const trouble =
      models instanceof BackendError ? troubleOf(models, stored.backend) : modelTrouble(models, model, stored);
    delete kept.asked;
    if (trouble) {
      if (trouble.trouble === "consent_needed") this.consent = trouble;
      this.panels.tell(trouble);
      await this.putIntoBox({ question, ...(selection ? { selection } : {}), ask: false });
      return;
    }
    const exchange: KeptExchange = {
      question,
      ...(selection ? { selection } : {}),
      events: [],
      state: "fetching",
      turn: newTurn({ audience: asked.audience ?? stored.audience, model, ...(error ? { error } : {}) }),
    };
    kept.exchanges.push(exchange);
    await this.saveNow();
    this.panels.tell({ type: "asked", question, ...(selection ? { selection } : {}) });
    this.start(exchange, stored);
  }

  /** Another model's words for an answer's evidence, beside those that are there; the same model's earlier ones go. */
  private async compare({ messageId, model }: Extract<FromPanel, { type: "compare" }>): Promise<void> {
    const kept = await this.conversation();
    const of = answeredWith(kept, messageId);
    if (!of || this.running) return;
    const stored = await settings(this.browser);
    const models = await this.models(stored);
    const trouble = models instanceof BackendError ? troubleOf(models, stored.backend) : modelTrouble(models, model, stored);
    if (trouble) {
      this.panels.tell(trouble);
      return;
    }
    const comparison: KeptExchange = { question: of.question, model, events: [], state: "fetching", turn: newTurn({ model, compares: messageId }) };
    of.comparisons = [...(of.comparisons ?? []).filter((other) => other.model !== model), comparison];
    await this.saveNow();
    this.panels.tell({ type: "comparison", of: messageId, model, change: null });
    this.start(comparison, stored);
  }

  private start(exchange: KeptExchange, stored: Stored): void {
    const stop = new AbortController();
    this.running = { exchange, stop, ended: this.run(exchange, new Backend(this.browser.fetch, stored), stop.signal) };
  }

  private async run(exchange: KeptExchange, backend: Backend, signal: AbortSignal): Promise<void> {
    let state: Exchange["state"];
    try {
      state = await runTurn(exchange, {
        backend,
        page: this.page,
        conversationId: () => this.kept?.conversationId ?? "",
        signal,
        event: (event) => this.event(exchange, event),
        progress: (words) => this.progress(exchange, words),
        wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      });
    } catch (error) {
      state = signal.aborted ? "stopped" : "failed";
      if (state === "failed") this.event(exchange, { event: "error", data: problem(error) });
      if (error instanceof BackendError && error.problem !== "other" && state === "failed") {
        this.panels.tell(troubleOf(error, backend.address));
      }
    }
    this.running = null;
    this.end(exchange, state);
  }

  private event(exchange: KeptExchange, event: AnswerEvent): void {
    if (event.event === "start" && this.kept) this.kept.conversationId = event.data.conversation_id;
    delete exchange.progress;
    record(exchange, event);
    this.tellOf(exchange, { type: "event", event });
    // From its start on, an answer is taken up where it stands instead of being asked for again.
    this.keep(event.event === "start" || event.event === "done" ? 0 : SAVE_EVERY);
  }

  private progress(exchange: KeptExchange, words: string): void {
    exchange.progress = words;
    this.tellOf(exchange, { type: "progress", text: words });
    this.keep();
  }

  /** What was stopped stays stopped, whatever its last events say. */
  private end(exchange: KeptExchange, state: Exchange["state"]): void {
    if (!isRunning(exchange)) return;
    exchange.state = state;
    delete exchange.progress;
    this.tellOf(exchange, { type: "ended", state });
    this.keep(0);
  }

  /** Stops at once for the viewer; the backend gets a moment to send the end of what it had. */
  private stop(): void {
    const running = this.running;
    if (!running) return;
    const { exchange } = running;
    const { messageId } = exchange.turn;
    this.end(exchange, "stopped");
    if (!messageId) {
      running.stop.abort();
      return;
    }
    setTimeout(() => running.stop.abort(), STOP_PATIENCE);
    void settings(this.browser)
      .then((stored) => new Backend(this.browser.fetch, stored).stop(messageId))
      .catch(() => running.stop.abort());
  }

  private async endRunning(): Promise<void> {
    const running = this.running;
    if (!running) return;
    this.stop();
    running.stop.abort();
    await running.ended;
  }

  private async startAnew(): Promise<void> {
    await this.takeUp("", []);
  }

  /** This conversation becomes the tab's. */
  private async takeUp(conversationId: string, exchanges: KeptExchange[]): Promise<void> {
    await this.endRunning();
    const { draft } = await this.conversation();
    this.kept = { conversationId, exchanges, ...(draft ? { draft } : {}) };
    this.consent = null;
    await this.saveNow();
    for (const port of this.panels) await this.welcome(port);
  }

  /** A conversation that is gone is not gone on with. */
  private async remove(backend: Backend, id: string): Promise<void> {
    await backend.deleteConversation(id);
    if ((await this.conversation()).conversationId === id) await this.startAnew();
  }

  private async agree(model: string): Promise<void> {
    const { consented } = await settings(this.browser);
    this.consent = null;
    await this.browser.save({ consented: [...new Set([...consented, model])] });
  }

  private async feedback(backend: Backend, { messageId, helpful, comment }: Extract<FromPanel, { type: "feedback" }>): Promise<void> {
    await backend.feedback(messageId, helpful, comment);
    const exchange = answeredWith(await this.conversation(), messageId);
    if (exchange) Object.assign(exchange, { helpful, comment });
    this.keep();
  }

  private async putIntoBox(opening: Opening): Promise<void> {
    (await this.conversation()).opening = opening;
    this.panels.tell({ type: "opening", opening });
    await this.saveNow();
  }

  /** A panel has them. A port alone would be no proof: that of a page just left stays open for a moment. */
  private async opened(): Promise<void> {
    delete (await this.conversation()).opening;
    await this.saveNow();
  }

  private async draft({ question, selection }: Draft): Promise<void> {
    const kept = await this.conversation();
    delete kept.draft;
    if (question || selection) kept.draft = { question, ...(selection ? { selection } : {}) };
    this.keep();
  }

  private tellOf({ turn: { compares: of }, model = "" }: KeptExchange, change: Change): void {
    this.panels.tell(of ? { type: "comparison", of, model, change } : change);
  }

  private keep(after = SAVE_EVERY): void {
    if (this.saving !== undefined && after > 0) return;
    clearTimeout(this.saving);
    if (after > 0) this.saving = setTimeout(() => void this.saveNow(), after);
    else void this.saveNow();
  }

  private async saveNow(): Promise<void> {
    clearTimeout(this.saving);
    this.saving = undefined;
    if (this.kept) await save(this.browser, this.tabId, this.kept);
  }
}

/** A panel's question without what only says what the message is. */
function asked({ type: _, ...question }: Extract<FromPanel, { type: "ask" }>): Asked {
  return question;
}
