/** The options page: backend and pairing, monitors, and how answers are given. */
import { DEFAULTS, origin, pattern } from "../background/settings";
import { dollars, number } from "../panel/values";
import { button, byId, type Child, h, kept, sentence, unseen } from "../panel/dom";
import { dateWords } from "../panel/words";
import type { UsageLine } from "../shared/contract";
import type { FromOptions, Stored } from "../shared/messages";
import type { Extension } from "./extension";

type Status = FromOptions["options/status"]["result"];
type Kind = "good" | "bad" | "busy";

/** The hosts that the manifest asks for anyway. */
const GRANTED = /^http:\/\/(?:127\.0\.0\.1|localhost)(?::\d+)?$/;

export class OptionsPage {
  private readonly address = byId("address") as HTMLInputElement;
  private readonly code = byId("code") as HTMLInputElement;
  private readonly monitor = byId("monitor") as HTMLInputElement;
  private readonly model = byId("model") as HTMLSelectElement;
  private stored: Stored = DEFAULTS;
  private status: Status | null = null;

  constructor(private readonly extension: Extension) {
    byId("pair").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.pair();
    });
    byId("unpair").addEventListener("click", () => void this.unpair());
    byId("add").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.addMonitor();
    });
    this.model.addEventListener("change", () => void this.save({ model: this.model.value || null }));
    byId("audience").addEventListener("change", (event) => {
      const { value } = event.target as HTMLInputElement;
      if (value === "user" || value === "expert") void this.save({ audience: value });
    });
    extension.onStored(() => void this.loadStored());
  }

  async start(): Promise<void> {
    await this.loadStored();
    this.address.value = this.stored.backend;
    await this.check();
  }

  private async loadStored(): Promise<void> {
    const stored = await this.extension.load();
    this.stored = { ...DEFAULTS, ...stored };
    this.showStored();
  }

  private async save(values: Partial<Stored>): Promise<void> {
    await this.extension.save(values);
    this.stored = { ...this.stored, ...values };
    this.showStored();
  }

  // ---- backend ----

  private async check(): Promise<void> {
    this.showState("busy", "Looking for the backend …");
    try {
      this.status = await this.extension.send({ type: "options/status" });
    } catch {
      this.status = null;
    }
    this.showStatus();
    this.showModels();
    showUsage(await this.extension.send({ type: "options/usage" }).catch(() => []));
  }

  private showStatus(): void {
    const { status } = this;
    byId("unpair").hidden = !status?.paired;
    if (!status) {
      this.showState("bad", "The extension’s background does not answer.", "Load this page anew; if that does not help, restart the browser.");
      return;
    }
    const { paired, reachable, backend, owner, models } = status;
    const as = owner ? `Paired as ${owner}` : "Paired";
    if (!reachable) {
      const now = paired ? `${as}, but ${backend} does not answer.` : `Not paired, and ${backend} does not answer.`;
      this.showState("bad", now, "Start it in the checkout of Ask PanDA with ", h("code", {}, "make serve"), ", then check again.");
    } else if (!paired) {
      this.showState("busy", `${backend} answers, but this browser is not paired with it.`, "Print a code with ", h("code", {}, "askpanda pair"), " and enter it below.");
    } else {
      const names = models.map(({ name }) => name).filter((name) => name !== "none");
      this.showState("good", `${as} with ${backend}.`, names.length ? `Models there: ${names.join(", ")}.` : "No model is set up there: answers are worded without one.");
    }
  }

  private showState(kind: Kind, words: string, ...more: Child[]): void {
    const again = button("button", () => void this.check(), {}, "Check again");
    byId("status").replaceChildren(
      h(
        "div",
        { class: `state ${kind}` },
        h("span", { class: "dot", "aria-hidden": "true" }),
        h("p", {}, words),
        again,
        more.some(Boolean) && h("p", { class: "more" }, ...more),
      ),
    );
  }

  private async pair(): Promise<void> {
    const backend = origin(this.address.value);
    const code = this.code.value.replace(/\s+/g, "");
    if (!backend) {
      this.say("pair-result", "bad", "That is no address: write it like http://127.0.0.1:8765.", this.address);
      return;
    }
    if (!code) {
      this.say("pair-result", "bad", "Enter the code that askpanda pair prints.", this.code);
      return;
    }
    if (!(await this.allowed(backend))) {
      this.say("pair-result", "bad", `The browser was not allowed to reach ${backend}, so nothing was sent.`, this.address);
      return;
    }
    this.say("pair-result", "busy", "Pairing …");
    const result = await this.extension.send({ type: "options/pair", backend, code }).catch(() => null);
    if (!result) {
      this.say("pair-result", "bad", "Pairing broke off. Try again.");
      return;
    }
    this.say("pair-result", result.ok ? "good" : "bad", result.message, result.ok ? undefined : this.code);
    if (result.ok) {
      this.code.value = "";
      await this.loadStored();
      await this.check();
    }
  }

  private async unpair(): Promise<void> {
    await this.extension.send({ type: "options/unpair" });
    this.say("pair-result", "good", "Unpaired. The token is forgotten in this browser.");
    this.code.focus();
    await this.check();
  }

  // ---- monitors ----

  private async addMonitor(): Promise<void> {
    const one = origin(this.monitor.value);
    if (!one) {
      this.say("monitor-result", "bad", "That is no address: write it like https://bigpanda.cern.ch.", this.monitor);
      return;
    }
    if (this.stored.monitors.includes(one)) {
      this.say("monitor-result", "bad", `${one} is in the list already.`, this.monitor);
      return;
    }
    if (!(await this.allowed(one))) {
      this.say("monitor-result", "bad", `The browser was not allowed to read ${one}, so it was not added.`, this.monitor);
      return;
    }
    if (await this.setMonitors([...this.stored.monitors, one])) this.monitor.value = "";
  }

  private async removeMonitor(one: string): Promise<void> {
    const left = this.stored.monitors.filter((other) => other !== one);
    if (!(await this.setMonitors(left))) return;
    this.monitor.focus();
    const used = [...left, this.stored.backend].filter((other) => origin(other) !== null).map(pattern);
    if (!used.includes(pattern(one))) await this.extension.release([pattern(one)]);
  }

  private async setMonitors(monitors: string[]): Promise<boolean> {
    const result = await this.extension.send({ type: "options/monitors", monitors }).catch(() => null);
    this.say("monitor-result", result?.ok ? "good" : "bad", result?.message ?? "That could not be saved. Try again.");
    if (result?.ok) await this.loadStored();
    return result?.ok === true;
  }

  /** Asks the browser for a host, first thing in the viewer's click. */
  private allowed(of: string): Promise<boolean> {
    return GRANTED.test(of) ? Promise.resolve(true) : this.extension.request([pattern(of)]).catch(() => false);
  }

  // ---- what is stored ----

  private showStored(): void {
    const { monitors, audience, consented } = this.stored;
    list("monitors", monitors, "Remove", (one) => void this.removeMonitor(one));
    if (monitors.length === 0) byId("monitors").append(h("li", { class: "none" }, "None. The sidebar comes up nowhere."));
    list("consented", consented, "Revoke", (model) => void this.save({ consented: this.stored.consented.filter((one) => one !== model) }));
    byId("consents").hidden = consented.length === 0;
    for (const radio of document.querySelectorAll<HTMLInputElement>("#audience input")) radio.checked = radio.value === audience;
    this.showModels();
  }

  private showModels(): void {
    const { models, defaultModel } = this.status ?? { models: [], defaultModel: "" };
    const chosen = this.stored.model ?? "";
    const names = models.map(({ name }) => name);
    // A choice stays visible while the backend that offers it is away.
    const all = chosen && !names.includes(chosen) ? [...names, chosen] : names;
    const remote = new Set(models.filter((model) => model.remote).map(({ name }) => name));
    const options = all.map((name) => h("option", { value: name }, name === "none" ? "No model" : `${name}${remote.has(name) ? " (remote)" : ""}`));
    this.model.replaceChildren(h("option", { value: "" }, defaultModel ? `The backend’s choice (${defaultModel})` : "The backend’s choice"), ...options);
    this.model.value = chosen;
    // Nothing to choose where there is no model.
    byId("models").hidden = !chosen && !names.some((name) => name !== "none");
  }

  private say(id: string, kind: Kind, words: string, wrong?: HTMLInputElement): void {
    const result = byId(id);
    result.className = `result ${kind}`;
    result.replaceChildren(...kept(sentence(words)));
    result.hidden = false;
    for (const input of [this.address, this.code, this.monitor]) input.removeAttribute("aria-invalid");
    wrong?.setAttribute("aria-invalid", "true");
    wrong?.focus();
  }
}

const PURPOSES: Record<string, string> = { answer: "answers", routing: "sorting questions", embedding: "searching", indexing: "the index" };

/** What models were used for, day by day; nothing where none was. Our own wording costs nothing and is left out. */
function showUsage(lines: UsageLine[]): void {
  const used = lines.filter(({ model }) => model !== "none");
  byId("usage").hidden = used.length === 0;
  byId("used").replaceChildren(
    ...used.map(({ day, model, purpose, calls, input_tokens: read, output_tokens: written, cost_usd: usd, estimated, unpriced }) =>
      h(
        "tr",
        {},
        ...[dateWords(day), model, PURPOSES[purpose] ?? purpose].map((words) => h("td", {}, words)),
        ...[number(calls), number(read), number(written), dollars(usd, estimated, unpriced) || "$0"].map((words) => h("td", { class: "number" }, words)),
      ),
    ),
  );
}

function list(id: string, items: string[], verb: string, act: (item: string) => void): void {
  byId(id).replaceChildren(
    ...items.map((item) =>
      h(
        "li",
        {},
        h("span", {}, item),
        button("button", () => act(item), {}, verb, unseen(` ${item}`)),
      ),
    ),
  );
}
