import { beforeEach, describe, expect, test, vi } from "vitest";
import { OptionsPage } from "../../src/options/page";
import type { Extension } from "../../src/options/extension";
import type { UsageLine } from "../../src/shared/contract";
import type { FromOptions, Stored } from "../../src/shared/messages";
import { MODELS } from "../panel/fixtures";
import { button, dangers, loadPage, shown, textOf } from "../panel/harness";

type Sent = FromOptions[keyof FromOptions]["args"];
const STATUS: FromOptions["options/status"]["result"] = { paired: true, reachable: true, backend: "http://127.0.0.1:8765", owner: "ann", models: MODELS, defaultModel: "none" };

let sent: Sent[];
let stored: Partial<Stored>;
let status: typeof STATUS | Error;
let pairing: { ok: boolean; message: string };
let monitors: { ok: boolean; message: string };
let granted: boolean;
let usage: UsageLine[];
let asked: string[][];
let released: string[][];
let changed: () => void;

const field = (id: string): HTMLInputElement => document.querySelector<HTMLInputElement>(`#${id}`)!;
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
const submit = async (id: string): Promise<void> => {
  document.querySelector<HTMLFormElement>(`#${id}`)!.requestSubmit();
  await settled();
};

async function open(): Promise<void> {
  loadPage("options/options.html");
  const extension: Extension = {
    send: ((message: Sent) => {
      sent.push(message);
      if (message.type === "options/status") return status instanceof Error ? Promise.reject(status) : Promise.resolve(status);
      if (message.type === "options/pair") {
        if (pairing.ok) stored = { ...stored, backend: message.backend, token: "t", owner: "ann" };
        return Promise.resolve(pairing);
      }
      if (message.type === "options/monitors") {
        if (monitors.ok) stored = { ...stored, monitors: message.monitors };
        return Promise.resolve(monitors);
      }
      if (message.type === "options/usage") return Promise.resolve(usage);
      return Promise.resolve(null);
    }),
    request: (origins) => {
      asked.push(origins);
      return Promise.resolve(granted);
    },
    release: (origins) => {
      released.push(origins);
      return Promise.resolve();
    },
    load: () => Promise.resolve(stored),
    save: (values) => {
      stored = { ...stored, ...values };
      return Promise.resolve();
    },
    onStored: (listener) => (changed = listener),
  };
  await new OptionsPage(extension).start();
}

beforeEach(async () => {
  sent = [];
  asked = [];
  released = [];
  stored = {};
  status = STATUS;
  pairing = { ok: true, message: "Paired with http://127.0.0.1:8765 as ann." };
  monitors = { ok: true, message: "Saved." };
  granted = true;
  usage = [];
  await open();
});

describe("the backend", () => {
  test("says who is paired with what, and what words answers", () => {
    expect(textOf("#status p")).toBe("Paired as ann with http://127.0.0.1:8765.");
    expect(textOf("#status .more")).toBe("Models there: ollama/llama3.2, openai/gpt-5-mini.");
    expect(field("address").value).toBe("http://127.0.0.1:8765");
    expect(shown("#unpair")).toBe(true);
  });

  test("says how to start one that does not answer, and looks again", async () => {
    status = { ...STATUS, paired: false, reachable: false, models: [] };
    button("Check again").click();
    await settled();
    expect(textOf("#status p")).toBe("Not paired, and http://127.0.0.1:8765 does not answer.");
    expect(textOf("#status .more")).toContain("make serve");
    expect(shown("#unpair")).toBe(false);
  });

  test("says how to get a code where one answers but is not paired", async () => {
    status = { ...STATUS, paired: false, owner: "", models: [] };
    await open();
    expect(textOf("#status .more")).toContain("askpanda pair");
  });

  test("says when the extension itself does not answer", async () => {
    status = new Error("Could not establish connection.");
    await open();
    expect(textOf("#status p")).toBe("The extension’s background does not answer.");
  });
});

describe("pairing", () => {
  test("sends the address without its last slash and the code without blanks, then says the result", async () => {
    field("address").value = "http://127.0.0.1:8765/";
    field("code").value = " AB12 CD34 ";
    await submit("pair");
    expect(sent).toContainEqual({ type: "options/pair", backend: "http://127.0.0.1:8765", code: "AB12CD34" });
    expect(textOf("#pair-result")).toBe("Paired with http://127.0.0.1:8765 as ann.");
    expect(document.querySelector("#pair-result")!.className).toContain("good");
    expect(field("code").value).toBe("");
    expect(asked).toEqual([]);
  });

  test("a refused code is said, kept for correction and marked", async () => {
    pairing = { ok: false, message: "This code is wrong or too old: print another with `askpanda pair`." };
    field("code").value = "WRONG";
    await submit("pair");
    expect(textOf("#pair-result")).toBe("This code is wrong or too old: print another with askpanda pair.");
    expect(textOf("#pair-result code")).toBe("askpanda pair");
    expect(field("code").value).toBe("WRONG");
    expect(field("code").getAttribute("aria-invalid")).toBe("true");
    expect(document.activeElement).toBe(field("code"));
  });

  test.each([
    ["address", "ftp://x", "That is no address"],
    ["code", "", "Enter the code"],
  ])("a wrong %s is said before anything is sent", async (id, value, words) => {
    field("code").value = "AB12CD34";
    field(id).type = "text";
    field(id).value = value;
    await submit("pair");
    expect(textOf("#pair-result")).toContain(words);
    expect(sent.filter(({ type }) => type === "options/pair")).toEqual([]);
  });

  test("another host is asked for in the click itself, and nothing is sent without it", async () => {
    granted = false;
    field("address").value = "https://panda.example.org:8443/askpanda";
    field("code").value = "AB12CD34";
    document.querySelector<HTMLFormElement>("#pair")!.requestSubmit();
    expect(asked).toEqual([["https://panda.example.org/*"]]);
    await settled();
    expect(sent.filter(({ type }) => type === "options/pair")).toEqual([]);
    expect(textOf("#pair-result")).toContain("not allowed to reach https://panda.example.org:8443");
  });

  test("unpairing forgets, and says so", async () => {
    status = { ...STATUS, paired: false };
    button("Unpair").click();
    await settled();
    expect(sent).toContainEqual({ type: "options/unpair" });
    expect(textOf("#pair-result")).toContain("Unpaired");
    expect(shown("#unpair")).toBe(false);
  });
});

describe("monitors", () => {
  const add = async (address: string): Promise<void> => {
    field("monitor").value = address;
    await submit("add");
  };
  const listed = (): string[] => [...document.querySelectorAll("#monitors li > span")].map((one) => one.textContent);

  test("begins with the one that comes with the extension", () => {
    expect(listed()).toEqual(["https://bigpanda.cern.ch"]);
  });

  test("adds an origin after the browser has allowed its host", async () => {
    await add("https://panda-doma.cern.ch/jobs/?hours=3");
    expect(asked).toEqual([["https://panda-doma.cern.ch/*"]]);
    expect(sent).toContainEqual({ type: "options/monitors", monitors: ["https://bigpanda.cern.ch", "https://panda-doma.cern.ch"] });
    expect(listed()).toEqual(["https://bigpanda.cern.ch", "https://panda-doma.cern.ch"]);
    expect(field("monitor").value).toBe("");
  });

  test("a loopback monitor needs no further permission; one over TLS does", async () => {
    await add("http://127.0.0.1:8766");
    await add("http://localhost:8766");
    expect(asked).toEqual([]);
    await add("https://127.0.0.1:8443");
    expect(asked).toEqual([["https://127.0.0.1/*"]]);
  });

  test.each([
    ["javascript:alert(1)", "That is no address"],
    ["", "That is no address"],
    ["https://bigpanda.cern.ch/", "in the list already"],
  ])("%s is not added", async (address, words) => {
    await add(address);
    expect(textOf("#monitor-result")).toContain(words);
    expect(sent.filter(({ type }) => type === "options/monitors")).toEqual([]);
    expect(field("monitor").value).toBe(address);
  });

  test("a host that was not allowed is not added", async () => {
    granted = false;
    await add("https://panda-doma.cern.ch");
    expect(listed()).toEqual(["https://bigpanda.cern.ch"]);
    expect(textOf("#monitor-result")).toContain("was not added");
  });

  test("what the background refuses is said and changes nothing", async () => {
    monitors = { ok: false, message: "No permission." };
    await add("https://panda-doma.cern.ch");
    expect(textOf("#monitor-result")).toBe("No permission.");
    expect(listed()).toEqual(["https://bigpanda.cern.ch"]);
  });

  test("removing one gives its permission back, unless something else needs the host", async () => {
    stored = { monitors: ["https://a.example", "https://a.example:8443"] };
    await open();
    button("Remove https://a.example:8443").click();
    await settled();
    expect(released).toEqual([]);
    button("Remove https://a.example").click();
    await settled();
    expect(released).toEqual([["https://a.example/*"]]);
    expect(textOf("#monitors")).toBe("None. The sidebar comes up nowhere.");
  });
});

describe("answers", () => {
  test("the model is the backend's choice until another is chosen", async () => {
    const model = document.querySelector<HTMLSelectElement>("#model")!;
    expect([...model.options].map((option) => option.textContent)).toEqual(["The backend’s choice (none)", "No model", "ollama/llama3.2", "openai/gpt-5-mini (remote)"]);
    model.value = "ollama/llama3.2";
    model.dispatchEvent(new Event("change"));
    await settled();
    expect(stored.model).toBe("ollama/llama3.2");
    model.value = "";
    model.dispatchEvent(new Event("change"));
    await settled();
    expect(stored.model).toBeNull();
  });

  test("a chosen model is still shown while the backend is away", async () => {
    stored = { model: "mistral/small" };
    status = { ...STATUS, reachable: false, models: [], defaultModel: "" };
    await open();
    expect(document.querySelector<HTMLSelectElement>("#model")!.value).toBe("mistral/small");
  });

  test("the audience is kept, and follows the sidebar's switch", async () => {
    const [user, expert] = [...document.querySelectorAll<HTMLInputElement>("#audience input")];
    expect(user!.checked).toBe(true);
    expert!.click();
    await settled();
    expect(stored.audience).toBe("expert");
    stored = { ...stored, audience: "user" };
    changed();
    await vi.waitFor(() => expect(user!.checked).toBe(true));
  });

  test("agreement to a remote model can be taken back", async () => {
    expect(shown("#consents")).toBe(false);
    stored = { consented: ["openai/gpt-5-mini", "mistral/small"] };
    await open();
    button("Revoke openai/gpt-5-mini").click();
    await settled();
    expect(stored.consented).toEqual(["mistral/small"]);
    expect(textOf("#consented")).toContain("mistral/small");
  });
});

test("hostile words from the backend or the settings become visible text", async () => {
  const evil = "<img src=x onerror=alert(1)>";
  stored = { monitors: [evil, "https://a.example"], consented: [evil], model: evil };
  status = { ...STATUS, owner: evil, backend: evil, defaultModel: evil, models: [{ name: evil, provider: evil, remote: true }] };
  pairing = { ok: false, message: evil };
  await open();
  field("address").value = "http://127.0.0.1:8765";
  field("code").value = "AB12CD34";
  await submit("pair");
  for (const place of ["#status", "#monitors", "#consented", "#model", "#pair-result"]) expect(dangers(document.querySelector(place)!)).toEqual([]);
  expect(textOf("#pair-result")).toBe(evil);
});

describe("what models were used for", () => {
  const line = { day: "2026-11-28", model: "openai/x", purpose: "answer", calls: 3, estimated: 0, unpriced: 0, input_tokens: 3_600, output_tokens: 900, cost_usd: 0.0021 };

  test("stands there by day and model, with its cost", async () => {
    usage = [{ ...line, model: "none", cost_usd: 0 }, line];
    await open();
    expect(shown("#usage")).toBe(true);
    expect([...document.querySelectorAll("#used td")].map((cell) => cell.textContent)).toEqual(["28 Nov 2026", "openai/x", "answers", "3", "3,600", "900", "$0.0021"]);
  });

  test("is said to be estimated, or not to be known, where it is", async () => {
    usage = [{ ...line, estimated: 1 }, { ...line, purpose: "indexing", cost_usd: 0, unpriced: 3 }, { ...line, unpriced: 1 }, { ...line, cost_usd: 0 }];
    await open();
    expect([...document.querySelectorAll("#used td:last-child")].map((cell) => cell.textContent)).toEqual(["about $0.0021", "cost unknown", "$0.0021 + unknown", "$0"]);
    expect(document.querySelector("#used tr:nth-child(2) td:nth-child(3)")?.textContent).toBe("the index");
  });

  test("is left out where none was", async () => {
    usage = [{ ...line, model: "none" }];
    await open();
    expect(shown("#usage")).toBe(false);
  });
});
