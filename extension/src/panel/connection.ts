/**
 * The line to the background. A background sleeps after 30 s and takes the port with it: the line is made anew, and what
 * the conversation is comes back with the background's answer to "hello".
 */
import type { FromPanel, ToPanel } from "../shared/messages";
import type { PanelPort } from "./extension";

/** A running answer dies with its background after 30 s without a message from us (measured in both browsers). */
export const PING_MS = 10_000;
/** Waits before the line is made anew; the last one is repeated. */
const WAITS_MS = [200, 1_000, 2_000, 5_000, 10_000];

export interface Line {
  /** @throws where the extension is gone */
  open: () => PanelPort;
  hear: (message: ToPanel) => void;
  /** The extension was updated or removed: this panel cannot speak any more. */
  gone: () => void;
  /** The sidebar's tab, where the address of the panel names one. */
  tabId?: number;
}

export class Connection {
  private port: PanelPort | null = null;
  private failures = 0;
  private waiting: ReturnType<typeof setTimeout> | undefined;
  private pinging: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly line: Line) {
    document.addEventListener("visibilitychange", this.whenSeen);
  }

  start(): void {
    clearTimeout(this.waiting);
    this.waiting = undefined;
    let port: PanelPort;
    try {
      port = this.line.open();
    } catch {
      this.line.gone();
      return;
    }
    this.port = port;
    port.onMessage.addListener((message) => {
      if (this.port !== port) return;
      this.failures = 0;
      this.line.hear(message);
    });
    port.onDisconnect.addListener(() => {
      if (this.port !== port) return;
      this.port = null;
      this.again();
    });
    this.post(this.hello());
  }

  /** Sends, over a new line where the old one is cut. False where the extension is gone. */
  send(message: FromPanel): boolean {
    if (this.post(message)) return true;
    this.start();
    return this.post(message);
  }

  /** Asks for the whole conversation again. */
  sayHello(): void {
    if (this.port) this.send(this.hello());
    else this.start();
  }

  /** While an answer runs, the background is kept awake. */
  set running(running: boolean) {
    if (running === (this.pinging !== undefined)) return;
    clearInterval(this.pinging);
    this.pinging = running ? setInterval(() => this.send({ type: "ping" }), PING_MS) : undefined;
  }

  close(): void {
    clearTimeout(this.waiting);
    clearInterval(this.pinging);
    document.removeEventListener("visibilitychange", this.whenSeen);
    const port = this.port;
    this.port = null;
    port?.disconnect();
  }

  private hello(): FromPanel {
    return this.line.tabId === undefined ? { type: "hello" } : { type: "hello", tabId: this.line.tabId };
  }

  private post(message: FromPanel): boolean {
    try {
      this.port?.postMessage(message);
      return this.port !== null;
    } catch {
      this.port = null;
      return false;
    }
  }

  /** A tab that nobody looks at lets its background sleep, unless an answer is on its way. */
  private again(): void {
    if (document.hidden && this.pinging === undefined) return;
    const wait = WAITS_MS[Math.min(this.failures, WAITS_MS.length - 1)];
    this.failures += 1;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.start(), wait);
  }

  private readonly whenSeen = (): void => {
    if (!document.hidden && !this.port && this.waiting === undefined) this.start();
  };
}
